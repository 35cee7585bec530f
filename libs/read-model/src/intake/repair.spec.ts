import { describe, expect, it } from 'vitest';
import { canonical, changeOf, setSum, type AssayEvent, type ClassifiedFinding, type DataOf } from '@assay/events';
import { dataOf, emitted } from '../../test/fixtures.ts';
import { setFromLog } from './repair.ts';
import { setAfter, setAfterAll, setPageOf, publishedSetOf } from '../placement/sets.ts';

type Classified = AssayEvent<'finding.classified'>;

const numbered = (...numbers: number[]): ClassifiedFinding[] =>
  canonical(
    numbers.map((n) => ({ ...dataOf('finding.classified').findings[0]!, vulnerability: `CVE-2026-${100 + n}` })),
  );

const event = (classification: number, changes: Partial<DataOf<'finding.classified'>>): Classified =>
  emitted(
    'finding.classified',
    { verdict: 1, classification, ...changes },
    { id: `c${classification}${changes.page ? `.${changes.page}` : ''}` },
  ) as Classified;

const whole = (classification: number, ...numbers: number[]): Classified =>
  event(classification, { findings: numbered(...numbers) });

const change = (classification: number, before: number[], after: number[], more = {}): Classified => {
  const { findings, removed } = changeOf(numbered(...before), numbered(...after));
  return event(classification, {
    content: 'change',
    base: { id: `c${classification - 1}`, verdict: 1, classification: classification - 1 },
    findings: [...findings],
    removed: [...removed],
    set: setSum(numbered(...after)),
    ...more,
  });
};

/** Reads the set of a classification from a log whose records are at these places. One without an event is lost. */
const read = async (wanted: number, log: readonly (Classified | undefined)[]): Promise<number[] | undefined> => {
  const places = log.map((_, offset) => ({ partition: 3, offset }));
  const found = await setFromLog(
    places.toReversed(),
    async ({ partition, offset }) => {
      const known = log[offset];
      return known && { event: known, partition, offset };
    },
    { verdict: 1, classification: wanted },
  );
  return found?.set.findings.map(({ vulnerability }) => Number(vulnerability.slice(-3)) - 100);
};

describe('a set that is read from the log', () => {
  it('is the last whole set with the changes after it', async () => {
    const log = [whole(1, 9), whole(2, 1, 2), change(3, [1, 2], [2, 3]), change(4, [2, 3], [3])];
    expect(await read(4, log)).toEqual([3]);
    expect(await read(3, log.slice(0, 3))).toEqual([2, 3]);
  });

  it('is not known while a change is missing, and is by the next whole set', async () => {
    const log = [whole(1, 1), undefined, change(3, [1, 2], [2])];
    expect(await read(3, log)).toBeUndefined();
    expect(await read(4, [...log, whole(4, 5)])).toEqual([5]);
    expect(await read(2, [undefined, change(2, [1], [2])])).toBeUndefined();
    expect(await read(1, [])).toBeUndefined();
  });

  it('has all pages of the whole set, and passes over one that was cut off', async () => {
    const set = setSum(numbered(1, 2));
    const pages = [1, 2].map((page) => event(2, { page, pages: 2, set, findings: numbered(page) }));
    const next = change(3, [1, 2], [2], { base: { id: 'c2.1', verdict: 1, classification: 2 } });
    expect(await read(3, [whole(1, 7), ...pages, next])).toEqual([2]);
    expect(await read(1, [whole(1, 7), pages[0]])).toEqual([7]);
    expect(await read(1, [whole(1, 7), pages[1]])).toEqual([7]);
  });

  it('is not the result of a change whose sum is another', async () => {
    expect(await read(2, [whole(1, 1), change(2, [1], [2], { set: setSum(numbered(3)) })])).toBeUndefined();
  });

  it('passes over what is not above it', async () => {
    expect(await read(2, [whole(2, 1), whole(1, 2)])).toEqual([1]);
    expect(await read(3, [whole(2, 1), change(3, [1], [3]), whole(1, 2), change(3, [1], [3])])).toEqual([3]);
  });
});

describe('a set after classifications', () => {
  const published = (one: Classified) => publishedSetOf([setPageOf(one)]);
  const numbers = (set: ReturnType<typeof setAfter>) =>
    set?.findings.map(({ vulnerability }) => Number(vulnerability.slice(-3)) - 100);

  it('follows only from the set that they name, by id and number', () => {
    const before = setAfter(undefined, published(whole(1, 1)))!;
    expect(numbers(setAfter(before, published(change(2, [1], [2]))))).toEqual([2]);
    for (const of of [
      { ...before.of, id: 'other' },
      { ...before.of, verdict: 2 },
      { ...before.of, classification: 3 },
    ])
      expect(setAfter({ ...before, of }, published(change(2, [1], [2])))).toBeUndefined();
    expect(setAfter(undefined, published(change(2, [1], [2])))).toBeUndefined();
  });

  it('of which a whole set makes up for a missing one is that', () => {
    const before = setAfter(undefined, published(whole(1, 1)));
    const missed = [change(3, [4], [5]), whole(4, 6), change(5, [6], [7])].map(published);
    expect(numbers(setAfterAll(before, missed))).toEqual([7]);
    expect(setAfterAll(before, missed.slice(0, 1))).toBe(before);
  });

  it('keeps the layers of its base, and the findings where nothing is published of them', () => {
    const layers = [`sha256:${'a'.repeat(64)}`];
    const before = setAfter(undefined, published(event(1, { findings: numbered(1), layers })))!;
    const { layers: _, ...later } = published(change(2, [1], [1, 2]));
    expect(setAfter(before, later)!.of.layers).toEqual(layers);
    expect(numbers(setAfter(before, { ...later, content: 'none', findings: [], set: before.of.set }))).toEqual([1]);
    expect(setAfter(before, { ...later, content: 'none', findings: [] })).toBeUndefined();
  });
});
