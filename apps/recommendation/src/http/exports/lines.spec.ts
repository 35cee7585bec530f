import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { linesOf } from './lines.ts';

const failures: unknown[] = [];
const ending = (closed = new AbortController().signal) => ({
  closed,
  failed: (error: unknown) => failures.push(error),
});

describe('lines of a body', () => {
  it('are sent in order, and then the body ends', async () => {
    const { body, begun, ended } = linesOf(async (write) => {
      await write('a\n');
      await write('b\n');
    }, ending());
    await begun;
    expect(await text(body)).toBe('a\nb\n');
    await ended;
  });

  it('are refused as a whole if nothing was written yet', async () => {
    const { begun, ended } = linesOf(() => Promise.reject(new Error('no copy')), ending());
    await expect(begun).rejects.toThrow('no copy');
    await ended;
  });

  it('break off if the work fails later, and the failure is reported', async () => {
    const { body, begun, ended } = linesOf(async (write) => {
      await write('a\n');
      throw new Error('out of memory');
    }, ending());
    await begun;
    await expect(text(body)).rejects.toThrow('out of memory');
    await ended;
    expect(failures.splice(0)).toEqual([new Error('out of memory')]);
  });

  it('wait for a client that is slow', async () => {
    let written = 0;
    const { body, ended } = linesOf(async (write) => {
      for (; written < 30; written += 1) await write('x'.repeat(1 << 18));
    }, ending());
    await new Promise((resolve) => setImmediate(resolve));
    expect(written).toBeLessThan(10);
    expect(await text(body)).toHaveLength(30 << 18);
    await ended;
    expect(written).toBe(30);
  });

  it('end with a client that goes away, which is no failure of ours', async () => {
    const client = new AbortController();
    const { body, begun, ended } = linesOf(async (write) => {
      for (;;) await write('x'.repeat(1 << 20));
    }, ending(client.signal));
    await begun;
    client.abort();
    await ended;
    expect([body.destroyed, failures.splice(0)]).toEqual([true, []]);
  });

  it('end with a client that takes nothing for too long', async () => {
    const { body, ended } = linesOf(
      async (write) => {
        for (;;) await write('x'.repeat(1 << 20));
      },
      { ...ending(), patienceMs: 1 },
    );
    await ended;
    expect([body.destroyed, failures.splice(0)]).toEqual([true, []]);
  });
});
