import { describe, expect, it } from 'vitest';
import {
  definitionOf,
  recallOf,
  validated,
  type AnyEvent,
  type EventDefinition,
  type ScanCompleted,
} from '@assay/events';
import { DeciderSpec, eventOf } from '@assay/testing';
import {
  approvalExample,
  approved,
  bench,
  broken,
  completedExample,
  deadline,
  declined,
  digest,
  findingOf,
  observed,
  otherRegistry,
  registryId,
  shown,
  succeeded,
  unreadable,
} from '../../test/fixtures.ts';
import { deciderOn } from './decider.ts';
import type { Bench, ProofResult, ScanResult } from './state.ts';

const runner = (on: Bench = bench) =>
  new DeciderSpec(deciderOn(on), digest).givenConfig(
    observed(),
    observed({ registryId: otherRegistry, loginServer: 'other.registry.test' }),
  );
type Runner = ReturnType<typeof runner>;

/** Summaries of the emitted events, after validation against their contracts. */
const inShort = (events: readonly AnyEvent[]): string[] =>
  events.map(({ topic, data }) => {
    validated(definitionOf(topic) as EventDefinition, data);
    const { repository, verdict, outcome, reason, joinedScanId, attempt } = data as ScanCompleted;
    const place = `${repository === 'team/hello' ? '' : `${repository} `}${verdict}`;
    return topic === 'scan.started'
      ? `${place} started ${attempt}`
      : [place, outcome, ...(reason ? [reason] : []), ...(joinedScanId ? ['joined'] : [])].join(' ');
  });
const emitted = (asked: Runner): string[] => inShort(asked.when());
const lanes = (asked: Runner): string[] => asked.jobs.map(({ lane }) => lane);
const begin = (asked: Runner, attempt = 1): Runner => asked.job(asked.jobs[0]!.id, { state: 'leased', attempt });
const finish = (asked: Runner, result: ScanResult | ProofResult, attempt = 1): Runner =>
  asked.job(asked.jobs[0]!.id, { state: 'finished', attempt, result });

describe('an approval', () => {
  it('wants one job that has all it needs, and publishes nothing yet', () => {
    const asked = runner().given(approved({}, { traceparent: 'tp' }));
    expect(emitted(asked)).toEqual([]);
    expect(asked.jobs).toMatchObject([
      {
        lane: 'push',
        state: 'queued',
        payload: {
          digest,
          repository: approvalExample.repository,
          platform: 'linux/amd64',
          traceparent: 'tp',
          registry: { registryId, loginServer: 'myreg.registry.test', plainHttp: false, allowAddresses: [] },
        },
      },
    ]);
    expect(emitted(asked)).toEqual([]);
    expect(asked.jobs).toHaveLength(1);
    expect(asked.decide().wakeAt).toBe(Date.parse(deadline));
  });

  it('is answered once with the result of its job, which is then not wanted any more', () => {
    const asked = runner().given(approved());
    asked.when();
    finish(asked, succeeded());
    const [completed] = asked.when();
    validated(definitionOf('scan.completed') as EventDefinition, completed!.data);
    expect(completed).toMatchObject({
      topic: 'scan.completed',
      data: {
        outcome: 'succeeded',
        attempt: 1,
        scannerMs: 97,
        pullMs: 12,
        driver: 'bwrap',
        kind: 'scan',
        mode: 'classic',
        findings: [findingOf(1)],
        packages: completedExample.packages,
        report: completedExample.report,
      },
    });
    expect(completed!.data).not.toHaveProperty('joinedScanId');
    expect(asked.jobs).toEqual([]);
    expect(emitted(asked)).toEqual([]);
    expect(emitted(asked.given(approved()))).toEqual([]);
  });

  it('is published as started once for each attempt', () => {
    const asked = runner().given(approved());
    asked.when();
    expect(emitted(begin(asked))).toEqual(['1 started 1']);
    expect(emitted(asked)).toEqual([]);
    expect(emitted(begin(asked, 2))).toEqual(['1 started 2']);
    expect(emitted(begin(asked, 2))).toEqual([]);
  });

  it('of an unknown registry waits, and times out like any other', () => {
    const asked = new DeciderSpec(deciderOn(bench), digest).given(approved());
    expect([emitted(asked), asked.jobs, asked.decide().wakeAt]).toEqual([[], [], Date.parse(deadline)]);
    asked.now = Date.parse(deadline);
    expect(emitted(asked)).toEqual(['1 timed-out deadline']);
    asked.givenConfig(observed({ registryId: registryId.toUpperCase() })).when();
    expect(lanes(asked)).toEqual(['backfill']);
  });

  it('of an unknown registry does not hold up the same image in a known one', () => {
    const asked = new DeciderSpec(deciderOn(bench), digest)
      .givenConfig(observed({ registryId: otherRegistry }))
      .given(approved(), approved({ registryId: otherRegistry }));
    asked.when();
    expect(asked.jobs).toMatchObject([{ payload: { registry: { registryId: otherRegistry } } }]);
  });
});

