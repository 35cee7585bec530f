import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { lanes, type AnyEvent, type ScanCompleted } from '@assay/events';
import type { Job } from '@assay/event-sourcing';
import { DeciderSpec } from '@assay/testing';
import {
  approved,
  bench,
  broken,
  declined,
  digest,
  observed,
  otherRegistry,
  registryId,
  shown,
  succeeded,
  unreadable,
} from '../../test/fixtures.ts';
import { deciderOn } from './decider.ts';
import type { Received, ProofResult, Emitted, ScanResult } from './state.ts';

const begun = Date.parse('2026-11-24T09:15:03.000Z');
const hour = 60 * 60_000;
const places = [
  { registryId, repository: 'a' },
  { registryId, repository: 'b' },
  { registryId: otherRegistry, repository: 'a' },
];

type Runner = ReturnType<typeof fresh>;
const program = deciderOn(bench);
const fresh = () =>
  new DeciderSpec(program, digest, begun).givenConfig(observed(), observed({ registryId: otherRegistry }));

/** Verdicts of a placement increase. Those that decline come by another topic, and only each topic is ordered. */
interface Verdicts {
  readonly place: number;
  readonly verdicts: readonly (boolean | number)[];
}
const verdicts: fc.Arbitrary<Verdicts[]> = fc.tuple(
  ...places.map((_, place) =>
    fc.record({
      place: fc.constant(place),
      verdicts: fc.array(
        fc.oneof({ weight: 1, arbitrary: fc.constant(false) }, { weight: 3, arbitrary: fc.nat({ max: 2 }) }),
        { maxLength: 4 },
      ),
    }),
  ),
);

const queuesOf = (all: readonly Verdicts[]): AnyEvent[][] => {
  const events = all.flatMap(({ place, verdicts: each }) =>
    each.map((lane, before) => {
      const about = { ...places[place]!, verdict: before + 1 };
      return typeof lane === 'number'
        ? approved({
            ...about,
            lane: lanes[lane]!,
            kind: lane === 2 ? 'rescan' : 'scan',
            deadline: new Date(begun + (lane === 0 ? hour / 4 : 24 * hour)).toISOString(),
          })
        : declined(about);
    }),
  );
  return [
    events.filter(({ topic }) => topic === 'scan.approved'),
    events.filter(({ topic }) => topic === 'scan.declined'),
  ];
};

const results = [succeeded(), broken(), unreadable(), { failed: 'lease-expired' } as const];
/** A job that proves possession of an image never has findings. */
const resultOf = ({ payload }: Job, result: ScanResult): ScanResult | ProofResult =>
  'shows' in payload && 'succeeded' in result && result.succeeded ? shown() : result;

type Step =
  | { readonly receive: number }
  | { readonly lease: true }
  | { readonly finish: number }
  | { readonly later: number }
  | { readonly lose: true }
  | { readonly evaluate: true };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.nat({ max: 1 }).map((receive): Step => ({ receive })) },
  { weight: 2, arbitrary: fc.constant<Step>({ lease: true }) },
  { weight: 2, arbitrary: fc.nat({ max: 3 }).map((finish): Step => ({ finish })) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: hour / 5 }).map((later): Step => ({ later })) },
  { weight: 1, arbitrary: fc.constant<Step>({ lose: true }) },
  { weight: 4, arbitrary: fc.constant<Step>({ evaluate: true }) },
);

const take = (spec: Runner, queues: AnyEvent[][], each: Step): void => {
  const [job] = spec.jobs;
  if ('receive' in each) spec.given(...queues[each.receive]!.splice(0, 1));
  else if ('lease' in each) {
    if (job && job.state !== 'finished') spec.job(job.id, { state: 'leased', attempt: job.attempt + 1 });
  } else if ('finish' in each) {
    if (job?.state === 'leased') spec.job(job.id, { state: 'finished', result: resultOf(job, results[each.finish]!) });
  } else if ('later' in each) spec.now += each.later;
  // Jobs are derived state: a decider whose jobs are lost wants them again.
  else if ('lose' in each) spec.jobs = [];
  else spec.when();
};

/** Consumes the rest, and finishes all wanted jobs until none is left. */
const settle = (spec: Runner, queues: AnyEvent[][]): void => {
  spec.given(...queues.flat());
  for (let round = 0; round < 20; round += 1) {
    spec.when();
    const [job] = spec.jobs;
    if (!job) return;
    spec.job(job.id, { state: 'finished', attempt: job.attempt + 1, result: resultOf(job, succeeded()) });
  }
  throw new Error('it wants jobs for ever');
};

const lived = fc.tuple(verdicts, fc.array(step, { maxLength: 50 })).map(([all, steps]) => {
  const spec = fresh();
  const queues = queuesOf(all);
  for (const each of steps) take(spec, queues, each);
  settle(spec, queues);
  return { all, spec };
});

const outcomes = (spec: { readonly emitted: readonly AnyEvent[] }): Map<string, ScanCompleted['outcome'][]> =>
  new Map(
    [
      ...Map.groupBy(
        spec.emitted.filter(({ topic }) => topic === 'scan.completed').map(({ data }) => data as ScanCompleted),
        ({ scanId }) => scanId,
      ),
    ].map(([id, emitted]) => [id, emitted.map(({ outcome }) => outcome)]),
  );

it('every approval without a later refusal ends in exactly one outcome, which may follow a time-out', () =>
  fc.assert(
    fc.property(lived, ({ all, spec }) => {
      const by = outcomes(spec);
      for (const { place, verdicts: each } of all) {
        each.forEach((lane, before) => {
          const { registryId: registry, repository } = places[place]!;
          const ended = by.get(`${registry}/${repository}/${before + 1}`) ?? [];
          if (typeof lane !== 'number') expect(ended).toEqual([]);
          else if (each.lastIndexOf(false) < before)
            expect(ended.filter((outcome) => outcome !== 'timed-out')).toHaveLength(1);
          expect(ended.slice(ended[0] === 'timed-out' ? 1 : 0).length).toBeLessThanOrEqual(1);
          expect(ended.slice(1)).not.toContain('timed-out');
        });
      }
    }),
    { numRuns: 300 },
  ));

it('another evaluation publishes nothing more, and nothing twice', () =>
  fc.assert(
    fc.property(lived, ({ spec }) => {
      expect(spec.when()).toEqual([]);
      expect(new Set(spec.emitted.map(({ id }) => id)).size).toBe(spec.emitted.length);
    }),
  ));

it('a replay of what was received and emitted gives the same state', () =>
  fc.assert(
    fc.property(lived, ({ spec }) => {
      expect(
        spec.emitted.reduce<Emitted>((state, event) => program.evolveEmitted(state, event), program.empty().emitted),
      ).toEqual(spec.state.emitted);
      expect(JSON.parse(JSON.stringify(spec.state))).toEqual(spec.state);
    }),
  ));

it('the state does not depend on the order in which the two topics are mixed', () =>
  fc.assert(
    fc.property(verdicts, fc.infiniteStream(fc.boolean()), (all, picks) => {
      const receive = (events: readonly AnyEvent[]): Received =>
        events.reduce<Received>((received, event) => program.evolveReceived(received, event), program.empty().received);
      const [first, second] = queuesOf(all) as [AnyEvent[], AnyEvent[]];
      const whole = [...first, ...second];
      const mixed: AnyEvent[] = [];
      while (first.length > 0 || second.length > 0)
        mixed.push((second.length === 0 || (first.length > 0 && picks.next().value!) ? first : second).shift()!);
      expect(receive(mixed)).toEqual(receive(whole));
    }),
  ));
