import { Command } from 'commander';
import { alone, detailMark, failedMark, literally } from '../../tools/checks/alone.ts';
import { numberFrom, patternFrom } from '../options.ts';
import { startBrowser } from './browser.ts';
import type { PortalCase, Scene } from './cases.ts';
import { chargeCases } from './charges.ts';
import { actionCases } from './actions.ts';
import { exemptionCases } from './exemptions.ts';
import { hostileCases } from './hostile.ts';
import { imageCases } from './image.ts';
import { listCases } from './lists.ts';
import { reachCases } from './reach.ts';
import { issuerCase } from './sign-in.ts';
import { copyPast, makePast, RunningPast } from './setting.ts';
import { stateCases } from './states.ts';

interface Options {
  readonly only?: RegExp;
  readonly past?: string;
  readonly list?: boolean;
  readonly atOnce: number;
}

const options = new Command('test:portal')
  .description('Opens each page of the portal in Chromium, in each of its states, on a past of 90 days.')
  .option('--only <pattern>', 'cases whose name matches', patternFrom)
  .option('--past <folder>', 'a past that was made before')
  .option('--list', 'print the names of the cases')
  .option('--at-once <number>', 'pages that are open at once', numberFrom(1, 16, true), 3)
  .parse()
  .opts<Options>();

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const all: readonly PortalCase[] = [
  ...stateCases,
  ...reachCases,
  ...hostileCases,
  ...listCases,
  ...imageCases,
  ...exemptionCases,
  ...actionCases,
  ...chargeCases,
  issuerCase,
];
const chosen = all.filter(({ name }) => options.only?.test(name) ?? true);

const run = async (scene: Scene): Promise<readonly string[]> => {
  const failed: string[] = [];
  const left = [...chosen];
  const work = async (): Promise<void> => {
    for (let one = left.shift(); one; one = left.shift()) {
      const began = performance.now();
      try {
        await one.run(scene);
        print(`held    ${one.name} (${Math.round(performance.now() - began)} ms)`);
      } catch (error) {
        failed.push(one.name);
        const [first = '', ...more] = (error instanceof Error ? error.message : String(error)).split('\n');
        print(`${failedMark}${one.name}`);
        for (const line of [first, ...more.slice(0, 8)]) print(`${detailMark}${line}`);
        print(alone('test:portal', ['--only', `^${literally(one.name)}$`]));
      }
    }
  };
  await Promise.all(Array.from({ length: options.atOnce }, work));
  return failed;
};

if (options.list) for (const { name } of chosen) print(name);
else {
  const folder = options.past === undefined ? await makePast(1) : await copyPast(options.past);
  const past = await RunningPast.start(folder);
  const browser = await startBrowser();
  try {
    const failed = await run({ browser, past, facts: await past.facts(), folder });
    print(`${chosen.length - failed.length} passed, ${failed.length} failed`);
    process.exitCode = failed.length === 0 && chosen.length > 0 ? 0 : 1;
  } finally {
    await browser.close();
    await past.close();
  }
}
