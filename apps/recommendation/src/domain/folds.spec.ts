import { describe, expect, it } from 'vitest';
import {
  derivedId,
  judgedOf,
  noFindings,
  placementKey,
  pushOf,
  setSum,
  type AnyEvent,
  type ClassifiedFinding,
  type DataOf,
  type EventFor,
} from '@assay/events';
import { causedBy, eventOf } from '@assay/testing';
import { dataOf, digestOf, registryId } from '../../../../libs/read-model/test/fixtures.ts';
import { entriesOf, findingSetOf, noFindingSet } from './findings.ts';
import { evolveEmitted, evolveReceived, rankOf } from './folds.ts';
import {
  placementIn,
  type CountingAnswer,
  type Emitted,
  type Entry,
  type Received,
  type ReceivedPlacement,
} from './state.ts';

const { digest } = dataOf('image.pushed');
const pushed = (data: Partial<DataOf<'image.pushed'>> = {}, more: Partial<AnyEvent> = {}) =>
  eventOf('image.pushed', digest, { ...dataOf('image.pushed'), ...data }, more);
const declined = (data: Partial<DataOf<'scan.declined'>> = {}, more: Partial<AnyEvent> = {}) =>
  eventOf('scan.declined', digest, { ...dataOf('scan.declined'), ...data }, more);
const classified = (data: Partial<DataOf<'finding.classified'>> = {}, more: Partial<AnyEvent> = {}) =>
  eventOf('finding.classified', digest, dataOf('finding.classified', data), more);
const numbered = (n: number, more: Partial<ClassifiedFinding> = {}): ClassifiedFinding => ({
  ...dataOf('finding.classified').findings[0]!,
  vulnerability: `CVE-2026-${n}`,
  ...more,
});
/** Vulnerabilities of entries, each with the number of its severity and its state. */
const shortly = (entries: readonly Entry[] | undefined): string[] | undefined =>
  entries?.map((entry) => `${entry.slice(0, 2)} ${entry.slice(2).split('\u0000', 1)[0]!.slice('CVE-2026-'.length)}`);

const received = (...events: AnyEvent[]): Received =>
  events.reduce((state, each) => evolveReceived(state, each as EventFor<'recommendation'>), {} as Received);
/** The state of the one placement that the events are about. */
const placed = (...events: AnyEvent[]): ReceivedPlacement => {
  const state = received(...events);
  expect(Object.keys(state)).toHaveLength(1);
  return placementIn(state, Object.keys(state)[0]!);
};
const index: DataOf<'image.pushed'>['facts'] = {
  ...dataOf('image.pushed').facts!,
  kind: 'index',
  children: [{ digest: digestOf(2), kind: 'image' }],
};

describe('a push that recommendation receives', () => {
  it('a push is kept with its cause, and is due fifteen minutes after it came', () => {
    const push = pushed();
    expect(received(push)).toEqual({
      [placementKey(dataOf('image.pushed'))]: {
        push: {
          push: pushOf(dataOf('image.pushed')),
          cause: causedBy(push),
          deadline: Date.parse('2026-11-24T09:30:02.345Z'),
        },
      },
    });
  });

  it('a push by a sweep is due a day after it came', () => {
    expect(placed(pushed({ origin: 'sweep' })).push!.deadline).toBe(Date.parse('2026-11-25T09:15:02.345Z'));
  });

  it('the push that arrives last counts, also where an earlier one came later', () => {
    const [late, early] = [
      pushed({ pushId: 'late', receivedAt: '2026-11-24T10:00:00.000Z' }),
      pushed({ pushId: 'early' }),
    ];
    expect(placed(late, early)).toEqual(placed(early));
    expect(placed(early, late)).toEqual(placed(late));
  });

  it('a push leaves the outcome of its placement', () => {
    const [outcome, push] = [classified(), pushed()];
    expect(placed(outcome, push)).toEqual({ ...placed(outcome), ...placed(push) });
    expect(placed(push, outcome)).toEqual(placed(outcome, push));
  });

  it('an index of images is no push, and takes back one that was not known as such', () => {
    expect(received(pushed({ facts: index }))).toEqual({});
    expect(placed(pushed(), pushed({ facts: index }))).toEqual({});
    const outcome = declined();
    expect(placed(outcome, pushed(), pushed({ facts: index }))).toEqual(placed(outcome));
  });

  it('an index without images is a push like any other', () => {
    expect(placed(pushed({ facts: { ...index, children: [] } }))).toHaveProperty('push');
  });

  it('an index of images in one place leaves the push in another', () => {
    const push = pushed({ repository: 'team/copy' });
    expect(received(push, pushed({ facts: index }))).toEqual(received(push));
  });
});

