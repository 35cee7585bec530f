import fc from 'fast-check';
import { keep } from './finds.ts';
import { expectThat, type FuzzTarget } from './target.ts';
import type { FuzzWorld } from './world.ts';

export interface FuzzPlan {
  readonly targets: readonly FuzzTarget[];
  readonly seed: number;
  /** True if there is to be another turn. */
  readonly goesOn: (turn: number) => boolean;
  readonly print: (line: string) => void;
  readonly folder?: string;
}

export interface FuzzOutcome {
  readonly cases: number;
  readonly finds: number;
  readonly turns: number;
}

/** Uncaught errors since the last check. */
const uncaught: string[] = [];
const strayed = (error: unknown): void => {
  uncaught.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
};

/** An error behind an answer is attributed to the case that just ran. */
const withoutStray = async (world: FuzzWorld): Promise<void> => {
  await new Promise(setImmediate);
  const [stray] = uncaught.splice(0);
  expectThat(stray === undefined, `nobody has caught: ${stray}`);
  const [failure] = world.failures();
  expectThat(failure === undefined, `the suite told of: ${failure}`);
};

/** The reason of a find. For any other error, its stack. */
export const reasonOf = (error: unknown): string =>
  error instanceof Error ? (error.name === 'Find' ? error.message : (error.stack ?? error.message)) : String(error);

/** Tries one case and checks everything that must hold afterwards. */
export const tried = async (target: FuzzTarget, one: unknown, world: FuzzWorld): Promise<void> => {
  await target.hold(one, world);
  await withoutStray(world);
};

/** One turn of one target: the same seed tries the same cases. */
const turnOf = async (
  target: FuzzTarget,
  seed: number,
  world: FuzzWorld,
  { print, folder }: FuzzPlan,
): Promise<{ readonly cases: number; readonly isFind: boolean }> => {
  let why = '';
  const result = await fc.check(
    fc.asyncProperty(target.cases, async (one) => {
      try {
        await tried(target, one, world);
      } catch (error) {
        why = reasonOf(error);
        throw error;
      }
    }),
    { seed, numRuns: target.perTurn, interruptAfterTimeLimit: 180_000, markInterruptAsFailure: false },
  );
  if (!result.failed) return { cases: result.numRuns, isFind: false };
  const path = await keep({ target: target.name, why: why.slice(0, 2000), case: result.counterexample![0] }, folder);
  print(`FIND  ${target.name}: ${why.split('\n', 1)[0]!.slice(0, 300)}\n      kept as ${path}`);
  return { cases: result.numRuns, isFind: true };
};

/** Runs turns until the time is over or every target has a find: one find is enough to know of a fault. */
export const fuzzed = async (plan: FuzzPlan, world: FuzzWorld, after: (turn: number) => void): Promise<FuzzOutcome> => {
  process.on('unhandledRejection', strayed).on('uncaughtException', strayed);
  const broken = new Set<FuzzTarget>();
  let cases = 0;
  let turn = 0;
  try {
    for (; plan.goesOn(turn) && broken.size < plan.targets.length; turn += 1) {
      for (const [at, target] of plan.targets.entries()) {
        if (broken.has(target)) continue;
        const turned = await turnOf(target, (plan.seed + turn * 1009 + at * 101) | 0, world, plan);
        if (turned.isFind) broken.add(target);
        cases += turned.cases;
      }
      after(turn);
    }
  } finally {
    process.off('unhandledRejection', strayed).off('uncaughtException', strayed);
  }
  return { cases, finds: broken.size, turns: turn };
};
