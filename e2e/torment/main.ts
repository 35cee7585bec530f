// Holds the metadata that decorators write.
import 'reflect-metadata';
import { randomInt } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { alone } from '../../tools/checks/alone.ts';
import { numberFrom } from '../options.ts';
import { report } from './report.ts';
import { loads, run, type Loaded } from './run.ts';
import { cuttable, type Cuttable } from './torments/cut.ts';

interface Options {
  readonly minutes: number;
  readonly seed: number;
  readonly replicas: number;
  readonly folder?: string;
  readonly cut?: Cuttable;
  readonly only?: Loaded;
}

const stopped = new Error('stopped as asked');
const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const torment = async ({ minutes, seed, replicas, folder: given, cut, only }: Options): Promise<void> => {
  const folder = given === undefined ? await mkdtemp(join(tmpdir(), 'assay-torment-')) : resolve(given);
  await mkdir(folder, { recursive: true });
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      print('stopping');
      abort.abort(stopped);
    });
  let passed = false;
  try {
    const outcome = await run({ minutes, seed, replicas, folder, cut, only, print, signal: abort.signal });
    for (const line of report(outcome)) print(line);
    passed = outcome.verdict.faults.length === 0;
  } finally {
    // The folder of a failed run is kept for analysis.
    if (given === undefined && (passed || abort.signal.aborted)) await rm(folder, { recursive: true, force: true });
    else print(`logs and data are in ${folder}`);
    if (!passed)
      print(
        alone('test:torment', [
          '--minutes',
          `${minutes}`,
          '--seed',
          `${seed}`,
          '--replicas',
          `${replicas}`,
          ...(cut ? ['--cut', cut] : []),
          ...(only ? ['--only', only] : []),
        ]),
      );
  }
  process.exit(passed ? 0 : 1);
};

const program = new Command('torment')
  .description(
    'Torments the six services on real Kafka, Redis and registries, and holds what is left against what ' +
      'really happened.',
  )
  .option('--minutes <number>', 'how long, without start and end', numberFrom(0.1, 600), 1)
  .option(
    '--seed <number>',
    'what decides who is tormented when; the same seed torments alike, though never at the same moment of a process',
    numberFrom(0, 2 ** 47, true),
    randomInt(2 ** 31),
  )
  .option('--replicas <number>', 'of each service', numberFrom(1, 5, true), 2)
  .option('--folder <folder>', 'where logs and data are kept; a temporary one that goes when all is well')
  .addOption(new Option('--cut <topic>', 'the topic that comes back shorter in the end; whichever').choices(cuttable))
  .addOption(
    new Option('--only <load>', 'images: no database is imported; databases: twice as many, and few pushes').choices(
      loads,
    ),
  )
  .action(torment);

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`error: ${error === stopped ? stopped.message : (error as Error).stack}\n`);
  process.exit(1);
}
