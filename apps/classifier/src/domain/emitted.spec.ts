import { describe, expect, it } from 'vitest';
import {
  canonical,
  changeOf,
  definitionOf,
  setSum,
  type AnyEvent,
  type ClassifiedFinding,
  type EventFor,
  type FindingClassified,
} from '@assay/events';
import { eventOf } from '@assay/testing';
import { digest, registryId } from '../../test/fixtures.ts';
import { evolveEmitted, layersKey, sightings } from './emitted.ts';
import { sightingKey } from './findings.ts';
import type { Emitted, EmittedPlacement } from './state.ts';

const example = definitionOf('finding.classified')!.examples[1] as unknown as FindingClassified;
const day = (n: number, month = 11) => `2026-${month}-${String(n).padStart(2, '0')}T00:00:00.000Z`;
/** A finding of a number, first seen on a day of November. */
const numbered = (n: number, on = 24, more: Partial<ClassifiedFinding> = {}): ClassifiedFinding => ({
  ...example.findings[0]!,
  vulnerability: `CVE-${n}`,
  firstSeenAt: day(on),
  ...more,
});
/** The first sightings by the number of each finding. */
const seenIn = (placement: EmittedPlacement) =>
  Object.fromEntries([...sightings(placement)].map(([key, at]) => [key.split('\u0000')[0], at]));
const idsIn = ({ findings }: EmittedPlacement) => findings.map(({ vulnerability }) => vulnerability);

const answer = (data: Partial<FindingClassified> = {}, time = day(24), id?: string): AnyEvent =>
  eventOf('finding.classified', digest, { ...example, ...data }, { time, ...(id ? { id } : {}) });
/** Pages of one answer, one for each list of findings. */
const answers = (lists: ClassifiedFinding[][], data: Partial<FindingClassified> = {}, time?: string): AnyEvent[] =>
  lists.map((findings, at) => answer({ ...data, findings, page: at + 1, pages: lists.length }, time));
/** A whole set. */
const whole = (findings: ClassifiedFinding[], data: Partial<FindingClassified> = {}, time?: string): AnyEvent =>
  answer({ findings, set: setSum(findings), ...data }, time);
/** A change on the set of an event. */
const change = (
  on: AnyEvent,
  before: ClassifiedFinding[],
  after: ClassifiedFinding[],
  data: Partial<FindingClassified> = {},
  time?: string,
): AnyEvent => {
  const { layers: _layers, ...bare } = example;
  const { verdict, classification } = on.data as FindingClassified;
  const { findings, removed, ruled } = changeOf(canonical(before), after);
  return eventOf(
    'finding.classified',
    digest,
    {
      ...bare,
      classification: classification + 1,
      content: 'change',
      base: { id: on.id, verdict, classification },
      findings,
      removed,
      ruled,
      set: setSum(after),
      ...data,
    },
    { time: time ?? day(24) },
  );
};

const after = (state: Emitted, ...events: AnyEvent[]): Emitted =>
  events.reduce((before, event) => evolveEmitted(before, event as EventFor<'classifier', 'produces'>), state);
const emitted = (...events: AnyEvent[]): Emitted => after({}, ...events);
const answered = (...events: AnyEvent[]): EmittedPlacement => {
  const placements = Object.values(emitted(...events));
  expect(placements).toHaveLength(1);
  return placements[0]!;
};

describe('a classification that the classifier emits', () => {
  it('a whole set is kept with its rank, its status, and each finding in canonical order', () => {
    const event = whole([numbered(2), numbered(1, 25)]);
    expect(answered(event)).toEqual({
      last: {
        id: event.id,
        verdict: 1,
        classification: 1,
        scanId: example.scanId,
        status: 'unhealthy',
        basis: ['classifier/1'],
        cause: 'scan',
        system: example.system,
        result: 1,
        database: example.database.digest,
        sequence: event.sequence,
      },
      findings: [numbered(1, 25), numbered(2)],
      layers: layersKey(example.layers),
      changes: 0,
      gone: [],
      at: day(24),
    });
  });

  it('one with a reason keeps it, and one without a system or a result has none', () => {
    const { system: _system, result: _result, layers: _layers, ...bare } = example;
    const { last, findings, layers } = answered(
      eventOf('finding.classified', digest, { ...bare, status: 'undetermined', reason: 'timed-out', findings: [] }),
    );
    expect([last!.status, last!.reason, findings, layers]).toEqual(['undetermined', 'timed-out', [], '']);
    expect(['system', 'result'].filter((field) => field in last!)).toEqual([]);
  });

  it('the time of a placement never goes back', () => {
    const [early, late] = ['2026-11-24T10:00:00.000Z', '2026-11-24T11:00:00.000Z'];
    expect(answered(answer({}, early), answer({ classification: 2 }, late)).at).toBe(late);
    expect(answered(answer({}, late), answer({ classification: 2 }, early)).at).toBe(late);
  });

  it('classifications of two repositories are of two placements', () => {
    const [one, copy] = [answer(), answer({ repository: 'team/copy' })];
    expect(emitted(one, copy)).toEqual({ ...emitted(one), ...emitted(copy) });
    expect(Object.keys(emitted(one, copy))).toHaveLength(2);
  });

  it('a registry id in another case is the same placement', () => {
    expect(answered(answer(), answer({ verdict: 2, registryId: registryId.toUpperCase() })).last!.verdict).toBe(2);
  });
});

