import { randomInt } from 'node:crypto';
import { expect, it } from 'vitest';
import { freePort } from './ports.ts';

it('gives no port twice, also where nobody listens at it yet', async () => {
  const first = await freePort();
  const draws = [first, first];
  expect(await freePort(undefined, () => draws.shift() ?? randomInt(20_000, 32_000))).not.toBe(first);
  expect(draws).toEqual([]);
});