describe('an outcome that recommendation receives', () => {
  it('a refusal is an outcome without findings, at its time', () => {
    const refusal = declined({ verdict: 3 }, { time: '2026-11-24T10:00:00.000Z' });
    expect(placed(refusal)).toEqual({
      outcome: {
        judged: { ...judgedOf(dataOf('scan.declined')), verdict: 3 },
        classification: 0,
        status: 'not-applicable',
        reason: 'windows-image',
        bySeverity: noFindings(),
        fixable: 0,
        exempt: 0,
        at: '2026-11-24T10:00:00.000Z',
        cause: causedBy(refusal),
        entries: [],
        findingSet: noFindingSet,
      },
    });
  });

  it('a classification is an outcome with its counts and its active findings', () => {
    const { scanId, bySeverity } = dataOf('finding.classified');
    const assessment = classified(
      { findings: [numbered(1), numbered(2, { state: 'exempt' })], exempt: 1 },
      { time: '2026-11-24T10:00:00.000Z' },
    );
    expect(placed(assessment)).toEqual({
      outcome: {
        judged: judgedOf(dataOf('finding.classified')),
        classification: 1,
        scanId,
        status: 'unhealthy',
        bySeverity,
        fixable: 1,
        exempt: 1,
        at: '2026-11-24T10:00:00.000Z',
        cause: causedBy(assessment),
        entries: entriesOf([numbered(1), numbered(2, { state: 'exempt' })]),
        setId: assessment.id,
        sequence: assessment.sequence,
        findingSet: findingSetOf(entriesOf([numbered(1)])),
      },
    });
  });

  it('a classification with a reason keeps it', () => {
    expect(placed(classified({ status: 'undetermined', reason: 'timed-out', findings: [] })).outcome).toMatchObject({
      status: 'undetermined',
      reason: 'timed-out',
    });
  });

  it('findings lie in canonical order, each with its severity and state', () => {
    const findings = [
      numbered(1, { severity: 'Low' }),
      numbered(4, { severity: 'Critical' }),
      numbered(3, { severity: 'Unknown', state: 'exempt' }),
    ];
    expect(shortly(placed(classified({ findings })).outcome!.entries)).toEqual(['3a 1', '4e 3', '0a 4']);
  });

  const healthy: Partial<DataOf<'finding.classified'>> = { status: 'healthy', findings: [] };
  const { database } = dataOf('finding.classified');

  it.each<[string, string | undefined, Partial<DataOf<'finding.classified'>>]>([
    ['a healthy image', '2026-12-08T00:00:00.000Z', healthy],
    [
      'a healthy image by an older database',
      '2026-11-14T12:00:00.000Z',
      { ...healthy, database: { ...database, builtAt: '2026-10-31T12:00:00.000Z' } },
    ],
    [
      'a healthy image by the database for demonstrations',
      undefined,
      { ...healthy, database: { ...database, demonstration: true } },
    ],
    ['an unhealthy image', undefined, {}],
    ['an undetermined image', undefined, { ...healthy, status: 'undetermined' }],
  ])('%s is stale at: %s', (_, time, data) => {
    expect(placed(classified(data)).outcome!.staleAt).toBe(time === undefined ? undefined : Date.parse(time));
  });
});

