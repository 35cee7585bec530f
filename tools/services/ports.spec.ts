import { randomInt } from 'node:crypto';
import { expect, it } from 'vitest';
import { freePort } from './ports.ts';

it('gives no port twice, even before a program listens on it', async () => {
  const first = await freePort();
  const draws = [first, first];
  expect(await freePort(undefined, () => draws.shift() ?? randomInt(20_000, 32_000))).not.toBe(first);
  expect(draws).toEqual([]);
});
