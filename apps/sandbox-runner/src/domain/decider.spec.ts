import { describe, expect, it } from 'vitest';
import {
  canonical,
  definitionOf,
  recallOf,
  setSum,
  validated,
  type AnyEvent,
  type EventDefinition,
  type ScanCompleted,
} from '@assay/events';
import { laneOf } from '@assay/event-sourcing';
import { sharedLane } from '@assay/event-sourcing/decider';
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
  layers,
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
const emitted = (spec: Runner): string[] => inShort(spec.when());
const lanes = (spec: Runner): string[] => spec.jobs.map((job) => laneOf(job.lane));
const begin = (spec: Runner, attempt = 1): Runner => spec.job(spec.jobs[0]!.id, { state: 'leased', attempt });
const finish = (spec: Runner, result: ScanResult | ProofResult, attempt = 1): Runner =>
  spec.job(spec.jobs[0]!.id, { state: 'finished', attempt, result });

describe('an approval', () => {
  it('wants one job that has all it needs, and publishes nothing yet', () => {
    const spec = runner().given(approved({}, { traceparent: 'tp' }));
    expect(emitted(spec)).toEqual([]);
    expect(spec.jobs).toMatchObject([
      {
        lane: sharedLane('push', [approvalExample.subscriptionId, 'myreg.registry.test', approvalExample.repository]),
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
    expect(emitted(spec)).toEqual([]);
    expect(spec.jobs).toHaveLength(1);
    expect(spec.decide().wakeAt).toBe(Date.parse(deadline));
  });

  it('is answered once with the result of its job, which is then not wanted any more', () => {
    const spec = runner().given(approved());
    spec.when();
    finish(spec, succeeded());
    const [completed] = spec.when();
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
        result: 1,
        content: 'set',
        set: setSum([findingOf(1)]),
        layers,
        findings: [findingOf(1)],
        packages: completedExample.packages,
        report: completedExample.report,
      },
    });
    for (const absent of ['joinedScanId', 'afterDecline', 'removed'])
      expect(completed!.data).not.toHaveProperty(absent);
    expect(spec.jobs).toEqual([]);
    expect(emitted(spec)).toEqual([]);
    expect(emitted(spec.given(approved()))).toEqual([]);
  });

  it('is published as started once for each attempt', () => {
    const spec = runner().given(approved());
    spec.when();
    expect(emitted(begin(spec))).toEqual(['1 started 1']);
    expect(emitted(spec)).toEqual([]);
    expect(emitted(begin(spec, 2))).toEqual(['1 started 2']);
    expect(emitted(begin(spec, 2))).toEqual([]);
  });

  it('of an unknown registry waits, and times out like any other', () => {
    const spec = new DeciderSpec(deciderOn(bench), digest).given(approved());
    expect([emitted(spec), spec.jobs, spec.decide().wakeAt]).toEqual([[], [], Date.parse(deadline)]);
    spec.now = Date.parse(deadline);
    expect(emitted(spec)).toEqual(['1 timed-out deadline']);
    spec.givenConfig(observed({ registryId: registryId.toUpperCase() })).when();
    expect(lanes(spec)).toEqual(['backfill']);
  });

  it('of an unknown registry does not hold up the same image in a known one', () => {
    const spec = new DeciderSpec(deciderOn(bench), digest)
      .givenConfig(observed({ registryId: otherRegistry }))
      .given(approved(), approved({ registryId: otherRegistry }));
    spec.when();
    expect(spec.jobs).toMatchObject([{ payload: { registry: { registryId: otherRegistry } } }]);
  });
});

/** Finishes one job after the other with the given results. */
const inTurn = (spec: Runner, ...results: ProofResult[]): AnyEvent[] =>
  results.flatMap((result) => finish(spec, result).when());

/** A digest that was scanned for its first approval. */
const scanned = (result: object = {}): Runner => {
  const spec = runner().given(approved());
  spec.when();
  finish(spec, succeeded(result)).when();
  return spec;
};
const another = { registryId: otherRegistry, subscriptionId: 'another' };

