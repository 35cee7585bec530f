import { describe, expect, it } from 'vitest';
import {
  definitionOf,
  findingIdOf,
  setSum,
  validated,
  type AnyEvent,
  type EventDefinition,
  type FindingClassified,
  type ImagePushed,
  type ImageTagged,
  type MarkData,
  type RecommendationChanged,
  type ScanDeclined,
} from '@assay/events';
import { markAfter, type PartitionMark } from '@assay/event-sourcing/decider';
import { DeciderSpec, eventOf } from '@assay/testing';
import { assessmentKey, decider, deciderClosing } from './decider.ts';

const example = <Data>(topic: string): Data => {
  const { examples, version } = definitionOf(topic)!;
  return (examples as Record<number, unknown>)[version] as Data;
};
const { digest, ...scanExample } = example<FindingClassified>('finding.classified');

const classified = (data: Partial<FindingClassified> = {}, more: Partial<AnyEvent> = {}): AnyEvent =>
  eventOf(
    'finding.classified',
    digest,
    {
      ...scanExample,
      digest,
      ...data,
      ...(data.findings && !data.set ? { set: setSum(data.findings) } : {}),
    },
    more,
  );
const declined = (data: Partial<ScanDeclined> = {}, more: Partial<AnyEvent> = {}): AnyEvent =>
  eventOf('scan.declined', digest, { ...example<ScanDeclined>('scan.declined'), ...data }, more);
const highs = (High: number) => ({ Critical: 0, High, Medium: 0, Low: 0, Unknown: 0 });
const healthy = {
  status: 'healthy',
  bySeverity: highs(0),
  fixable: 0,
  findings: [],
} satisfies Partial<FindingClassified>;
/** One finding for each number, with the given severity or High. */
const findingsOf = (
  ...numbers: (number | readonly [number, FindingClassified['findings'][number]['severity']])[]
): FindingClassified['findings'] =>
  numbers.map((each) => {
    const [n, severity = 'High' as const] = typeof each === 'number' ? [each] : each;
    return { ...scanExample.findings[0]!, vulnerability: `CVE-2026-${n}`, severity };
  });
const pushed = (data: Partial<ImagePushed> = {}, more: Partial<AnyEvent> = {}): AnyEvent =>
  eventOf('image.pushed', digest, { ...example<ImagePushed>('image.pushed'), ...data }, more);

/** The fields that the recommendation copies from the classification. */
const kept = (data: Partial<FindingClassified>): object =>
  Object.fromEntries(Object.entries(data).filter(([name]) => name !== 'findings'));

const recommendation = () => new DeciderSpec(decider, digest);
const emitted = (spec: ReturnType<typeof recommendation>) =>
  spec.when().map(({ data }) => data as RecommendationChanged);

