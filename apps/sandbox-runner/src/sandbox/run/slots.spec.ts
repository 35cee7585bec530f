import { describe, expect, it } from 'vitest';
import { SandboxSlots } from './slots.ts';

describe('slots', () => {
  it('give each run its own user, and let the next one wait for a free slot', async () => {
    const slots = new SandboxSlots({ count: 2, firstUser: 61_000 });
    const [first, second] = await Promise.all([slots.acquire(), slots.acquire()]);
    expect([first!.user, second!.user]).toEqual([61_000, 61_001]);
    let third: number | undefined;
    const waiting = slots.acquire().then((slot) => {
      third = slot.user;
    });
    await Promise.resolve();
    expect(third).toBeUndefined();
    second!.release();
    await waiting;
    expect(third).toBe(61_001);
  });

  it('are not given twice, however often one is released', async () => {
    const slots = new SandboxSlots({ count: 1 });
    const slot = await slots.acquire();
    slot.release();
    slot.release();
    await slots.acquire();
    let again = false;
    void slots.acquire().then(() => {
      again = true;
    });
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(again).toBe(false);
  });
});
