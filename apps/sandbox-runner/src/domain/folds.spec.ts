import { describe, expect, it } from 'vitest';
import { intoPages, placementKey, recallOf, type AnyEvent, type EventFor, type ScanCompleted } from '@assay/events';
import { eventOf } from '@assay/testing';
import {
  approvalExample,
  approved,
  bench,
  completedExample,
  declined,
  digest,
  findingOf,
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
    const approval = approved({ verdict: 2 });
    const refusals = verdicts.map((verdict) => declined({ verdict }));
    expect(placed(...refusals)).toEqual({ approvals: {}, declined: highest });
    expect(placed(approval, ...refusals)).toEqual({ ...placed(approval), declined: highest });
    expect(placed(...refusals, approval)).toEqual(placed(approval, ...refusals));
  });

  it('a refusal keeps the approvals, also those that it cancels', () => {
    expect(scanIds(approved({ scanId: 'one' }), declined({ verdict: 9 }))).toEqual(['one']);
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

const nothingEmitted: Emitted = { scans: {} };
const emitted = (...events: AnyEvent[]): Emitted =>
  events.reduce(
    (state, event) => evolveEmitted(state, event as EventFor<'sandbox-runner', 'produces'>),
    nothingEmitted,
  );
const started = (scanId: string, attempt: number) =>
  eventOf('scan.started', digest, { ...approvalExample, scanId, attempt, scanner: bench.scanner, driver: 'bwrap' });
const completed = (data: Partial<ScanCompleted> = {}, more: Partial<AnyEvent> = {}) =>
  eventOf('scan.completed', digest, { ...completedExample, scanId: 'one', ...data }, more);
const failed = (data: Partial<ScanCompleted> = {}) =>
  completed({ outcome: 'failed', reason: 'gone', findings: [], packages: [], ...data });
/** Pages of one completion, a finding of each number on a page of its own. */
const paged = (numbers: number[], data: Partial<ScanCompleted> = {}): AnyEvent[] => {
  const { findings: _findings, packages: _packages, page: _page, pages: _pages, ...head } = completedExample;
  const pages = intoPages({ ...head, scanId: 'one', ...data }, { findings: numbers.map(findingOf), packages: [] }, 1);
  expect(pages).toHaveLength(numbers.length);
  return pages.map((page) => eventOf('scan.completed', digest, page));
};
const place = placementKey(completedExample);
const owner = completedExample.subscriptionId;

describe('the starts that the runner emits', () => {
  it('a start is known by its attempt, and has no outcome', () => {
    expect(emitted(started('one', 1))).toEqual({ scans: { one: { started: 1, missing: 0 } } });
  });

  it('the highest attempt counts, in any order', () => {
    expect(emitted(started('one', 1), started('one', 2)).scans).toEqual({ one: { started: 2, missing: 0 } });
    expect(emitted(started('one', 2), started('one', 1)).scans).toEqual({ one: { started: 2, missing: 0 } });
  });

  it('a start leaves the outcome and the other scans', () => {
    const before = emitted(completed(), started('two', 1));
    expect(emitted(completed(), started('two', 1), started('one', 3))).toEqual({
      ...before,
      scans: { ...before.scans, one: { ...before.scans['one'], started: 3 } },
    });
  });
});

describe('the completions that the runner emits', () => {
  it('a completion keeps its outcome, beside the attempts that were started', () => {
    expect(emitted(started('one', 2), completed()).scans).toEqual({
      one: { started: 2, outcome: 'succeeded', missing: 0 },
    });
    expect(emitted(failed()).scans).toEqual({ one: { started: 0, outcome: 'failed', missing: 0 } });
  });

  it('a scan that is tried again is known as such until its next completion', () => {
    expect(emitted(failed({ trying: true })).scans).toEqual({
      one: { started: 0, outcome: 'failed', trying: true, missing: 0 },
    });
    expect(emitted(failed({ trying: true }), failed()).scans).toEqual(emitted(failed()).scans);
    expect(emitted(failed({ trying: true }), completed()).scans).toEqual(emitted(completed()).scans);
  });

  it('a better completion replaces one that was too late', () => {
    expect(emitted(failed({ outcome: 'timed-out', reason: 'deadline' }), completed())).toEqual(emitted(completed()));
  });

  it('a completion of one scan leaves the others', () => {
    expect(emitted(failed({ scanId: 'two' }), completed()).scans).toEqual({
      ...emitted(failed({ scanId: 'two' })).scans,
      ...emitted(completed()).scans,
    });
  });

  it('an event that the flow does not take from the runner is refused', () => {
    expect(() => emitted(approved())).toThrow(new TypeError('scan.approved is not for this fold'));
  });
});

describe('the pages of a completion that the runner emits', () => {
  const all = paged([1, 2, 3]);
  const [first, second, third] = all as [AnyEvent, AnyEvent, AnyEvent];
  const missing = (...events: AnyEvent[]) => emitted(...events).scans['one']?.missing;
  const found = (...events: AnyEvent[]) => emitted(...events).good?.findings.map(({ vulnerability }) => vulnerability);
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

  it('packages that begin on a later page are all of the result', () => {
    const [libc, bash] = ['libc6', 'bash'].map((name) => ({ ...completedExample.packages[0]!, name }));
    const packages = [[], [libc!], [bash!]];
    const pages = packages.map((some, at) => completed({ findings: [], packages: some, page: at + 1, pages: 3 }));
    expect(emitted(...pages).good!.packages).toEqual([libc, bash]);
  });

  it('pages without the first are no completion, and no result', () => {
    const { scans, good } = emitted(second, third);
    expect([scans, good]).toEqual([{ one: { started: 0, missing: 0 } }, undefined]);
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
    expect(emitted(first, second, ...all)).toEqual(emitted(...all));
  });

  it('pages of another scan are no pages of this one', () => {
    const [, foreign] = paged([7, 8], { scanId: 'two' });
    const [own] = paged([1, 2]);
    expect([found(own!, foreign!), missing(own!, foreign!)]).toEqual([undefined, 1]);
  });

  it('another result that begins discards what was not finished', () => {
    const other = paged([7, 8], { scanId: 'two' });
    expect(found(first, second, ...other)).toEqual(['CVE-2026-7', 'CVE-2026-8']);
    expect(found(first, second, ...other, third)).toEqual(['CVE-2026-7', 'CVE-2026-8']);
  });

  it('the result before is good until the pages of the next are all there', () => {
    const before = completed({ scanId: 'before', findings: [findingOf(9)] });
    expect(found(before, first, second)).toEqual(['CVE-2026-9']);
    expect(found(before, ...all)).toEqual(whole);
  });
});

describe('the good result of a digest', () => {
  it('a result that was scanned is kept with what it was scanned by, its findings and its packages', () => {
    const {
      startedAt,
      scannerMs,
      pullMs,
      scanner,
      database,
      driver,
      os,
      witness,
      inventory,
      report,
      findings,
      packages,
    } = completedExample;
    expect(emitted(completed({}, { traceparent: 'tp' })).good).toEqual({
      scanId: 'one',
      startedAt,
      scannerMs,
      pullMs,
      scanner,
      database,
      driver,
      os,
      witness,
      inventory,
      report,
      traceparent: 'tp',
      findings,
      packages,
    });
  });

  it('a result without system, report and trace has none', () => {
    const { os: _os, report: _report, ...bare } = completedExample;
    const { good } = emitted(eventOf('scan.completed', digest, bare));
    expect(Object.keys(good!).filter((name) => ['os', 'report', 'traceparent'].includes(name))).toEqual([]);
  });

  it('a later result replaces the one before', () => {
    expect(emitted(completed(), completed({ scanId: 'two' })).good!.scanId).toBe('two');
  });

  it.each<[string, AnyEvent]>([
    ['failed', failed({ scanId: 'two' })],
    ['was too late', failed({ scanId: 'two', outcome: 'timed-out' })],
    ['was joined to another', completed({ scanId: 'two', joinedScanId: 'one' })],
    ['found what was found before', completed({ scanId: 'two', unchanged: true })],
  ])('a completion that %s leaves the result', (_, event) => {
    expect(emitted(event)).not.toHaveProperty('good');
    expect(emitted(completed(), event).good).toEqual(emitted(completed()).good);
  });

  it('a completion that is no result takes nothing from pages that wait for theirs', () => {
    const [first, second] = paged([1, 2]) as [AnyEvent, AnyEvent];
    const { good } = emitted(
      first,
      failed({ scanId: 'two' }),
      completed({ scanId: 'three', joinedScanId: 'x' }),
      second,
    );
    expect(good!.findings).toHaveLength(2);
  });
});

describe('the registries that have shown an image', () => {
  const shown = (...events: AnyEvent[]) => emitted(...events).shown;

  it('a scan shows the image in its place, for its subscription in lower case', () => {
    expect(shown(completed({ subscriptionId: 'ABC' }))).toEqual({ [place]: 'abc' });
  });

  it('the first page of a scan shows it already', () => {
    expect(shown(paged([1, 2])[0]!)).toEqual({ [place]: owner });
  });

  it.each<[string, boolean, AnyEvent]>([
    ['a scan that failed', false, failed()],
    ['a scan that was joined by the word of its registry', true, completed({ joinedScanId: 'x', shown: 'word' })],
    ['a scan that was joined by bytes', true, completed({ joinedScanId: 'x', shown: 'bytes' })],
    ['a scan that was joined without a proof', false, completed({ joinedScanId: 'x' })],
    ['a scan that found what was found before', true, completed({ unchanged: true })],
  ])('%s shows an image: %s', (_, shows, event) => {
    expect(shown(event)).toEqual(shows ? { [place]: owner } : undefined);
  });

  it('each place is shown by itself, and stays shown', () => {
    const copy = { scanId: 'two', repository: 'team/copy' };
    const both = { [place]: owner, [placementKey({ ...completedExample, ...copy })]: owner };
    expect(shown(completed(), completed(copy))).toEqual(both);
    expect(shown(completed(), completed(copy), failed(), completed({ joinedScanId: 'x' }))).toEqual(both);
  });

  it('a place that is shown for another subscription belongs to that one from then on', () => {
    expect(shown(completed(), completed({ subscriptionId: 'other' }))).toEqual({ [place]: 'other' });
  });
});

const following = (...events: AnyEvent[]): Config =>
  events.reduce((config, event) => evolveConfig(config, event as EventFor<'sandbox-runner', 'config'>), noConfig);

describe('the registries that the runner follows', () => {
  it('a registry is kept by its id in lower case, with how it is reached', () => {
    const id = registryId.toUpperCase();
    const event = observed({ registryId: id, plainHttp: true, allowAddresses: ['10.0.0.0/8'], access: 'fedcba' });
    expect(following(event)).toEqual({
      registries: {
        [registryId.toLowerCase()]: {
          registryId: id,
          loginServer: 'myreg.registry.test',
          plainHttp: true,
          allowAddresses: ['10.0.0.0/8'],
          access: 'fedcba',
        },
      },
      recalled: [],
    });
  });

  it('a registry in another case replaces what was known of it, its access too', () => {
    const { registries } = following(
      observed({ access: 'fedcba' }),
      observed({ registryId: registryId.toUpperCase() }),
    );
    expect(Object.values(registries).map(({ registryId: id }) => id)).toEqual([registryId.toUpperCase()]);
    expect(Object.values(registries)[0]).not.toHaveProperty('access');
  });

  it('registries leave each other as they are', () => {
    const [one, other] = [observed(), observed({ registryId: otherRegistry })];
    expect(following(one, other).registries).toEqual({
      ...following(one).registries,
      ...following(other).registries,
    });
  });

  it('a registry that is removed stays as it was known', () => {
    expect(following(observed(), observed({ removed: true }))).toEqual(following(observed()));
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
    ['a newer database', eventOf('advisories.updated', 'trivy', { scanner: 'trivy', database: bench.database })],
  ])('%s changes nothing', (_, event) => {
    const before = following(observed(), recall(bench.scanner.digest));
    expect(evolveConfig(before, event as EventFor<'sandbox-runner', 'config'>)).toEqual(before);
  });

  it('an event that the flow does not send to the runner as config is refused', () => {
    expect(() => following(eventOf('plan.changed', 'x', {}))).toThrow(
      new TypeError('plan.changed is not for this fold'),
    );
  });
});