describe('a recommendation', () => {
  it('copies the classification, as its contract requires', () => {
    const event = classified({}, { time: '2026-11-24T09:15:02.600Z', correlationid: 'push-1' });
    const spec = recommendation().given(event);
    expect(spec.decide().events).toMatchObject([
      { topic: 'recommendation.changed', cause: { id: event.id, correlationid: 'push-1' } },
    ]);
    const [changed] = emitted(spec);
    validated(definitionOf('recommendation.changed') as EventDefinition, changed);
    const {
      findingSet: _,
      untagged: _untagged,
      runningIn: _in,
      ...contract
    } = example<RecommendationChanged>('recommendation.changed');
    const [finding] = scanExample.findings;
    const findingId = findingIdOf({ ...scanExample, digest }, finding!);
    expect(changed).toEqual({
      ...contract,
      assessmentKey,
      added: { count: 1, findings: [{ findingId, vulnerability: finding!.vulnerability }] },
      findingSet: expect.any(String),
    });
  });

  it('copies the reason of a declined scan', () => {
    const [changed] = emitted(recommendation().given(declined()));
    validated(definitionOf('recommendation.changed') as EventDefinition, changed);
    expect(changed).toMatchObject({
      verdict: 1,
      status: 'not-applicable',
      reason: 'windows-image',
      bySeverity: highs(0),
      fixable: 0,
      exempt: 0,
    });
    expect(changed).not.toHaveProperty('scanId');
    expect(changed).not.toHaveProperty('previous');
  });

  it('is published once, even when asked twice and classified twice', () => {
    const spec = recommendation().given(classified());
    expect(emitted(spec)).toHaveLength(1);
    expect(emitted(spec)).toEqual([]);
    expect(emitted(spec.given(classified()))).toEqual([]);
  });

  it.each<[string, Partial<FindingClassified>]>([
    ['scan', { verdict: 2 }],
    ['classification', { classification: 2 }],
    ['order of findings', { verdict: 2, findings: scanExample.findings.toReversed() }],
    [
      'exempt finding',
      {
        verdict: 2,
        findings: [...scanExample.findings, { ...scanExample.findings[0]!, package: 'exempt', state: 'exempt' }],
      },
    ],
  ])('is not published again for another %s alone', (_, data) => {
    const spec = recommendation().given(classified());
    emitted(spec);
    expect(emitted(spec.given(classified(data)))).toEqual([]);
  });

  it.each<[string, Partial<FindingClassified>]>([
    ['status', healthy],
    ['reason', { reason: 'x' }],
    ['severity', { bySeverity: { ...highs(0), Critical: 1 } }],
    ['count', { bySeverity: highs(2) }],
    ['number of fixes', { fixable: 0 }],
    ['number of exemptions', { exempt: 1 }],
    ['finding with the same counts', { findings: findingsOf(7) }],
  ])('is published again for another %s, with the previous status', (_, data) => {
    const spec = recommendation().given(classified());
    emitted(spec);
    expect(emitted(spec.given(classified({ verdict: 2, ...data })))).toMatchObject([
      { verdict: 2, ...kept(data), previous: { status: 'unhealthy', bySeverity: highs(1) } },
    ]);
  });

  it('states since when its status holds, also when only the counts change', () => {
    const spec = recommendation();
    const at = (time: string, data: Partial<FindingClassified>) =>
      emitted(spec.given(classified(data, { time }))).map(({ since }) => since);
    expect(at('2026-11-24T10:00:00.000Z', {})).toEqual(['2026-11-24T10:00:00.000Z']);
    expect(at('2026-11-24T11:00:00.000Z', { classification: 2, bySeverity: highs(2) })).toEqual([
      '2026-11-24T10:00:00.000Z',
    ]);
    expect(at('2026-11-24T12:00:00.000Z', { classification: 3, ...healthy })).toEqual(['2026-11-24T12:00:00.000Z']);
    expect(at('2026-11-24T13:00:00.000Z', { classification: 4 })).toEqual(['2026-11-24T13:00:00.000Z']);
  });

  it('waits for the last page', () => {
    const set = setSum(findingsOf(1, 2));
    const spec = recommendation().given(classified({ page: 1, pages: 2, set, findings: findingsOf(1) }));
    expect(emitted(spec)).toEqual([]);
    expect(emitted(spec.given(classified({ page: 2, pages: 2, set, findings: findingsOf(2) })))).toHaveLength(1);
  });

  it('follows the highest verdict, from either topic and in any order', () => {
    const spec = recommendation().given(declined({ verdict: 3, reason: 'plan-disabled' }));
    expect(emitted(spec)).toMatchObject([{ verdict: 3, reason: 'plan-disabled' }]);
    expect(emitted(spec.given(classified({ verdict: 2, classification: 9 })))).toEqual([]);
    expect(
      emitted(spec.given(classified({ verdict: 4 }))).map(({ status, previous }) => [status, previous!.reason]),
    ).toEqual([['unhealthy', 'plan-disabled']]);
    expect(
      emitted(
        spec.given(
          classified({ verdict: 4, classification: 3, ...healthy }),
          classified({ verdict: 4, classification: 2 }),
        ),
      ),
    ).toMatchObject([{ status: 'healthy', classification: 3 }]);
  });

  it('ends with a deletion, and begins again with a push after it', () => {
    const spec = recommendation().given(classified());
    emitted(spec);
    expect(emitted(spec.given(declined({ verdict: 2, reason: 'image-deleted' })))).toMatchObject([
      { status: 'not-applicable', reason: 'image-deleted', previous: { status: 'unhealthy' }, bySeverity: highs(0) },
    ]);
    expect(emitted(spec.given(declined({ verdict: 2, reason: 'image-deleted' })))).toEqual([]);
    expect(emitted(spec.given(classified({ verdict: 3 })))).toMatchObject([
      { status: 'unhealthy', previous: { status: 'not-applicable', reason: 'image-deleted' } },
    ]);
  });

  it('is separate for each placement', () => {
    const spec = recommendation().given(classified(), classified({ repository: 'team/copy', ...healthy }));
    expect(emitted(spec).map(({ repository, status }) => [repository, status])).toEqual([
      ['team/copy', 'healthy'],
      ['team/hello', 'unhealthy'],
    ]);
  });
});

