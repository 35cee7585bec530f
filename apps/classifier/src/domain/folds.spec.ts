import { describe, expect, it } from 'vitest';
import {
  definitionOf,
  judgedOf,
  recallOf,
  type AnyEvent,
  type ClassifiedFinding,
  type EventFor,
  type FindingClassified,
} from '@assay/events';
import { causedBy, eventOf } from '@assay/testing';
import {
  digest,
  finding,
  npmPackage,
  registryId,
  ruled,
  scanExample,
  scanned,
  smallPages,
  type Scan,
} from '../../test/fixtures.ts';
import { evolveConfig, evolveEmitted, evolveReceived, noConfig, sightings } from './folds.ts';
import type { Config, Emitted, EmittedPlacement, Received, ReceivedPlacement } from './state.ts';

const received = (...events: AnyEvent[]): Received =>
  events.reduce((state, event) => evolveReceived(state, event as EventFor<'classifier'>), {} as Received);
/** The state of the one placement that the events are about. */
const placed = (...events: AnyEvent[]): ReceivedPlacement => {
  const placements = Object.values(received(...events));
  expect(placements).toHaveLength(1);
  return placements[0]!;
};
const scanIdsOf = ({ scan, pending }: ReceivedPlacement) => [scan?.head.scanId, pending?.pages[0]?.scanId];
const many = (count: number) =>
  Array.from({ length: count }, (_, n) => finding({ vulnerability: `CVE-2026-${1000 + n}` }));

describe('a scan that the classifier receives', () => {
  it('a scan of one page is kept with its head, its cause, its findings and the packages of its system', () => {
    const findings = [finding({ vulnerability: 'CVE-2' }), finding({ vulnerability: 'CVE-1' })];
    const [page] = scanned({ findings, packages: ['zlib', 'bash', npmPackage('left-pad'), 'zlib'] });
    const { scanId, startedAt, scannerMs, scanner, database, driver, os, witness } = scanExample;
    expect(placed(page!)).toEqual({
      scan: {
        id: page!.id,
        cause: causedBy(page!),
        head: {
          ...judgedOf(scanExample),
          scanId,
          kind: 'scan',
          mode: 'classic',
          outcome: 'succeeded',
          startedAt,
          scannerMs,
          scanner,
          database,
          driver,
          os,
          witness,
        },
        findings,
        packages: ['bash', 'zlib'],
      },
    });
  });

  it('a scan that failed keeps why, and has no system where none was found', () => {
    const [page] = scanned({ outcome: 'failed', reason: 'gone', os: undefined as never, packages: ['bash'] });
    const { scan } = placed(page!);
    expect([scan!.head.outcome, scan!.head.reason, scan!.packages]).toEqual(['failed', 'gone', []]);
    expect(scan!.head).not.toHaveProperty('os');
  });

  it('a scan keeps the witness, the inventory and the warnings', () => {
    const { witness, inventory } = scanExample;
    const warnings = ['packages-unreadable'];
    expect(placed(...scanned({ witness: witness!, inventory: inventory!, warnings })).scan!.head).toMatchObject({
      witness,
      inventory,
      warnings,
    });
    const { head } = placed(...scanned({ witness: undefined as never })).scan!;
    expect(['witness', 'inventory', 'warnings'].filter((field) => field in head)).toEqual([]);
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
  ])('%s behind scan one makes scan %s the one that counts', (_, counts, one, two) => {
    const state = placed(...scanned({ scanId: 'one', ...one }), ...scanned({ scanId: 'two', ...two }));
    expect(scanIdsOf(state)).toEqual([counts, undefined]);
  });

  it('a rescan that failed counts where there is no scan before it', () => {
    expect(scanIdsOf(placed(...scanned({ scanId: 'one', kind: 'rescan', outcome: 'failed' })))).toEqual([
      'one',
      undefined,
    ]);
  });

  it('scans in two repositories are of two placements, and leave each other as they are', () => {
    const [one, copy] = [scanned({ scanId: 'one' }), scanned({ scanId: 'copy', repository: 'team/copy' })];
    expect(Object.values(received(...one, ...copy)).map(({ scan }) => scan!.head.scanId)).toEqual(['one', 'copy']);
    expect(received(...one, ...copy)).toEqual({ ...received(...one), ...received(...copy) });
  });

  it('a registry id in another case is the same placement', () => {
    expect(
      scanIdsOf(placed(...scanned(), ...scanned({ scanId: 'two', registryId: registryId.toUpperCase() }))),
    ).toEqual(['two', undefined]);
  });
});

