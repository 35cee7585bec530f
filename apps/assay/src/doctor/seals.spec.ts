import { expect, it } from 'vitest';
import type { SealsAnswer } from '../client/answers.ts';
import { sealChecks } from './seals.ts';

const checked = async (answer: Partial<SealsAnswer>) => {
  const [check] = await sealChecks({ seals: async () => ({ state: 'good', places: ['/worm'], notes: [], ...answer }) });
  return check;
};

it.each<[Partial<SealsAnswer>, string, RegExp]>([
  [{}, 'good', /as it was written \(closed months/],
  [{ places: [] }, 'could-be-better', /as it was written \(/],
  [{ notes: ['fork: another history'] }, 'could-be-better', /fork: another history/],
  [{ state: 'differs', verified: { differences: [{ text: 'offset 7' }] } }, 'bad', /not as it was written; offset 7/],
  [{ verified: { differences: [], warnings: ['a file is lost'] } }, 'could-be-better', /a file is lost$/],
  [{ state: 'failing', notes: ['no key', 'no place'] }, 'bad', /not sealed any more; no key; no place$/],
  [{ state: 'nothing-compared' }, 'could-be-better', /nothing was sealed/],
  [{ state: 'not-sealed' }, 'could-be-better', /not sealed yet/],
  [{ state: 'off' }, 'could-be-better', /not sealed$/],
  [{ state: 'reading' }, 'could-be-better', /still being compared/],
])('%j is %s', async (answer, state, found) => {
  expect(await checked(answer)).toMatchObject({ name: 'seals', state, found: expect.stringMatching(found) });
});

it('has no check for a caller without the right', async () => {
  expect(await sealChecks({ seals: () => Promise.reject(new Error('403')) })).toEqual([]);
});
