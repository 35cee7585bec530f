import { describe, expect, it } from 'vitest';
import {
  changeOf,
  canonical,
  judgedOf,
  setSum,
  type AnyEvent,
  type EventFor,
  type Finding,
  type ScanCompleted,
} from '@assay/events';
import { causedBy } from '@assay/testing';
import {
  changed,
  finding,
  joined,
  reassessed,
  registryId,
  scanExample,
  scanned,
  smallPages,
  type Scan,
} from '../../test/fixtures.ts';
import { evolveReceived, isWhole } from './received.ts';
import type { Received, ReceivedPlacement } from './state.ts';

const after = (state: Received, ...events: AnyEvent[]): Received =>
  events.reduce((before, event) => evolveReceived(before, event as EventFor<'classifier'>), state);
const received = (...events: AnyEvent[]): Received => after({ placements: {} }, ...events);
/** The state of the one placement that the events are about. */
const placed = (...events: AnyEvent[]): ReceivedPlacement => {
  const placements = Object.values(received(...events).placements);
  expect(placements).toHaveLength(1);
  return placements[0]!;
};
const scanIdsOf = ({ placements, pending }: Received) => [
  Object.values(placements)[0]?.answer?.head.scanId,
  pending?.answers?.scanId,
];
const many = (count: number): Finding[] =>
  Array.from({ length: count }, (_, n) => finding({ vulnerability: `CVE-2026-${1000 + n}` }));
const foundIn = ({ set }: Received) => set?.findings.map(({ vulnerability }) => vulnerability);
const [one, two, three] = [1, 2, 3].map((n) => finding({ vulnerability: `CVE-${n}` })) as [Finding, Finding, Finding];

describe('a scan that the classifier receives', () => {
  it('a success is an answer of its placement, and the set of its digest in canonical order', () => {
    const [page] = scanned({ findings: [two, one] });
    const { scanId, startedAt, scannerMs, scanner, database, driver, os, witness } = scanExample;
    const cause = causedBy(page!);
    const state = received(page!);
    expect(Object.values(state.placements)).toEqual([
      {
        answer: {
          id: page!.id,
          cause,
          head: { ...judgedOf(scanExample), scanId, kind: 'scan', mode: 'classic', outcome: 'succeeded' },
        },
      },
    ]);
    expect(state.set).toEqual({
      result: 1,
      form: 1,
      id: page!.id,
      cause,
      sequence: page!.sequence,
      facts: {
        startedAt,
        scannerMs,
        scanner,
        database,
        driver,
        os,
        witness,
        inventory: expect.objectContaining({ systemPackages: 4 }),
      },
      findings: [one, two],
      sum: setSum([one, two]),
      layers: scanExample.layers,
    });
    expect(state.pending).toBeUndefined();
  });

  it('a scan that failed keeps why, with its facts, and leaves the set of the digest as it is', () => {
    const before = received(...scanned({ repository: 'team/copy', findings: [one] }));
    const [page] = scanned({ outcome: 'failed', reason: 'gone', os: undefined as never });
    const state = after(before, page!);
    expect(state.set).toEqual(before.set);
    const { answer } = placed(page!);
    expect([answer!.head.outcome, answer!.head.reason, answer!.facts?.scanner]).toEqual([
      'failed',
      'gone',
      scanExample.scanner,
    ]);
    expect(answer!.facts).not.toHaveProperty('os');
  });

  it('a set keeps the witness, the inventory and the warnings', () => {
    const { witness, inventory } = scanExample;
    const warnings = ['packages-unreadable'];
    expect(received(...scanned({ witness: witness!, inventory: inventory!, warnings })).set!.facts).toMatchObject({
      witness,
      inventory,
      warnings,
    });
    const { facts } = received(...scanned({ witness: undefined as never, inventory: undefined as never })).set!;
    expect(['witness', 'inventory', 'warnings'].filter((field) => field in facts)).toEqual([]);
  });

  it('a repeated scan changes nothing', () => {
    const pages = scanned({ findings: many(6) }, smallPages);
    expect(received(...pages, ...pages)).toEqual(received(...pages));
  });

  it.each<[string, 'one' | 'two', Scan, Scan]>([
    ['a higher verdict', 'two', { verdict: 1 }, { verdict: 2 }],
    ['the same verdict', 'two', { verdict: 2 }, { verdict: 2 }],
    ['a lower verdict', 'one', { verdict: 2 }, { verdict: 1 }],
    ['a higher verdict that failed', 'two', { verdict: 1 }, { verdict: 2, outcome: 'failed' }],
    ['a rescan that succeeded', 'two', { verdict: 1 }, { verdict: 2, kind: 'rescan' }],
    ['a rescan that failed', 'one', { verdict: 1 }, { verdict: 2, kind: 'rescan', outcome: 'failed' }],
    ['a rescan that was too late', 'one', { verdict: 1 }, { verdict: 2, kind: 'rescan', outcome: 'timed-out' }],
    [
      'a rescan that failed behind a scan that failed',
      'one',
      { verdict: 1, outcome: 'failed' },
      { verdict: 2, kind: 'rescan', outcome: 'failed' },
    ],
  ])('%s behind scan one makes scan %s the one that counts', (_, counts, first, second) => {
    const state = received(...scanned({ scanId: 'one', ...first }), ...scanned({ scanId: 'two', ...second }));
    expect(scanIdsOf(state)).toEqual([counts, undefined]);
  });

  it('a rescan that failed counts where there is no scan before it', () => {
    expect(scanIdsOf(received(...scanned({ scanId: 'one', kind: 'rescan', outcome: 'failed' })))).toEqual([
      'one',
      undefined,
    ]);
  });

  it('a result of a verdict that does not count is the set of the digest all the same', () => {
    const state = received(
      ...scanned({ verdict: 2, result: 1 }),
      ...scanned({ verdict: 1, result: 2, findings: [one] }),
    );
    expect([state.set!.result, foundIn(state)]).toEqual([2, ['CVE-1']]);
    expect(Object.values(state.placements)[0]!.answer!.head.verdict).toBe(2);
  });

  it('scans in two repositories are of two placements with one set', () => {
    const state = received(
      ...scanned({ scanId: 'one', findings: [one] }),
      ...joined([one], { scanId: 'copy', repository: 'team/copy' }),
    );
    expect(Object.values(state.placements).map(({ answer }) => answer!.head.scanId)).toEqual(['one', 'copy']);
    expect(foundIn(state)).toEqual(['CVE-1']);
  });

  it('a registry id in another case is the same placement', () => {
    expect(
      scanIdsOf(received(...scanned(), ...scanned({ scanId: 'two', registryId: registryId.toUpperCase() }))),
    ).toEqual(['two', undefined]);
  });

  it('an answer after a decline is remembered, even if it does not count, until one of a higher verdict', () => {
    const afterDecline = true;
    const first = scanned();
    const failed = scanned({ verdict: 3, kind: 'rescan', outcome: 'failed', afterDecline });
    expect(placed(...first)).not.toHaveProperty('declinedBefore');
    expect(placed(...first, ...scanned({ verdict: 2, afterDecline })).declinedBefore).toBe(2);
    expect(placed(...first, ...failed, ...scanned({ verdict: 2, afterDecline })).declinedBefore).toBe(3);
    expect(placed(...first, ...failed).answer!.head.verdict).toBe(1);
  });
});

