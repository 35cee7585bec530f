import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { describeLog } from '@assay/testing';
import { startKafka, type Kafka } from '../../../../tools/services/index.ts';
import { openKafkaLog } from './open.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-kafka-'));
let kafka: Kafka;
beforeAll(async () => { kafka = await startKafka({ folder }); });
afterAll(async () => { await kafka.stop(); rmSync(folder, { recursive: true }); });

describeLog('Kafka', () => openKafkaLog(
  { brokers: [kafka.url], replication: 1, minInsync: 1, sessionMs: 10_000, prefix: `${randomUUID()}.` },
  { partitions: 4, clientId: 'contract', topics: ['image.pushed', 'scan.approved', 'plan.changed'] }));
