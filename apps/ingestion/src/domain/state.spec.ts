import { describe, expect, it } from 'vitest';
import { answeredIn, namesOf } from './state.ts';

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

describe('the names of a push', () => {
  it.each<[string, Parameters<typeof namesOf>[0], string[]]>([
    ['a push by digest', {}, []],
    ['a push of one name', { tag: 'v1' }, ['v1']],
    ['a push of several names', { tag: 'v1', tags: ['v1', 'latest'] }, ['v1', 'latest']],
    ['a push of an empty list of names', { tag: 'v1', tags: [] }, []],
  ])('the names of %s, %j, are %j', (_, push, names) => {
    expect(namesOf(push)).toEqual(names);
  });
});