describe('pages of a scan that the classifier receives', () => {
  const all = scanned({ scanId: 'one', findings: many(6) }, smallPages);
  const [first, second, third, ...rest] = all as [AnyEvent, AnyEvent, AnyEvent, ...AnyEvent[]];
  const found = (...events: AnyEvent[]) => placed(...events).scan?.findings.map(({ vulnerability }) => vulnerability);
  const whole = many(6).map(({ vulnerability }) => vulnerability);

  it('pages that are all there are one scan, by the id and cause of the first', () => {
    const { scan, ...more } = placed(...all);
    expect([scan!.id, scan!.cause, more]).toEqual([first.id, causedBy(first), {}]);
    expect(found(...all)).toEqual(whole);
  });

  it('pages without the last are no scan yet', () => {
    expect(all.length).toBeGreaterThan(3);
    expect(found(...all.slice(0, -1))).toBeUndefined();
    expect(found(first)).toBeUndefined();
  });

  it.each<[string, AnyEvent[]]>([
    ['the first', [second, third, ...rest]],
    ['the second', [first, third, ...rest]],
  ])('pages without %s are no scan', (_, pages) => {
    expect(found(...pages)).toBeUndefined();
  });

  it('pages without the first leave nothing behind', () => {
    expect(placed(second, third, ...rest)).toEqual({});
  });

  it('pages of which some arrive twice in a row are one scan', () => {
    expect(found(first, second, second, third, third, ...rest)).toEqual(whole);
    expect(found(first, first, second, third, ...rest)).toEqual(whole);
  });

  it('pages of which the last two arrive in the wrong order are no scan until the last comes again', () => {
    const [penultimate, last] = all.slice(-2) as [AnyEvent, AnyEvent];
    expect(found(...all.slice(0, -2), last, penultimate)).toBeUndefined();
    expect(found(...all.slice(0, -2), last, penultimate, last)).toEqual(whole);
  });

  it('a first page that comes again begins the set again', () => {
    expect(found(first, second, first, third, ...rest)).toBeUndefined();
    expect(found(first, second, first, second, third, ...rest)).toEqual(whole);
  });

  it('a first page that comes again as another event is the one that the scan is known by', () => {
    const again = { ...first, id: 'again', correlationid: 'push-2' };
    const { scan } = placed(first, second, again, second, third, ...rest);
    expect([scan!.id, scan!.cause]).toEqual(['again', { id: 'again', correlationid: 'push-2' }]);
  });

  it('a page of another scan is no page of this one, and takes nothing from it', () => {
    const [, foreign] = scanned({ scanId: 'another', findings: many(6) }, smallPages);
    expect(found(first, foreign!, third, ...rest)).toBeUndefined();
    expect(found(first, foreign!, second, third, ...rest)).toEqual(whole);
  });

  it('another scan that begins discards what was not finished', () => {
    expect(scanIdsOf(placed(first, second, ...scanned({ scanId: 'two' })))).toEqual(['two', undefined]);
    expect(scanIdsOf(placed(first, second, ...scanned({ scanId: 'two' }), third, ...rest))).toEqual(['two', undefined]);
  });

  it('the scan before counts until the pages of the next are all there', () => {
    const before = scanned({ scanId: 'before' });
    const next = scanned({ scanId: 'next', verdict: 2, findings: many(6) }, smallPages);
    expect(scanIdsOf(placed(...before, ...next.slice(0, -1)))).toEqual(['before', 'next']);
    expect(scanIdsOf(placed(...before, ...next))).toEqual(['next', undefined]);
  });

  it('pages of a lower verdict leave the scan that counts as it is, and nothing behind', () => {
    const before = scanned({ scanId: 'before', verdict: 2 });
    expect(placed(...before, ...all)).toEqual(placed(...before));
  });

  it('pages of two placements do not mix', () => {
    const copy = scanned({ scanId: 'copy', repository: 'team/copy', findings: many(6) }, smallPages);
    const mixed = all.flatMap((page, at) => [page, copy[at]!]);
    expect(received(...mixed)).toEqual({ ...received(...all), ...received(...copy) });
  });
});

