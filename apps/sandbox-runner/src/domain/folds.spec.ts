import { Map as ImmutableMap } from 'immutable';
import { describe, expect, it } from 'vitest';
import {
  definitionOf,
  intoPages,
  placementKey,
  recallOf,
  setSum,
  type AnyEvent,
  type EventFor,
  type ScanCompleted,
  type ScanReassessed,
} from '@assay/events';
import { eventOf } from '@assay/testing';
import {
  announced,
  approvalExample,
  approved,
  bench,
  completedExample,
  databaseOf,
  declined,
  digest,
  findingOf,
  javaOf,
  observed,
  otherRegistry,
  registryId,
} from '../../test/fixtures.ts';
import { evolveConfig, evolveEmitted, evolveReceived, noConfig } from './folds.ts';
import type { Config, Emitted, Received, ReceivedPlacement } from './state.ts';

const nothingReceived: Received = { placements: {} };
const received = (...events: AnyEvent[]): Received =>
  events.reduce((state, event) => evolveReceived(state, event as EventFor<'sandbox-runner'>), nothingReceived);
/** The state of the one placement that the events are about. */
const placed = (...events: AnyEvent[]): ReceivedPlacement => {
  const placements = Object.values(received(...events).placements);
  expect(placements).toHaveLength(1);
  return placements[0]!;
};
const scanIds = (...events: AnyEvent[]) => Object.keys(placed(...events).approvals);

describe('what the runner receives', () => {
  it('an approval is kept whole under its scan, with its cause', () => {
    const approval = approved({ scanId: 'one' }, { traceparent: 'tp', correlationid: 'push-1' });
    expect(received(approval)).toEqual({
      placements: {
        [placementKey(approvalExample)]: {
          approvals: {
            one: { data: approval.data, cause: { id: approval.id, correlationid: 'push-1', traceparent: 'tp' } },
          },
          declined: 0,
        },
      },
    });
  });

  it('the latest report of each cluster counts, in any order, beside the approvals', () => {
    const seen = (seenAt: string, state: string, cluster = 'prod') =>
      eventOf('image.running', digest, { digest, cluster, state, since: '2026-11-24T00:00:00.000Z', seenAt });
    const [early, late] = ['2026-11-24T00:00:00.000Z', '2026-11-25T00:00:00.000Z'];
    const running = { prod: { seenAt: late, gone: true }, edge: { seenAt: early } };
    const approval = approved();
    const all = [seen(early, 'running'), seen(late, 'gone'), seen(early, 'running', 'edge'), approval];
    for (const events of [all, all.toReversed(), [...all, ...all]])
      expect(received(...events)).toEqual({ ...received(approval), running });
  });

  it('a repeated approval changes nothing', () => {
    const approval = approved();
    expect(received(approval, approval)).toEqual(received(approval));
  });

  it('an approval of the same scan that comes as another event is the one that counts', () => {
    const [first, again] = [approved({ scanId: 'one', lane: 'backfill' }), approved({ scanId: 'one' })];
    expect(placed(first, again)).toEqual(placed(again));
  });

  it('approvals of one placement lie beside each other, in any order of their verdicts', () => {
    const [one, two] = [approved({ scanId: 'one' }), approved({ scanId: 'two', verdict: 2 })];
    expect(scanIds(two, one)).toEqual(['two', 'one']);
    expect(placed(two, one)).toEqual(placed(one, two));
  });

  it.each<[string, number, number[]]>([
    ['one refusal', 2, [2]],
    ['refusals in their order', 3, [1, 3]],
    ['refusals out of order', 3, [3, 1]],
    ['repeated refusals', 2, [2, 2]],
  ])('the highest verdict of %s, %d, counts', (_, highest, verdicts) => {
    const approval = approved({ verdict: 4 });
    const refusals = verdicts.map((verdict) => declined({ verdict }));
    expect(placed(...refusals)).toEqual({ approvals: {}, declined: highest });
    expect(placed(approval, ...refusals)).toEqual({ ...placed(approval), declined: highest });
    expect(placed(...refusals, approval)).toEqual(placed(approval, ...refusals));
  });

  it('a refusal removes the approvals that it cancels, in any order', () => {
    const events = [approved({ scanId: 'one' }), declined({ verdict: 2 }), approved({ scanId: 'three', verdict: 3 })];
    expect(scanIds(...events)).toEqual(['three']);
    expect(placed(...events.toReversed())).toEqual(placed(...events));
  });

  it('placements leave each other as they are', () => {
    const events = [
      approved(),
      declined({ verdict: 2 }),
      approved({ repository: 'team/copy' }),
      declined({ verdict: 3, repository: 'team/copy' }),
      approved({ registryId: otherRegistry }),
    ] as const;
    const [one, two, copy, copies, other] = events;
    expect(received(...events).placements).toEqual({
      ...received(one, two).placements,
      ...received(copy, copies).placements,
      ...received(other).placements,
    });
    expect(Object.keys(received(...events).placements)).toHaveLength(3);
  });

  it('a registry id in another case is the same placement', () => {
    expect(
      placed(approved({ scanId: 'one' }), declined({ verdict: 2, registryId: registryId.toUpperCase() })).declined,
    ).toBe(2);
  });

  it('an event that the flow does not send to the runner is refused', () => {
    expect(() => received(eventOf('image.pushed', 'x', {}))).toThrow(
      new TypeError('image.pushed is not for this fold'),
    );
  });
});

