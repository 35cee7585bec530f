import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedStore, type Changes, type Store } from '@assay/event-sourcing';
import { facetsOf } from './facets.ts';
import { compareMoving } from './moving.ts';
import { isSame } from './stores.ts';

describe('comparing with a store that is written to', () => {
  let live: EmbeddedStore;
  let rebuilt: EmbeddedStore;
  let epochs: Map<Store, number>;
  beforeEach(async () => {
    [live, rebuilt] = [new EmbeddedStore(':memory:'), new EmbeddedStore(':memory:')];
    epochs = new Map();
    for (const store of [live, rebuilt]) epochs.set(store, (await store.claim(0, 0)).checkpoint.epoch);
  });
  afterEach(async () => {
    await live.close();
    await rebuilt.close();
  });

  const keep = async (
    store: Store,
    offset: number,
    states: Readonly<Record<string, object>>,
    more: Partial<Changes> = {},
  ): Promise<void> => {
    const checkpoint = { offsets: { t: offset }, lastEmitted: '5.1', restored: true };
    await store.transact(0, epochs.get(store)!, {
      checkpoint,
      outbox: [],
      jobs: { put: [], remove: [] },
      park: [],
      ...more,
      states: Object.entries(states).map(([key, state]) => ({ key, state: JSON.stringify(state) })),
    });
  };
  const [keys, parked] = facetsOf('classifier');
  const compared = (fill: () => Promise<void> = () => Promise.resolve(), facet = keys!) =>
    compareMoving(facet, { live, rebuilt, partitions: 1, fill });

  it('finds them equal once the new store has caught up', async () => {
    await keep(live, 9, { a: { x: 1 }, b: { x: 2 }, c: {} });
    await keep(rebuilt, 7, { a: { x: 1 }, b: { x: 1 } });
    const comparison = await compared(() => keep(rebuilt, 9, { b: { x: 2 }, c: {} }));
    expect([isSame(comparison), comparison.after.count, comparison.unfinished]).toEqual([true, 3, 0]);
    expect((await live.checkpoint(0))!.epoch).toBe(epochs.get(live));
  });

  it('finds a difference if both have read the same log', async () => {
    await keep(live, 9, { a: { x: 1 }, b: {} });
    await keep(rebuilt, 9, { b: {}, c: {} });
    const comparison = await compared();
    expect([isSame(comparison), comparison.differing, comparison.unfinished]).toEqual([false, ['a', 'c'], 0]);
  });

  it('leaves unstable partitions unfinished and compares the rest', async () => {
    await keep(live, 2, { a: { x: 0 }, b: {} });
    await keep(rebuilt, 1, { b: {} });
    let offset = 2;
    const comparison = await compared(() => keep(live, (offset += 1), { a: { x: offset } }));
    expect([isSame(comparison), comparison.after.count, comparison.unfinished]).toEqual([true, 1, 1]);
  });

  it('compares parked events too', async () => {
    const event = {
      topic: 't',
      partition: 0,
      offset: 3,
      key: 'a',
      code: 'event-invalid',
      message: '',
      parkedAt: '',
      headers: {},
      value: '',
    };
    await keep(live, 9, {}, { park: [event] });
    await keep(rebuilt, 9, {});
    expect(isSame(await compared(undefined, parked!))).toBe(false);
    await keep(rebuilt, 9, {}, { park: [{ ...event, parkedAt: 'later' }] });
    expect(isSame(await compared(undefined, parked!))).toBe(true);
  });
});
