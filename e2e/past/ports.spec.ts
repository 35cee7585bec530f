import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { portsOf, takePorts } from './ports.ts';

it('gives each caller a set of its own, as long as its process runs', async () => {
  const sets = await Promise.all([takePorts(), takePorts(), takePorts()]);
  expect(new Set(sets).size).toBe(3);
  expect(new Set(sets.flatMap((set) => Object.values(portsOf(set)))).size).toBe(9);
});

it('passes over a set of which another program has a port', async () => {
  const set = await takePorts();
  const next = portsOf(set + 1).research;
  const server = createServer().listen(next, '127.0.0.1');
  const [mine] = await Promise.race([
    once(server, 'listening').then(() => [true] as const),
    once(server, 'error').then(() => [false] as const),
  ]);
  try {
    // Whether this test or another program has it: the set is given to no one.
    expect(await takePorts()).not.toBe(set + 1);
  } finally {
    if (mine) server.close();
  }
});

it.each([-1, 100, 0.5, Number.NaN])('refuses the set %s, which is none', (set) => {
  expect(() => portsOf(set)).toThrow(RangeError);
});
