import { describe, expect, it, onTestFinished } from 'vitest';
import { ManualClock } from '@assay/testing';
import { Clocks } from './clocks.ts';

const watched = () => {
  const lines: string[] = [];
  const log = (_: object, line: string): void => {
    lines.push(line);
  };
  const store = { aheadMs: 0 as number | Error };
  const clock = new ManualClock();
  const clocks = new Clocks({
    service: 'toy',
    logger: { warn: log, info: log } as never,
    clock,
    aheadMs: () => (typeof store.aheadMs === 'number' ? Promise.resolve(store.aheadMs) : Promise.reject(store.aheadMs)),
  });
  onTestFinished(() => clocks.close());
  return { lines, store, clock, clocks };
};

describe('the clock of a process', () => {
  it("differs from the store's: logged once, listed in the notes, and logged again once it is right", async () => {
    const { lines, store, clocks } = watched();
    await clocks.compare();
    store.aheadMs = 4_900;
    await clocks.compare();
    expect([lines, clocks.notes]).toEqual([[], []]);
    store.aheadMs = 20_400;
    await clocks.compare();
    await clocks.compare();
    expect(clocks.notes).toEqual(['the clock of this host is 20 s ahead of that of the store']);
    expect(lines).toEqual([
      'the clock of this host is 20 s ahead of that of the store: check that both hosts keep the time (NTP)',
    ]);
    store.aheadMs = -61_000;
    await clocks.compare();
    expect(clocks.notes).toEqual(['the clock of this host is 61 s behind that of the store']);
    store.aheadMs = 100;
    await clocks.compare();
    expect([lines.slice(1), clocks.notes]).toEqual([['the clock of this host agrees with the store again'], []]);
  });

  it('keeps its last known difference while the store is away', async () => {
    const { store, clocks, lines } = watched();
    store.aheadMs = 20_000;
    await clocks.compare();
    store.aheadMs = new Error('away');
    await clocks.compare();
    expect([clocks.notes.length, lines.length]).toEqual([1, 1]);
  });

  it('is compared periodically', async () => {
    const { store, clocks, clock } = watched();
    store.aheadMs = 20_000;
    clock.advance(60_000);
    await expect.poll(() => clocks.notes).toHaveLength(1);
  });

  it("behind a publisher's is logged, and forgotten some time later", () => {
    const { lines, clock, clocks } = watched();
    clocks.early('image.pushed', 900);
    expect(clocks.notes).toEqual([]);
    clocks.early('image.pushed', 19_600);
    clocks.early('image.pushed', 20_100);
    expect([lines.length, clocks.notes]).toEqual([
      1,
      ['image.pushed was consumed 20 s before it was published, by the clock of this host'],
    ]);
    clock.advance(11 * 60_000);
    expect(clocks.notes).toEqual([]);
  });
});
