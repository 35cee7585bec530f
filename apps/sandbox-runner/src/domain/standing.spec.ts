import { describe, expect, it } from 'vitest';
import { recallOf } from '@assay/events';
import { DeciderSpec, eventOf } from '@assay/testing';
import { announced, approved, bench, databaseOf, declined, digest, observed, succeeded } from '../../test/fixtures.ts';
import { deciderOn } from './decider.ts';
import {
  holdersOf,
  isByAnnounced,
  isCurrent,
  isGoodEnough,
  isSuperseded,
  knownResult,
  wasDeclined,
  type Situation,
} from './standing.ts';
import type { Bench, EmittedPlacement, Note, ScanSuccess } from './state.ts';

const [one, two] = [databaseOf(1), databaseOf(2)];
const build = { ...bench.scanner, digest: `sha256:${'8'.repeat(64)}` };
const scanned = (first: object = {}) => {
  const spec = new DeciderSpec(deciderOn(bench), digest)
    .givenConfig(observed(), announced({ database: one }))
    .given(approved());
  spec.when();
  spec.job(spec.jobs[0]!.id, { state: 'finished', attempt: 1, result: succeeded(first) }).when();
  return spec;
};
type Runner = ReturnType<typeof scanned>;
const situation = ({ state, config, marks, now }: Runner, note: Note = {}): Situation => ({
  key: digest,
  received: state.received,
  emitted: state.emitted,
  config,
  marks,
  note,
  now,
  bench,
});
const recall = eventOf('operator.acted', 'x', {
  command: 'recall',
  target: recallOf(bench.scanner.digest),
  by: 'ana',
  why: 'compromised',
  outcome: 'ordered',
});

it.each<[string, number[], number, number, boolean]>([
  ['the first approval', [1], 0, 1, false],
  ['the next approval', [2], 1, 2, false],
  ['approvals in a row', [2, 3], 1, 3, false],
  ['a later answer to the same', [2], 2, 2, false],
  ['a verdict that is missing', [3], 1, 3, true],
  ['one of several that is missing', [2, 4], 1, 4, true],
])('a placement was declined if a verdict is missing between its answers: %s', (_, verdicts, answered, verdict, is) => {
  const approvals = Object.fromEntries(
    verdicts.map((each) => [String(each), { data: approved({ verdict: each }).data, cause: {} }]),
  );
  const placement = { approvals, declined: 0 } as never;
  expect(wasDeclined(placement, { answered } as EmittedPlacement, verdict)).toBe(is);
});

