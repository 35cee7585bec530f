import { randomInt } from 'node:crypto';
import { Command } from 'commander';
import { alone, detailMark, failedMark, literally } from '../../tools/checks/alone.ts';
import { numberFrom, patternFrom } from '../options.ts';
import { makePast } from '../past/made.ts';
import { portalCases } from './all-cases.ts';
import { startBrowser } from './browser.ts';
import type { Scene } from './cases.ts';
import { drawnCases } from './draw.ts';
import { copyPast, RunningPast } from './setting.ts';

interface Options {
  readonly only?: RegExp;
  readonly past?: string;
  readonly list?: boolean;
  readonly atOnce: number;
  readonly share: number;
  readonly seed: number;
}

const options = new Command('test:portal')
  .description('Opens each page of the portal in Chromium, in each of its states, on a past of 90 days.')
  .option('--only <pattern>', 'cases whose name matches', patternFrom)
  .option('--past <folder>', 'a past that was made before')
  .option('--list', 'print the names of the cases')
  .option('--at-once <number>', 'pages that are open at once', numberFrom(1, 16, true), 3)
  .option(
    '--share <number>',
    'how much of each page and of each kind of case is drawn, and at least one case',
    numberFrom(0, 1),
    1,
  )
  .option('--seed <number>', 'what draws', numberFrom(0, 2 ** 47), randomInt(2 ** 31))
  .parse()
  .opts<Options>();

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const chosen = drawnCases(
  portalCases.filter(({ name }) => options.only?.test(name) ?? true),
  options,
);

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
  if (options.share < 1)
    print(`seed ${options.seed} draws ${chosen.length} of ${portalCases.length} cases; without --share all run`);
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