const nothingEmitted: Emitted = { placements: {} };
const emitted = (...events: AnyEvent[]): Emitted =>
  events.reduce(
    (state, event) => evolveEmitted(state, event as EventFor<'sandbox-runner', 'produces'>),
    nothingEmitted,
  );
const place = placementKey(completedExample);
const placedIn = (...events: AnyEvent[]) => emitted(...events).placements[place]!;
const scansIn = (...events: AnyEvent[]) => placedIn(...events).scans;
const standingIn = (...events: AnyEvent[]) => emitted(...events).standing;
const started = (scanId: string, attempt: number) =>
  eventOf('scan.started', digest, { ...approvalExample, scanId, attempt, scanner: bench.scanner, driver: 'bwrap' });
const completed = (data: Partial<ScanCompleted> = {}, more: Partial<AnyEvent> = {}) =>
  eventOf('scan.completed', digest, { ...completedExample, scanId: 'one', ...data }, more);
/** Without what only a success has. */
const bare = ({ result: _result, set: _set, layers: _layers, ...data }: ScanCompleted) => data;
const failed = (data: Partial<ScanCompleted> = {}) =>
  eventOf('scan.completed', digest, {
    ...bare(completedExample),
    scanId: 'one',
    outcome: 'failed',
    reason: 'gone',
    content: 'none',
    findings: [],
    ...data,
  });
const joined = (data: Partial<ScanCompleted> = {}) =>
  completed({ joinedScanId: 'x', content: 'none', findings: [], scanId: 'two', ...data });
/** A result that is a change on the one before. */
const changed = (data: Partial<ScanCompleted>) => {
  const { layers: _layers, ...rest } = completedExample;
  return eventOf('scan.completed', digest, { ...rest, scanId: 'two', result: 2, content: 'change', ...data });
};
const reassessed = (data: Partial<ScanReassessed> = {}) =>
  eventOf('scan.reassessed', digest, {
    ...(definitionOf('scan.reassessed')!.examples[1] as object),
    removed: [],
    ...data,
  });
const setOf = (...numbers: number[]) => setSum(numbers.map(findingOf));
/** Pages of one completion, a finding of each number on a page of its own. */
const paged = (numbers: number[], data: Partial<ScanCompleted> = {}): AnyEvent[] => {
  const { findings: _findings, page: _page, pages: _pages, ...head } = completedExample;
  const pages = intoPages(
    { ...head, scanId: 'one', set: setOf(...numbers), ...data },
    { findings: numbers.map(findingOf) },
    1,
  );
  expect(pages).toHaveLength(numbers.length);
  return pages.map((page) => eventOf('scan.completed', digest, page));
};
const owner = completedExample.subscriptionId;

