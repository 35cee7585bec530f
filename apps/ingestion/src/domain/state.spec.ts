import { describe, expect, it } from 'vitest';
import { answeredIn, namesOf, type NotifiedPush } from './state.ts';

describe('what is answered', () => {
  it('a list of ids is as it was emitted', () => {
    expect(answeredIn({ answered: [] })).toEqual([]);
    expect(answeredIn({ answered: ['b', 'a'] })).toEqual(['b', 'a']);
  });

  it('a record that an older program stored is the list of its ids', () => {
    expect(answeredIn({ answered: {} })).toEqual([]);
    expect(answeredIn({ answered: { b: true, a: true } })).toEqual(['b', 'a']);
  });
});

describe('the names of pushes', () => {
  const push = (names: Pick<NotifiedPush, 'tag' | 'tags'>): NotifiedPush => ({
    cause: { id: 'e1', correlationid: 'e1' },
    sender: 'acr',
    occurredAt: '2026-11-24T09:15:02.123Z',
    receivedAt: '2026-11-24T09:15:02.345Z',
    ...names,
  });

  it.each<[string, Pick<NotifiedPush, 'tag' | 'tags'>[], string[]]>([
    ['no pushes', [], []],
    ['a push by digest', [{}], []],
    ['a push of one name', [{ tag: 'v1' }], ['v1']],
    ['a push of several names', [{ tag: 'v1', tags: ['v1', 'latest'] }], ['v1', 'latest']],
    ['a push of an empty list of names', [{ tag: 'v1', tags: [] }], []],
    ['pushes of the same name', [{ tag: 'v1' }, {}, { tag: 'v1' }], ['v1', 'v1']],
    ['pushes in their order', [{ tag: 'v2' }, { tags: ['v1', 'v3'] }, { tag: 'v0' }], ['v2', 'v1', 'v3', 'v0']],
  ])('the names of %s, %j, are %j', (_, pushes, names) => {
    expect(namesOf(pushes.map(push))).toEqual(names);
  });
});