describe('a change that the classifier emits', () => {
  const before = [numbered(1), numbered(2), numbered(3)];
  const base = whole(before);
  const now = [
    numbered(1, 24, { state: 'exempt', ruleId: 'a' }),
    numbered(3, 24, { severity: 'Low' }),
    numbered(4, 25),
  ];

  it('a change gives the set that the whole one gives, and counts', () => {
    const event = change(base, before, now);
    const { findings, changes, last, layers } = answered(base, event);
    expect(findings).toEqual(answered(whole(now)).findings);
    expect([changes, last!.id, last!.classification, layers]).toEqual([1, event.id, 2, layersKey(example.layers)]);
    expect(answered(base, event, change(event, now, before)).changes).toBe(2);
    expect(answered(base, event, whole(now, { classification: 3 })).changes).toBe(0);
  });

  it('a change on another set is not complete, and leaves the set before it', () => {
    const other = { ...change(base, before, now), data: { ...change(base, before, now).data, base: undefined } };
    const elsewhere = change({ ...base, id: 'elsewhere' }, before, now);
    const beyond = change(base, [...before, numbered(9)], now);
    for (const event of [other, elsewhere, beyond]) {
      const state = answered(base, event);
      expect([idsIn(state), state.pending]).toEqual([
        ['CVE-1', 'CVE-2', 'CVE-3'],
        expect.objectContaining({ classification: 2, broken: true }),
      ]);
    }
  });
});

describe('pages of a classification that the classifier emits', () => {
  const pages = answers([[numbered(1)], [numbered(2)], [numbered(3)]]);
  const stateOf = (...events: AnyEvent[]) => {
    const state = answered(...events);
    return [state.pending !== undefined, idsIn(state)];
  };

  it('pages have no findings until they are all there', () => {
    expect([1, 2, 3].map((count) => stateOf(...pages.slice(0, count)))).toEqual([
      [true, []],
      [true, []],
      [false, ['CVE-1', 'CVE-2', 'CVE-3']],
    ]);
  });

  it('pages that are all there are what one page with all of it is', () => {
    const single = answer({ findings: [numbered(1), numbered(2), numbered(3)] }, day(24), pages[0]!.id);
    const { last, ...rest } = answered(single)!;
    expect(answered(...pages)).toEqual({ ...rest, last: { ...last, sequence: pages.at(-1)!.sequence } });
  });

  it.each([
    ['the first', [1, 2]],
    ['the second', [0, 2]],
    ['the last', [0, 1]],
  ])('pages without %s are not complete', (_, kept) => {
    expect(stateOf(...kept.map((at) => pages[at]!))).toEqual([true, []]);
  });

  it('a first page that comes again begins the classification again', () => {
    expect(stateOf(pages[0]!, pages[1]!, pages[0]!)).toEqual([true, []]);
    expect(answered(pages[0]!, pages[1]!, ...pages)).toEqual(answered(...pages));
  });

  it.each<[string, Partial<FindingClassified>]>([
    ['classification', { classification: 2 }],
    ['verdict', { verdict: 2 }],
  ])('a page of another %s is no page of this one', (_, data) => {
    const [, other] = answers([[numbered(1)], [numbered(2)]], data);
    expect(stateOf(pages[0]!, pages[1]!, other!)).toEqual([true, []]);
  });

  it('a classification that was cut off leaves the set before it, and lends its sightings to the next', () => {
    const base = whole([numbered(9, 20)]);
    const cut = answers([[numbered(1)], [numbered(2)], [numbered(3)]], { classification: 2 });
    const next = answers([[numbered(1, 26)], [numbered(4, 26)]], { classification: 3 });
    expect(stateOf(base, ...cut.slice(0, 2))).toEqual([true, ['CVE-9']]);
    expect(stateOf(base, ...cut.slice(0, 2), ...next)).toEqual([false, ['CVE-1', 'CVE-4']]);
    expect(seenIn(answered(base, ...cut.slice(0, 2)))).toEqual({
      'CVE-9': day(20),
      'CVE-1': day(24),
      'CVE-2': day(24),
    });
    expect(seenIn(answered(base, ...cut.slice(0, 2), ...next))).toEqual({
      'CVE-9': day(20),
      'CVE-2': day(24),
      'CVE-1': day(26),
      'CVE-4': day(26),
    });
  });

  it('classifications that were cut off twice lend the sightings of both', () => {
    const again = answers([[numbered(4, 26)], [numbered(5)]], { classification: 2 });
    expect(seenIn(answered(pages[0]!, again[0]!, answer({ classification: 3, findings: [] })))).toEqual({
      'CVE-1': day(24),
      'CVE-4': day(26),
    });
  });

  it('pages of very many findings are put together once, not at each page', () => {
    // If each page copied all pages before it, the work would grow with the square of the findings.
    const count = 400;
    const all = answers(Array.from({ length: count }, (_, n) => [numbered(n)]));
    const cut = answered(...all.slice(0, -1));
    expect(cut.pending!.lists.map(({ length }) => length)).toEqual(Array.from({ length: count - 1 }, () => 1));
    expect([answered(...all).findings.length, answered(...all).pending]).toEqual([count, undefined]);
  });
});

