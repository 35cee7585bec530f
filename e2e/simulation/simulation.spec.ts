import { describe, expect, it } from 'vitest';
import { seed as drawnBy, turnsOf } from '@assay/testing';
import { shuffled } from '../draw.ts';
import { isFoundBy, mutantCalled } from './mutants/mutants.ts';
import { runSchedule } from './schedule.ts';
import { seedOf } from './world/random.ts';

const seed = 20_261_124;

/** The first failing schedule among `most`. */
const firstBroken = async (most: number, name?: string) => {
  for (let index = 0; index < most; index += 1) {
    const outcome = await runSchedule({
      seed: seedOf(seed, index),
      mutant: name === undefined ? undefined : mutantCalled(name),
    });
    const [first] = outcome.broken;
    if (first && isFoundBy(mutantCalled(name ?? ''), first.invariant))
      return { seed: outcome.seed, broken: outcome.broken };
  }
  return undefined;
};

/** Mutants that are found soon. `npm run test:simulation -- --mutants` looks for all of them, and for the others. */
const quick: readonly string[] = [
  'offset-first',
  'offset-last',
  'no-outbox',
  'any-epoch',
  'left-behind',
  'never-looks',
  'reads-half',
  'rows-after',
  'never-overdue',
  'never-stale',
  'reads-on',
  'callers-clock',
  'gives-up',
  'believes-the-scanner',
  'mark-first',
  'mark-overtakes',
  'vouches-for-failed',
  'other-order',
  'late-as-new',
  'newest-by-age',
  'counts-descriptions',
  'believes-notes',
  'classifies-again',
  'announces-unasked',
  'announces-held',
  'ignores-limits',
  'silence-is-consent',
  'answers-nothing',
  'overlooks-losses',
  'sweeps-anew',
  'keeps-tags',
  'sweeps-a-part',
  'lists-first',
  'never-asks-back',
  'overlooks-cuts',
  'knows-no-walls',
  'believes-events',
  'first-page-only',
  'seals-past',
  'seals-anew',
  'takes-no-turn',
];

describe('the simulation', () => {
  it('holds', async () => {
    expect(await firstBroken(turnsOf(150))).toBeUndefined();
  });

  it('is the same for the same seed, traced or not, and another for another', async () => {
    const traces = new Set<string>();
    for (let index = 0; index < 10; index += 1) {
      const [lines, again]: [string[], string[]] = [[], []];
      const [once, traced, tracedAgain] = [
        await runSchedule({ seed: index }),
        await runSchedule({ seed: index, line: (line) => lines.push(line) }),
        await runSchedule({ seed: index, line: (line) => again.push(line) }),
      ];
      expect(traced).toEqual(once);
      expect(tracedAgain).toEqual(once);
      expect(again).toEqual(lines);
      expect(lines.length).toBeGreaterThan(100);
      traces.add(lines.join('\n'));
    }
    expect(traces.size).toBe(10);
  });

  it.each(shuffled(quick, drawnBy, String).slice(0, turnsOf(quick.length)))(
    'finds the mutant %s, and its seed shows it again',
    async (name) => {
      const found = (await firstBroken(2000, name))!;
      expect(found).toBeDefined();
      expect((await runSchedule({ seed: found.seed, mutant: mutantCalled(name) })).broken).toEqual(found.broken);
    },
  );
});
