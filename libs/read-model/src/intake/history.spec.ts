import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AnyEvent } from '@assay/events';
import { EmbeddedLog } from '@assay/messaging';
import { digestOf, emitted, planOn, tell, wholeStory } from '../../test/fixtures.ts';
import { History } from './history.ts';

let log: EmbeddedLog;
let history: History;
beforeEach(() => {
  log = new EmbeddedLog(':memory:', 1);
  history = new History(log);
});
afterEach(() => log.close());

const start = Date.parse('2026-11-24T09:00:00.000Z');
const timeOf = (seconds: number): string => new Date(start + seconds * 1_000).toISOString();
const notification = (n: number, seconds: number): AnyEvent =>
  emitted('notification.received', { digest: digestOf(n) }, { id: `notification-${n}`, time: timeOf(seconds) });
const found = async (n: number, seconds: number): Promise<number | undefined> =>
  (await history.notification(digestOf(n), `notification-${n}`, start + seconds * 1_000))?.offset;

describe('the log itself, read by people', () => {
  it('has a notification before its push, among many, however the others are dated', async () => {
    // A sweep dates its notifications at its start, so old times follow newer ones.
    const many = Array.from({ length: 4_000 }, (_, n) => notification(n, n % 3 === 0 ? 0 : n));
    await tell(log, ...many);
    for (const n of [0, 1, 2, 499, 500, 501, 1_999, 3_000, 3_998, 3_999]) expect(await found(n, n), String(n)).toBe(n);
  });

  it('is searched no further back than a notification can lie', async () => {
    await tell(log, ...Array.from({ length: 11_000 }, (_, n) => notification(n, n / 1_000)));
    expect([await found(10_999, 11), await found(10, 11)]).toEqual([10_999, undefined]);
  });

  it('finds a notification of long ago by the time of its push', async () => {
    await tell(log, ...Array.from({ length: 11_000 }, (_, n) => notification(n, n)));
    for (const n of [0, 10, 5_000, 10_999]) expect(await found(n, n), String(n)).toBe(n);
  });

  it('is not read past its end, which Kafka refuses', async () => {
    const cut = new History({
      partitions: 1,
      end: () => Promise.resolve(5),
      read: () => {
        throw new Error('offset out of range');
      },
    });
    expect(await cut.at('image.pushed', 0, 5)).toBeUndefined();
    await expect(cut.at('image.pushed', 0, 4)).rejects.toThrow('out of range');
  });

  it('has no notification that was never there, and no record that it cannot read', async () => {
    await tell(log, notification(1, 1));
    expect([await found(2, 1), await found(1, 1)]).toEqual([undefined, 0]);
    await log.append([{ topic: 'notification.received', partition: 0, key: 'x', headers: { ce_id: 'x' }, value: '{' }]);
    expect(await history.at('notification.received', 0, 1)).toBeUndefined();
    expect(await history.at('notification.received', 0, 2)).toBeUndefined();
    expect(await found(1, 1)).toBe(0);
  });

  it('has an event at its place', async () => {
    const [pushed] = wholeStory();
    await tell(log, pushed!);
    expect(await history.at('image.pushed', 0, 0)).toMatchObject({
      event: { id: pushed!.id, topic: 'image.pushed' },
      partition: 0,
      offset: 0,
    });
  });

  it('has the wanted changes of a config topic, each once', async () => {
    const plans = (['Standard', 'Free'] as const).map((tier) => planOn({ tier }));
    await tell(log, ...plans, ...plans);
    expect(
      (await history.config('plan.changed', ({ data }) => data.tier === 'Free')).map(({ offset }) => offset),
    ).toEqual([1]);
    expect(await history.config('plan.changed', () => true)).toHaveLength(2);
  });
});