const example = definitionOf('finding.classified')!.examples[1] as unknown as FindingClassified;
/** A finding of a number, first seen on a day of November. */
const numbered = (n: number, day = 24, more: Partial<ClassifiedFinding> = {}): ClassifiedFinding => ({
  ...example.findings[0]!,
  findingId: `finding-${n}`,
  firstSeenAt: `2026-11-${day}T00:00:00.000Z`,
  ...more,
});
const answer = (data: Partial<FindingClassified> = {}, time = '2026-11-24T09:15:02.600Z'): AnyEvent =>
  eventOf('finding.classified', digest, { ...example, ...data }, { time });
/** Pages of one answer, one for each list of findings. */
const answers = (lists: ClassifiedFinding[][], data: Partial<FindingClassified> = {}, time?: string): AnyEvent[] =>
  lists.map((findings, at) => answer({ ...data, findings, page: at + 1, pages: lists.length }, time));
const emitted = (...events: AnyEvent[]): Emitted =>
  events.reduce((state, event) => evolveEmitted(state, event as EventFor<'classifier', 'produces'>), {} as Emitted);
const answered = (...events: AnyEvent[]): EmittedPlacement => {
  const placements = Object.values(emitted(...events));
  expect(placements).toHaveLength(1);
  return placements[0]!;
};
const day = (n: number) => `2026-11-${n}T00:00:00.000Z`;

describe('an answer that the classifier emits', () => {
  it('an answer of one page is kept with its rank, its status, and each finding', () => {
    const { fixedVersion: _fixed, ...unfixed } = numbered(2, 25, {
      severity: 'Low',
      state: 'exempt',
      ruleId: 'no-fix',
    });
    expect(answered(answer({ findings: [numbered(1), unfixed] }))).toEqual({
      verdict: 1,
      classification: 1,
      scanId: example.scanId,
      status: 'unhealthy',
      basis: ['classifier/1'],
      cause: 'scan',
      system: example.system,
      facts: ['witness', 'inventory'],
      at: '2026-11-24T09:15:02.600Z',
      findings: {
        'finding-1': { severity: 'High', fixed: '3.5.1-1+deb13u1' },
        'finding-2': { severity: 'Low', rule: 'no-fix' },
      },
      firstSeenAt: { 'finding-1': day(24), 'finding-2': day(25) },
      missing: 0,
    });
  });

  it('an answer with a reason keeps it, and one without a system has none', () => {
    const { system: _system, ...bare } = example;
    const state = answered(
      eventOf('finding.classified', digest, { ...bare, status: 'undetermined', reason: 'timed-out', findings: [] }),
    );
    expect([state.status, state.reason, state.findings]).toEqual(['undetermined', 'timed-out', {}]);
    expect(state).not.toHaveProperty('system');
  });

  it('a later answer replaces the findings, and keeps the sightings of those that are gone', () => {
    const state = answered(
      answer({ findings: [numbered(1), numbered(2)] }),
      answer({ verdict: 2, findings: [numbered(2), numbered(3, 25)] }),
    );
    expect([state.verdict, Object.keys(state.findings)]).toEqual([2, ['finding-2', 'finding-3']]);
    expect(state.firstSeenAt).toEqual({ 'finding-1': day(24), 'finding-2': day(24), 'finding-3': day(25) });
  });

  it('the time of an answer never goes back', () => {
    const [early, late] = ['2026-11-24T10:00:00.000Z', '2026-11-24T11:00:00.000Z'];
    expect(answered(answer({}, early), answer({ classification: 2 }, late)).at).toBe(late);
    expect(answered(answer({}, late), answer({ classification: 2 }, early)).at).toBe(late);
  });

  it('answers about two repositories are of two placements', () => {
    const [one, copy] = [answer(), answer({ repository: 'team/copy' })];
    expect(emitted(one, copy)).toEqual({ ...emitted(one), ...emitted(copy) });
    expect(Object.keys(emitted(one, copy))).toHaveLength(2);
  });

  it('a registry id in another case is the same placement', () => {
    expect(answered(answer(), answer({ verdict: 2, registryId: registryId.toUpperCase() })).verdict).toBe(2);
  });
});

