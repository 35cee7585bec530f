import { expect, it } from 'vitest';
import { besideAnnounced, type Check } from './check.ts';

const scanner: Check = { name: 'scanner', state: 'good', found: 'trivy' };
const databaseOf = (demonstration: boolean): Check => ({
  name: 'database',
  state: 'could-be-better',
  found: 'found',
  remedies: ['take a real one'],
  details: { demonstration },
});
const announcedOf = (details: object): Check => ({ name: 'announced', state: 'good', found: 'announced', details });

it('the demonstration database of the machine is no problem of a suite with a real one', () => {
  const own = [scanner, databaseOf(true)];
  expect(besideAnnounced(own, [announcedOf({ ageSeconds: 60 })])).toEqual([
    scanner,
    { ...databaseOf(true), state: 'good', found: 'found; the suite has the announced one', remedies: [] },
  ]);
  // Without a suite, or with one that has no other, it is.
  expect(besideAnnounced(own, [])).toEqual(own);
  expect(besideAnnounced(own, [announcedOf({})])).toEqual(own);
  expect(besideAnnounced([databaseOf(false)], [announcedOf({ ageSeconds: 60 })])).toEqual([databaseOf(false)]);
});