describe('the sightings of findings that are gone', () => {
  const present = whole([numbered(1, 20), numbered(2, 20)]);
  const without = (time: string) => whole([numbered(2, 20)], { verdict: 2 }, time);

  it('a finding that left keeps its first sighting, and the day on which it left', () => {
    const state = answered(present, without(day(25)));
    const { vulnerability, package: name, installedVersion } = numbered(1);
    expect(state.gone).toEqual([
      { vulnerability, package: name, installedVersion, firstSeenAt: day(20), goneAt: day(25) },
    ]);
    expect(seenIn(state)).toEqual({ 'CVE-1': day(20), 'CVE-2': day(20) });
  });

  it('a finding that returns is gone no more', () => {
    expect(answered(present, without(day(25)), whole([numbered(1, 20)], { verdict: 3 }, day(26))).gone).toMatchObject([
      { vulnerability: 'CVE-2' },
    ]);
  });

  it('a finding whose path changed did not leave', () => {
    const state = answered(present, whole([numbered(1, 20, { path: 'a.jar' }), numbered(2, 20)], { verdict: 2 }));
    expect([state.gone, state.findings.length]).toEqual([[], 2]);
  });

  it('a sighting is forgotten by the first event that is 90 days behind the one without the finding', () => {
    const left = without('2026-11-25T00:00:00.000Z');
    const later = (time: string) => answered(present, left, whole([], { verdict: 3 }, time)).gone;
    expect(later('2027-02-22T23:59:59.999Z').map(({ vulnerability }) => vulnerability)).toEqual(['CVE-1', 'CVE-2']);
    expect(later('2027-02-23T00:00:00.000Z').map(({ vulnerability }) => vulnerability)).toEqual(['CVE-2']);
  });

  it('a failure keeps the sightings of all findings', () => {
    const { result: _result, layers: _layers, ...failed } = example;
    const event = { ...failed, verdict: 2, findings: [], status: 'undetermined', reason: 'timed-out' };
    const state = answered(present, eventOf('finding.classified', digest, event, { time: day(25) }));
    expect([state.findings, seenIn(state)]).toEqual([[], { 'CVE-1': day(20), 'CVE-2': day(20) }]);
  });

  it('keys of sightings are equal for equal vulnerability, package and version', () => {
    expect(sightingKey(numbered(1, 20, { path: 'a', severity: 'Low' }))).toBe(sightingKey(numbered(1)));
    expect(new Set([numbered(1), numbered(2), numbered(1, 1, { package: 'x' })].map(sightingKey)).size).toBe(3);
  });
});
