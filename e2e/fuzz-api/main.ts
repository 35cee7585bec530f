import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { numberFrom } from '../options.ts';
import { fuzz, type FuzzOptions } from './schemathesis.ts';
import { startFuzzed } from './suite.ts';

const whole = (text: string): number => {
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError('Give a whole number above 0.');
};

const main = async (options: FuzzOptions, { args }: Command): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-fuzz-api-'));
  const fuzzed = await startFuzzed();
  process.stdout.write(`seed ${options.seed}\n`);
  let passed = false;
  try {
    passed = await fuzz(fuzzed, folder, options, args);
  } finally {
    await fuzzed.close();
    await rm(folder, { recursive: true, force: true });
  }
  // The requests must not cause errors behind the API either.
  for (const line of fuzzed.failures) process.stderr.write(`the suite told of: ${line}\n`);
  process.exit(passed && fuzzed.failures.length === 0 ? 0 : 1);
};

await new Command('fuzz-api')
  .description(
    "Asks a suite with the demonstration's images whatever its API document allows, and what it does " +
      'not; no answer may be a 5xx or lie outside of the document.',
  )
  .option('--seed <number>', 'what decides what is asked', whole, 1)
  .option('--examples <number>', 'requests of each operation', whole, 20)
  .option('--share <number>', 'how much of each part of the API is drawn, and of each method', numberFrom(0, 1), 1)
  .option('--draw <number>', 'what draws operations', numberFrom(0, 2 ** 47, true), randomInt(2 ** 31))
  .option('--seconds <number>', 'how long at most', whole, 1800)
  .argument('[more...]', 'passed on to schemathesis, behind --')
  .action((_more: readonly string[], options: FuzzOptions, command: Command) => main(options, command))
  .parseAsync();
