import { expect, it } from 'vitest';
import { byRegistry, countOf, type Exceptions } from './by-registry.ts';

const range = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, n) => `image ${from + n}`);
const images = (...digests: string[]): Exceptions => ({
  except: digests.map((digest) => ({ digest, reason: `away ${digest}` })),
  registries: [],
});
const held = (digests: readonly string[], ...registries: string[]): [string, string[]][] =>
  digests.map((digest) => [digest, registries]);
const idsOf = ({ registries }: Exceptions): string[] => registries.map(({ registryId }) => registryId);

it('as many images as a mark may except stay', () => {
  const all = images(...range(0, 200));
  expect(byRegistry(all, new Map(held(range(0, 200), 'r')))).toEqual(all);
});

it('the registry with the most images is named, with the reason of one of them, and no more than needed', () => {
  const all = images(...range(0, 350));
  const replaced = byRegistry(
    all,
    new Map([...held(range(0, 100), 'few'), ...held(range(100, 300), 'many'), ...held(range(300, 350), 'none')]),
  );
  expect(replaced.registries).toEqual([{ registryId: 'many', reason: 'away image 100' }]);
  expect(replaced.except.map(({ digest }) => digest)).toEqual([...range(0, 100), ...range(300, 350)]);
});

it('an image stays that another registry has, or whose registries are not known', () => {
  const all = images(...range(0, 300), 'image in two', 'other');
  const replaced = byRegistry(all, new Map([...held(range(0, 300), 'r'), ...held(['image in two'], 'r', 's')]));
  expect(idsOf(replaced)).toEqual(['r']);
  expect(replaced.except.map(({ digest }) => digest)).toEqual(['image in two', 'other']);
});

it('an image is replaced once all of its registries are named', () => {
  const all = images(...range(0, 450));
  const replaced = byRegistry(all, new Map([...held(range(0, 225), 'r', 's'), ...held(range(225, 450), 's')]));
  expect([idsOf(replaced), replaced.except.length]).toEqual([['s', 'r'], 0]);
});

it('registries that a mark named which is answered count, and none is named twice', () => {
  const all = { ...images(...range(0, 200)), registries: [{ registryId: 'r', reason: 'denied' }] };
  expect(byRegistry(all, new Map(held(range(0, 200), 'r')))).toEqual({ except: [], registries: all.registries });
  expect(countOf(byRegistry(all, new Map()))).toBe(201);
});