describe('the starts that the runner emits', () => {
  it('a start is known by its attempt, and has no outcome', () => {
    expect(emitted(started('one', 1))).toEqual({
      placements: {
        [place]: {
          scans: { one: { verdict: 1, started: 1, missing: 0 } },
          answered: 0,
          hasResult: false,
          settled: 0,
        },
      },
    });
  });

  it('the highest attempt counts, in any order', () => {
    expect(scansIn(started('one', 1), started('one', 2))['one']!.started).toBe(2);
    expect(scansIn(started('one', 2), started('one', 1))['one']!.started).toBe(2);
  });

  it('a start leaves the outcome and the other scans', () => {
    const before = scansIn(completed(), started('two', 1));
    expect(scansIn(completed(), started('two', 1), started('one', 3))).toEqual({
      ...before,
      one: { ...before['one'], started: 3 },
    });
  });
});

describe('the completions that the runner emits', () => {
  it('a completion keeps its outcome, beside the attempts that were started', () => {
    expect(scansIn(started('one', 2), completed())).toEqual({
      one: { verdict: 1, started: 2, outcome: 'succeeded', missing: 0 },
    });
    expect(scansIn(failed())).toEqual({
      one: { verdict: 1, started: 0, outcome: 'failed', failedWith: completedExample.database.digest, missing: 0 },
    });
  });

  it('a scan that is tried again is known as such until its next completion', () => {
    expect(scansIn(failed({ trying: true }))).toMatchObject({ one: { outcome: 'failed', trying: true } });
    expect(scansIn(failed({ trying: true }), failed())).toEqual(scansIn(failed()));
    expect(scansIn(failed({ trying: true }), completed())).toEqual(scansIn(completed()));
  });

  it('a better completion replaces one that was too late', () => {
    expect(placedIn(failed({ outcome: 'timed-out', reason: 'deadline' }), completed())).toEqual(placedIn(completed()));
  });

  it('a completion of one scan leaves the others', () => {
    expect(scansIn(failed({ scanId: 'two' }), completed())).toEqual({
      ...scansIn(failed({ scanId: 'two' })),
      ...scansIn(completed()),
    });
  });

  it.each<[string, AnyEvent, object]>([
    ['a result', completed({ verdict: 3 }), { answered: 3, settled: 3, hasResult: true }],
    ['a failure', failed({ verdict: 3 }), { answered: 3, settled: 3, hasResult: false }],
    ['a failure that is retried', failed({ verdict: 3, trying: true }), { answered: 3, settled: 2, hasResult: false }],
    ['a time-out', failed({ verdict: 3, outcome: 'timed-out' }), { answered: 3, settled: 2, hasResult: false }],
    ['a rescan that failed', failed({ verdict: 3, kind: 'rescan' }), { answered: 3, settled: 3, hasResult: true }],
    ['a rescan after a refusal', failed({ verdict: 4, kind: 'rescan' }), { answered: 4, hasResult: false }],
    ['a first page', paged([1, 2], { verdict: 3 })[0]!, { answered: 2, settled: 2, hasResult: true }],
    ['a late answer to an earlier verdict', failed({ verdict: 1 }), { answered: 2, settled: 2, hasResult: true }],
  ])('the last answer of a placement counts: %s', (_, event, known) => {
    expect(placedIn(completed({ verdict: 2, scanId: 'before' }), event)).toMatchObject(known);
  });

  it('the sequence of the last event that names a result is kept', () => {
    const last = reassessed();
    expect([emitted(completed()).last, emitted(completed(), last).last]).toEqual([expect.any(String), last.sequence]);
    expect(emitted(last, failed()).last).toBe(last.sequence);
    expect(emitted(last, joined({ result: 2 })).last).not.toBe(last.sequence);
  });

  it('an event that the flow does not take from the runner is refused', () => {
    expect(() => emitted(approved())).toThrow(new TypeError('scan.approved is not for this fold'));
  });
});