describe('added and removed findings', () => {
  const moved = ({ added, removed }: RecommendationChanged) =>
    [added, removed].map((each) => each && [each.count, each.findings.map(({ vulnerability }) => vulnerability)]);
  const received = (
    spec: ReturnType<typeof recommendation>,
    classification: number,
    ...numbers: Parameters<typeof findingsOf>
  ) => spec.given(classified({ classification, findings: findingsOf(...numbers) }));

  it('are published with each change, even if the counts are equal', () => {
    const spec = recommendation();
    expect(emitted(received(spec, 1, 1, 2)).map(moved)).toEqual([
      [
        [2, ['CVE-2026-1', 'CVE-2026-2']],
        [0, []],
      ],
    ]);
    expect(emitted(received(spec, 2, 1, 3)).map(moved)).toEqual([
      [
        [1, ['CVE-2026-3']],
        [1, ['CVE-2026-2']],
      ],
    ]);
    expect(emitted(received(spec, 3, 3, 1))).toEqual([]);
    expect(emitted(spec.given(declined({ verdict: 2, reason: 'plan-disabled' }))).map(moved)).toEqual([
      [
        [0, []],
        [2, ['CVE-2026-1', 'CVE-2026-3']],
      ],
    ]);
    expect(emitted(spec.given(classified({ verdict: 3, findings: findingsOf(1) }))).map(moved)).toEqual([
      [
        [1, ['CVE-2026-1']],
        [0, []],
      ],
    ]);
  });

  it('name the worst 20 and count all of them, over all pages', () => {
    const many = Array.from({ length: 30 }, (_, n) => [n, n === 29 ? 'Critical' : 'Low'] as const);
    const set = setSum(findingsOf(...many));
    const spec = recommendation().given(
      classified({ page: 1, pages: 2, set, findings: findingsOf(...many.slice(0, 15)) }),
      classified({ page: 2, pages: 2, set, findings: findingsOf(...many.slice(15)) }),
    );
    const [changed] = emitted(spec);
    validated(definitionOf('recommendation.changed') as EventDefinition, changed);
    expect(changed!.added!.count).toBe(30);
    expect(changed!.added!.findings).toHaveLength(20);
    expect(changed!.added!.findings[0]).toEqual({
      findingId: findingIdOf({ ...scanExample, digest }, findingsOf(29)[0]!),
      vulnerability: 'CVE-2026-29',
    });
  });

  it('are absent when unknown: after two changes at once', () => {
    const spec = recommendation().given(classified({ findings: findingsOf(1) }));
    emitted(spec);
    expect(
      emitted(received(spec.given(classified({ classification: 2, findings: findingsOf(2) })), 3, 3)).map(moved),
    ).toEqual([[undefined, undefined]]);
  });

  it('are the same in any order of the two topics', () => {
    const events = [
      classified({ findings: findingsOf(1) }),
      declined({ verdict: 2 }),
      classified({ verdict: 3, findings: findingsOf(2) }),
    ];
    const [a, b, c] = events as [AnyEvent, AnyEvent, AnyEvent];
    expect(recommendation().given(b, a, c).state).toEqual(recommendation().given(a, b, c).state);
    expect(recommendation().given(a, c, b).state).toEqual(recommendation().given(a, b, c).state);
  });
});

describe('a compacted state', () => {
  const compact = (spec: ReturnType<typeof recommendation>) => decider.compact!(spec.state);
  const placementOf = ({ received }: ReturnType<typeof compact>) => Object.values(received)[0]!;

  it('lacks the answer before one that was published', () => {
    const spec = recommendation().given(classified(), classified({ classification: 2, findings: findingsOf(7) }));
    expect(compact(spec)).toEqual(spec.state);
    emitted(spec);
    expect(placementOf(spec.state)).toHaveProperty('before');
    expect(placementOf(compact(spec))).not.toHaveProperty('before');
    spec.state = compact(spec);
    expect(emitted(spec)).toEqual([]);
  });

  it('keeps the classification below a refusal, which a late change may be on', () => {
    const spec = recommendation().given(classified(), declined({ verdict: 2 }));
    emitted(spec);
    expect(compact(spec)).toEqual(spec.state);
  });
});

