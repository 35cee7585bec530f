import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { describeStore } from '@assay/testing';
import { startRedis, type Server } from '../../../../tools/services/index.ts';
import { openRedisStore } from './open.ts';
import { redisSettings } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-redis-'));
let server: Server;
let services = 0;
beforeAll(async () => { server = await startRedis({ folder }); });
afterAll(async () => { await server.stop(); rmSync(folder, { recursive: true, force: true }); });

describeStore('Redis', () => openRedisStore({ settings: redisSettings({ ASSAY_REDIS_URL: server.url }), service: `s${(services += 1)}`, partitions: 4, onError: () => undefined }));