describe('the pages of a completion that the runner emits', () => {
  const all = paged([1, 2, 3]);
  const [first, second, third] = all as [AnyEvent, AnyEvent, AnyEvent];
  const missing = (...events: AnyEvent[]) => scansIn(...events)['one']?.missing;
  const found = (...events: AnyEvent[]) => standingIn(...events)?.findings.map(({ vulnerability }) => vulnerability);
  const whole = ['CVE-2026-1', 'CVE-2026-2', 'CVE-2026-3'];

  it('pages count down what is missing, and are a result once they are all there', () => {
    expect([1, 2, 3].map((count) => missing(...all.slice(0, count)))).toEqual([2, 1, 0]);
    expect([1, 2, 3].map((count) => found(...all.slice(0, count)))).toEqual([undefined, undefined, whole]);
    expect(emitted(...all)).not.toHaveProperty('pending');
  });

  it.each<[string, AnyEvent[], number]>([
    ['the second', [first, third], 2],
    ['the last', [first, second], 1],
  ])('pages without %s leave some missing, and are no result', (_, pages, count) => {
    expect([missing(...pages), found(...pages)]).toEqual([count, undefined]);
  });

  it('pages without the first are no completion, and no result', () => {
    expect([scansIn(second, third), standingIn(second, third)]).toEqual([
      { one: { verdict: 1, started: 0, missing: 0 } },
      undefined,
    ]);
  });

  it('a page that comes twice in a row counts once', () => {
    expect(missing(first, second, second)).toBe(1);
    expect(found(first, second, second)).toBeUndefined();
    expect(found(first, second, second, third, third)).toEqual(whole);
    expect(missing(first, second, second, third, third)).toBe(0);
  });

  it('a page that comes too early counts when it comes again', () => {
    expect(missing(first, third, second)).toBe(1);
    expect(found(first, third, second)).toBeUndefined();
    expect([missing(first, third, second, third), found(first, third, second, third)]).toEqual([0, whole]);
  });

  it('a first page that comes again begins the set again', () => {
    expect(missing(first, second, first)).toBe(2);
    expect({ ...emitted(first, second, ...all), last: '' }).toEqual({ ...emitted(...all), last: '' });
  });

  it('pages of another event are no pages of this one', () => {
    const [, foreign] = paged([7, 8], { scanId: 'two' });
    const [own] = paged([1, 2]);
    expect([found(own!, foreign!), missing(own!, foreign!)]).toEqual([undefined, 1]);
  });

  it('another result that begins discards what was not finished', () => {
    const other = paged([7, 8], { scanId: 'two' });
    expect(found(first, second, ...other)).toEqual(['CVE-2026-7', 'CVE-2026-8']);
    expect(found(first, second, ...other, third)).toEqual(['CVE-2026-7', 'CVE-2026-8']);
  });

  it('the result before stands until the pages of the next are all there', () => {
    const before = completed({ scanId: 'before', findings: [findingOf(9)] });
    expect(found(before, first, second)).toEqual(['CVE-2026-9']);
    expect(found(before, ...all)).toEqual(whole);
  });
});