describe('lapse of time', () => {
  const receivedAt = '2026-11-24T09:15:02.345Z';
  const deadline = Date.parse(receivedAt) + 15 * 60_000;
  const again = { pushId: 'again', receivedAt, pushedAt: receivedAt };
  const inShort = (spec: ReturnType<typeof recommendation>) =>
    emitted(spec).map(({ status, reason, since }) => `${status}${reason ? `/${reason}` : ''} since ${since}`);
  const at = (spec: ReturnType<typeof recommendation>, now: number) => {
    spec.now = now;
    return spec;
  };

  it('makes an unanswered push overdue once, after its deadline, until it is answered', () => {
    const spec = recommendation().given(pushed());
    expect(spec.decide()).toMatchObject({ events: [], wakeAt: deadline + 1 });
    expect(inShort(at(spec, deadline))).toEqual([]);
    const push = pushed();
    const [overdue] = at(recommendation().given(push), deadline + 1).when();
    expect(overdue).toMatchObject({
      causationid: push.id,
      data: {
        status: 'undetermined',
        reason: 'overdue',
        bySeverity: highs(0),
        pushId: example<ImagePushed>('image.pushed').pushId,
      },
    });
    expect(overdue!.data).not.toHaveProperty('verdict');
    validated(definitionOf('recommendation.changed') as EventDefinition, overdue!.data);
    expect(inShort(at(spec, deadline + 1))).toEqual(['undetermined/overdue since 2026-11-24T09:30:02.345Z']);
    expect(spec.decide()).toMatchObject({ events: [], wakeAt: undefined });
    expect(inShort(spec.given(classified()))).toEqual(['unhealthy since 2026-11-24T09:15:02.500Z']);
    expect(spec.emitted.at(-1)!.data).toMatchObject({
      verdict: 1,
      previous: { status: 'undetermined', reason: 'overdue' },
    });
  });

  it('gives a push found by a sweep a day', () => {
    expect(
      recommendation()
        .given(pushed({ origin: 'sweep' }))
        .decide().wakeAt,
    ).toBe(Date.parse(receivedAt) + 24 * 3_600_000 + 1);
  });

  it('makes a later push overdue too, keeps the known findings, and holds until that push is answered', () => {
    const spec = recommendation().given(pushed(), classified(), pushed(again));
    expect(inShort(spec)).toEqual(['unhealthy since 2026-11-24T09:15:02.500Z']);
    at(spec, deadline + 1);
    expect(emitted(spec)).toMatchObject([
      { reason: 'overdue', bySeverity: highs(1), added: { count: 0 }, removed: { count: 0 } },
    ]);
    expect(
      emitted(spec.given(classified({ classification: 2, bySeverity: highs(2), findings: findingsOf(1, 2) }))),
    ).toMatchObject([{ reason: 'overdue', bySeverity: highs(2), added: { count: 2 } }]);
    expect(inShort(spec.given(pushed({ ...again, pushId: 'third', receivedAt: '2026-11-24T09:35:00.000Z' })))).toEqual(
      [],
    );
    expect(
      inShort(spec.given(classified({ verdict: 2, pushId: 'third', receivedAt: '2026-11-24T09:35:00.000Z' }))),
    ).toEqual(['unhealthy since 2026-11-24T09:15:02.500Z']);
    expect(new Set(spec.emitted.map(({ id }) => id)).size).toBe(spec.emitted.length);
  });

  const anIndex: Partial<ImagePushed> = {
    facts: { ...example<ImagePushed>('image.pushed').facts!, kind: 'index', children: [{ digest, kind: 'image' }] },
  };

  it.each<[string, AnyEvent[]]>([
    ['was answered', [pushed(), classified()]],
    ['was declined', [pushed(), declined()]],
    [
      'came before one that was answered',
      [classified({ pushId: 'third', receivedAt: '2026-11-24T09:35:00.000Z' }), pushed()],
    ],
    ['is of an index', [pushed(anIndex)]],
    [
      'is of an index that could not be read at first',
      [
        pushed({
          facts: undefined,
          inspection: { code: 'unreachable', message: 'no', attempts: 1, trying: true, early: true },
        } as never),
        pushed(anIndex),
      ],
    ],
  ])('changes nothing when a push %s', (_, events) => {
    const spec = at(recommendation().given(...events), deadline + 1);
    emitted(spec);
    expect(spec.emitted.map(({ data }) => (data as RecommendationChanged).reason)).not.toContain('overdue');
    expect(spec.decide().wakeAt).toBeUndefined();
  });

  it('waits until the whole log is received: the answer may be in it', () => {
    const spec = at(recommendation().given(pushed()), deadline + 1);
    spec.hasReceivedAll = false;
    expect(spec.decide()).toMatchObject({ events: [], wakeAt: deadline + 1 });
    const old = at(recommendation().given(classified(healthy)), staleAt + 1);
    old.hasReceivedAll = false;
    expect(inShort(old)).toEqual(['healthy since 2026-11-24T09:15:02.500Z']);
    expect(old.decide()).toMatchObject({ events: [], lapsesAt: staleAt + 1 });
  });

  const staleAt = Date.parse(scanExample.database.builtAt) + 14 * 24 * 3_600_000;

  it('makes a healthy image stale at the limit that was announced with its database', () => {
    const database = { ...scanExample.database, staleDays: 10 };
    const { lapsesAt } = recommendation()
      .given(classified({ ...healthy, database }))
      .decide();
    expect(lapsesAt).toBe(Date.parse(database.builtAt) + 10 * 24 * 3_600_000 + 1);
  });

  it('makes a healthy image stale when its database is 14 days old, until a scan with a newer database', () => {
    const spec = recommendation().given(classified(healthy));
    emitted(spec);
    expect(spec.decide()).toMatchObject({ events: [], lapsesAt: staleAt + 1, wakeAt: undefined });
    expect(inShort(at(spec, staleAt))).toEqual([]);
    expect(inShort(at(spec, staleAt + 1))).toEqual(['undetermined/stale since 2026-12-08T00:00:00.000Z']);
    expect(spec.decide()).toMatchObject({ events: [], lapsesAt: undefined });
    // The clock of another owner is behind.
    expect(inShort(at(spec, staleAt - 1000))).toEqual([]);
    // Reclassification by a rule does not make the database any newer.
    at(spec, staleAt + 1000).hasReceivedAll = false;
    expect(inShort(spec.given(classified({ ...healthy, classification: 2 })))).toEqual([]);
    const rescan = spec.given(
      classified({
        ...healthy,
        verdict: 2,
        database: { ...scanExample.database, builtAt: '2026-12-08T00:00:00.000Z' },
      }),
    );
    expect(rescan.decide().lapsesAt).toBe(staleAt + 1 + 14 * 24 * 3_600_000);
    expect(inShort(rescan)).toEqual(['healthy since 2026-11-24T09:15:02.500Z']);
    expect(new Set(spec.emitted.map(({ id }) => id)).size).toBe(spec.emitted.length);
  });

  it.each<[string, Partial<FindingClassified>]>([
    ['unhealthy', {}],
    [
      'healthy by the demonstration database',
      { ...healthy, database: { ...scanExample.database, demonstration: true } },
    ],
  ])('changes nothing when an image is %s', (_, data) => {
    const spec = at(recommendation().given(classified(data)), staleAt + 1);
    emitted(spec);
    expect(spec.decide()).toMatchObject({ events: [], lapsesAt: undefined });
  });

  const dayMs = 24 * 3_600_000;
  const builtAt = '2026-12-20T00:00:00.000Z';
  const coveredUntil = Date.parse(builtAt) + 14 * dayMs;
  const marked = (changes: Partial<MarkData> = {}, sequence = '9999999.1'): PartitionMark =>
    markAfter(undefined, {
      id: 'mark',
      source: '/assay/classifier',
      time: builtAt,
      sequence,
      data: {
        scanner: 'trivy',
        database: { ...scanExample.database, builtAt },
        announced: 7,
        except: [],
        ...changes,
      },
    });

  it('keeps an image healthy by the mark that covers it, and makes it stale once when that is too old, too', () => {
    const spec = at(recommendation().given(classified(healthy)), staleAt + 1);
    spec.marks = { received: marked() };
    expect(inShort(spec)).toEqual(['healthy since 2026-11-24T09:15:02.500Z']);
    expect(spec.decide()).toMatchObject({ events: [], lapsesAt: coveredUntil + 1, awaitsMark: false });
    expect(inShort(at(spec, coveredUntil + 1))).toEqual(['undetermined/stale since 2027-01-03T00:00:00.000Z']);
    expect(spec.decide()).toMatchObject({ events: [], lapsesAt: undefined, awaitsMark: true });
  });

  it('ends with the mark that covers the image, each time with an event of its own', () => {
    const spec = at(recommendation().given(classified(healthy)), staleAt + 1);
    expect(inShort(spec)).toEqual(['undetermined/stale since 2026-12-08T00:00:00.000Z']);
    spec.marks = { received: marked() };
    expect(inShort(spec)).toEqual(['healthy since 2026-11-24T09:15:02.500Z']);
    expect(inShort(spec)).toEqual([]);
    expect(inShort(at(spec, coveredUntil + 1))).toEqual(['undetermined/stale since 2027-01-03T00:00:00.000Z']);
    const next = { ...scanExample.database, builtAt: '2027-01-15T00:00:00.000Z' };
    spec.marks = { received: marked({ database: next, announced: 8 }) };
    expect(inShort(spec)).toEqual(['healthy since 2026-11-24T09:15:02.500Z']);
    expect(new Set(spec.emitted.map(({ id }) => id)).size).toBe(spec.emitted.length);
  });

  it.each<[string, PartitionMark]>([
    ['excepts the image', marked({ except: [{ digest, reason: 'key-halted' }] })],
    ['stands before its classification', marked({}, '0.1')],
    [
      'excepts its registry',
      marked({ registries: [{ registryId: scanExample.registryId.toLowerCase(), reason: 'registry-denied' }] }),
    ],
    ['is of another scanner', marked({ scanner: 'grype' })],
    ['is of an older database', marked({ database: { ...scanExample.database, builtAt: '2026-11-01T00:00:00.000Z' } })],
    [
      'is of the demonstration database',
      marked({ database: { ...scanExample.database, builtAt, demonstration: true } }),
    ],
  ])('is not put off by a mark that %s', (_, received) => {
    const spec = at(recommendation().given(classified(healthy)), staleAt + 1);
    spec.marks = { received };
    expect(inShort(spec)).toEqual(['undetermined/stale since 2026-12-08T00:00:00.000Z']);
  });
});

