import { describe, expect, it } from 'vitest';
import { definitionOf, type FindingClassified, type ScanCompleted, type Topic } from '@assay/events';
import { factsOf, inOrder, nameOf, sumOf } from './entries.ts';
import { finding } from './hand-made.ts';
import { folded } from './sets.ts';

const example = (topic: Topic): object => definitionOf(topic)!.examples[1]!;

describe('entries of a set', () => {
  it('have the sum that the examples of the contract publish', () => {
    for (const topic of ['scan.completed', 'finding.classified'] as const) {
      const { findings, set } = example(topic) as ScanCompleted | FindingClassified;
      expect(sumOf(findings)).toEqual(set);
    }
  });

  it('have a sum that depends on every field but the first sighting, and on no order', () => {
    const [a, b] = [finding('A'), finding('B', { state: 'active', severityRule: 'scanner' })];
    expect(sumOf([a, b])).toEqual(sumOf([b, a]));
    expect(sumOf([{ ...a, firstSeenAt: 'now' }])).toEqual(sumOf([a]));
    const others = [
      { aliases: ['DSA-1'] },
      { fixedVersion: '2' },
      { layer: 0 },
      { ratings: [{ source: 'debian', severity: 'Low' }] },
      { score: 1 },
      { severity: 'Low' },
      { sourcePackage: 'glibc' },
      { state: 'active' },
    ].map((more) => sumOf([{ ...a, ...more }]).sum);
    expect(new Set([sumOf([a]).sum, ...others]).size).toBe(others.length + 1);
  });

  it('are ordered by UTF-16 code units, and not by code points', () => {
    const entries = ['\uff5e', '\u{1f600}', 'Z', 'a'].map((letter) => finding(letter));
    expect(inOrder(entries).map(({ vulnerability }) => vulnerability)).toEqual([
      'CVE-Z',
      'CVE-a',
      'CVE-\u{1f600}',
      'CVE-\uff5e',
    ]);
    expect(inOrder([finding('A', { path: 'b' }), finding('A')]).map(nameOf)).toEqual(
      [finding('A'), finding('A', { path: 'b' })].map(nameOf),
    );
  });

  it('of a base are found by their place in its order, however it was published', () => {
    const whole = folded(undefined, [{ page: 1, pages: 1, findings: [finding('C'), finding('A'), finding('B')] }]);
    const base = 'entries' in whole ? whole.entries : [];
    expect(folded(base, [{ page: 1, pages: 1, content: 'change', removed: [0, 2], findings: [] }])).toEqual({
      entries: [finding('B')],
    });
  });

  it('show the same facts of a package at several paths, by the least one', () => {
    const at = (path: string) => finding('A', { packageType: 'npm', path });
    expect(factsOf([at('b'), at('a')])).toBe(factsOf([at('a')]));
    expect(factsOf([at('b')])).not.toBe(factsOf([at('a')]));
  });
});
