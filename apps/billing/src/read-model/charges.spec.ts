import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { EmbeddedStore, maxSummaryBytes, StoreIncomplete, type CheckpointChange } from '@assay/event-sourcing';
import { EmbeddedLog, recordOf } from '@assay/messaging';
import { eventOf } from '@assay/testing';
import { stateVersion } from '../domain/decider.ts';
import type { Emitted } from '../domain/state.ts';
import { summarise } from '../domain/summary.ts';
import { usageCharged, type UsageCharged } from '../export/example.ts';
import { Charges, type ChargesFilter, type ChargesPosition } from './charges.ts';
import { dayOf, isPeriod, monthOf } from './period.ts';
import { totalsOf } from './totals.ts';

const none = { charges: [], waiting: [] };
const everything = { period: undefined, isShown: () => true };

describe('charges', () => {
  let store: EmbeddedStore;
  let log: EmbeddedLog;
  beforeEach(async () => {
    [store, log] = [new EmbeddedStore(':memory:'), new EmbeddedLog(':memory:', 3)];
    for (const partition of [0, 1, 2])
      await setCheckpoint(partition, { restored: true, stateVersion, evaluated: true });
  });
  afterEach(async () => {
    await store.close();
    await log.close();
  });

  const setCheckpoint = async (partition: number, checkpoint: CheckpointChange): Promise<void> => {
    const { epoch } = (await store.claim(partition, 0)).checkpoint;
    await store.transact(partition, epoch, {
      checkpoint,
      outbox: [],
      jobs: { put: [], remove: [] },
      park: [],
      states: [],
    });
  };

  const reads = () => ({
    checkpoint: store.checkpoint.bind(store),
    read: store.read.bind(store),
    scan: store.scan.bind(store),
    summaries: store.summaries.bind(store),
  });

  /** Keeps a state with its summary, as a partition processor does. */
  const keep = async (partition: number, key: string, ...charges: UsageCharged[]): Promise<void> => {
    const state = { received: {}, emitted: Object.groupBy(charges, ({ subscriptionId }) => subscriptionId) as Emitted };
    const summary = summarise(state);
    const { checkpoint } = await store.claim(partition, 0);
    await store.transact(partition, checkpoint.epoch, {
      checkpoint: {},
      outbox: [],
      jobs: { put: [], remove: [] },
      park: [],
      states: [
        {
          key,
          state: JSON.stringify(state),
          ...(summary.length <= maxSummaryBytes ? { summary } : {}),
        },
      ],
    });
  };

  it('are those of a period by time, then by id, from all partitions', async () => {
    const [late, early, twin, before] = [
      ['c', '2026-11-30T23:59:59.999Z'],
      ['b', '2026-11-01T00:00:00.000Z'],
      ['a', '2026-11-30T23:59:59.999Z'],
      ['d', '2026-10-31T23:59:59.999Z'],
    ].map(([chargeId, chargedFor]) =>
      usageCharged({ chargeId: chargeId!, chargedFor: chargedFor!, subscriptionId: chargeId! }),
    );
    await keep(0, 'k1', late!, before!);
    await keep(1, 'k2', early!);
    await keep(2, 'k3', twin!);
    const charges = new Charges({ store, log });
    expect((await charges.of('2026-11')).charges.map(({ chargeId }) => chargeId)).toEqual(['b', 'a', 'c']);
    expect((await charges.of()).charges.map(({ chargeId }) => chargeId)).toEqual(['d', 'b', 'a', 'c']);
    expect(await charges.of('2026-12')).toEqual(none);
  });

  it('are complete for any number of keys in a partition', async () => {
    for (let n = 0; n < 1001; n += 1) await keep(0, `key-${n}`, usageCharged({ chargeId: `charge-${n}` }));
    const { charges: found } = await new Charges({ store, log }).of();
    expect(new Set(found.map(({ chargeId }) => chargeId)).size).toBe(1001);
    expect(totalsOf(found)).toEqual([{ currency: 'USD', amount: '290.29', charges: 1001 }]);
  });

  const paged = async (charges: Charges, filter: ChargesFilter, most: number): Promise<string[][]> => {
    const pages: string[][] = [];
    for (let after: ChargesPosition | undefined; pages.length < 10;) {
      const page = await charges.page(filter, after, most);
      pages.push(page.charges.map(({ chargeId }) => chargeId));
      after = page.last;
      if (!after) return pages;
    }
    throw new Error('the pages do not end');
  };
  const november = '2026-11-24T09:15:02.600Z';
  const december = '2026-12-24T09:15:02.600Z';
  const charge = (chargeId: string, more: Partial<UsageCharged> = {}): UsageCharged =>
    usageCharged({ chargeId, chargedFor: november, ...more });

  it('come in pages, each image whole, of a month and of the registries that are shown', async () => {
    await keep(0, 'k1', charge('a'));
    await keep(0, 'k2', charge('b', { chargedFor: december }));
    await keep(1, 'k3', charge('c'), charge('d'), charge('e'));
    await keep(2, 'k4', charge('f'), charge('g', { registryId: 'other' }));
    await keep(2, 'k5', charge('h'));
    const charges = new Charges({ store, log });
    const of = { ...everything, period: '2026-11' };
    expect(await paged(charges, of, 2)).toEqual([['a'], ['c', 'd', 'e'], ['f', 'g'], ['h']]);
    expect(await paged(charges, of, 4)).toEqual([
      ['a', 'c', 'd', 'e'],
      ['f', 'g', 'h'],
    ]);
    expect(await paged(charges, everything, 100)).toEqual([['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']]);
    const isShown = (registryId: string): boolean => registryId === 'other';
    expect(await paged(charges, { ...of, isShown }, 1)).toEqual([['g']]);
    expect(await charges.sums({ ...of, isShown })).toEqual({
      all: [{ currency: 'USD', amount: '2.03', charges: 7 }],
      shown: [{ currency: 'USD', amount: '0.29', charges: 1 }],
      waiting: 0,
    });
    expect(await charges.sums({ ...everything, period: '2026-10' })).toEqual({ all: [], shown: [], waiting: 0 });
  });

  it('are summed up and found without reading any state but those of the page', async () => {
    // The charges of the last one are too many for a summary.
    const many = Array.from({ length: 20 }, (_, n) => charge(`many-${n}`));
    for (let n = 0; n < 6; n += 1) await keep(0, `key-${n}`, charge(`c${n}`));
    await keep(0, 'long', ...many);
    const read: string[] = [];
    const watched = {
      ...reads(),
      scan: () => Promise.reject(new Error('a scan reads every state')),
      read: (partition: number, keys: readonly string[]) => {
        read.push(...keys);
        return store.read(partition, keys);
      },
    };
    const charges = new Charges({ store: watched, log });
    const { last } = await charges.page(everything, [0, 'key-1'], 2);
    expect([last, read.splice(0)]).toEqual([
      [0, 'key-3'],
      ['long', 'key-2', 'key-3'],
    ]);
    expect((await charges.sums(everything)).all).toMatchObject([{ charges: 26 }]);
    expect(read).toEqual(['long']);
  });

  it.each<[string, CheckpointChange, string]>([
    ['restored', { restored: false, evaluated: false }, 'partition 1 of 0 to 2 is not restored yet'],
    ['evaluated', { restored: true, stateVersion, evaluated: false }, 'partition 1 of 0 to 2 is not evaluated yet'],
  ])('are refused while a partition is not %s', async (_, head, message) => {
    const charges = new Charges({ store, log });
    expect(await charges.incompleteReason()).toBeUndefined();
    await setCheckpoint(1, head);
    await expect(charges.of()).rejects.toThrow(StoreIncomplete);
    expect(await charges.incompleteReason()).toContain(message);
    await setCheckpoint(1, { restored: true, stateVersion, evaluated: true });
    expect([await charges.of(), await charges.incompleteReason()]).toEqual([none, undefined]);
  });

  it('are refused before a partition was ever claimed', async () => {
    const charges = new Charges({ store: new EmbeddedStore(':memory:'), log });
    await expect(charges.of()).rejects.toThrow(StoreIncomplete);
    expect(await charges.incompleteReason()).toContain('partition 0 of 0 to 2');
  });

  it('are refused while the store does not answer, and the probe reports why', async () => {
    const away = { ...reads(), checkpoint: () => Promise.reject(new Error('Redis is away')) };
    expect(await new Charges({ store: away, log }).incompleteReason()).toBe(
      'the store of billing cannot be read: Redis is away',
    );
    await expect(new Charges({ store: away, log }).of()).rejects.toThrow('Redis is away');
  });

  it('are refused if the store was restored during the read', async () => {
    const emptied = {
      ...reads(),
      scan: async () => {
        await setCheckpoint(0, { restored: true, stateVersion, evaluated: true });
        return [];
      },
    };
    await expect(new Charges({ store: emptied, log }).of()).rejects.toThrow('got another owner meanwhile');
  });

  it('are refused if the log cannot be read further, with the reason', async () => {
    const read = log.read.bind(log);
    log.read = (topic, ...where) => {
      if (topic !== 'finding.classified') return read(topic, ...where);
      throw Object.assign(new Error('finding.classified/1 at 0: damaged'), { code: 'x', remedy: 'restore it' });
    };
    const charges = new Charges({ store, log });
    expect(await charges.of()).toEqual(none);
    await log.append([{ topic: 'finding.classified', partition: 1, key: 'k', value: '{}', headers: {} }]);
    await expect(charges.of()).rejects.toMatchObject({
      message: 'billing has not consumed all events: finding.classified/1 at 0: damaged; restore it',
      needsOperator: true,
    });
    await setCheckpoint(1, { offsets: { 'finding.classified': 1 } });
    expect(await charges.of()).toEqual(none);
  });

  it('are refused if the store was rolled back behind the log', async () => {
    const emitted = (sequence: string) => [
      { ...recordOf(eventOf('usage.charged', 'k', usageCharged({}), { sequence }), log.partitions), partition: 2 },
    ];
    await log.append(emitted('7.3'));
    await setCheckpoint(2, { lastEmitted: '7.3' });
    expect(await new Charges({ store, log }).of()).toEqual(none);
    await log.append(emitted('7.4'));
    await expect(new Charges({ store, log }).of()).rejects.toThrow(
      'was rolled back: partition 2 lacks events of the log',
    );
  });

  it('are refused if the read began in a store that was rolled back, which its owner restores meanwhile', async () => {
    await log.append([
      { ...recordOf(eventOf('usage.charged', 'k', usageCharged({}), { sequence: '7.4' }), 3), partition: 0 },
    ]);
    const { checkpoint } = await store.claim(0, 0);
    const restored = {
      ...reads(),
      scan: async () => {
        const change = { outbox: [], jobs: { put: [], remove: [] }, park: [], states: [] };
        await store.transact(0, checkpoint.epoch, { ...change, checkpoint: { lastEmitted: '7.4' } });
        return [];
      },
    };
    await expect(new Charges({ store: restored, log }).of()).rejects.toThrow('was rolled back: partition 0');
    await restored.scan();
    expect(await new Charges({ store, log }).of()).toEqual(none);
  });
});