describe('the outcome that counts', () => {
  const answer = (verdict: number, classification: number, ...numbers: number[]) =>
    classified({ verdict, classification, findings: numbers.map((n) => numbered(n)) });
  const refusal = (verdict: number) => declined({ verdict });
  const inShort = (...events: AnyEvent[]) => {
    const { outcome, before } = placed(...events);
    const { verdict, classification } = rankOf(outcome!);
    return [
      `${verdict}.${classification}`,
      before && `${before.verdict}.${before.classification}`,
      shortly(before?.entries),
    ];
  };

  it('the rank of an outcome is its verdict and its classification', () => {
    expect(rankOf(placed(answer(3, 2, 1)).outcome as CountingAnswer)).toEqual({ verdict: 3, classification: 2 });
    expect(rankOf(placed(refusal(3)).outcome as CountingAnswer)).toEqual({ verdict: 3, classification: 0 });
  });

  it.each<[string, string, AnyEvent[]]>([
    ['the higher verdict', '2.1', [answer(1, 9, 1), answer(2, 1, 2)]],
    ['the higher classification of one verdict', '1.2', [answer(1, 1, 1), answer(1, 2, 2)]],
    ['the higher verdict that declines', '2.0', [answer(1, 9, 1), refusal(2)]],
    ['the classification of a verdict that also declines', '2.1', [refusal(2), answer(2, 1, 1)]],
  ])('%s, %s, counts in any order, and the other is the one before', (_, rank, events) => {
    expect(inShort(...events)[0]).toBe(rank);
    expect(placed(...events.toReversed())).toEqual(placed(...events));
  });

  it('a repeated outcome leaves the first one, and none before it', () => {
    const [first, again] = [answer(1, 1, 1), answer(1, 1, 2)];
    expect(placed(first, again)).toEqual(placed(first));
  });

  it('a repeat of the outcome before leaves it as it is', () => {
    expect(inShort(answer(1, 1, 1), answer(2, 1, 2), answer(1, 1, 3))).toEqual(['2.1', '1.1', ['1a 1']]);
  });

  it('the highest of the outcomes below is the one before, in any order', () => {
    const [a, b, c] = [answer(1, 1, 1), refusal(2), answer(3, 1, 3)];
    expect(inShort(a, b, c)).toEqual(['3.1', '2.0', []]);
    for (const order of [
      [a, c, b],
      [b, a, c],
      [b, c, a],
      [c, a, b],
      [c, b, a],
    ]) {
      expect(placed(...order)).toEqual(placed(a, b, c));
    }
  });

  it('the one before keeps its findings only where they are others', () => {
    expect(inShort(answer(1, 1, 1, 2), answer(2, 1, 3))).toEqual(['2.1', '1.1', ['1a 1', '1a 2']]);
    expect(inShort(answer(1, 1, 1, 2), answer(2, 1, 2, 1))).toEqual(['2.1', '1.1', undefined]);
  });

  it('outcomes of two placements leave each other as they are', () => {
    const [one, copy] = [answer(1, 1, 1), classified({ verdict: 2, repository: 'team/copy' })];
    expect(received(one, copy)).toEqual({ ...received(one), ...received(copy) });
    expect(Object.keys(received(one, copy))).toHaveLength(2);
  });

  it('a registry id in another case is the same placement', () => {
    expect(placed(answer(1, 1, 1), declined({ verdict: 2, registryId: registryId.toUpperCase() })).before).toEqual({
      verdict: 1,
      classification: 1,
      setId: expect.any(String),
      entries: entriesOf([numbered(1)]),
    });
  });
});

