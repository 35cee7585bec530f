import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BlobFailure, blobOf, ConfigFollower, type BlobStore, type PartitionCheckpoint } from '@assay/event-sourcing';
import { EmbeddedLog, recordOf } from '@assay/messaging';
import { eventOf } from '@assay/testing';
import type { Config as Followed } from '../domain/config.ts';
import { billingProgram, stateVersion } from '../domain/decider.ts';
import { listPrices } from '../domain/prices.ts';
import { usageCharged } from '../export/example.ts';
import { Lines } from '../export/lines.ts';
import { nameless } from '../export/naming.ts';
import type { Bill, Charges } from '../read-model/charges.ts';
import { Closing } from './closing.ts';

const order = { id: 'order', by: 'ana', why: 'month end' };

describe('closing a month', () => {
  let log: EmbeddedLog;
  let config: ConfigFollower<Followed>;
  let heads: PartitionCheckpoint[];
  let checkpointReads: number;
  let reads: number;
  let bill: Bill;
  const kept = new Map<string, Buffer>();
  let away: BlobFailure | undefined;
  const blobs: Pick<BlobStore, 'put' | 'get'> = {
    put: async (bytes) => {
      if (away) throw away;
      const blob = blobOf(bytes);
      kept.set(blob.dataref, bytes);
      return blob;
    },
    get: async (dataref) => {
      if (away) throw away;
      const bytes = kept.get(dataref);
      if (!bytes) throw new BlobFailure('blob-unknown', `${dataref} is gone`);
      return bytes;
    },
  };

  beforeEach(async () => {
    log = new EmbeddedLog(':memory:', 2);
    config = new ConfigFollower(billingProgram(listPrices), ['period.changed']);
    await config.start(log);
    const head: PartitionCheckpoint = {
      epoch: 7,
      offsets: {},
      read: {},
      lastSequences: {},
      lastEmitted: '0.0',
      configEvaluated: { 'period.changed': 1 },
      configUsed: {},
      restored: true,
      stateVersion,
      evaluated: true,
    };
    [heads, checkpointReads, reads, bill] = [
      [head, head],
      0,
      0,
      { charges: [usageCharged({ chargedFor: '2026-10-24T09:15:02.600Z' })], waiting: [] },
    ];
    kept.clear();
    away = undefined;
  });
  afterEach(async () => {
    await config.close();
    await log.close();
  });

  const closing = () =>
    new Closing({
      log,
      config,
      blobs,
      lines: new Lines(nameless),
      now: () => Date.parse('2026-11-02T00:00:00Z'),
      store: {
        checkpoint: async (partition) => {
          checkpointReads += 1;
          return heads[partition];
        },
      },
      charges: {
        of: async () => {
          reads += 1;
          return bill;
        },
      } as unknown as Charges,
    });

  it.each<[string, Partial<PartitionCheckpoint>, (head: PartitionCheckpoint) => Promise<void>]>([
    [
      'not every partition has evaluated its charges',
      { configEvaluated: {} },
      async (head) => {
        heads = [head, { ...head, configEvaluated: { 'period.changed': 1 } }];
      },
    ],
    [
      'has everything that it charged in the log',
      { lastEmitted: '7.4' },
      async () => {
        const record = recordOf(eventOf('usage.charged', 'k', usageCharged({}), { sequence: '7.4' }), log.partitions);
        await log.append([{ ...record, partition: 1 }]);
      },
    ],
  ])('writes no file before every partition %s', async (_, missing, supply) => {
    const [whole] = heads as [PartitionCheckpoint];
    heads = [whole, { ...whole, ...missing }];
    const closed = closing().close('2026-10', order);
    await expect.poll(() => config.value.periods.get('2026-10')?.state).toBe('closing');
    const before = checkpointReads;
    await expect.poll(() => checkpointReads).toBeGreaterThan(before + 5);
    expect([reads, kept.size]).toEqual([1, 0]);
    await supply(whole);
    expect(await closed).toMatchObject({ state: 'closed', file: { charges: 1 } });
    expect([reads, kept.size]).toEqual([2, 1]);
  });

  it('publishes nothing before earlier classifications were received', async () => {
    const [whole] = heads as [PartitionCheckpoint];
    await log.append([{ topic: 'finding.classified', partition: 0, key: 'k', value: '{}', headers: {} }]);
    const closed = closing().close('2026-10', order);
    await expect.poll(() => checkpointReads).toBeGreaterThan(5);
    expect(await log.end('period.changed', 0)).toBe(0);
    heads = [{ ...whole, offsets: { 'finding.classified': 1 } }, whole];
    expect(await closed).toMatchObject({ state: 'closed' });
  });

  it('keeps the file published first if two requests close the month at once', async () => {
    heads = heads.map((head) => ({ ...head, configEvaluated: { 'period.changed': 2 } }));
    const [one, other] = await Promise.all([
      closing().close('2026-10', order),
      closing().close('2026-10', { ...order, id: 'other', by: 'bob' }),
    ]);
    expect(one).toEqual(other);
    expect(await closing().close('2026-10', { ...order, id: 'third' })).toEqual(one);
  });

  it('of a closed month whose file is gone answers 409', async () => {
    await closing().close('2026-10', order);
    expect(await closing().close('2026-10', order)).toMatchObject({ state: 'closed' });
    kept.clear();
    await expect(closing().close('2026-10', order)).rejects.toMatchObject({ code: 'ClosedFileDamaged' });
  });

  it.each([
    ['blobs-unreachable', 'nobody answers: see whether it can be reached'],
    ['blobs-unauthorized', 'it refuses: check the signature'],
  ] as const)('reports %s of the file store, and continues after it', async (code, why) => {
    away = new BlobFailure(code, why);
    const refused = { code: 'ServiceUnavailable', message: expect.stringContaining(why) as string };
    await expect(closing().close('2026-10', order)).rejects.toMatchObject(refused);
    away = undefined;
    const period = await closing().close('2026-10', order);
    expect(period).toMatchObject({ state: 'closed' });
    away = new BlobFailure(code, why);
    await expect(closing().file(period)).rejects.toMatchObject(refused);
  });

  it('exports its file only if it has the recorded content', async () => {
    const period = await closing().close('2026-10', order);
    const file = period.file!;
    expect(await closing().file(period)).toBe(kept.get(file.dataref)!.toString());
    for (const other of [
      { charges: 2 },
      { bytes: file.bytes + 1 },
      { totals: [{ currency: 'USD', amount: '0.30', charges: 1 }] },
      { totals: [] },
    ]) {
      await expect(
        closing().file({ ...period, file: { ...file, ...other } }),
        JSON.stringify(other),
      ).rejects.toMatchObject({ code: 'ClosedFileDamaged' });
    }
  });
});
