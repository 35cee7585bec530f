import { randomInt } from 'node:crypto';
import { Command, Option } from 'commander';
import { driversHere } from '../../apps/sandbox-runner/test/sandboxes.ts';
import { alone, failedMark, literally } from '../../tools/checks/alone.ts';
import { claimedDatabase } from '../claimed-database.ts';
import { Corpus, sides } from '../corpus/corpus.ts';
import { numberFrom, patternFrom } from '../options.ts';
import { drawn } from './draw.ts';
import type { InputGroup, Input } from './input.ts';
import { classesOf, groups, patience, unguarded } from './inputs/index.ts';
import { takenOver } from './inputs/scanners.ts';
import { runIn, type Line } from './run.ts';

interface Options {
  readonly driver?: string;
  readonly only?: RegExp;
  readonly share: number;
  readonly seed: number;
}

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** One line: whether the input held, where, what it was, its outcome and its duration. */
const lineOf = ({ driver, row, title, source, held, happened, ms }: Line): string =>
  `${held ? 'held  ' : 'BROKEN'}  ${driver.padEnd(10)}  ${row.padEnd(6)}  ${seconds(ms).padStart(7)}  ` +
  `${title}${source === undefined ? '' : ` (${source})`}: ${happened.replaceAll(/\s+/g, ' ')}`;

/** An image without findings is healthy by it, unless its inventory is in doubt. */
const claimed = async (folder: string): Promise<Record<string, string>> => ({
  ASSAY_TRIVY_DB: await claimedDatabase(folder),
});

const hostile = async (options: Options): Promise<void> => {
  const { driver: one, only = /^/, share, seed } = options;
  const began = performance.now();
  if (share < 1) print(`seed ${seed}`);
  const lines: Line[] = [];
  const report = (line: Line): void => {
    lines.push(line);
    print(lineOf(line));
  };
  const { scanner, group } = await takenOver();
  const drivers = one === undefined ? driversHere : [one];
  const isSelected = ({ row, title, source }: Input): boolean => only.test(`${row} ${title} ${source}`);
  const corpus = new Corpus();
  // A share has only the images that need no download.
  const corpora = sides.map((side) => ({
    name: `the corpus, ${side} the fixes`,
    side,
    inputs: corpus.inputs(side).filter((input) => share === 1 || corpus.isLocal(input)),
  }));
  const everything = [...groups, { name: 'patience', inputs: patience }, group, ...unguarded, ...corpora].map(
    (each) => ({ ...each, inputs: each.inputs.filter(isSelected) }),
  );
  const isDrawn = drawn(classesOf(everything), drivers, options);
  await corpus.build(
    corpora.flatMap(({ inputs }) => inputs).filter((input) => drivers.some((driver) => isDrawn(input, driver))),
  );
  for (const driver of drivers) {
    const chosen = (inputs: readonly Input[]): Input[] => inputs.filter((input) => isDrawn(input, driver));
    const fitting = (all: readonly InputGroup[]): InputGroup[] =>
      all.map((each) => ({ ...each, inputs: chosen(each.inputs) })).filter(({ inputs }) => inputs.length > 0);
    const [patient, images, scanners, lies] = [chosen(patience), fitting(groups), fitting([group]), fitting(unguarded)];
    if (patient.length + images.length > 0) await runIn({ driver }, { patient, groups: images, report });
    if (scanners.length > 0) await runIn({ driver, scanner }, { patient: [], groups: scanners, report });
    if (lies.length > 0) await runIn({ driver, databases: claimed }, { patient: [], groups: lies, report });
    for (const { name, side, inputs } of corpora) {
      const those = chosen(inputs);
      if (those.length === 0) continue;
      const databases = (folder: string): Promise<Record<string, string>> => corpus.databases(folder, side);
      await runIn({ driver, databases }, { patient: [], groups: [{ name, inputs: those }], report });
    }
  }
  const inputs = lines.filter(({ row }) => row !== '-');
  const broken = lines.filter(({ held }) => !held);
  for (const { driver, row, title, happened } of broken) {
    print(`${failedMark}${driver}: ${row} ${title}: ${happened.replaceAll(/\s+/g, ' ')}`);
    print(alone('test:hostile', ['--driver', driver, ...(row === '-' ? [] : ['--only', literally(title)])]));
  }
  print(
    `${lines.length - broken.length} held, ${broken.length} did not: ${inputs.length} inputs, ` +
      `${inputs.filter(({ row }) => row === 'beyond').length} of them beyond the table, in ` +
      `${seconds(performance.now() - began)}`,
  );
  // A run without inputs proves nothing.
  process.exitCode = broken.length === 0 && inputs.length > 0 ? 0 : 1;
};

await new Command('hostile')
  .description('Sends hostile inputs to a whole suite in each sandbox, and looks at what is left afterwards.')
  .addOption(new Option('--driver <driver>', 'one sandbox driver instead of all that are here').choices(driversHere))
  .option('--only <pattern>', 'inputs whose row, name or source fits', patternFrom)
  .option(
    '--share <number>',
    'how much of each class of the collection is drawn, and at least one',
    numberFrom(0, 1),
    1,
  )
  .option('--seed <number>', 'what draws', numberFrom(0, 2 ** 47), randomInt(2 ** 31))
  .action(hostile)
  .parseAsync();