describe('a change that the classifier receives', () => {
  const whole = [one, two];
  const before = received(...scanned({ findings: whole }));
  const next = [finding({ vulnerability: 'CVE-1', severity: 'Low' }), three];
  const change = changeOf(canonical(whole), next);

  it('a change replaces, removes and adds findings, and keeps the layers', () => {
    const event = changed(change, next, { startedAt: '2026-11-25T00:00:00.000Z' });
    const { set, placements } = after(before, ...event);
    expect([set!.result, set!.findings, set!.sum]).toEqual([2, canonical(next), setSum(next)]);
    expect([set!.id, set!.cause, set!.layers]).toEqual([event[0]!.id, causedBy(event[0]!), scanExample.layers]);
    expect(set!.facts.startedAt).toBe('2026-11-25T00:00:00.000Z');
    expect(placements).toEqual(before.placements);
  });

  it('a change of the head alone leaves the findings', () => {
    const { set } = after(before, ...changed({ findings: [], removed: [] }, whole, { warnings: ['w'] }));
    expect([set!.result, set!.findings, set!.facts.warnings]).toEqual([2, whole, ['w']]);
  });

  it('a change by a scan is one as well', () => {
    const [event] = changed(change, next);
    const [scan] = scanned({ ...(event!.data as object), verdict: 2, findings: [] });
    const { set, placements } = after(before, {
      ...scan!,
      data: { ...scan!.data, findings: change.findings, set: setSum(next) },
    });
    expect([set!.result, set!.findings]).toEqual([2, canonical(next)]);
    expect(Object.values(placements)[0]!.answer!.head.verdict).toBe(2);
  });

  it.each<[boolean, string, AnyEvent[]]>([
    [true, 'a whole set', reassessed([three], { result: 7 })],
    [true, 'a change of the set that stands', changed(change, next)],
    [true, 'an answer that joins it', joined(whole, { verdict: 2 })],
    [
      false,
      'a page of a result that is not the last',
      reassessed([three], { result: 7 }).map((each) => ({ ...each, data: { ...each.data, pages: 2 } })),
    ],
    [false, 'a change of a set that is not known', changed(change, next, { result: 3 })],
    [false, 'a failure', scanned({ verdict: 2, outcome: 'failed' })],
  ])('shows nothing of what was dropped before (%s): %s', (expected, _, events) => {
    const [state, last] = [after(before, ...events), events.at(-1)!];
    expect(isWhole(state, last as EventFor<'classifier'>)).toBe(expected);
  });

  it('a whole set replaces any other, with its layers', () => {
    const layers = [`sha256:${'9'.repeat(64)}`];
    const { set } = after(before, ...reassessed([three], { result: 7, form: 2, layers }));
    expect([set!.result, set!.form, set!.findings, set!.layers]).toEqual([7, 2, [three], layers]);
  });

  it('a result that is joined has the facts of the newest answer, and the same findings', () => {
    const database = { ...scanExample.database, digest: `sha256:${'8'.repeat(64)}` };
    const event = joined(whole, { verdict: 2, database });
    const { set } = after(before, ...event);
    expect([set!.result, set!.findings, set!.facts.database]).toEqual([1, whole, database]);
    expect([set!.id, set!.layers]).toEqual([event[0]!.id, scanExample.layers]);
  });

  it('a change that comes again changes nothing', () => {
    const events = changed(change, next);
    expect(after(before, ...events, ...events)).toEqual(after(before, ...events));
  });

  it.each<[string, AnyEvent[], string]>([
    ['with another sum', changed(change, whole), `result 2 is 2/${setSum(whole).sum}, but gives 2/${setSum(next).sum}`],
    ['of a joined result with another sum', joined([one], {}), `result 1 is 1/${setSum([one]).sum}, but gives 2/`],
    ['of a whole set with another sum', reassessed([one], { set: setSum(whole) }), 'result 2 is 2/'],
    [
      'of a position beyond the set',
      changed({ findings: [], removed: [2] }, whole),
      'result 2 removes findings beyond the set of 1',
    ],
    ['without a result', scanned({ result: undefined as never }), 'is a success without a result'],
  ])('a change %s is refused', (_, events, message) => {
    expect(() => after(before, ...events)).toThrow(message);
  });

  it.each<[string, AnyEvent[]]>([
    ['a change on a later result', changed(change, next, { result: 3 })],
    ['a change in another form', changed(change, next, { form: 2 })],
    ['an answer that joins a result that is not there', joined(whole, { result: 3, verdict: 2 })],
  ])('%s leaves no set until the next whole one', (_, events) => {
    const [event] = events;
    const { result, startedAt } = event!.data as ScanCompleted;
    const { set, lost, pending } = after(before, ...events);
    expect([set, pending]).toEqual([undefined, undefined]);
    expect(lost).toMatchObject({ result, id: event!.id, cause: causedBy(event!), facts: { startedAt } });
    const later = after(before, ...events, ...changed({ findings: [], removed: [] }, next, { result: result! + 1 }));
    expect([later.set, later.lost!.result]).toEqual([undefined, result! + 1]);
    const healed = after(later, ...reassessed([three], { result: result! + 2 }));
    expect([healed.lost, healed.set!.result, foundIn(healed)]).toEqual([undefined, result! + 2, ['CVE-3']]);
  });

  it('a change on no set at all leaves none', () => {
    expect(received(...changed(change, next))).toMatchObject({ lost: { result: 2 }, placements: {} });
  });

  it('an answer whose result is not known is kept, and so is a failure beside it', () => {
    const state = after(before, ...joined(whole, { result: 3, verdict: 2 }));
    expect(Object.values(state.placements)[0]!.answer!.head.verdict).toBe(2);
    const failed = after(state, ...scanned({ verdict: 3, outcome: 'failed' }));
    expect([failed.lost, failed.set]).toEqual([state.lost, undefined]);
  });
});