describe('totals', () => {
  it('are exact sums per currency', () => {
    expect(
      totalsOf(
        [
          ['0.1', 'USD'],
          ['0.2', 'USD'],
          ['1', 'EUR'],
          ['-0.10', 'EUR'],
          ['0.000000000000000000001', 'USD'],
        ].map(([amount, currency]) => ({ amount: amount!, currency: currency! })),
      ),
    ).toEqual([
      { currency: 'EUR', amount: '0.90', charges: 2 },
      { currency: 'USD', amount: '0.300000000000000000001', charges: 2 + 1 },
    ]);
    expect(totalsOf([])).toEqual([]);
  });

  it('equal the sum of the charges in the smallest unit', () =>
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), { minLength: 1 }), (cents) => {
        const text = (n: bigint): string =>
          `${n < 0n ? '-' : ''}${String(n < 0n ? -n : n)
            .padStart(3, '0')
            .replace(/(..)$/, '.$1')}`;
        expect(totalsOf(cents.map((n) => ({ amount: text(n), currency: 'USD' })))[0]!.amount).toBe(
          text(cents.reduce((a, b) => a + b, 0n)),
        );
      }),
    ));
});

describe('a period', () => {
  it.each([
    ['2026-11', true],
    ['2026-01', true],
    ['2026-12', true],
    ['2026-13', false],
    ['2026-00', false],
    ['2026-1', false],
    ['2026-11-01', false],
    ['', false],
    ['nov', false],
    ['0000-01', false],
    ['2026-11\n', false],
  ])('written %j is one: %s', (text, is) => expect(isPeriod(text)).toBe(is));

  it('ends where the next period begins, also in December and February', () => {
    expect(monthOf('2026-12-31T23:59:59.999Z')).toEqual({ start: '2026-12-01T00:00:00Z', end: '2027-01-01T00:00:00Z' });
    expect(dayOf('2028-02-29T10:00:00.000Z')).toEqual({ start: '2028-02-29T00:00:00Z', end: '2028-03-01T00:00:00Z' });
  });
});
