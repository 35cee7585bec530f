import { describe, expect, it } from 'vitest';
import { derivedId, noFindings } from '@assay/events';
import { dataOf, findingOf } from '../../test/fixtures.ts';
import { counting, findingSetOf, movedSince, noFindingSet } from './findings.ts';
import type { Finding, CountingAnswer, ReceivedPlacement, Recommended } from './state.ts';

const numbered = (n: number): Finding => [`finding-${n}`, `CVE-2026-${n}`];
const numberedAll = (...numbers: number[]): Finding[] => numbers.map(numbered);

describe('the id of a set of findings', () => {
  it('no findings have the id of none', () => {
    expect(findingSetOf([])).toBe(noFindingSet);
    expect(noFindingSet).toBe(derivedId('findings'));
  });

  it('the same findings in another order have the same id', () => {
    expect(findingSetOf(numberedAll(1, 2, 3))).toBe(findingSetOf(numberedAll(3, 1, 2)));
  });

  it('other findings have another id, also where there are as many', () => {
    const ids = [[1], [2], [1, 2], [1, 3], [1, 1]].map((numbers) => findingSetOf(numberedAll(...numbers)));
    expect(new Set(ids).size).toBe(5);
  });

  it('the vulnerability of a finding takes no part: its id stands for it', () => {
    expect(findingSetOf([['finding-1', 'CVE-2026-9']])).toBe(findingSetOf(numberedAll(1)));
  });
});

describe('the findings that count', () => {
  it('active findings count with their severity, the worst one 0, in their order', () => {
    const findings = (['Low', 'Critical', 'Unknown', 'High', 'Medium'] as const).map((severity, n) =>
      findingOf({ severity, findingId: `finding-${n}`, vulnerability: `CVE-2026-${n}` }),
    );
    expect(counting(findings)).toEqual([
      [3, numbered(0)],
      [0, numbered(1)],
      [4, numbered(2)],
      [1, numbered(3)],
      [2, numbered(4)],
    ]);
  });

  it('exempt findings do not count', () => {
    const exempt = findingOf({ state: 'exempt', findingId: 'exempt' });
    const active = findingOf({ findingId: 'active', vulnerability: 'CVE-1' });
    expect(counting([exempt, active, exempt])).toEqual([[1, ['active', 'CVE-1']]]);
    expect(counting([exempt])).toEqual([]);
  });
});

describe('what came and went', () => {
  const recommended = (findings: Finding[] | undefined): Recommended => ({
    status: 'unhealthy',
    bySeverity: noFindings(),
    fixable: 0,
    exempt: 0,
    ...(findings ? { findingSet: findingSetOf(findings) } : {}),
  });
  const outcomeOf = (findings: Finding[] | undefined): CountingAnswer => ({
    ...recommended(findings),
    judged: dataOf('finding.classified'),
    classification: 1,
    at: '2026-11-24T09:15:02.600Z',
    cause: { id: 'e1', correlationid: 'push-1' },
    ...(findings ? { findings } : {}),
  });
  /** A placement of which some findings count now, and some counted before. */
  const placed = (now: Finding[] | undefined, before?: Finding[]): ReceivedPlacement => ({
    outcome: outcomeOf(now),
    ...(before ? { before: { verdict: 0, classification: 1, findings: before } } : {}),
  });
  const moved = (placement: ReceivedPlacement, emitted: Recommended | undefined) => {
    const { added, removed } = movedSince(placement, emitted);
    return [added, removed].map((each) => each && [each.count, each.findings.map(({ findingId }) => findingId)]);
  };

  it('a first recommendation has all findings added, each by its id and its vulnerability', () => {
    expect(movedSince(placed(numberedAll(2, 1)), undefined)).toEqual({
      added: {
        count: 2,
        findings: [
          { findingId: 'finding-2', vulnerability: 'CVE-2026-2' },
          { findingId: 'finding-1', vulnerability: 'CVE-2026-1' },
        ],
      },
      removed: { count: 0, findings: [] },
    });
  });

  it.each<[string, ReceivedPlacement, number[], unknown]>([
    [
      'the findings before',
      placed(numberedAll(1, 3), numberedAll(1, 2)),
      [1, 2],
      [
        [1, ['finding-3']],
        [1, ['finding-2']],
      ],
    ],
    [
      'the same findings in another order',
      placed(numberedAll(2, 1)),
      [1, 2],
      [
        [0, []],
        [0, []],
      ],
    ],
    [
      'none',
      placed(numberedAll(1), numberedAll(2)),
      [],
      [
        [1, ['finding-1']],
        [0, []],
      ],
    ],
    [
      'the findings before, of which none is left',
      placed([], numberedAll(1, 2)),
      [1, 2],
      [
        [0, []],
        [2, ['finding-1', 'finding-2']],
      ],
    ],
    ['findings of which nothing is known', placed(numberedAll(1), numberedAll(2)), [3], [undefined, undefined]],
    ['findings of before, which are not kept', placed(numberedAll(1)), [2], [undefined, undefined]],
  ])('a recommendation behind one of %s names what moved, where that is known', (_, placement, then, expected) => {
    expect(moved(placement, recommended(numberedAll(...then)))).toEqual(expected);
  });

  it('a recommendation behind one by an older program, which names no set, has nothing moved', () => {
    expect(movedSince(placed(numberedAll(1)), recommended(undefined))).toEqual({});
  });

  it('an outcome that an older program stored without its findings has nothing moved', () => {
    expect(movedSince(placed(undefined), undefined)).toEqual({});
    expect(movedSince(placed(undefined), recommended([]))).toEqual({});
  });

  it('a placement without an outcome has no findings', () => {
    const none = { count: 0, findings: [] };
    expect(movedSince({}, undefined)).toEqual({ added: none, removed: none });
    expect(movedSince({}, recommended([]))).toEqual({ added: none, removed: none });
  });

  it('twenty findings are all named, and of twenty-one the first twenty, with the number of all', () => {
    const many = (count: number) => numberedAll(...Array.from({ length: count }, (_, n) => n));
    const first = many(20).map(([id]) => id);
    expect(moved(placed(many(20)), undefined)[0]).toEqual([20, first]);
    expect(moved(placed(many(21)), undefined)[0]).toEqual([21, first]);
    expect(moved(placed([], many(21)), recommended(many(21)))[1]).toEqual([21, first]);
  });
});
