import { randomInt } from 'node:crypto';
import { Command, InvalidArgumentError } from 'commander';
import { numberFrom } from '../options.ts';
import { keptIn, targetCalled } from './finds.ts';
import { heldAfter, Memory } from './memory.ts';
import { fuzzed, reasonOf, tried } from './run.ts';
import { targets } from './targets/index.ts';
import { FuzzWorld } from './world.ts';

interface Options {
  readonly minutes: number;
  readonly turns?: number;
  readonly seed: number;
  readonly target?: readonly string[];
  readonly replay?: string;
}

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const named = (name: string, before: readonly string[] = []): readonly string[] => {
  if (targets.some((target) => target.name === name)) return [...before, name];
  throw new InvalidArgumentError(`The targets are ${targets.map((target) => target.name).join(', ')}.`);
};

const replay = async (path: string, world: FuzzWorld): Promise<boolean> => {
  const kept = await keptIn(path)
    .then(({ target, case: one }) => ({ target: targetCalled(target), one }))
    .catch((error: Error) => error);
  if (kept instanceof Error) {
    process.stderr.write(`${path}: ${kept.message}\n`);
    return false;
  }
  const { target, one } = kept;
  const why = await tried(target, one, world).then(() => undefined, reasonOf);
  print(`${target.name}: ${why ?? 'it holds'}`);
  return why === undefined;
};

const run = async ({ minutes, turns, seed, target }: Options, world: FuzzWorld): Promise<boolean> => {
  print(`seed ${seed}`);
  const collect = global.gc;
  if (!collect) throw new Error('start Node with --expose-gc: without it nobody knows what is held');
  const memory = new Memory(() =>
    heldAfter(() => {
      collect({ execution: 'sync', type: 'major' });
    }),
  );
  const end = Date.now() + minutes * 60_000;
  const chosen = targets.filter(({ name }) => target === undefined || target.includes(name));
  const outcome = await fuzzed(
    {
      targets: chosen,
      seed,
      print,
      goesOn: (turn) => (turns === undefined ? turn === 0 || Date.now() < end : turn < turns),
    },
    world,
    () => memory.look(),
  );
  print(`memory: ${memory.summary}${memory.grew ? ': it grows' : ''}`);
  print(`${outcome.cases} cases of ${chosen.length} targets in ${outcome.turns} turns: ${outcome.finds} finds`);
  return outcome.finds === 0 && !memory.grew;
};

const main = async (options: Options): Promise<void> => {
  const world = new FuzzWorld();
  try {
    process.exitCode = (await (options.replay === undefined ? run(options, world) : replay(options.replay, world)))
      ? 0
      : 1;
  } finally {
    await world.close();
  }
};

await new Command('fuzz')
  .description(
    'Changes what strangers send, keeping it readable enough to reach far, and looks for crashes, lost ' +
      'errors, memory that grows, and images that are called healthy although the bare scanner disagrees.',
  )
  .option('--minutes <number>', 'how long', numberFrom(0, 10_000), 5)
  .option(
    '--turns <number>',
    'so many turns instead, however long they take: the same seed then tries the same cases',
    numberFrom(1, 1_000_000, true),
  )
  .option('--seed <number>', 'what decides on the cases', numberFrom(0, 2 ** 31 - 1, true), randomInt(2 ** 31))
  .option('--target <name>', 'only this one; may be given several times', named)
  .option('--replay <file>', 'tries one case that was kept, in e2e/fuzz/finds or elsewhere')
  .addHelpText(
    'after',
    `\nTargets\n${targets.map(({ name, description }) => `  ${name.padEnd(24)}${description}`).join('\n')}`,
  )
  .action(main)
  .parseAsync();