describe('an image without a tag', () => {
  const dayMs = 24 * 3_600_000;
  const lostAt = '2026-12-01T08:00:00.000Z';
  const closesAt = Date.parse(lostAt) + 14 * dayMs;
  const tagged = (order: number, tags: string[] = [], at = lostAt): AnyEvent =>
    eventOf('image.tagged', digest, { ...example<ImageTagged>('image.tagged'), tags, order, at });
  const inShort = (spec: ReturnType<typeof recommendation>, now?: number) => {
    if (now !== undefined) spec.now = now;
    return emitted(spec).map(({ status, reason, since }) => `${status}/${reason ?? ''} since ${since}`);
  };

  it('keeps its recommendation for its days, then loses it once, with all findings', () => {
    const spec = recommendation().given(classified(), tagged(1));
    expect(inShort(spec)).toEqual(['unhealthy/ since 2026-11-24T09:15:02.500Z']);
    expect(spec.decide()).toMatchObject({ events: [], lapsesAt: closesAt + 1 });
    expect(inShort(spec, closesAt)).toEqual([]);
    spec.now = closesAt + 1;
    const [closed] = emitted(spec);
    validated(definitionOf('recommendation.changed') as EventDefinition, closed);
    expect(closed).toMatchObject({
      status: 'not-applicable',
      reason: 'untagged',
      since: '2026-12-15T08:00:00.000Z',
      bySeverity: highs(0),
      fixable: 0,
      removed: { count: 1 },
      untagged: { since: lostAt, successor: example<ImageTagged>('image.tagged').lost![0]!.digest },
    });
    expect(spec.decide()).toMatchObject({ events: [], lapsesAt: undefined });
    expect(inShort(spec.given(classified({ classification: 2, findings: findingsOf(1, 2) })))).toEqual([]);
    // The clock of another owner is behind.
    expect(inShort(spec, closesAt - 1000)).toEqual([]);
    // Healthy, but by a database that is too old by now.
    spec.hasReceivedAll = false;
    const database = { ...scanExample.database, builtAt: '2026-12-05T00:00:00.000Z' };
    spec.given(classified({ ...healthy, verdict: 2, database }));
    expect(inShort(spec, closesAt + 30 * dayMs)).toEqual([]);
  });

  it('keeps it for ever by a setting of no days', () => {
    const spec = new DeciderSpec(deciderClosing(0), digest).given(classified(), tagged(1));
    emitted(spec);
    expect(inShort(spec, closesAt + 400 * dayMs)).toEqual([]);
    expect(spec.decide().lapsesAt).toBeUndefined();
  });

  it('has it again with its next tag, and loses that, too, after its days', () => {
    const spec = recommendation().given(classified(), tagged(1));
    emitted(spec);
    inShort(spec, closesAt + 1);
    expect(inShort(spec.given(tagged(2, ['v1'])))).toEqual(['unhealthy/ since 2026-11-24T09:15:02.500Z']);
    expect(spec.emitted.at(-1)!.data).toMatchObject({ added: { count: 1 } });
    expect(inShort(spec.given(tagged(1), tagged(3, [], '2026-12-20T00:00:00.000Z')))).toEqual([]);
    expect(inShort(spec, Date.parse('2027-01-03T00:00:01.000Z'))).toEqual([
      'not-applicable/untagged since 2027-01-03T00:00:00.000Z',
    ]);
    expect(new Set(spec.emitted.map(({ id }) => id)).size).toBe(spec.emitted.length);
  });

  it('keeps it while a tag names it, an index with a tag lists it, or the log was not read to its end', () => {
    const indexed = eventOf('image.tagged', digest, { ...example<ImageTagged>('image.tagged'), indexes: [digest] });
    for (const event of [tagged(1, ['v1']), indexed])
      expect(inShort(recommendation().given(classified(), event), closesAt + 1)).toHaveLength(1);
    const behind = recommendation().given(classified(), tagged(1));
    behind.hasReceivedAll = false;
    expect(inShort(behind, closesAt + 1)).toEqual(['unhealthy/ since 2026-11-24T09:15:02.500Z']);
  });

  const seen = (seenAt: string, state = 'running'): AnyEvent =>
    eventOf('image.running', digest, { digest, cluster: 'prod', state, since: seenAt, seenAt });

  it('keeps it while it runs, and for its days after that, and has it again when it is seen', () => {
    const spec = recommendation().given(classified(), tagged(1), seen('2026-12-10T00:00:00.000Z'));
    expect(inShort(spec, closesAt + 30 * dayMs)).toHaveLength(1);
    expect(spec.decide().lapsesAt).toBeUndefined();
    spec.given(seen('2027-01-10T00:00:00.000Z', 'gone'), seen('2027-01-01T00:00:00.000Z'));
    expect(spec.decide().lapsesAt).toBe(Date.parse('2027-01-24T00:00:00.000Z') + 1);
    expect(inShort(spec, Date.parse('2027-01-24T00:00:01.000Z'))).toEqual([
      'not-applicable/untagged since 2027-01-24T00:00:00.000Z',
    ]);
    expect(inShort(spec.given(seen('2027-01-25T00:00:00.000Z')))).toEqual([
      'unhealthy/ since 2026-11-24T09:15:02.500Z',
    ]);
    expect(new Set(spec.emitted.map(({ id }) => id)).size).toBe(spec.emitted.length);
  });

  it('names the clusters that have it with what is published, and publishes nothing for them alone', () => {
    const elsewhere = { digest, cluster: 'edge', state: 'running', since: lostAt, seenAt: lostAt };
    const spec = recommendation().given(seen(lostAt), eventOf('image.running', digest, elsewhere), classified());
    const [first] = emitted(spec);
    validated(definitionOf('recommendation.changed') as EventDefinition, first);
    expect(first).toMatchObject({ runningIn: ['edge', 'prod'] });
    expect(first).not.toHaveProperty('untagged');
    expect(emitted(spec.given(seen('2026-12-10T00:00:00.000Z', 'gone'), tagged(1, ['v1'])))).toEqual([]);
    const [next] = emitted(spec.given(classified({ ...healthy, classification: 2 })));
    expect(next).toMatchObject({ runningIn: ['edge'] });
    expect(next).not.toHaveProperty('untagged');
  });

  it('keeps it if it was seen before anything else was known of it, and in each placement', () => {
    const copy = { ...example<ImageTagged>('image.tagged'), tags: [], order: 1, at: lostAt, repository: 'team/copy' };
    const spec = recommendation().given(seen(lostAt), classified(), tagged(1));
    spec.given(classified({ repository: 'team/copy' }), eventOf('image.tagged', digest, copy));
    expect(inShort(spec, closesAt + dayMs)).toHaveLength(2);
    expect(spec.emitted.map(({ data }) => data)).toMatchObject([{ status: 'unhealthy' }, { status: 'unhealthy' }]);
  });

  it('keeps it as long as the survey of its partition lets nothing end, and is looked at each hour', () => {
    const spec = recommendation().given(classified(), tagged(1));
    expect(spec.decide().census).toEqual({ open: 1, ending: 0, due: 0 });
    spec.now = closesAt - dayMs + 1;
    expect(spec.decide().census).toEqual({ open: 1, ending: 1, due: 0 });
    spec.isSurveyed = false;
    expect(inShort(spec, closesAt + 1)).toHaveLength(1);
    expect(spec.decide()).toMatchObject({
      events: [],
      census: { open: 1, ending: 1, due: 1 },
      lapsesAt: closesAt + 3_600_000 + 2,
    });
    spec.isSurveyed = true;
    expect(inShort(spec)).toHaveLength(1);
    expect(spec.decide().census).toEqual({ open: 0, ending: 0, due: 0 });
  });

  it('loses what is open by a lapse, too: healthy until its database is too old', () => {
    const spec = recommendation().given(classified(healthy), tagged(1));
    expect(inShort(spec)).toEqual(['healthy/ since 2026-11-24T09:15:02.500Z']);
    expect(inShort(spec, closesAt)).toEqual(['undetermined/stale since 2026-12-08T00:00:00.000Z']);
    expect(spec.decide()).toMatchObject({ events: [], lapsesAt: closesAt + 1, awaitsMark: true });
    expect(inShort(spec, closesAt + 1)).toEqual(['not-applicable/untagged since 2026-12-15T08:00:00.000Z']);
    expect(spec.decide()).toMatchObject({ events: [], lapsesAt: undefined, awaitsMark: true });
    spec.hasReceivedAll = false;
    expect(inShort(spec, closesAt - 8 * dayMs)).toEqual([]);
    const database = { ...scanExample.database, builtAt: '2026-12-14T00:00:00.000Z' };
    spec.given(classified({ ...healthy, verdict: 2, database }));
    expect(inShort(spec, closesAt + 1)).toEqual(['healthy/ since 2026-11-24T09:15:02.500Z']);
    spec.hasReceivedAll = true;
    expect(inShort(spec, closesAt + 30 * dayMs)).toEqual(['not-applicable/untagged since 2026-12-28T00:00:00.000Z']);
    expect(new Set(spec.emitted.map(({ id }) => id)).size).toBe(spec.emitted.length);
  });

  it('loses what is open because an answer is overdue, and has that answer if it comes', () => {
    const spec = recommendation().given(pushed(), tagged(1));
    expect(inShort(spec, closesAt)).toEqual(['undetermined/overdue since 2026-11-24T09:30:02.345Z']);
    expect(spec.decide()).toMatchObject({ lapsesAt: closesAt + 1, wakeAt: undefined });
    expect(inShort(spec, closesAt + 1)).toEqual(['not-applicable/untagged since 2026-12-15T08:00:00.000Z']);
    spec.hasReceivedAll = false;
    expect(spec.decide()).toMatchObject({ events: [], lapsesAt: undefined, wakeAt: undefined });
    const database = { ...scanExample.database, demonstration: true as const };
    expect(inShort(spec.given(classified({ ...healthy, database })))).toHaveLength(1);
  });

  it('has nothing to close if it is healthy or not assessed', () => {
    for (const event of [
      classified({ ...healthy, database: { ...scanExample.database, demonstration: true } }),
      declined(),
    ])
      expect(recommendation().given(event, tagged(1)).decide().lapsesAt).toBeUndefined();
  });
});

