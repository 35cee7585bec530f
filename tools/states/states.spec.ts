import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import type { Decider } from '@assay/event-sourcing';
import { programs } from '../openapi/document.ts';
import { make, madeBy, recorded, story, unraised, type Recorded } from './states.ts';

const [, eligibility] = programs;
const version = eligibility!.stateVersion;

const changed = (change: Partial<Decider<never, never, never>>): Recorded => {
  const now = make(programs);
  return { ...now, programs: { ...now.programs, eligibility: madeBy({ ...eligibility!, ...change }) } };
};

describe('the states of every program', () => {
  it('are those recorded for its version: a changed fold raises the version', () => {
    expect(unraised(recorded(), make(programs))).toEqual([]);
    expect(recorded(), 'run `npm run docs`').toEqual(make(programs));
  });

  it('result from a story in which each program receives and emits events', () => {
    for (const program of programs) {
      const { received, emitted } = program.empty();
      const topics = story().map(({ topic }) => topic);
      expect(madeBy(program).states).not.toBe(madeBy({ ...program, evolveReceived: () => received }).states);
      expect(madeBy(program).states).not.toBe(madeBy({ ...program, evolveEmitted: () => emitted }).states);
      expect(new Set(topics).size).toBe(13);
    }
  });
});

describe('a fold that changed', () => {
  const { evolveReceived } = eligibility!;
  const otherwise: typeof evolveReceived = (received, event) =>
    ({ ...(evolveReceived(received, event) as object), seen: true }) as never;

  it('is refused under the same version, and under a lower one', () => {
    expect(unraised(make(programs), changed({ evolveReceived: otherwise }))).toEqual([
      `eligibility makes other states of the same events than before: raise its stateVersion above ${version}, so ` +
        'that the states that lie in stores are made anew',
    ]);
    expect(unraised(make(programs), changed({ stateVersion: 0 }))).toEqual([
      `eligibility: stateVersion 0 is below ${version}, which was used: versions only grow`,
    ]);
  });

  it('goes with a higher version, and with another story', () => {
    expect(unraised(make(programs), changed({ evolveReceived: otherwise, stateVersion: version + 1 }))).toEqual([]);
    expect(unraised({ ...make(programs), story: 'another' }, changed({ evolveReceived: otherwise }))).toEqual([]);
  });

  it.each<[string, Partial<Decider<never, never, never>>]>([
    ['compaction', { compact: ({ emitted }) => ({ received: {} as never, emitted }) }],
    ['summary', { summarise: () => 'another form' }],
  ])('counts with its %s', (_, change) => {
    expect(unraised(make(programs), changed(change))).toHaveLength(1);
    expect(unraised(make(programs), changed({ ...change, stateVersion: version + 1 }))).toEqual([]);
  });

  it('is not affected by the order of its fields', () => {
    const reversed = (value: object): never => Object.fromEntries(Object.entries(value).toReversed()) as never;
    expect(
      unraised(
        make(programs),
        changed({ evolveReceived: (received, event) => reversed(evolveReceived(received, event) as object) }),
      ),
    ).toEqual([]);
  });
});