describe('the standing result of a digest', () => {
  it('a result is kept with its number and set, and what it was scanned by', () => {
    const { page: _page, pages: _pages, content: _content, ...data } = completedExample;
    const standing = standingIn(completed({}, { traceparent: 'tp' }))!;
    expect(standing).toMatchObject({ scanId: 'one', traceparent: 'tp', changes: 0, result: 1, form: 1 });
    for (const fact of ['scanner', 'database', 'os', 'witness', 'inventory', 'packages', 'report', 'set'] as const)
      expect(standing[fact]).toEqual(data[fact]);
    expect([standing.findings, standing.layers]).toEqual([data.findings, data.layers]);
    expect(standing).not.toHaveProperty('subscriptionId');
  });

  it('a result without system, report and trace has none', () => {
    const { os: _os, report: _report, ...rest } = completedExample;
    const standing = standingIn(eventOf('scan.completed', digest, rest));
    expect(Object.keys(standing!).filter((name) => ['os', 'report', 'traceparent'].includes(name))).toEqual([]);
  });

  it('a whole set replaces the one before', () => {
    expect(standingIn(completed(), completed({ scanId: 'two', result: 2, findings: [findingOf(5)] }))).toMatchObject({
      result: 2,
      scanId: 'two',
      changes: 0,
      findings: [findingOf(5)],
    });
  });

  it('a change is applied to the result before, whose layers stay', () => {
    const first = completed({ findings: [1, 2, 3].map(findingOf), set: setOf(1, 2, 3) });
    const second = changed({ removed: [1], findings: [findingOf(4)], set: setOf(1, 3, 4) });
    const third = changed({ result: 3, findings: [], set: setOf(1, 3, 4) });
    expect(standingIn(first, second)).toMatchObject({
      result: 2,
      changes: 1,
      set: setOf(1, 3, 4),
      layers: completedExample.layers,
      findings: [1, 3, 4].map(findingOf),
    });
    expect(standingIn(first, second, third)).toMatchObject({ result: 3, changes: 2, set: setOf(1, 3, 4) });
  });

  it.each<[string, AnyEvent]>([
    ['on another base', changed({ result: 3, findings: [findingOf(4)] })],
    ['of what the base has not', changed({ removed: [7], findings: [] })],
  ])('a change %s leaves no set, and its number is not given again', (_, event) => {
    const state = emitted(completed(), event);
    expect(state).not.toHaveProperty('standing');
    expect(state.lost).toBe((event.data as ScanCompleted).result);
    const whole = completed({ result: 4, findings: [findingOf(6)] });
    expect(emitted(completed(), event, whole)).not.toHaveProperty('lost');
    expect(standingIn(completed(), event, whole)!.findings).toEqual([findingOf(6)]);
  });

  it('a reassessment is a result, and keeps the scan that joined approvals name', () => {
    const standing = standingIn(
      completed({}, { traceparent: 'tp' }),
      reassessed({ removed: [0], findings: [findingOf(2)], set: setOf(2), warnings: ['packages-unreadable'] }),
    );
    expect(standing).toMatchObject({
      scanId: 'one',
      traceparent: 'tp',
      result: 2,
      changes: 1,
      warnings: ['packages-unreadable'],
      findings: [findingOf(2)],
    });
    expect(standing).not.toHaveProperty('report');
  });

  it('a joined answer leaves with which database the result was given', () => {
    const [own, other] = [databaseOf(1), databaseOf(2)];
    const given = (...databases: (typeof own)[]) =>
      standingIn(completed(), ...databases.map((database) => joined({ database })))?.givenWith;
    expect([given(own), given(other), given(other, own)]).toEqual([undefined, other, undefined]);
    const next = changed({ findings: [findingOf(4)] });
    expect(standingIn(completed(), joined({ database: other }), next)).not.toHaveProperty('givenWith');
  });

  it.each<[string, AnyEvent]>([
    ['failed', failed({ scanId: 'two' })],
    ['was too late', failed({ scanId: 'two', outcome: 'timed-out' })],
    ['was joined to another', joined()],
  ])('a completion that %s leaves the result', (_, event) => {
    const first = completed();
    expect(emitted(event)).not.toHaveProperty('standing');
    expect(standingIn(first, event)).toEqual(standingIn(first));
  });

  it('an answer that joins another result than the standing one leaves no set: the log lost that result', () => {
    const joining = joined({ scanId: 'two', result: 9 });
    const state = emitted(completed(), joining);
    expect([state.standing, state.lost]).toEqual([undefined, 9]);
    expect(emitted(completed({ result: 11 }), joining).lost).toBe(11);
    expect(emitted(joining, changed({ result: 4 })).lost).toBe(9);
    expect(standingIn(completed(), joining, completed({ result: 10 }))).toMatchObject({ result: 10, changes: 0 });
    expect(emitted(joining, completed({ result: 10 }))).not.toHaveProperty('lost');
  });

  it('the events that make up the set are known, from the last whole one on', () => {
    const [first, second] = paged([1, 2]) as [AnyEvent, AnyEvent];
    const change = changed({ result: 2, findings: [findingOf(4)] });
    const idsOf = (...events: AnyEvent[]) => standingIn(...events)!.events;
    expect(idsOf(first, second)).toEqual([first.id, second.id]);
    expect(idsOf(first, second, change, joined({ result: 2 }))).toEqual([first.id, second.id, change.id]);
    const whole = completed({ result: 3 });
    expect(idsOf(first, second, change, whole)).toEqual([whole.id]);
  });

  it('a completion that is no result takes nothing from pages that wait for theirs', () => {
    const [first, second] = paged([1, 2]) as [AnyEvent, AnyEvent];
    expect(standingIn(first, failed({ scanId: 'two' }), joined({ scanId: 'three' }), second)!.findings).toHaveLength(2);
  });
});