describe('the standing result', () => {
  it('is held by placements that are approved and have it as their last answer', () => {
    const spec = scanned();
    expect(holdersOf(situation(spec))).toHaveLength(1);
    expect(holdersOf(situation(spec.given(approved({ verdict: 2 }))))).toHaveLength(1);
    expect(holdersOf(situation(scanned().given(approved({ verdict: 3 }))))).toEqual([]);
    expect(holdersOf(situation(scanned().given(declined({ verdict: 2 }))))).toEqual([]);
  });

  it('stands on the last announced of its database and what it was assessed by', () => {
    const spec = scanned().givenConfig(announced({ database: two }));
    const noted = (database: Bench['database'], offset: number, result = 1): Note => ({
      assessed: { result, database, announced: offset },
    });
    expect(knownResult(situation(spec))).toMatchObject({ database: one });
    expect(knownResult(situation(spec, noted(two, 1)))).toMatchObject({ database: two, assessed: 1 });
    expect(knownResult(situation(spec, noted(two, 1, 9)))).toMatchObject({ database: one });
    spec.givenConfig(announced({ database: one }));
    expect(knownResult(situation(spec, noted(two, 1)))).toMatchObject({ database: one });
  });

  it('is current if it is by what is announced, and not by a scanner that is recalled', () => {
    const spec = scanned();
    const isNow = (note: Note = {}) => isCurrent(knownResult(situation(spec, note))!, spec.config);
    expect(isNow()).toBe(true);
    spec.givenConfig(announced({ database: two }));
    expect([isNow(), isNow({ assessed: { result: 1, database: two, announced: 1 } })]).toEqual([false, true]);
    spec.givenConfig(recall);
    expect(isNow({ assessed: { result: 1, database: two, announced: 1 } })).toBe(false);
  });

  it('is good enough for a new approval if a scan would not know more', () => {
    const spec = scanned();
    const isGood = (on: Bench) => isGoodEnough(knownResult(situation(spec))!, { config: spec.config, bench: on });
    expect([isGood(bench), isGood({ ...bench, database: two })]).toEqual([true, true]);
    spec.givenConfig(announced({ database: two }));
    expect([isGood(bench), isGood({ ...bench, database: two })]).toEqual([true, false]);
    expect(isGood({ ...bench, witnessVersion: 'other' })).toBe(false);
    spec.givenConfig(announced({ database: one }));
    expect([isGood({ ...bench, database: two }), isGood({ ...bench, scanner: build })]).toEqual([true, true]);
    spec.givenConfig(recall);
    expect(isGood(bench)).toBe(false);
  });

  it('is not replaced by a scan with an older database, or with a build that is not the announced one', () => {
    const spec = scanned().givenConfig(announced({ database: two }), announced({ database: one }));
    const known = knownResult(situation(spec))!;
    const late = (more: Partial<Bench>) => isSuperseded({ ...bench, ...more }, known, spec.config);
    expect([late({ database: two }), late({}), late({ database: databaseOf(3) })]).toEqual([true, false, false]);
    expect(late({ scanner: build })).toBe(false);
    spec.givenConfig(announced({ database: one, program: bench.scanner }));
    expect(late({ scanner: build })).toBe(true);
    const other = { ...spec.config, announcement: undefined, recalled: [build.digest] } as never;
    expect(isSuperseded({ ...bench, scanner: build }, known, other)).toBe(true);
    spec.givenConfig(recall);
    expect([late({ database: two }), late({ scanner: build })]).toEqual([false, false]);
  });

  it('is not replaced by a scan with its own means, as of a process that has not the newer database yet', () => {
    const spec = scanned();
    const known = knownResult(situation(spec))!;
    const again = succeeded() as ScanSuccess;
    const { witness, database, inventory } = again;
    const isLate = (more: Partial<ScanSuccess>) => isSuperseded({ ...again, ...more }, known, spec.config);
    expect(isLate({})).toBe(true);
    expect(isLate({ database: two })).toBe(false);
    expect(isLate({ witness: { ...witness!, version: 'other' } })).toBe(false);
    expect(isLate({ database: { ...database, java: 'sha256:other' } })).toBe(false);
    expect(isLate({ inventory: { ...inventory!, lists: 9 } })).toBe(false);
  });

  it('gives way to a scan that a witness confirms if none confirms it, and to no older one without', () => {
    const spec = scanned({ witness: undefined });
    spec.givenConfig(announced({ database: two }), announced({ database: one }));
    const known = knownResult(situation(spec))!;
    const late = { scanner: bench.scanner, database: two };
    const { witness } = succeeded() as ScanSuccess;
    expect(isSuperseded(late, known, spec.config)).toBe(true);
    expect(isSuperseded({ ...late, witness: witness! }, known, spec.config)).toBe(false);
  });
});

it.each<[string, object, boolean]>([
  ['the announced one', {}, true],
  ['another database', { database: two }, false],
  ['another scanner', { scanner: { ...bench.scanner, name: 'other' } }, false],
  ['another build', { scanner: build }, false],
])('a result is by what is announced: %s', (_, more, is) => {
  const { config } = scanned().givenConfig(announced({ database: one, program: bench.scanner }));
  expect(isByAnnounced({ ...bench, ...more }, config)).toBe(is);
});
