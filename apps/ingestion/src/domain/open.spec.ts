import { describe, expect, it } from 'vitest';
import { coverIn, isOfIndex, latest, openPushes } from './open.ts';
import type { NotifiedDeletion, NotifiedPush } from './state.ts';

const at = (minute: number): string => `2026-11-24T10:${String(minute).padStart(2, '0')}:00.000Z`;
const cause = (id: string) => ({ id, correlationid: id });
const direct = (id: string, minute: number, more: Partial<NotifiedPush> = {}): NotifiedPush => ({
  cause: cause(id),
  sender: 'acr',
  occurredAt: at(minute),
  receivedAt: at(minute),
  ...more,
});
const listed = (id: string, minute: number): NotifiedPush => direct(id, minute, { sender: 'index', listedIn: 'x' });
const gone = (minute: number): NotifiedDeletion => ({
  cause: cause(`gone ${minute}`),
  deletedAt: at(minute),
  receivedAt: at(minute),
});
const open = (pushes: NotifiedPush[], deletions: NotifiedDeletion[] = [], answered: string[] = []): string[] =>
  openPushes({ pushes, deletions }, new Set(answered)).map(({ cause: { id } }) => id);

it('the latest of several entries is the first with the greatest time', () => {
  const entries = [direct('a', 1), direct('b', 2), direct('c', 2)];
  expect(latest(entries, ({ occurredAt }) => occurredAt)?.cause.id).toBe('b');
  expect(latest([], () => '')).toBeUndefined();
  expect(entries.concat(listed('d', 1)).filter(isOfIndex)).toHaveLength(1);
});

describe('an open push', () => {
  it('is one without an answer, in the order received', () => {
    expect(open([direct('b', 2, { tag: 'v1' }), direct('a', 1, { tag: 'v2' })])).toEqual(['b', 'a']);
    expect(open([direct('b', 2, { tag: 'v1' }), direct('a', 1, { tag: 'v2' })], [], ['b'])).toEqual(['a']);
  });

  it('is none by an index if the image is notified itself, unless it was deleted in between', () => {
    const pushes = [direct('old', 0), direct('own', 1), listed('listed', 5)];
    expect(open(pushes)).toEqual(['old', 'own']);
    expect(open(pushes, [gone(0), gone(5)])).toEqual(['old', 'own']);
    expect(open(pushes, [gone(6), gone(3)])).toEqual(['old', 'own', 'listed']);
    expect(coverIn({ pushes, deletions: [gone(0), gone(6), gone(3)] }, new Set()).gone).toEqual(gone(3));
  });

  it('is none without a name if an index answered at the same time or later', () => {
    const pushes = [direct('own', 4), listed('before', 3), listed('same', 4)];
    expect(open(pushes, [], ['before'])).toEqual(['own']);
    expect(open(pushes, [], ['same'])).toEqual([]);
    expect(open([direct('named', 4, { tag: 'v1' }), listed('same', 4)], [], ['same'])).toEqual(['named']);
  });
});