describe('the registries that have shown an image', () => {
  const shown = (...events: AnyEvent[]) => placedIn(...events).owner;

  it('a scan shows the image in its place, for its subscription in lower case', () => {
    expect(shown(completed({ subscriptionId: 'ABC' }))).toBe('abc');
  });

  it('the first page of a scan shows it already', () => {
    expect(shown(paged([1, 2])[0]!)).toBe(owner);
  });

  it.each<[string, boolean, AnyEvent]>([
    ['a scan that failed', false, failed()],
    ['a scan that was joined by the word of its registry', true, joined({ shown: 'word' })],
    ['a scan that was joined by bytes', true, joined({ shown: 'bytes' })],
    ['a scan that was joined without a proof', false, joined()],
  ])('%s shows an image: %s', (_, shows, event) => {
    expect(shown(event)).toEqual(shows ? owner : undefined);
  });

  it('each place is shown by itself, and stays shown', () => {
    const copy = { scanId: 'two', repository: 'team/copy' };
    const owners = (...events: AnyEvent[]) => Object.values(emitted(...events).placements).map((each) => each.owner);
    expect(owners(completed(), completed(copy))).toEqual([owner, owner]);
    expect(owners(completed(), completed(copy), failed(), joined())).toEqual([owner, owner]);
  });

  it('a place that is shown for another subscription belongs to that one from then on', () => {
    expect(shown(completed(), completed({ subscriptionId: 'other' }))).toBe('other');
  });
});

const following = (...events: AnyEvent[]): Config =>
  events.reduce(
    (config, event, offset) => evolveConfig(config, event as EventFor<'sandbox-runner', 'config'>, offset),
    noConfig,
  );

describe('the registries that the runner follows', () => {
  it('a registry is kept by its id in lower case, with how it is reached', () => {
    const id = registryId.toUpperCase();
    const event = observed({ registryId: id, plainHttp: true, allowAddresses: ['10.0.0.0/8'], access: 'fedcba' });
    expect(following(event)).toEqual({
      registries: ImmutableMap({
        [registryId.toLowerCase()]: {
          registryId: id,
          loginServer: 'myreg.registry.test',
          plainHttp: true,
          allowAddresses: ['10.0.0.0/8'],
          access: 'fedcba',
        },
      }),
      recalled: [],
      orders: {},
      dropped: {},
    });
  });

  it('a registry in another case replaces what was known of it, its access too', () => {
    const { registries } = following(
      observed({ access: 'fedcba' }),
      observed({ registryId: registryId.toUpperCase() }),
    );
    expect([...registries.values()].map(({ registryId: id }) => id)).toEqual([registryId.toUpperCase()]);
    expect(registries.first()).not.toHaveProperty('access');
  });

  it('registries leave each other as they are', () => {
    const [one, other] = [observed(), observed({ registryId: otherRegistry })];
    expect(following(one, other).registries).toEqual(following(one).registries.merge(following(other).registries));
  });

  it('a registry that is removed stays as it was known, and is marked until it is back', () => {
    const { registries } = following(observed(), observed({ removed: true }));
    const before = [...following(observed()).registries.values()];
    expect([...registries.values()]).toEqual(before.map((each) => ({ ...each, removed: true })));
    expect(following(observed(), observed({ removed: true }), observed())).toEqual(following(observed()));
  });
});