describe('pages of a result that the classifier receives', () => {
  const all = scanned({ scanId: 'one', findings: many(6) }, smallPages);
  const [first, second, third, ...rest] = all as [AnyEvent, AnyEvent, AnyEvent, ...AnyEvent[]];
  const found = (...events: AnyEvent[]) => foundIn(received(...events));
  const whole = many(6).map(({ vulnerability }) => vulnerability);

  it('pages that are all there are one result, by the id and cause of the first', () => {
    const { set, pending } = received(...all);
    expect([set!.id, set!.cause, pending]).toEqual([first.id, causedBy(first), undefined]);
    expect(placed(...all).answer!.id).toBe(first.id);
    expect(found(...all)).toEqual(whole);
  });

  it('pages without the last are no result yet', () => {
    expect(all.length).toBeGreaterThan(3);
    expect(found(...all.slice(0, -1))).toBeUndefined();
    expect(received(first).placements).toEqual({});
  });

  it.each<[string, AnyEvent[]]>([
    ['the first', [second, third, ...rest]],
    ['the second', [first, third, ...rest]],
  ])('pages without %s are no result', (_, pages) => {
    expect(found(...pages)).toBeUndefined();
  });

  it('pages without the first leave nothing behind', () => {
    expect(received(second, third, ...rest)).toEqual({ placements: {} });
  });

  it('pages of which some arrive twice in a row are one result', () => {
    expect(found(first, second, second, third, third, ...rest)).toEqual(whole);
    expect(found(first, first, second, third, ...rest)).toEqual(whole);
  });

  it('pages of which the last two arrive in the wrong order are no result until the last comes again', () => {
    const [penultimate, last] = all.slice(-2) as [AnyEvent, AnyEvent];
    expect(found(...all.slice(0, -2), last, penultimate)).toBeUndefined();
    expect(found(...all.slice(0, -2), last, penultimate, last)).toEqual(whole);
  });

  it('a first page that comes again begins the set again', () => {
    expect(found(first, second, first, third, ...rest)).toBeUndefined();
    expect(found(first, second, first, second, third, ...rest)).toEqual(whole);
  });

  it('a first page that comes again as another event is the one that the answer is known by', () => {
    const again = { ...first, id: 'again', correlationid: 'push-2' };
    const { answer } = placed(first, second, again, second, third, ...rest);
    expect([answer!.id, answer!.cause]).toEqual(['again', { id: 'again', correlationid: 'push-2' }]);
  });

  it.each<[string, AnyEvent[]]>([
    ['scan', scanned({ scanId: 'another', findings: many(6) }, smallPages)],
    ['verdict', scanned({ scanId: 'one', verdict: 2, result: 1, findings: many(6) }, smallPages)],
    ['placement', scanned({ scanId: 'one', repository: 'team/copy', findings: many(6) }, smallPages)],
    ['result', scanned({ scanId: 'one', result: 2, findings: many(6) }, smallPages)],
    ['kind', reassessed(many(6), { result: 1 }, smallPages)],
  ])('a page of another %s is no page of this one, and takes nothing from it', (_, [, foreign]) => {
    expect(found(first, foreign!, third, ...rest)).toBeUndefined();
    expect(found(first, foreign!, second, third, ...rest)).toEqual(whole);
  });

  it('a page of a scan is no page of a reassessment', () => {
    const pages = reassessed(many(6), { result: 1 }, smallPages);
    expect(found(pages[0]!, second, ...pages.slice(2))).toBeUndefined();
    expect(found(...pages)).toEqual(whole);
  });

  it('another result that begins discards what was not finished', () => {
    expect(scanIdsOf(received(first, second, ...scanned({ scanId: 'two' })))).toEqual(['two', undefined]);
    expect(scanIdsOf(received(first, second, ...scanned({ scanId: 'two' }), third, ...rest))).toEqual([
      'two',
      undefined,
    ]);
  });

  it('the set and the answer before stand until the pages of the next are all there', () => {
    const before = scanned({ scanId: 'before', findings: [one] });
    const next = scanned({ scanId: 'next', verdict: 2, findings: many(6) }, smallPages);
    const cut = received(...before, ...next.slice(0, -1));
    expect([scanIdsOf(cut), foundIn(cut)]).toEqual([['before', 'next'], ['CVE-1']]);
    const state = received(...before, ...next);
    expect([scanIdsOf(state), foundIn(state)]).toEqual([['next', undefined], whole]);
  });

  it('a change that was cut off leaves its base, and a whole set of the same number takes its place', () => {
    const before = received(...scanned({ findings: [one] }));
    const change = changed({ findings: many(6), removed: [0] }, many(6), {}, smallPages);
    const cut = after(before, ...change.slice(0, -1));
    expect(foundIn(cut)).toEqual(['CVE-1']);
    expect(foundIn(after(cut, ...reassessed([two])))).toEqual(['CVE-2']);
    expect(foundIn(after(cut, ...change))).toEqual(whole);
  });

  it('pages of very many findings are put together once, not at each page', () => {
    // If each page copied all findings before it, the work would grow with the square of the findings.
    const pages = scanned({ findings: many(400) }, smallPages);
    const state = received(...pages.slice(0, -1));
    expect(state.pending!.lists.map(({ length }) => length)).toEqual(Array.from({ length: 399 }, () => 1));
    expect(foundIn(received(...pages))).toHaveLength(400);
  });

  it('a set has its place in the log where the last page of its last event is, not where a failure is', () => {
    const failed = scanned({ verdict: 2, outcome: 'failed' });
    expect(received(...all, ...failed).set!.sequence).toBe(all.at(-1)!.sequence);
    const join = joined(many(6), { verdict: 2 });
    expect(received(...all, ...join).set!.sequence).toBe(join[0]!.sequence);
    expect(received({ ...scanned()[0]!, sequence: undefined as never }).set).not.toHaveProperty('sequence');
  });
});