describe('a change that recommendation receives', () => {
  const whole = (...numbers: number[]) => classified({ findings: numbers.map((n) => numbered(n)) }, { id: 'whole' });
  const base = { id: 'whole', verdict: 1, classification: 1 };
  const change = (data: Partial<DataOf<'finding.classified'>>, more: Partial<AnyEvent> = {}) =>
    classified({ classification: 2, content: 'change', base, findings: [], ...data }, more);

  it('rules, removes and puts entries of its base, by their positions in it', () => {
    const event = change({
      ruled: [{ state: 'exempt', ruleId: 'accepted', at: [1] }],
      removed: [0],
      findings: [numbered(3, { severity: 'Low' }), numbered(0)],
      set: setSum([numbered(0), numbered(2), numbered(3)]),
    });
    const { outcome, before } = placed(whole(1, 2, 3), event);
    expect(shortly(outcome!.entries)).toEqual(['1a 0', '1e 2', '3a 3']);
    expect(outcome!.setId).toBe(event.id);
    expect(shortly(before!.entries)).toEqual(['1a 1', '1a 2', '1a 3']);
    expect(outcome!.findingSet).toBe(findingSetOf(entriesOf([numbered(0), numbered(3)])));
  });

  it('is applied to the answer before, where a refusal counts already', () => {
    const event = change({ removed: [0], set: setSum([numbered(2)]) });
    const refusal = declined({ verdict: 2 });
    expect(placed(whole(1, 2), refusal, event)).toEqual(placed(whole(1, 2), event, refusal));
  });

  it('of a base with the same findings as the answer that counts is applied to these', () => {
    const again = classified({ classification: 2, findings: [numbered(1)] }, { id: 'again' });
    const [first, event] = [whole(1), change({ classification: 3, removed: [0], set: setSum([]) })];
    expect(placed(first, again).before).not.toHaveProperty('entries');
    expect(shortly(placed(first, again, event).outcome!.entries)).toEqual([]);
  });

  it.each<[string, AnyEvent[]]>([
    ['is not known', []],
    ['is another event', [classified({ findings: [numbered(1)] }, { id: 'other' })]],
    ['has another number', [classified({ verdict: 2, findings: [numbered(1)] }, { id: 'whole' })]],
    ['lacks a position', [whole()]],
    ['has another count', [whole(1, 2, 3)]],
  ])('whose base %s counts, but its findings are not known until a set is whole', (_, before) => {
    const event = change({ verdict: 3, removed: [0], status: 'healthy', set: setSum([numbered(1)]) });
    const { outcome } = placed(...before, event);
    expect(outcome).toMatchObject({ judged: { verdict: 3 }, status: 'healthy' });
    expect([outcome!.entries, outcome!.findingSet]).toEqual([undefined, undefined]);
    const id = event.id;
    const next = change({
      verdict: 3,
      classification: 2,
      base: { id, verdict: 3, classification: 1 },
      set: setSum([]),
    });
    expect(placed(...before, event, next).outcome!.entries).toBeUndefined();
    const healed = classified({ verdict: 4, findings: [numbered(1)] }, { id: 'healed' });
    expect(shortly(placed(...before, event, next, healed).outcome!.entries)).toEqual(['1a 1']);
    expect(placed(...before, event, next, healed).before).not.toHaveProperty('setId');
  });

  it('below two higher answers is passed over, also if its base is gone', () => {
    const higher = [declined({ verdict: 2 }), declined({ verdict: 3 })];
    expect(placed(...higher, change({}))).toEqual(placed(...higher));
  });

  it('in pages has its base and its positions from the first', () => {
    const set = setSum([numbered(2), numbered(3), numbered(4)]);
    const pages = [numbered(3), numbered(4)].map((finding, at) =>
      change({ removed: [0], findings: [finding], set, page: at + 1, pages: 2 }, { id: `page ${at + 1}` }),
    );
    const { outcome } = placed(whole(1, 2), ...pages);
    expect(shortly(outcome!.entries)).toEqual(['1a 2', '1a 3', '1a 4']);
    expect(outcome!.setId).toBe('page 1');
  });

  it('of nothing, by an event without content, leaves the findings', () => {
    const event = change({ content: 'none', set: setSum([numbered(1)]) });
    expect(shortly(placed(whole(1), event).outcome!.entries)).toEqual(['1a 1']);
  });
});