describe('pages of an answer that the classifier emits', () => {
  const pages = answers([[numbered(1)], [numbered(2)], [numbered(3)]]);
  const findingsOf = (...events: AnyEvent[]) => {
    const { missing, findings } = answered(...events);
    return [missing, Object.keys(findings)];
  };

  it('pages count down what is missing, and have no findings until they are all there', () => {
    expect([1, 2, 3].map((count) => findingsOf(...pages.slice(0, count)))).toEqual([
      [2, []],
      [1, []],
      [0, ['finding-1', 'finding-2', 'finding-3']],
    ]);
  });

  it('pages that are all there are what one page with all of it is', () => {
    expect(answered(...pages)).toEqual(answered(answer({ findings: [numbered(1), numbered(2), numbered(3)] })));
  });

  it.each([
    ['the first', [1, 2]],
    ['the second', [0, 2]],
    ['the last', [0, 1]],
  ])('pages without %s leave one missing', (_, kept) => {
    expect(findingsOf(...kept.map((at) => pages[at]!))).toEqual([1, []]);
  });

  it('a first page that comes again begins the answer again', () => {
    expect(findingsOf(pages[0]!, pages[1]!, pages[0]!)).toEqual([2, []]);
    expect(answered(pages[0]!, pages[1]!, ...pages)).toEqual(answered(...pages));
  });

  it.each<[string, Partial<FindingClassified>]>([
    ['classification', { classification: 2 }],
    ['verdict', { verdict: 2 }],
  ])('a page of another %s is no page of this answer', (_, data) => {
    const [, other] = answers([[numbered(1)], [numbered(2)]], data);
    expect(findingsOf(pages[0]!, pages[1]!, other!)).toEqual([1, []]);
  });

  it('an answer that was cut off lends its sightings, and nothing else, to the next', () => {
    const next = answers([[numbered(1)], [numbered(4, 26)]], { classification: 2 });
    expect(findingsOf(...pages.slice(0, 2), ...next)).toEqual([0, ['finding-1', 'finding-4']]);
    expect(answered(...pages.slice(0, 2), ...next).firstSeenAt).toEqual({
      'finding-1': day(24),
      'finding-2': day(24),
      'finding-4': day(26),
    });
  });

  it('an answer that was cut off twice lends the sightings of both', () => {
    const again = answers([[numbered(4, 26)], [numbered(5)]], { classification: 2 });
    expect(sightings(answered(pages[0]!, again[0]!, answer({ classification: 3, findings: [] })))).toEqual({
      'finding-1': day(24),
      'finding-4': day(26),
    });
  });

  it('pages of very many findings are put together once, not at each page', () => {
    // If each page copied all pages before it, the work would grow with the square of the findings.
    const count = 400;
    const states = answers(Array.from({ length: count }, (_, n) => [numbered(n)])).reduce(
      (before, page) => [...before, evolveEmitted(before.at(-1)!, page as EventFor<'classifier', 'produces'>)],
      [{} as Emitted],
    );
    const placements = states.slice(1).map((state) => Object.values(state)[0]!);
    expect(
      placements.map(({ findings, firstSeenAt }) => Object.keys(findings).length + Object.keys(firstSeenAt).length),
    ).toEqual([...Array.from({ length: count - 1 }, () => 0), 2 * count]);
    expect(placements.at(-1)).toMatchObject({ missing: 0 });
    expect(placements.at(-1)).not.toHaveProperty('pending');
  });
});

describe('the sightings of an answer', () => {
  const before = answer({ findings: [numbered(1, 20)] });
  const [first] = answers([[numbered(2, 26)], [numbered(3)]], { verdict: 2 });

  it('sightings of a whole answer are those of its findings and of all before them', () => {
    expect(sightings(answered(before, answer({ verdict: 2, findings: [numbered(2, 26)] })))).toEqual({
      'finding-1': day(20),
      'finding-2': day(26),
    });
  });

  it('sightings of an answer that was cut off are those before it and those of its pages', () => {
    expect(sightings(answered(before, first!))).toEqual({ 'finding-1': day(20), 'finding-2': day(26) });
  });

  it('sightings of a first answer that was cut off are those of its pages', () => {
    expect(sightings(answered(first!))).toEqual({ 'finding-2': day(26) });
  });
});

const following = (...events: AnyEvent[]): Config =>
  events.reduce((config, event) => evolveConfig(config, event as EventFor<'classifier', 'config'>), noConfig);