describe('the recalls that the runner follows', () => {
  const other = `sha256:${'e'.repeat(64)}`;
  const acted = (data: object) =>
    eventOf('operator.acted', 'x', { by: 'ana', why: 'compromised', outcome: 'ordered', ...data });
  const recall = (of: string) => acted({ command: 'recall', target: recallOf(of) });

  it('recalled builds lie in the order of their first recalls, each once', () => {
    const build = bench.scanner.digest;
    expect(following(recall(build)).recalled).toEqual([build]);
    expect(following(recall(build), recall(other), recall(build)).recalled).toEqual([build, other]);
  });

  it.each<[string, AnyEvent]>([
    ['an order about a digest alone', acted({ command: 'recall', target: other })],
    ['an order about no build', acted({ command: 'recall', target: 'scanner/trivy' })],
    ['another command about a build', acted({ command: 'drop', target: recallOf(other) })],
    ['a recall that a service parked', acted({ command: 'recall', target: recallOf(other), outcome: 'parked' })],
  ])('%s changes nothing', (_, event) => {
    const before = following(observed(), recall(bench.scanner.digest));
    expect(evolveConfig(before, event as EventFor<'sandbox-runner', 'config'>, 9)).toEqual(before);
  });

  it('an event that the flow does not send to the runner as config is refused', () => {
    expect(() => following(eventOf('plan.changed', 'x', {}))).toThrow(
      new TypeError('plan.changed is not for this fold'),
    );
  });
});

describe('the drops that the runner follows', () => {
  const acted = (data: object) =>
    eventOf('operator.acted', 'x', {
      command: 'drop',
      target: 'classifier/scan.completed/3/17',
      by: 'classifier',
      why: 'broken',
      outcome: 'dropped',
      details: { key: digest, id: 'gone' },
      ...data,
    });

  it('a result that was dropped at the classifier is known by its id, with the report about it', () => {
    const report = acted({});
    expect(following(report).dropped).toEqual({ gone: { id: report.id, correlationid: report.correlationid } });
  });

  it.each<[string, object]>([
    ['an order that is not carried out', { outcome: 'ordered' }],
    ['an event that was handled again', { command: 'redrive', outcome: 'redriven' }],
    ['a drop at another service', { target: 'billing/finding.classified/3/17' }],
    ['a record without an id', { details: { key: digest } }],
    ['a target that names no record', { target: 'classifier' }],
  ])('%s changes nothing', (_, data) => {
    expect(following(acted(data))).toEqual(noConfig);
  });
});

describe('the announcements that the runner follows', () => {
  const [one, two] = [databaseOf(1), databaseOf(2)];
  const build = bench.scanner;

  it('the last announcement counts, and going back is an announcement', () => {
    const config = following(announced(), announced({ database: two }), announced());
    expect(config.announcement).toMatchObject({ scanner: 'trivy', database: one, announced: 2 });
    expect(config.orders).toEqual({ [one.digest]: 2, [two.digest]: 1 });
  });

  it('a build counts until another one is announced, or another scanner', () => {
    const programs = [{ program: build }, {}, { program: { ...build, version: '9' } }, { scanner: 'other' }];
    expect(
      programs.map(
        (_, at) =>
          following(...programs.slice(0, at + 1).map((each) => announced(each))).announcement?.program?.version,
      ),
    ).toEqual([build.version, build.version, '9', undefined]);
  });

  it('a Java database counts until another one is announced, or another scanner', () => {
    const given = [{ java: javaOf(1) }, {}, { java: javaOf(2) }, { scanner: 'other' }];
    expect(
      given.map(
        (_, at) => following(...given.slice(0, at + 1).map((each) => announced(each))).announcement?.java?.digest,
      ),
    ).toEqual([javaOf(1).digest, javaOf(1).digest, javaOf(2).digest, undefined]);
  });

  it('an announcement keeps what its answers name as their cause', () => {
    const event = announced();
    expect(following(event).announcement?.cause).toEqual({ id: event.id, correlationid: event.correlationid });
  });
});