describe('a known result of a digest', () => {
  it('is given to no registry that only knows the digest', () => {
    const spec = scanned();
    expect(emitted(spec.given(approved(another)))).toEqual([]);
    expect(spec.jobs).toMatchObject([
      {
        id: expect.stringMatching(/^shows\//),
        lane: sharedLane('push', [another.subscriptionId, 'other.registry.test', approvalExample.repository]),
        payload: {
          shows: 'bytes',
          owner: 'another',
          registry: { registryId: otherRegistry },
          repository: approvalExample.repository,
          digest,
        },
      },
    ]);
    expect(emitted(begin(spec))).toEqual([]);
    const [joined] = finish(spec, shown()).when();
    validated(definitionOf('scan.completed') as EventDefinition, joined!.data);
    expect(joined!.data).toMatchObject({
      outcome: 'succeeded',
      shown: 'bytes',
      joinedScanId: `${registryId}/team/hello/1`,
      result: 1,
      content: 'none',
      set: setSum([findingOf(1)]),
      findings: [],
    });
    expect(emitted(spec.given(approved({ repository: 'team/copy' })))).toEqual([]);
    expect(spec.jobs).toMatchObject([{ payload: { shows: 'word' } }]);
    expect(finish(spec, shown('word')).when()).toMatchObject([{ data: { repository: 'team/copy', shown: 'word' } }]);
    expect([emitted(spec), spec.jobs]).toEqual([[], []]);
  });

  it('is not published if the proof fails; the approval fails, and the next one tries again', () => {
    const spec = scanned().given(approved(another));
    spec.when();
    const [failed] = finish(spec, unreadable('gone'), 3).when();
    validated(definitionOf('scan.completed') as EventDefinition, failed!.data);
    expect(failed!.data).toMatchObject({
      registryId: otherRegistry,
      outcome: 'failed',
      reason: 'gone',
      attempt: 3,
      content: 'none',
      findings: [],
    });
    expect(failed!.data).not.toHaveProperty('joinedScanId');
    expect([emitted(spec), spec.jobs]).toEqual([[], []]);
    expect(emitted(spec.given(approved({ ...another, verdict: 2 })))).toEqual([]);
    expect(spec.jobs).toMatchObject([{ payload: { shows: 'bytes' } }]);
    expect(emitted(finish(spec, { failed: 'lease-expired' }, 3))).toEqual(['2 failed lease-expired']);
  });

  it('scans again if no witness confirms the known result', () => {
    const unwitnessed = scanned({ witness: undefined }).given(approved({ verdict: 2 }));
    expect(emitted(unwitnessed)).toEqual([]);
    expect(unwitnessed.jobs).toMatchObject([{ payload: { digest } }]);
    expect(unwitnessed.jobs[0]!.payload).not.toHaveProperty('shows');
    expect(emitted(finish(unwitnessed, succeeded()))).toEqual(['2 succeeded']);
    expect(emitted(unwitnessed.given(approved({ verdict: 3 })))).toEqual(['3 succeeded joined']);
  });

  it('needs no second proof, not even with another database or after a rebuild', () => {
    const spec = scanned().given(approved(another));
    spec.when();
    finish(spec, shown()).when();
    expect(emitted(spec.given(approved({ ...another, verdict: 2 })))).toEqual(['2 succeeded joined']);
    const newer = { ...bench, database: { ...bench.database, digest: `sha256:${'9'.repeat(64)}` } };
    const later = runner(newer).given(approved({ verdict: 2 }), approved({ ...another, verdict: 3 }));
    later.state = {
      received: later.state.received,
      emitted: spec.emitted.reduce(
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
    const spec = scanned().given(approved(another));
    spec.when();
    expect(spec.decide().wakeAt).toBe(Date.parse(deadline));
    spec.now = Date.parse(deadline);
    expect([emitted(spec), spec.decide().jobs!.map((job) => laneOf(job.lane))]).toEqual([
      ['1 timed-out deadline'],
      ['backfill'],
    ]);
    expect(emitted(finish(spec, shown()))).toEqual(['1 succeeded joined']);
  });

  it('needs a proof for a placement that an older version joined without one', () => {
    const spec = scanned();
    const { data, ...event } = spec.emitted[0]!;
    spec.state = {
      ...spec.state,
      emitted: spec.decider.evolveEmitted(spec.state.emitted, {
        ...event,
        data: { ...data, ...another, joinedScanId: 'one', scanId: 'two', content: 'none' },
      } as AnyEvent),
    };
    expect(emitted(spec.given(approved({ ...another, verdict: 2 })))).toEqual([]);
    expect(spec.jobs).toMatchObject([{ payload: { shows: 'bytes' } }]);
  });
});

describe('a digest', () => {
  it('has one job however many approvals want it; all but one are answered as joined', () => {
    const spec = runner().given(
      approved(),
      approved({ verdict: 2 }),
      approved({ repository: 'team/copy' }),
      approved({ registryId: otherRegistry, subscriptionId: 'another' }),
    );
    spec.when();
    expect(spec.jobs).toHaveLength(1);
    finish(spec, succeeded());
    const events = [...spec.when(), ...inTurn(spec, shown('word'), shown())];
    expect(inShort(events)).toEqual([
      'team/copy 1 succeeded',
      '1 succeeded joined',
      '2 succeeded joined',
      '1 succeeded joined',
    ]);
    const own = (events[0]!.data as ScanCompleted).scanId;
    expect(events.slice(1).map(({ data }) => (data as ScanCompleted).joinedScanId)).toEqual([own, own, own]);
    expect(new Set(events.map(({ id }) => id)).size).toBe(4);
    expect([emitted(spec), spec.jobs]).toEqual([[], []]);
  });

  it('is not scanned twice: a re-tag is answered at once, a second subscription after a proof', () => {
    const spec = scanned();
    expect(emitted(spec.given(approved({ verdict: 2, lane: 'backfill' })))).toEqual(['2 succeeded joined']);
    expect(
      emitted(
        spec.given(
          approved({ registryId: otherRegistry, subscriptionId: 'another', kind: 'rescan', mode: 'extended' }),
        ),
      ),
    ).toEqual([]);
    const [other] = finish(spec, shown()).when();
    expect((other!.data as ScanCompleted).joinedScanId).toBe((spec.emitted[0]!.data as ScanCompleted).scanId);
    expect(other!.data).toMatchObject({
      registryId: otherRegistry,
      kind: 'rescan',
      mode: 'extended',
      content: 'none',
      findings: [],
      packages: completedExample.packages,
      attempt: 0,
    });
    expect(spec.jobs).toEqual([]);
  });

  it.each<[string, Bench]>([
    ['scanner', { ...bench, scanner: { ...bench.scanner, digest: `sha256:${'8'.repeat(64)}` } }],
    ['database', { ...bench, database: { ...bench.database, digest: `sha256:${'9'.repeat(64)}` } }],
  ])('that was scanned with another %s is scanned again', (_, on) => {
    const before = runner().given(approved());
    before.when();
    finish(before, succeeded()).when();
    const spec = runner(on);
    spec.state = before.state;
    expect(emitted(spec.given(approved({ verdict: 2 })))).toEqual([]);
    expect(spec.jobs).toHaveLength(1);
    finish(spec, succeeded({ scanner: on.scanner, database: on.database }));
    expect(emitted(spec)).toEqual(['2 succeeded']);
    expect(emitted(spec.given(approved({ verdict: 3 })))).toEqual(['3 succeeded joined']);
  });

  it('is scanned in the first lane in which an approval waits', () => {
    const spec = runner().given(approved({ lane: 'rescan', deadline: '2026-11-25T09:15:03.000Z' }));
    spec.when();
    // The lane `rescan` is that of images without an open approval.
    expect(lanes(spec)).toEqual(['backfill']);
    const lane = (more: AnyEvent) => {
      spec.given(more);
      return spec.decide().jobs!.map((job) => laneOf(job.lane));
    };
    expect(lane(approved({ verdict: 2, lane: 'backfill', deadline: '2026-11-25T09:15:03.000Z' }))).toEqual([
      'backfill',
    ]);
    expect(lane(approved({ verdict: 3, lane: 'push' }))).toEqual(['push']);
    spec.now = Date.parse(deadline);
    expect(spec.decide().jobs!.map((job) => laneOf(job.lane))).toEqual(['backfill']);
  });

  it('keeps the running job when another placement joins', () => {
    const spec = runner().given(approved({ repository: 'z' }));
    spec.when();
    const { id } = begin(spec).jobs[0]!;
    spec.given(approved({ repository: 'a' })).when();
    expect(spec.jobs.map((job) => job.id)).toEqual([id]);
    expect(emitted(finish(spec, succeeded()))).toEqual(['z 1 succeeded']);
    expect(emitted(finish(spec, shown('word')))).toEqual(['a 1 succeeded joined']);
  });
});

describe('a refusal', () => {
  it('that is later cancels the approval and its job', () => {
    const spec = runner().given(approved());
    spec.when();
    expect(emitted(spec.given(declined({ verdict: 2 })))).toEqual([]);
    expect(spec.jobs).toEqual([]);
    spec.now = Date.parse(deadline) + 1;
    expect(emitted(spec)).toEqual([]);
  });

  it('counts the same before the approval that it cancels and after a later one', () => {
    const spec = runner().given(
      declined({ verdict: 2 }),
      approved({ verdict: 1 }),
      approved({ verdict: 3 }),
      declined({ verdict: 1 }),
    );
    spec.when();
    expect(emitted(finish(spec, succeeded()))).toEqual(['3 succeeded']);
  });

  it('of one placement leaves the others', () => {
    const spec = runner().given(approved(), approved({ repository: 'team/copy' }), declined({ verdict: 2 }));
    spec.when();
    expect(spec.jobs).toMatchObject([{ payload: { repository: 'team/copy' } }]);
    expect(emitted(finish(spec, succeeded()))).toEqual(['team/copy 1 succeeded']);
  });
});

describe('a failure', () => {
  it.each<[string, ScanResult, string]>([
    ['of the scanner', broken(), 'invalid-image'],
    ['of the pull', unreadable('digest-mismatch'), 'digest-mismatch'],
    ['of every process that tried', { failed: 'lease-expired' }, 'lease-expired'],
  ])('%s is published, and a later approval tries again', (_, result, code) => {
    const spec = runner().given(approved());
    spec.when();
    expect(emitted(finish(spec, result, 3))).toEqual([`1 failed ${code}`]);
    expect(spec.emitted[0]!.data).toMatchObject({
      attempt: 3,
      content: 'none',
      findings: [],
      scanner: bench.scanner,
      database: bench.database,
      driver: 'bwrap',
    });
    expect(emitted(spec)).toEqual([]);
    expect(spec.jobs).toEqual([]);
    expect(emitted(spec.given(approved({ verdict: 2 })))).toEqual([]);
    expect(spec.jobs).toMatchObject([{ state: 'queued' }]);
  });

  it.each<[string, ScanResult]>([
    ['the scanner', broken()],
    ['every process that tried', { failed: 'lease-expired' }],
  ])('of %s answers every approval of the digest', (_, result) => {
    const spec = runner().given(approved(), approved({ repository: 'team/copy' }));
    spec.when();
    expect(emitted(finish(spec, result))).toHaveLength(2);
    expect(spec.jobs).toEqual([]);
  });

  it('to pull concerns one placement: the same image is tried in another one', () => {
    const spec = runner().given(
      approved(),
      approved({ verdict: 2 }),
      approved({ registryId: otherRegistry, repository: 'other' }),
    );
    spec.when();
    expect(emitted(finish(spec, unreadable('gone')))).toEqual(['1 failed gone', '2 failed gone']);
    expect(spec.jobs).toMatchObject([{ state: 'queued', payload: { registry: { registryId: otherRegistry } } }]);
    expect(emitted(finish(spec, succeeded()))).toEqual(['other 1 succeeded']);
  });
});

describe('a deadline', () => {
  it('that passes is published, the job goes on, and a better result follows', () => {
    const spec = runner().given(approved());
    spec.when();
    begin(spec).when();
    spec.now = Date.parse(deadline) - 1;
    expect(emitted(spec)).toEqual([]);
    spec.now += 1;
    expect(emitted(spec)).toEqual(['1 timed-out deadline']);
    expect([emitted(spec), spec.decide().jobs!.map((job) => laneOf(job.lane))]).toEqual([[], ['backfill']]);
    expect(emitted(begin(spec, 2))).toEqual([]);
    expect(emitted(finish(spec, succeeded(), 2))).toEqual(['1 succeeded']);
    expect(emitted(spec)).toEqual([]);
  });

  it('ends a day later: nothing is published, and no job is left', () => {
    const spec = runner().given(approved());
    spec.now = Date.parse(deadline);
    spec.when();
    expect(spec.jobs).toHaveLength(1);
    expect(spec.decide().wakeAt).toBe(Date.parse(deadline) + 86_400_000);
    spec.now = spec.decide().wakeAt!;
    expect([emitted(spec), spec.jobs, spec.decide().wakeAt]).toEqual([[], [], undefined]);
  });

  it('of one approval does not end another one', () => {
    const spec = runner().given(
      approved(),
      approved({ verdict: 2, lane: 'backfill', deadline: '2026-11-25T09:15:03.000Z' }),
    );
    spec.now = Date.parse(deadline);
    expect(emitted(spec)).toEqual(['1 timed-out deadline']);
    expect(spec.decide().wakeAt).toBe(Date.parse('2026-11-25T09:15:03.000Z'));
    expect(emitted(finish(spec, succeeded()))).toEqual(['1 succeeded', '2 succeeded joined']);
  });
});

describe('a result of many pages', () => {
  const findings = canonical(
    Array.from({ length: 80 }, (_, n) => ({ ...findingOf(n), fixedVersion: 'x'.repeat(10_000) })),
  );
  const paged = () => {
    const spec = runner().given(approved());
    spec.when();
    return finish(spec, succeeded({ findings }));
  };

  it('is published once: an approval that joins carries its number alone', () => {
    const spec = paged();
    const pages = spec.when().map(({ data }) => data as ScanCompleted);
    expect(pages.length).toBeGreaterThan(2);
    expect(pages.flatMap((page) => page.findings)).toEqual(findings);
    expect(new Set(pages.map(({ set }) => JSON.stringify(set)))).toEqual(new Set([JSON.stringify(setSum(findings))]));
    expect(spec.given(approved({ verdict: 2 })).when()).toMatchObject([
      { data: { result: 1, content: 'none', set: setSum(findings), page: 1, pages: 1, findings: [] } },
    ]);
  });

  it('that was cut off counts as not published, and is published again under the same ids', () => {
    const spec = paged();
    const job = spec.jobs[0]!;
    const all = spec.when();
    for (const kept of [
      all.slice(0, -1),
      all.slice(1),
      [all[0]!, ...all.slice(2)],
      [all[0]!, all[1]!, ...all.slice(1, -1)],
    ]) {
      const again = runner().given(approved());
      again.state = {
        received: spec.state.received,
        emitted: kept.reduce(
          (state, event) => again.decider.evolveEmitted(state, event),
          again.decider.empty().emitted,
        ),
      };
      again.jobs = [job];
      expect(again.when().map(({ id }) => id)).toEqual(all.map(({ id }) => id));
      expect(again.when()).toEqual([]);
      expect(again.state.emitted.standing?.findings).toEqual(findings);
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

  it('leaves its jobs to runners with another one; an approval is answered at the deadline', () => {
    const spec = runner().given(approved());
    spec.when();
    expect(spec.jobs).toHaveLength(1);
    spec.givenConfig(recall(bench.scanner.digest));
    expect(emitted(spec)).toEqual([]);
    expect(spec.jobs).toHaveLength(1);
    spec.now = Date.parse(deadline);
    expect(emitted(spec)).toEqual(['1 timed-out deadline']);
  });

  it('answers no approval with its earlier results', () => {
    const spec = runner().given(approved());
    spec.when();
    finish(spec, succeeded());
    expect(emitted(spec)).toEqual(['1 succeeded']);
    spec.givenConfig(recall(bench.scanner.digest)).given(approved({ verdict: 2, scanId: 'again', kind: 'rescan' }));
    expect(emitted(spec)).toEqual([]);
  });

  it('does not affect a runner that has another one', () => {
    const spec = runner(another).givenConfig(recall(bench.scanner.digest)).given(approved());
    spec.when();
    expect(spec.jobs).toHaveLength(1);
    finish(spec, succeeded());
    expect(emitted(spec)).toEqual(['1 succeeded']);
  });
});
