import { describe, expect, it } from 'vitest';
import { definitionOf, validated, type AnyEvent, type EventDefinition, type ScanCompleted } from '@assay/events';
import { laneOf, type Trouble } from '@assay/event-sourcing';
import { DeciderSpec } from '@assay/testing';
import {
  approved,
  bench,
  broken,
  deadline,
  declined,
  digest,
  observed,
  otherRegistry,
  succeeded,
} from '../../test/fixtures.ts';
import { deciderOn } from './decider.ts';
import type { ScanTask } from './state.ts';

const away: Trouble = {
  code: 'unreachable',
  message: 'the connection failed',
  patience: 'soon',
  inARow: 9,
  tries: 9,
  timeouts: 0,
};
const refused: Trouble = {
  code: 'unauthorized',
  message: 'the registry answered 403',
  patience: 'later',
  inARow: 1,
  tries: 1,
  timeouts: 0,
};
const over = Date.parse(deadline);

const runner = () =>
  new DeciderSpec(deciderOn(bench), digest).givenConfig(
    observed(),
    observed({ registryId: otherRegistry, loginServer: 'other.registry.test' }),
  );
type Runner = ReturnType<typeof runner>;
const waiting = (...events: AnyEvent[]): Runner => {
  const spec = runner().given(...events);
  spec.when();
  return spec;
};
const troubled = (spec: Runner, trouble: Trouble, at = 0): Runner =>
  spec.job(spec.jobs[at]!.id, { state: 'queued', trouble });
const emitted = (spec: Runner): string[] =>
  spec.when().map(({ topic, data }) => {
    validated(definitionOf(topic) as EventDefinition, data);
    const { registryId, verdict, outcome, reason, trying } = data as ScanCompleted;
    return [registryId === otherRegistry ? 'other' : 'own', verdict, outcome, reason, trying ? 'trying' : undefined]
      .filter((part) => part !== undefined)
      .join(' ');
  });
const places = (spec: Runner): string[] =>
  spec.decide().jobs!.map(({ lane, payload }) => `${(payload as ScanTask).registry.loginServer} ${laneOf(lane)}`);

describe('a scan whose registry is away', () => {
  it.each(['unreachable', 'blobs-unreachable', 'disk-full'])(
    'is answered with the cause at its deadline, goes on without end, and is answered again by its result: %s',
    (code) => {
      const spec = troubled(waiting(approved()), { ...away, code });
      expect([emitted(spec), spec.decide().wakeAt]).toEqual([[], over]);
      spec.now = over;
      expect(emitted(spec)).toEqual([`own 1 failed ${code} trying`]);
      expect([emitted(spec), places(spec), spec.decide().wakeAt]).toEqual([
        [],
        ['myreg.registry.test backfill'],
        undefined,
      ]);
      spec.now += 40 * 24 * 3_600_000;
      expect([emitted(spec), spec.jobs.length]).toEqual([[], 1]);
      expect(emitted(spec.job(spec.jobs[0]!.id, { state: 'finished', attempt: 1, result: succeeded() }))).toEqual([
        'own 1 succeeded',
      ]);
      expect([emitted(spec), spec.jobs]).toEqual([[], []]);
    },
  );

  it('does not hold up the same image in another registry', () => {
    const spec = troubled(waiting(approved(), approved({ registryId: otherRegistry })), away);
    spec.when();
    expect(places(spec)).toEqual(['other.registry.test push', 'myreg.registry.test push']);
    const { id } = spec.jobs.find(({ payload }) => (payload as ScanTask).registry.registryId === otherRegistry)!;
    expect(emitted(spec.job(id, { state: 'finished', attempt: 1, result: succeeded() })).toSorted()).toEqual([
      'other 1 succeeded',
    ]);
    const proof = spec.jobs.find(({ id: each }) => each.startsWith('shows/'))!;
    expect([
      emitted(spec.job(proof.id, { state: 'finished', attempt: 1, result: { shown: 'bytes' } })),
      spec.jobs,
    ]).toEqual([['own 1 succeeded'], []]);
  });

  it('and has not proved possession is answered at its deadline, and again after the proof', () => {
    const spec = waiting(approved(), approved({ registryId: otherRegistry }));
    emitted(spec.job(spec.jobs[0]!.id, { state: 'finished', attempt: 1, result: succeeded() }));
    const [proof] = spec.jobs;
    troubled(spec, away);
    expect([emitted(spec), spec.decide().wakeAt]).toEqual([[], over]);
    spec.now = over;
    expect(emitted(spec)).toEqual(['other 1 failed unreachable trying']);
    expect([emitted(spec), places(spec), spec.decide().wakeAt]).toEqual([
      [],
      ['other.registry.test backfill'],
      undefined,
    ]);
    expect(emitted(spec.job(proof!.id, { state: 'finished', attempt: 1, result: { shown: 'bytes' } }))).toEqual([
      'other 1 succeeded',
    ]);
    expect([emitted(spec), spec.jobs]).toEqual([[], []]);
  });

  it('is tried by one job for all its repositories, and each is answered at its deadline', () => {
    const spec = troubled(waiting(approved(), approved({ repository: 'team/copy' })), away);
    expect(places(spec)).toHaveLength(1);
    spec.now = over;
    expect(emitted(spec)).toEqual(['own 1 failed unreachable trying', 'own 1 failed unreachable trying']);
  });

  it('that could not begin before its deadline is answered with the cause at its first failure', () => {
    const spec = waiting(approved());
    spec.now = over;
    expect(emitted(spec)).toEqual(['own 1 timed-out deadline']);
    expect(emitted(troubled(spec, away))).toEqual(['own 1 failed unreachable trying']);
    expect(emitted(spec)).toEqual([]);
  });
});

describe('a failure that needs an operator', () => {
  it('is published at once, for that placement alone, and retried until the image is gone', () => {
    const spec = troubled(waiting(approved(), approved({ repository: 'team/copy' })), refused);
    expect(emitted(spec)).toEqual(['own 1 failed unauthorized trying']);
    expect(spec.decide().jobs!.map(({ payload }) => (payload as ScanTask).repository)).toEqual([
      'team/hello',
      'team/copy',
    ]);
    spec.given(declined({ verdict: 2, repository: 'team/copy' })).when();
    expect(spec.decide().jobs!.map(({ payload }) => (payload as ScanTask).repository)).toEqual(['team/hello']);
  });

  it('is retried at once with other credentials', () => {
    const spec = troubled(waiting(approved()), refused);
    spec.when();
    const before = spec.decide().jobs![0]!.payload;
    expect(spec.givenConfig(observed({ access: 'fedcba987654' })).decide().jobs![0]!.payload).not.toEqual(before);
  });

  it('is left to the latest approval of the image', () => {
    const spec = troubled(waiting(approved()), refused);
    spec.when();
    spec.given(approved({ verdict: 2 })).when();
    expect(
      emitted(spec.job(spec.jobs[0]!.id, { state: 'finished', attempt: 1, trouble: refused, result: succeeded() })),
    ).toEqual(['own 2 succeeded']);
  });

  it('ends when the scanner itself fails', () => {
    const spec = troubled(waiting(approved()), refused);
    spec.when();
    expect(emitted(spec.job(spec.jobs[0]!.id, { state: 'finished', attempt: 1, result: broken() }))).toEqual([
      'own 1 failed invalid-image',
    ]);
    expect([emitted(spec), spec.jobs]).toEqual([[], []]);
  });
});
