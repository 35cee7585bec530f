import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { EmbeddedStore, type Changes } from '@assay/event-sourcing';
import { canonical, summed } from './canonical.ts';
import { compareStates, isSame, unsettledIn } from './stores.ts';

describe('canonical JSON', () => {
  it('does not depend on the order of keys', () =>
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).toReversed());
        expect(canonical(turned)).toBe(canonical(value));
        expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    ));
  it('depends on the order of a list', () => expect(summed([1, 2]).sha256).not.toBe(summed([2, 1]).sha256));
});

describe('two stores', () => {
  let old: EmbeddedStore;
  let rebuilt: EmbeddedStore;
  beforeEach(() => {
    [old, rebuilt] = [new EmbeddedStore(':memory:'), new EmbeddedStore(':memory:')];
  });
  afterEach(async () => {
    await old.close();
    await rebuilt.close();
  });

  const keep = async (
    store: EmbeddedStore,
    partition: number,
    states: Readonly<Record<string, object>>,
    more: Partial<Changes> = {},
  ): Promise<void> => {
    const {
      checkpoint: { epoch },
    } = await store.claim(partition, 0);
    await store.transact(partition, epoch, {
      checkpoint: {},
      outbox: [],
      jobs: { put: [], remove: [] },
      park: [],
      ...more,
      states: Object.entries(states).map(([key, state]) => ({ key, state: JSON.stringify(state) })),
    });
  };
  const compared = async () => compareStates(old, rebuilt, 2, await unsettledIn(old, rebuilt, 2));

  it('with the same states are equal, in any notation', async () => {
    await keep(old, 0, { a: { x: 1, y: 2 }, b: {} });
    await keep(rebuilt, 0, { a: { y: 2, x: 1 }, b: {} });
    expect(isSame(await compared())).toBe(true);
  });

  it('differ in a key that one of them lacks, and in a changed key', async () => {
    await keep(old, 0, { a: { x: 1 }, b: { x: 1 } });
    await keep(rebuilt, 0, { b: { x: 2 } });
    await keep(rebuilt, 1, { c: {} });
    const comparison = await compared();
    expect(isSame(comparison)).toBe(false);
    expect(comparison.differing).toEqual(['a', 'b', 'c']);
  });

  it('are equal if one has a pending outbox', async () => {
    await keep(
      old,
      0,
      { a: { said: 1 }, b: {} },
      { outbox: [{ topic: 't', partition: 0, key: 'a', headers: {}, value: '' }] },
    );
    await keep(rebuilt, 0, { a: {}, b: {} });
    const comparison = await compared();
    expect([isSame(comparison), comparison.unfinished, comparison.after.count]).toEqual([true, 1, 1]);
  });

  it('are equal if one is behind the log', async () => {
    await keep(old, 0, {}, { checkpoint: { offsets: { t: 1 } } });
    await keep(rebuilt, 0, { a: {} }, { checkpoint: { offsets: { t: 2 } } });
    const comparison = await compared();
    expect([isSame(comparison), comparison.unfinished]).toEqual([true, 1]);
  });

  it('have nothing to compare if one of them is gone', async () => {
    await keep(rebuilt, 0, { a: {} });
    const comparison = await compareStates(undefined, rebuilt, 2, new Set());
    expect([isSame(comparison), comparison.before, comparison.after.count]).toEqual([true, undefined, 1]);
  });
});