describe('a classification that an operator dropped', () => {
  const dropping = (data: Partial<FindingClassified>, topic = 'finding.classified') => {
    const spec = recommendation().given(classified(data));
    emitted(spec);
    spec.state = { ...spec.state, received: decider.evolveDropped!(spec.state.received, topic) };
    return spec;
  };

  it('may have had findings: a healthy image is undetermined until its next one', () => {
    const spec = dropping(healthy);
    const [event] = emitted(spec);
    expect(event).toMatchObject({
      status: 'undetermined',
      reason: 'failed/result-lost',
      previous: { status: 'healthy' },
    });
    expect(emitted(spec)).toEqual([]);
    spec.given(classified({ ...healthy, classification: 2 }));
    expect(emitted(spec)).toMatchObject([{ status: 'healthy', classification: 2 }]);
    expect(new Set(spec.emitted.map(({ id }) => id)).size).toBe(3);
  });

  it('changes nothing of an image that is not healthy, nor of one without a classification', () => {
    expect(emitted(dropping({}))).toEqual([]);
    const spec = recommendation().given(declined());
    const { received } = spec.state;
    expect(decider.evolveDropped!(received, 'finding.classified')).toEqual(received);
  });

  it.each<[string, Partial<FindingClassified>]>([
    ['the next', { ...healthy, classification: 2 }],
    ['an older', { ...healthy, classification: 0 }],
    ['the first page of the next', { ...healthy, classification: 2, pages: 2 }],
  ])('is in doubt once, if %s classification before it is received after the drop', (_, next) => {
    const drop = decider.evolveDropped!;
    const { received } = recommendation().given(classified(healthy)).state;
    const event = classified(next);
    const late = decider.evolveReceived(drop(received, 'finding.classified'), event);
    expect(drop(late, 'finding.classified')).toEqual(
      drop(decider.evolveReceived(received, event), 'finding.classified'),
    );
  });

  it('is the only event whose loss may hide findings', () => {
    expect(emitted(dropping(healthy, 'image.pushed'))).toEqual([]);
  });
});
