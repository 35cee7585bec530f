import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { expect, it, onTestFinished } from 'vitest';
import { silent } from '@assay/event-sourcing';
import { EmbeddedLog, recordOf } from '@assay/messaging';
import { startTelemetry } from '@assay/telemetry';
import { clientOn, opened, redisOf } from '../../../libs/event-sourcing/test/redis.ts';
import { classified } from '../test/fixtures.ts';
import { faultOf } from './export/tally.ts';
import { billing } from './index.ts';

const images = 1500;

it('exports a complete month or nothing while Redis is emptied and restored', async () => {
  const server = await redisOf();
  const env = { ASSAY_REDIS_URL: server.url };
  const store = await opened(env, { service: 'billing', partitions: 4 });
  const log = new EmbeddedLog(':memory:', 4);
  onTestFinished(() => log.close());
  const running = await billing.start({
    log,
    store,
    env: {},
    observer: silent,
    telemetry: await startTelemetry({ version: '0', env: {} }),
    blobs: undefined as never,
    folder: '',
    home: '',
    progress: () => undefined,
    fatal: () => undefined,
  });
  onTestFinished(() => running.close());
  const get = (url: string) => (running.app as NestFastifyApplication).inject({ method: 'GET', url });
  await log.append(
    Array.from({ length: images }, (_, n) =>
      recordOf(
        {
          ...classified({ digest: `sha256:${String(n).padStart(64, '0')}`, scanId: `scan-${n}` }, { id: `event-${n}` }),
          sequence: `1.${n + 1}`,
        },
        4,
      ),
    ),
  );
  const export_ = '/assay/export?format=focus-csv&period=2026-11';
  const count = async (): Promise<unknown> => {
    const { statusCode, headers } = await get(export_);
    return statusCode === 200 ? Number(headers['x-assay-charges']) : statusCode;
  };
  await expect.poll(count).toBe(images);
  const whole = (await get(export_)).body;

  const client = await clientOn(env);
  const answers: { status: number; charges: number; ready: boolean }[] = [];
  for (let emptied = 0; emptied < 3; emptied += 1) {
    await client.flushall();
    const refusals = answers.length;
    // Poll until an export was refused at least once and the service is ready again.
    await expect
      .poll(
        async () => {
          const [file, list] = [await get(export_), await get('/assay/charges?period=2026-11')];
          const ready = (await running.ready!()) === undefined;
          answers.push({
            status: file.statusCode,
            charges: file.statusCode === 200 ? Number(file.headers['x-assay-charges']) : images,
            ready,
          });
          if (file.statusCode === 200)
            expect([
              file.body === whole,
              faultOf(file.body, { charges: images, total: String(file.headers['x-assay-total']) }),
            ]).toEqual([true, undefined]);
          answers.push({
            status: list.statusCode,
            charges:
              list.statusCode === 200 ? list.json<{ totals: [{ charges: number }] }>().totals[0].charges : images,
            ready,
          });
          return answers.slice(refusals).some(({ status }) => status === 503) && file.statusCode === 200 && ready;
        },
        { interval: 200 },
      )
      .toBe(true);
  }
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 503]));
  expect(answers.filter(({ charges }) => charges !== images)).toEqual([]);
  expect(
    answers.some(({ ready }) => !ready),
    'a service without its charges is not ready',
  ).toBe(true);
});
