import { expect, it } from 'vitest';
import { clients, knownAt } from './client-versions.ts';

it.each(Object.entries(clients))('takes every version that %s sends', (_, { sends }) => {
  const refused = Object.entries(sends).flatMap(([path, versions]) => {
    const known = knownAt(path) ?? [];
    return versions
      .filter((version) => !known.includes(version) && !(version > (known.at(-1) ?? version)))
      .map((version) => `${path} ${version}`);
  });
  expect(refused).toEqual([]);
  expect(Object.keys(sends).length).toBeGreaterThan(1);
});