describe('the rules that the classifier follows', () => {
  const heldIn = ({ rules }: Config) =>
    Object.values(rules).map(({ rule: { ruleId, scope, reason }, cause: { id } }) => ({ ruleId, scope, reason, id }));
  const scope = '/subscriptions/a';

  it('a rule is held with its cause, which is the last change', () => {
    const event = ruled();
    const { rules, changed, recalled } = following(event);
    expect(Object.values(rules)).toEqual([{ rule: event.data, cause: causedBy(event) }]);
    expect([changed, recalled]).toEqual([causedBy(event), {}]);
  });

  it('a changed rule replaces the one before', () => {
    const [before, after] = [ruled({ reason: 'before' }), ruled({ reason: 'after' })];
    expect(heldIn(following(before, after)).map(({ reason, id }) => [reason, id])).toEqual([['after', after.id]]);
  });

  it('a removed rule is gone, and its removal is the last change', () => {
    const removal = ruled({ removed: true });
    expect(following(ruled(), removal)).toEqual({ rules: {}, recalled: {}, changed: causedBy(removal) });
  });

  it('a removal of a rule that is not there is a change of none', () => {
    const removal = ruled({ ruleId: 'other', removed: true });
    expect(heldIn(following(ruled(), removal)).map(({ ruleId }) => ruleId)).toEqual(['no-fix']);
  });

  it.each(['/SUBSCRIPTIONS/A', '/subscriptions/a/'])(
    'a scope in another case or with a slash, %s, is the same',
    (other) => {
      expect(heldIn(following(ruled({ scope }), ruled({ scope: other, reason: 'after' })))).toMatchObject([
        { scope: other, reason: 'after' },
      ]);
      expect(heldIn(following(ruled({ scope }), ruled({ scope: other, removed: true })))).toEqual([]);
    },
  );

  it('a rule of one scope is neither replaced nor removed by one of the same name in another', () => {
    const other = { scope: '/subscriptions/b' };
    expect(heldIn(following(ruled({ scope }), ruled({ ...other, reason: 'other' })))).toHaveLength(2);
    expect(
      heldIn(following(ruled({ scope }), ruled(other), ruled({ ...other, removed: true }))).map((each) => each.scope),
    ).toEqual([scope]);
  });
});

describe('the recalls that the classifier follows', () => {
  const build = scanExample.scanner.digest;
  const other = `sha256:${'e'.repeat(64)}`;
  const acted = (data: object, id?: string): AnyEvent =>
    eventOf('operator.acted', 'x', { by: 'ana', why: 'compromised', outcome: 'ordered', ...data }, id ? { id } : {});
  const recall = (of: string, id: string) => acted({ command: 'recall', target: recallOf(of) }, id);

  it('a recalled build is kept with the event that recalled it', () => {
    const event = recall(build, 'recall');
    expect(following(event)).toEqual({ rules: {}, recalled: { [build]: causedBy(event) } });
  });

  it('recalls of two builds are both kept, and the last recall of one build counts', () => {
    const { recalled } = following(recall(build, 'first'), recall(other, 'second'), recall(build, 'third'));
    expect(Object.entries(recalled).map(([of, { id }]) => [of, id])).toEqual([
      [build, 'third'],
      [other, 'second'],
    ]);
  });

  it.each<[string, object]>([
    ['a digest alone', { command: 'recall', target: build }],
    ['no build', { command: 'recall', target: 'scanner/trivy' }],
    ['a build that another command names', { command: 'drop', target: recallOf(build) }],
    ['a recall that a service parked', { command: 'recall', target: recallOf(build), outcome: 'parked' }],
  ])('an order about %s recalls nothing', (_, data) => {
    const before = following(ruled(), recall(other, 'first'));
    expect(evolveConfig(before, acted(data) as EventFor<'classifier', 'config'>)).toEqual(before);
  });

  it('a recall leaves rules and their last change, and a rule leaves recalls', () => {
    const [rule, event] = [ruled(), recall(build, 'recall')];
    expect(following(rule, event)).toEqual({ ...following(rule), recalled: following(event).recalled });
    expect(following(event, rule)).toEqual(following(rule, event));
  });

  it('an event that the flow does not send to the classifier is refused', () => {
    expect(() => following(eventOf('plan.changed', 'x', {}))).toThrow(
      new TypeError('plan.changed is not for this fold'),
    );
  });
});