/** Finishes one job after the other with the given results. */
const inTurn = (asked: Runner, ...results: ProofResult[]): AnyEvent[] =>
  results.flatMap((result) => finish(asked, result).when());

/** A digest that was scanned for its first approval. */
const scanned = (): Runner => {
  const asked = runner().given(approved());
  asked.when();
  finish(asked, succeeded()).when();
  return asked;
};
const another = { registryId: otherRegistry, subscriptionId: 'another' };

describe('a known result of a digest', () => {
  it('is told to nobody for knowing the digest', () => {
    const asked = scanned();
    expect(emitted(asked.given(approved(another)))).toEqual([]);
    expect(asked.jobs).toMatchObject([
      {
        id: expect.stringMatching(/^shows\//),
        lane: 'push',
        payload: {
          shows: 'bytes',
          owner: 'another',
          registry: { registryId: otherRegistry },
          repository: approvalExample.repository,
          digest,
        },
      },
    ]);
    expect(emitted(begin(asked))).toEqual([]);
    const [joined] = finish(asked, shown()).when();
    validated(definitionOf('scan.completed') as EventDefinition, joined!.data);
    expect(joined!.data).toMatchObject({
      outcome: 'succeeded',
      shown: 'bytes',
      joinedScanId: `${registryId}/team/hello/1`,
      findings: [findingOf(1)],
    });
    expect(emitted(asked.given(approved({ repository: 'team/copy' })))).toEqual([]);
    expect(asked.jobs).toMatchObject([{ payload: { shows: 'word' } }]);
    expect(finish(asked, shown('word')).when()).toMatchObject([{ data: { repository: 'team/copy', shown: 'word' } }]);
    expect([emitted(asked), asked.jobs]).toEqual([[], []]);
  });

  it('is not published if the proof fails; the approval fails, and the next one tries again', () => {
    const asked = scanned().given(approved(another));
    asked.when();
    const [failed] = finish(asked, unreadable('gone'), 3).when();
    validated(definitionOf('scan.completed') as EventDefinition, failed!.data);
    expect(failed!.data).toMatchObject({
      registryId: otherRegistry,
      outcome: 'failed',
      reason: 'gone',
      attempt: 3,
      findings: [],
      packages: [],
    });
    expect(failed!.data).not.toHaveProperty('joinedScanId');
    expect([emitted(asked), asked.jobs]).toEqual([[], []]);
    expect(emitted(asked.given(approved({ ...another, verdict: 2 })))).toEqual([]);
    expect(asked.jobs).toMatchObject([{ payload: { shows: 'bytes' } }]);
    expect(emitted(finish(asked, { failed: 'lease-expired' }, 3))).toEqual(['2 failed lease-expired']);
  });

  it('needs no second proof, not even with another database or after a rebuild', () => {
    const asked = scanned().given(approved(another));
    asked.when();
    finish(asked, shown()).when();
    expect(emitted(asked.given(approved({ ...another, verdict: 2 })))).toEqual(['2 succeeded joined']);
    const newer = { ...bench, database: { ...bench.database, digest: `sha256:${'9'.repeat(64)}` } };
    const later = runner(newer).given(approved({ verdict: 2 }), approved({ ...another, verdict: 3 }));
    later.state = {
      received: later.state.received,
      emitted: asked.emitted.reduce(
        (state, event) => later.decider.evolveEmitted(state, event),
        later.decider.empty().emitted,
      ),
    };
    later.when();
    expect(emitted(finish(later, succeeded({ database: newer.database })))).toEqual([
      '2 succeeded',
      '3 succeeded joined',
    ]);
  });

  it('waits for a proof until the deadline, and a day more for a better answer', () => {
    const asked = scanned().given(approved(another));
    asked.when();
    expect(asked.decide().wakeAt).toBe(Date.parse(deadline));
    asked.now = Date.parse(deadline);
    expect([emitted(asked), asked.decide().jobs!.map(({ lane }) => lane)]).toEqual([
      ['1 timed-out deadline'],
      ['backfill'],
    ]);
    expect(emitted(finish(asked, shown()))).toEqual(['1 succeeded joined']);
  });

  it('needs a proof for a placement that an older version joined without one', () => {
    const asked = scanned();
    const { data, ...event } = asked.emitted[0]!;
    asked.state = {
      ...asked.state,
      emitted: asked.decider.evolveEmitted(asked.state.emitted, {
        ...event,
        data: { ...data, ...another, joinedScanId: 'one', scanId: 'two' },
      } as AnyEvent),
    };
    expect(emitted(asked.given(approved({ ...another, verdict: 2 })))).toEqual([]);
    expect(asked.jobs).toMatchObject([{ payload: { shows: 'bytes' } }]);
  });
});

describe('a digest', () => {
  it('has one job however many approvals want it; all but one are answered as joined', () => {
    const asked = runner().given(
      approved(),
      approved({ verdict: 2 }),
      approved({ repository: 'team/copy' }),
      approved({ registryId: otherRegistry, subscriptionId: 'another' }),
    );
    asked.when();
    expect(asked.jobs).toHaveLength(1);
    finish(asked, succeeded());
    const events = [...asked.when(), ...inTurn(asked, shown('word'), shown())];
    expect(inShort(events)).toEqual([
      'team/copy 1 succeeded',
      '1 succeeded joined',
      '2 succeeded joined',
      '1 succeeded joined',
    ]);
    const own = (events[0]!.data as ScanCompleted).scanId;
    expect(events.slice(1).map(({ data }) => (data as ScanCompleted).joinedScanId)).toEqual([own, own, own]);
    expect(new Set(events.map(({ id }) => id)).size).toBe(4);
    expect([emitted(asked), asked.jobs]).toEqual([[], []]);
  });

  it('is not scanned twice: a re-tag is answered at once, a second subscription after a proof', () => {
    const asked = scanned();
    expect(emitted(asked.given(approved({ verdict: 2, lane: 'backfill' })))).toEqual(['2 succeeded joined']);
    expect(
      emitted(
        asked.given(
          approved({ registryId: otherRegistry, subscriptionId: 'another', kind: 'rescan', mode: 'extended' }),
        ),
      ),
    ).toEqual([]);
    const [other] = finish(asked, shown()).when();
    expect((other!.data as ScanCompleted).joinedScanId).toBe((asked.emitted[0]!.data as ScanCompleted).scanId);
    expect(other!.data).toMatchObject({
      registryId: otherRegistry,
      kind: 'rescan',
      mode: 'extended',
      findings: [findingOf(1)],
      packages: completedExample.packages,
      attempt: 0,
    });
    expect(asked.jobs).toEqual([]);
  });

  it.each<[string, Bench]>([
    ['scanner', { ...bench, scanner: { ...bench.scanner, digest: `sha256:${'8'.repeat(64)}` } }],
    ['database', { ...bench, database: { ...bench.database, digest: `sha256:${'9'.repeat(64)}` } }],
  ])('that was scanned with another %s is scanned again', (_, on) => {
    const before = runner().given(approved());
    before.when();
    finish(before, succeeded()).when();
    const asked = runner(on);
    asked.state = before.state;
    expect(emitted(asked.given(approved({ verdict: 2 })))).toEqual([]);
    expect(asked.jobs).toHaveLength(1);
    finish(asked, succeeded({ scanner: on.scanner, database: on.database }));
    expect(emitted(asked)).toEqual(['2 succeeded']);
    expect(emitted(asked.given(approved({ verdict: 3 })))).toEqual(['3 succeeded joined']);
  });

  it('is scanned in the first lane in which an approval waits', () => {
    const asked = runner().given(approved({ lane: 'rescan', deadline: '2026-11-25T09:15:03.000Z' }));
    asked.when();
    expect(lanes(asked)).toEqual(['rescan']);
    const lane = (more: AnyEvent) => {
      asked.given(more);
      return asked.decide().jobs!.map((job) => job.lane);
    };
    expect(lane(approved({ verdict: 2, lane: 'backfill', deadline: '2026-11-25T09:15:03.000Z' }))).toEqual([
      'backfill',
    ]);
    expect(lane(approved({ verdict: 3, lane: 'push' }))).toEqual(['push']);
    asked.now = Date.parse(deadline);
    expect(asked.decide().jobs!.map((job) => job.lane)).toEqual(['backfill']);
  });

  it('keeps the running job when another placement joins', () => {
    const asked = runner().given(approved({ repository: 'z' }));
    asked.when();
    const { id } = begin(asked).jobs[0]!;
    asked.given(approved({ repository: 'a' })).when();
    expect(asked.jobs.map((job) => job.id)).toEqual([id]);
    expect(emitted(finish(asked, succeeded()))).toEqual(['z 1 succeeded']);
    expect(emitted(finish(asked, shown('word')))).toEqual(['a 1 succeeded joined']);
  });
});

describe('a refusal', () => {
  it('that is later cancels the approval and its job', () => {
    const asked = runner().given(approved());
    asked.when();
    expect(emitted(asked.given(declined({ verdict: 2 })))).toEqual([]);
    expect(asked.jobs).toEqual([]);
    asked.now = Date.parse(deadline) + 1;
    expect(emitted(asked)).toEqual([]);
  });

  it('counts the same before the approval that it cancels and after a later one', () => {
    const asked = runner().given(
      declined({ verdict: 2 }),
      approved({ verdict: 1 }),
      approved({ verdict: 3 }),
      declined({ verdict: 1 }),
    );
    asked.when();
    expect(emitted(finish(asked, succeeded()))).toEqual(['3 succeeded']);
  });

  it('of one placement leaves the others', () => {
    const asked = runner().given(approved(), approved({ repository: 'team/copy' }), declined({ verdict: 2 }));
    asked.when();
    expect(asked.jobs).toMatchObject([{ payload: { repository: 'team/copy' } }]);
    expect(emitted(finish(asked, succeeded()))).toEqual(['team/copy 1 succeeded']);
  });
});

describe('a failure', () => {
  it.each<[string, ScanResult, string]>([
    ['of the scanner', broken(), 'invalid-image'],
    ['of the pull', unreadable('digest-mismatch'), 'digest-mismatch'],
    ['of all who tried', { failed: 'lease-expired' }, 'lease-expired'],
  ])('%s is published, and a later approval tries again', (_, result, code) => {
    const asked = runner().given(approved());
    asked.when();
    expect(emitted(finish(asked, result, 3))).toEqual([`1 failed ${code}`]);
    expect(asked.emitted[0]!.data).toMatchObject({
      attempt: 3,
      findings: [],
      packages: [],
      scanner: bench.scanner,
      database: bench.database,
      driver: 'bwrap',
    });
    expect(emitted(asked)).toEqual([]);
    expect(asked.jobs).toEqual([]);
    expect(emitted(asked.given(approved({ verdict: 2 })))).toEqual([]);
    expect(asked.jobs).toMatchObject([{ state: 'queued' }]);
  });

  it.each<[string, ScanResult]>([
    ['the scanner', broken()],
    ['all who tried', { failed: 'lease-expired' }],
  ])('of %s answers every approval of the digest', (_, result) => {
    const asked = runner().given(approved(), approved({ repository: 'team/copy' }));
    asked.when();
    expect(emitted(finish(asked, result))).toHaveLength(2);
    expect(asked.jobs).toEqual([]);
  });

  it('to pull concerns one placement: the same image is tried in another one', () => {
    const asked = runner().given(
      approved(),
      approved({ verdict: 2 }),
      approved({ registryId: otherRegistry, repository: 'other' }),
    );
    asked.when();
    expect(emitted(finish(asked, unreadable('gone')))).toEqual(['1 failed gone', '2 failed gone']);
    expect(asked.jobs).toMatchObject([{ state: 'queued', payload: { registry: { registryId: otherRegistry } } }]);
    expect(emitted(finish(asked, succeeded()))).toEqual(['other 1 succeeded']);
  });
});

describe('a deadline', () => {
  it('that passes is published, the job goes on, and a better result follows', () => {
    const asked = runner().given(approved());
    asked.when();
    begin(asked).when();
    asked.now = Date.parse(deadline) - 1;
    expect(emitted(asked)).toEqual([]);
    asked.now += 1;
    expect(emitted(asked)).toEqual(['1 timed-out deadline']);
    expect([emitted(asked), asked.decide().jobs!.map((job) => job.lane)]).toEqual([[], ['backfill']]);
    expect(emitted(begin(asked, 2))).toEqual([]);
    expect(emitted(finish(asked, succeeded(), 2))).toEqual(['1 succeeded']);
    expect(emitted(asked)).toEqual([]);
  });

  it('ends a day later: nothing is published, and no job is left', () => {
    const asked = runner().given(approved());
    asked.now = Date.parse(deadline);
    asked.when();
    expect(asked.jobs).toHaveLength(1);
    expect(asked.decide().wakeAt).toBe(Date.parse(deadline) + 86_400_000);
    asked.now = asked.decide().wakeAt!;
    expect([emitted(asked), asked.jobs, asked.decide().wakeAt]).toEqual([[], [], undefined]);
  });

  it('of one approval does not end another one', () => {
    const asked = runner().given(
      approved(),
      approved({ verdict: 2, lane: 'backfill', deadline: '2026-11-25T09:15:03.000Z' }),
    );
    asked.now = Date.parse(deadline);
    expect(emitted(asked)).toEqual(['1 timed-out deadline']);
    expect(asked.decide().wakeAt).toBe(Date.parse('2026-11-25T09:15:03.000Z'));
    expect(emitted(finish(asked, succeeded()))).toEqual(['1 succeeded', '2 succeeded joined']);
  });
});

describe('a result of many pages', () => {
  const findings = Array.from({ length: 80 }, (_, n) => ({ ...findingOf(n), description: 'x'.repeat(10_000) }));
  const paged = () => {
    const asked = runner().given(approved());
    asked.when();
    return finish(asked, succeeded({ findings }));
  };

  it('is kept whole for every approval that joins', () => {
    const asked = paged();
    const pages = asked.when();
    expect(pages.length).toBeGreaterThan(2);
    const joined = asked
      .given(approved({ verdict: 2 }))
      .when()
      .map(({ data }) => data as ScanCompleted);
    expect(joined.flatMap((page) => page.findings)).toEqual(findings);
  });

  it('that was cut off counts as not published, and is published again under the same ids', () => {
    const asked = paged();
    const job = asked.jobs[0]!;
    const all = asked.when();
    for (const kept of [
      all.slice(0, -1),
      all.slice(1),
      [all[0]!, ...all.slice(2)],
      [all[0]!, all[1]!, ...all.slice(1, -1)],
    ]) {
      const again = runner().given(approved());
      again.state = {
        received: asked.state.received,
        emitted: kept.reduce(
          (state, event) => again.decider.evolveEmitted(state, event),
          again.decider.empty().emitted,
        ),
      };
      again.jobs = [job];
      expect(again.when().map(({ id }) => id)).toEqual(all.map(({ id }) => id));
      expect(again.when()).toEqual([]);
      expect(again.state.emitted.good?.findings).toEqual(findings);
    }
  });
});

describe('a recalled scanner', () => {
  const recall = (of: string) =>
    eventOf('operator.acted', recallOf(of), {
      command: 'recall',
      target: recallOf(of),
      by: 'ana',
      why: 'compromised',
      outcome: 'ordered',
    });
  const another: Bench = { ...bench, scanner: { ...bench.scanner, digest: `sha256:${'e'.repeat(64)}` } };

  it('is not run any more, nor trusted again; an approval is answered at the deadline', () => {
    const asked = runner().given(approved());
    asked.when();
    expect(asked.jobs).toHaveLength(1);
    asked.givenConfig(recall(bench.scanner.digest));
    expect(emitted(asked)).toEqual([]);
    expect(asked.jobs).toEqual([]);
    asked.now = Date.parse(deadline);
    expect(emitted(asked)).toEqual(['1 timed-out deadline']);
  });

  it('answers no approval with its earlier results', () => {
    const asked = runner().given(approved());
    asked.when();
    finish(asked, succeeded());
    expect(emitted(asked)).toEqual(['1 succeeded']);
    asked.givenConfig(recall(bench.scanner.digest)).given(approved({ verdict: 2, scanId: 'again', kind: 'rescan' }));
    expect(emitted(asked)).toEqual([]);
  });

  it('does not affect a runner that has another one', () => {
    const asked = runner(another).givenConfig(recall(bench.scanner.digest)).given(approved());
    asked.when();
    expect(asked.jobs).toHaveLength(1);
    finish(asked, succeeded());
    expect(emitted(asked)).toEqual(['1 succeeded']);
  });
});
