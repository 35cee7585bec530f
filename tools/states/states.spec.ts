import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import type { Program } from '@assay/event-sourcing';
import { programs } from '../openapi/document.ts';
import { make, madeBy, recorded, story, unraised, type Recorded } from './states.ts';

const [, eligibility] = programs;

const changed = (change: Partial<Program<never, never, never>>): Recorded => {
  const now = make(programs);
  return { ...now, programs: { ...now.programs, eligibility: madeBy({ ...eligibility!, ...change }) } };
};

describe('the states of every program', () => {
  it('are those that were recorded of its version: who changes a fold raises it', () => {
    expect(unraised(recorded(), make(programs))).toEqual([]);
    expect(recorded(), 'run `npm run docs`').toEqual(make(programs));
  });

  it('come of a story in which each of them hears and says something', () => {
    for (const program of programs) {
      const { heard, said } = program.empty();
      const topics = story().map(({ topic }) => topic);
      expect(madeBy(program).states).not.toBe(madeBy({ ...program, hear: () => heard }).states);
      expect(madeBy(program).states).not.toBe(madeBy({ ...program, say: () => said }).states);
      expect(new Set(topics).size).toBe(10);
    }
  });
});

describe('a fold that changed', () => {
  const { hear } = eligibility!;
  const otherwise: typeof hear = (heard, event) => ({ ...(hear(heard, event) as object), seen: true }) as never;

  it('is refused under the same version, and under a lower one', () => {
    expect(unraised(make(programs), changed({ hear: otherwise }))).toEqual([
      'eligibility makes other states of the same events than before: raise its stateVersion above 1, so that the states that lie in stores are made anew',
    ]);
    expect(unraised(make(programs), changed({ stateVersion: 0 }))).toEqual([
      'eligibility: stateVersion 0 is below 1, which was used: versions only grow',
    ]);
  });

  it('goes with a higher version, and with another story', () => {
    expect(unraised(make(programs), changed({ hear: otherwise, stateVersion: 2 }))).toEqual([]);
    expect(unraised({ ...make(programs), story: 'another' }, changed({ hear: otherwise }))).toEqual([]);
  });

  it('says nothing by the order in which it writes its fields', () => {
    const reversed = (value: object): never => Object.fromEntries(Object.entries(value).toReversed()) as never;
    expect(
      unraised(make(programs), changed({ hear: (heard, event) => reversed(hear(heard, event) as object) })),
    ).toEqual([]);
  });
});
