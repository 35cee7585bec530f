import { describe, expect, it } from 'vitest';
import { definitionOf, validated, type AnyEvent, type EventDefinition, type ScanCompleted } from '@assay/events';
import type { Trouble } from '@assay/event-sourcing';
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
  const asked = runner().given(...events);
  asked.when();
  return asked;
};
const troubled = (asked: Runner, trouble: Trouble, at = 0): Runner =>
  asked.job(asked.jobs[at]!.id, { state: 'queued', trouble });
const emitted = (asked: Runner): string[] =>
  asked.when().map(({ topic, data }) => {
    validated(definitionOf(topic) as EventDefinition, data);
    const { registryId, verdict, outcome, reason, trying } = data as ScanCompleted;
    return [registryId === otherRegistry ? 'other' : 'own', verdict, outcome, reason, trying ? 'trying' : undefined]
      .filter((word) => word !== undefined)
      .join(' ');
  });
const places = (asked: Runner): string[] =>
  asked.decide().jobs!.map(({ lane, payload }) => `${(payload as ScanTask).registry.loginServer} ${lane}`);

describe('a scan whose registry is away', () => {
  it.each(['unreachable', 'blobs-unreachable', 'disk-full'])(
    'is answered with the cause at its deadline, goes on without end, and is answered again by its result: %s',
    (code) => {
      const asked = troubled(waiting(approved()), { ...away, code });
      expect([emitted(asked), asked.decide().wakeAt]).toEqual([[], over]);
      asked.now = over;
      expect(emitted(asked)).toEqual([`own 1 failed ${code} trying`]);
      expect([emitted(asked), places(asked), asked.decide().wakeAt]).toEqual([
        [],
        ['myreg.registry.test backfill'],
        undefined,
      ]);
      asked.now += 40 * 24 * 3_600_000;
      expect([emitted(asked), asked.jobs.length]).toEqual([[], 1]);
      expect(emitted(asked.job(asked.jobs[0]!.id, { state: 'finished', attempt: 1, result: succeeded() }))).toEqual([
        'own 1 succeeded',
      ]);
      expect([emitted(asked), asked.jobs]).toEqual([[], []]);
    },
  );

  it('does not hold up the same image in another registry', () => {
    const asked = troubled(waiting(approved(), approved({ registryId: otherRegistry })), away);
    asked.when();
    expect(places(asked)).toEqual(['other.registry.test push', 'myreg.registry.test push']);
    const { id } = asked.jobs.find(({ payload }) => (payload as ScanTask).registry.registryId === otherRegistry)!;
    expect(emitted(asked.job(id, { state: 'finished', attempt: 1, result: succeeded() })).toSorted()).toEqual([
      'other 1 succeeded',
    ]);
    const proof = asked.jobs.find(({ id: each }) => each.startsWith('shows/'))!;
    expect([
      emitted(asked.job(proof.id, { state: 'finished', attempt: 1, result: { shown: 'bytes' } })),
      asked.jobs,
    ]).toEqual([['own 1 succeeded'], []]);
  });

  it('and has not proved possession is answered at its deadline, and again after the proof', () => {
    const asked = waiting(approved(), approved({ registryId: otherRegistry }));
    emitted(asked.job(asked.jobs[0]!.id, { state: 'finished', attempt: 1, result: succeeded() }));
    const [proof] = asked.jobs;
    troubled(asked, away);
    expect([emitted(asked), asked.decide().wakeAt]).toEqual([[], over]);
    asked.now = over;
    expect(emitted(asked)).toEqual(['other 1 failed unreachable trying']);
    expect([emitted(asked), places(asked), asked.decide().wakeAt]).toEqual([
      [],
      ['other.registry.test backfill'],
      undefined,
    ]);
    expect(emitted(asked.job(proof!.id, { state: 'finished', attempt: 1, result: { shown: 'bytes' } }))).toEqual([
      'other 1 succeeded',
    ]);
    expect([emitted(asked), asked.jobs]).toEqual([[], []]);
  });

  it('is tried by one job for all its repositories, and each is answered at its deadline', () => {
    const asked = troubled(waiting(approved(), approved({ repository: 'team/copy' })), away);
    expect(places(asked)).toHaveLength(1);
    asked.now = over;
    expect(emitted(asked)).toEqual(['own 1 failed unreachable trying', 'own 1 failed unreachable trying']);
  });

  it('that could not begin before its deadline is answered with the cause at its first failure', () => {
    const asked = waiting(approved());
    asked.now = over;
    expect(emitted(asked)).toEqual(['own 1 timed-out deadline']);
    expect(emitted(troubled(asked, away))).toEqual(['own 1 failed unreachable trying']);
    expect(emitted(asked)).toEqual([]);
  });
});

describe('a failure that needs an operator', () => {
  it('is published at once, for that placement alone, and retried until the image is gone', () => {
    const asked = troubled(waiting(approved(), approved({ repository: 'team/copy' })), refused);
    expect(emitted(asked)).toEqual(['own 1 failed unauthorized trying']);
    expect(asked.decide().jobs!.map(({ payload }) => (payload as ScanTask).repository)).toEqual([
      'team/hello',
      'team/copy',
    ]);
    asked.given(declined({ verdict: 2, repository: 'team/copy' })).when();
    expect(asked.decide().jobs!.map(({ payload }) => (payload as ScanTask).repository)).toEqual(['team/hello']);
  });

  it('is retried at once with other credentials', () => {
    const asked = troubled(waiting(approved()), refused);
    asked.when();
    const before = asked.decide().jobs![0]!.payload;
    expect(asked.givenConfig(observed({ access: 'fedcba987654' })).decide().jobs![0]!.payload).not.toEqual(before);
  });

  it('is left to the latest approval of the image', () => {
    const asked = troubled(waiting(approved()), refused);
    asked.when();
    asked.given(approved({ verdict: 2 })).when();
    expect(
      emitted(asked.job(asked.jobs[0]!.id, { state: 'finished', attempt: 1, trouble: refused, result: succeeded() })),
    ).toEqual(['own 2 succeeded']);
  });

  it('ends when the scanner itself fails', () => {
    const asked = troubled(waiting(approved()), refused);
    asked.when();
    expect(emitted(asked.job(asked.jobs[0]!.id, { state: 'finished', attempt: 1, result: broken() }))).toEqual([
      'own 1 failed invalid-image',
    ]);
    expect([emitted(asked), asked.jobs]).toEqual([[], []]);
  });
});
