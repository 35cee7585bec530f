import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKafkaLog, type KafkaLog } from '@assay/messaging';
import { startKafka, type Kafka } from '../../../../tools/services/index.ts';
import { digestOf, emitted, planOn, tell, wholeStory } from '../../test/fixtures.ts';
import { History } from './history.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-history-'));
let kafka: Kafka;
let log: KafkaLog;
beforeAll(async () => {
  kafka = await startKafka({ folder });
  log = await openKafkaLog(
    { brokers: [kafka.url], replication: 1, minInsync: 1, sessionMs: 6000 },
    { partitions: 1, clientId: 'test', topics: ['notification.received', 'image.pushed', 'plan.changed'] },
  );
});
afterAll(async () => {
  await log.close();
  await kafka.stop();
  rmSync(folder, { recursive: true });
});

describe('the log in Kafka, read by people', () => {
  it('has the notification of a push among many, and each event at its place', async () => {
    const history = new History(log);
    const at = (seconds: number): string => new Date(Date.parse('2026-11-24') + seconds * 1_000).toISOString();
    const many = Array.from({ length: 3_000 }, (_, n) =>
      emitted(
        'notification.received',
        { digest: digestOf(n) },
        { id: `notification-${n}`, time: at(n % 3 === 0 ? 0 : n) },
      ),
    );
    for (let from = 0; from < many.length; from += 300) await tell(log, ...many.slice(from, from + 300));
    for (const n of [0, 1, 1_500, 2_999])
      expect(
        (await history.notification(digestOf(n), `notification-${n}`, Date.parse(at(n))))?.event.id,
        String(n),
      ).toBe(`notification-${n}`);
    expect(await history.notification(digestOf(1), 'another', Date.parse(at(1)))).toBeUndefined();

    const [pushed] = wholeStory();
    await tell(log, pushed!, planOn(), planOn({ tier: 'Free' }));
    const end = await log.end('image.pushed', 0);
    expect([
      (await history.at('image.pushed', 0, 0))?.event.id,
      await history.at('image.pushed', 0, end),
      await history.at('image.pushed', 0, end + 10),
    ]).toEqual([pushed!.id, undefined, undefined]);
    expect(await history.config('plan.changed', ({ data }) => data.tier === 'Free')).toHaveLength(1);
  });
});
