import { expect, it } from 'vitest';
import { Random } from '../simulation/world/random.ts';
import { emptying, kinds } from './torments/kinds.ts';
import { planned } from './torments/tormentor.ts';

const plan = (minutes: number, seed: number): string[] =>
  planned(minutes * 60_000, { random: new Random(seed) }).map(({ name }) => name);

it('torments in every way within a minute, and empties Redis once, for any seed', () => {
  for (let seed = 1; seed <= 50; seed += 1) {
    const names = plan(1, seed);
    expect(new Set(names)).toEqual(new Set([...kinds, emptying].map(({ name }) => name)));
    expect(names.filter((name) => name === emptying.name)).toHaveLength(1);
  }
});

it('torments the more the longer it lasts, and alike for the same seed', () => {
  expect(plan(10, 1).length).toBeGreaterThan(5 * plan(1, 1).length);
  expect(plan(3, 7)).toEqual(plan(3, 7));
  expect(plan(3, 7)).not.toEqual(plan(3, 8));
});