describe('pages of an outcome that recommendation receives', () => {
  const pagesOf = (data: Partial<DataOf<'finding.classified'>>, ...lists: number[][]) =>
    lists.map((numbers, at) =>
      classified({
        ...data,
        set: setSum(lists.flat().map((n) => numbered(n))),
        findings: numbers.map((n) => numbered(n)),
        page: at + 1,
        pages: lists.length,
      }),
    );
  const [first, second, third] = pagesOf({}, [1], [2, 3], [4]) as [AnyEvent, AnyEvent, AnyEvent];
  const found = (...events: AnyEvent[]) => shortly(placed(...events).outcome?.entries);
  const whole = ['1a 1', '1a 2', '1a 3', '1a 4'];

  it('pages that are all there are one outcome, caused by the last, and nothing unfinished', () => {
    const state = placed(first, second, third);
    expect(found(first, second, third)).toEqual(whole);
    expect([state.outcome!.cause, Object.keys(state)]).toEqual([causedBy(third), ['outcome']]);
  });

  it.each<[string, AnyEvent[]]>([
    ['the first', [second, third]],
    ['the second', [first, third]],
    ['the last', [first, second]],
  ])('pages without %s are no outcome', (_, pages) => {
    expect(found(...pages)).toBeUndefined();
  });

  it('pages without the first leave nothing behind', () => {
    expect(placed(second, third)).toEqual({});
  });

  it('pages in the wrong order are no outcome until what was missed comes again', () => {
    expect(found(first, third, second)).toBeUndefined();
    expect(found(first, third, second, third)).toEqual(whole);
  });

  it('pages of which some arrive twice in a row are one outcome', () => {
    expect(found(first, first, second, second, third)).toEqual(whole);
  });

  it('a set that was cut off is discarded by the next', () => {
    const next = pagesOf({ classification: 2 }, [5], [6]);
    expect(found(first, second, ...next)).toEqual(['1a 5', '1a 6']);
    expect(placed(first, second, ...next)).toEqual(placed(...next));
  });

  it('the outcome before counts while the next set is incomplete', () => {
    const before = classified({ findings: [numbered(7)] });
    const next = pagesOf({ verdict: 2 }, [1], [2]);
    expect(found(before, next[0]!)).toEqual(['1a 7']);
    expect(found(before, ...next)).toEqual(['1a 1', '1a 2']);
  });

  it('a refusal between two pages takes nothing from the set', () => {
    const refusal = declined({ verdict: 2 });
    expect(placed(first, second, refusal, third)).toEqual(placed(first, second, third, refusal));
  });

  it('pages of two placements do not mix', () => {
    const copy = pagesOf({ repository: 'team/copy' }, [1], [2], [3]);
    const mixed = [first, copy[0]!, copy[1]!, second, third, copy[2]!];
    expect(received(...mixed)).toEqual({ ...received(first, second, third), ...received(...copy) });
  });
});

describe('a recommendation that is emitted', () => {
  const { findingSet: _set, ...data } = dataOf('recommendation.changed');
  const changed = (more: object = {}) => eventOf('recommendation.changed', data.digest, { ...data, ...more });
  const emitted = (...events: AnyEvent[]): Emitted =>
    events.reduce((state, each) => evolveEmitted(state, each as EventFor<'recommendation', 'produces'>), {} as Emitted);
  const key = placementKey(data);

  it('a recommendation is kept with its rank, its counts, its findings and its beginning', () => {
    const findingSet = derivedId('a set');
    expect(emitted(changed({ reason: 'x', findingSet }))).toEqual({
      [key]: {
        verdict: 1,
        classification: 1,
        status: 'unhealthy',
        reason: 'x',
        bySeverity: data.bySeverity,
        fixable: data.fixable,
        exempt: data.exempt,
        findingSet,
        since: data.since,
      },
    });
  });

  it('a recommendation without reason, findings or classification has none, and is the first of its verdict', () => {
    const { classification: _classification, reason: _reason, ...refusal } = data;
    const state = emitted(eventOf('recommendation.changed', data.digest, refusal))[key]!;
    expect([state.verdict, state.classification]).toEqual([1, 0]);
    expect(state).not.toHaveProperty('reason');
    expect(state).not.toHaveProperty('findingSet');
  });

  it('a recommendation without a verdict has no rank', () => {
    const { verdict: _verdict, ...overdue } = data;
    const state = emitted(eventOf('recommendation.changed', data.digest, overdue))[key];
    expect(state).not.toHaveProperty('verdict');
    expect(state).not.toHaveProperty('classification');
  });

  it('the last recommendation about a placement replaces the one before, also where its verdict is lower', () => {
    expect(emitted(changed({ verdict: 3, reason: 'x' }), changed())).toEqual(emitted(changed()));
  });

  it('recommendations about two placements leave each other as they are', () => {
    const copy = changed({ repository: 'team/copy', status: 'healthy' });
    expect(emitted(changed(), copy)).toEqual({ ...emitted(changed()), ...emitted(copy) });
    expect(Object.keys(emitted(changed(), copy))).toHaveLength(2);
  });
});

describe('the fold of what recommendation receives', () => {
  it('an event that the flow does not send to recommendation is refused', () => {
    expect(() => received(eventOf('plan.changed', 'x', {}))).toThrow(
      new TypeError('plan.changed is not for this fold'),
    );
  });
});
