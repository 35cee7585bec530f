import { expect, it } from 'vitest';
import { FailingKeys } from './failing-keys.ts';

const keys = (count: number): string[] => Array.from({ length: count }, (_, n) => `key ${n}`);

it('the list is stored when it changes, and only then', () => {
  const failing = new FailingKeys();
  expect(failing.after(['a'], [])).toBeUndefined();
  expect(failing.after(['a', 'b'], ['b'])).toEqual(['b']);
  expect(failing.after(['b', 'c'], ['b'])).toBeUndefined();
  expect(failing.after(['c'], [])).toBeUndefined();
  expect(failing.after(['b'], [])).toEqual([]);
  expect([...failing]).toEqual([]);
});

it('more keys than are stored are known until the end of the process', () => {
  const failing = new FailingKeys();
  expect(failing.after(keys(300), keys(300))).toEqual(keys(201));
  expect([...failing]).toHaveLength(300);
  expect(failing.after(keys(201), [])).toHaveLength(99);
});

it('a full list may lack keys: it is stored again once all keys were evaluated', () => {
  const failing = new FailingKeys(keys(201));
  expect(failing.isCut).toBe(true);
  expect(failing.after(keys(201), [])).toBeUndefined();
  expect(failing.after(['another'], ['another'])).toBeUndefined();
  failing.found();
  expect(failing.isCut).toBe(false);
  expect(failing.after([], [])).toEqual(['another']);
});
