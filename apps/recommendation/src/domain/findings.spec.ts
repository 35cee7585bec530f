import { describe, expect, it } from 'vitest';
import { findingIdOf, noFindings, type ClassifiedFinding } from '@assay/events';
import { dataOf } from '../../../../libs/read-model/test/fixtures.ts';
import { entriesAfter, entriesOf, findingSetOf, movedSince, noFindingSet } from './findings.ts';
import type { CountingAnswer, Entry, ReceivedPlacement, Recommended } from './state.ts';

const { findings: _, ...head } = dataOf('finding.classified');
const numbered = (n: number, more: Partial<ClassifiedFinding> = {}): ClassifiedFinding => ({
  ...dataOf('finding.classified').findings[0]!,
  vulnerability: `CVE-2026-${String(n).padStart(2, '0')}`,
  ...more,
});
const entries = (...numbers: number[]): Entry[] => entriesOf(numbers.map((n) => numbered(n)));

describe('the id of a set of findings', () => {
  it('no findings have the id of none', () => {
    expect(findingSetOf([])).toBe(noFindingSet);
    expect(findingSetOf(entries(1))).not.toBe(noFindingSet);
  });

  it('other findings have another id, also where there are as many', () => {
    const ids = [[1], [2], [1, 2], [1, 3]].map((numbers) => findingSetOf(entries(...numbers)));
    expect(new Set(ids).size).toBe(4);
  });

  it('exempt findings, severities and paths take no part', () => {
    const others = entriesOf([
      numbered(1, { severity: 'Low', path: 'a' }),
      numbered(1, { path: 'b' }),
      numbered(2, { state: 'exempt' }),
    ]);
    expect(findingSetOf(others)).toBe(findingSetOf(entries(1)));
  });
});

describe('a change of entries', () => {
  it('first rules, then removes, by positions before it, and then puts', () => {
    const after = entriesAfter(entries(1, 2, 3), {
      ruled: [{ state: 'exempt', at: [0, 1] }],
      removed: [1],
      entries: entriesOf([numbered(0), numbered(3, { severity: 'Low' })]),
    });
    const exempt = numbered(1, { state: 'exempt' });
    expect(after).toEqual(entriesOf([numbered(0), exempt, numbered(3, { severity: 'Low' })]));
  });

  it.each([{ removed: [1] }, { ruled: [{ state: 'active' as const, at: [1] }] }])(
    'beyond the set gives no set: %j',
    (change) => {
      expect(entriesAfter(entries(1), { entries: [], ...change })).toBeUndefined();
    },
  );
});

describe('what came and went', () => {
  const recommended = (findings: Entry[] | undefined): Recommended => ({
    status: 'unhealthy',
    bySeverity: noFindings(),
    fixable: 0,
    exempt: 0,
    ...(findings ? { findingSet: findingSetOf(findings) } : {}),
  });
  const outcomeOf = (findings: Entry[]): CountingAnswer => ({
    ...recommended(findings),
    judged: head,
    classification: 1,
    at: '2026-11-24T09:15:02.600Z',
    cause: { id: 'e1', correlationid: 'push-1' },
    entries: findings,
  });
  /** A placement of which some findings count now, and some counted before. */
  const placed = (now: Entry[], before?: Entry[]): ReceivedPlacement => ({
    outcome: outcomeOf(now),
    ...(before ? { before: { verdict: 0, classification: 1, entries: before } } : {}),
  });
  const moved = (placement: ReceivedPlacement, emitted: Recommended | undefined) => {
    const { added, removed } = movedSince(placement, emitted);
    return [added, removed].map(
      (each) => each && [each.count, each.findings.map(({ vulnerability }) => Number(vulnerability.slice(-2)))],
    );
  };

  it('a first recommendation has all findings added, the worst first, each by its id and its vulnerability', () => {
    const worse = numbered(2, { severity: 'Critical' });
    expect(movedSince(placed(entriesOf([numbered(1), worse, numbered(3, { state: 'exempt' })])), undefined)).toEqual({
      added: {
        count: 2,
        findings: [
          { findingId: findingIdOf(head, worse), vulnerability: 'CVE-2026-02' },
          { findingId: findingIdOf(head, numbered(1)), vulnerability: 'CVE-2026-01' },
        ],
      },
      removed: { count: 0, findings: [] },
    });
  });

  it.each<[string, ReceivedPlacement, number[], unknown]>([
    [
      'the findings before',
      placed(entries(1, 3), entries(1, 2)),
      [1, 2],
      [
        [1, [3]],
        [1, [2]],
      ],
    ],
    [
      'the same findings',
      placed(entries(1, 2)),
      [1, 2],
      [
        [0, []],
        [0, []],
      ],
    ],
    [
      'none',
      placed(entries(1), entries(2)),
      [],
      [
        [1, [1]],
        [0, []],
      ],
    ],
    [
      'the findings before, of which none is left',
      placed([], entries(1, 2)),
      [1, 2],
      [
        [0, []],
        [2, [1, 2]],
      ],
    ],
    ['findings of which nothing is known', placed(entries(1), entries(2)), [3], [undefined, undefined]],
    ['findings of before, which are not kept', placed(entries(1)), [2], [undefined, undefined]],
  ])('a recommendation behind one of %s names what moved, where that is known', (_name, placement, then, expected) => {
    expect(moved(placement, recommended(entries(...then)))).toEqual(expected);
  });

  it('a finding that becomes exempt is removed', () => {
    const exempt = entriesOf([numbered(1, { state: 'exempt' })]);
    expect(moved(placed(exempt, entries(1)), recommended(entries(1)))).toEqual([
      [0, []],
      [1, [1]],
    ]);
  });

  it('a placement without an outcome has no findings', () => {
    const none = { count: 0, findings: [] };
    expect(movedSince({}, undefined)).toEqual({ added: none, removed: none });
    expect(movedSince({}, recommended([]))).toEqual({ added: none, removed: none });
  });

  it('twenty findings are all named, and of twenty-one the first twenty, with the number of all', () => {
    const many = (count: number) => Array.from({ length: count }, (_each, n) => n);
    expect(moved(placed(entries(...many(20))), undefined)[0]).toEqual([20, many(20)]);
    expect(moved(placed(entries(...many(21))), undefined)[0]).toEqual([21, many(20)]);
    expect(moved(placed([], entries(...many(21))), recommended(entries(...many(21))))[1]).toEqual([21, many(20)]);
  });
});
