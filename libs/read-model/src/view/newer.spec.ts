import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { typeOf, type AnyEvent } from '@assay/events';
import { EmbeddedLog, type Wait } from '@assay/messaging';
import { knowNextVersion } from '@assay/testing';
import { suite } from '../../../../apps/recommendation/test/suite.ts';
import { digestOf, planOn, recordsOf, registryObserved, wholeStory } from '../../test/fixtures.ts';

const setting = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-newer-'));
  const log = new EmbeddedLog(join(folder, 'log.db'), 4);
  const waits: Wait[] = [];
  const opened = await suite({
    path: join(folder, 'view.duckdb'),
    log,
    freshMs: 100,
    onWait: (wait) => {
      waits.push(wait);
    },
  });
  onTestFinished(async () => {
    await log.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { folder, log, waits, assay: opened };
};

const newer = (event: AnyEvent, log: EmbeddedLog) =>
  recordsOf([event], log.partitions).map((record) => ({
    ...record,
    headers: { ...record.headers, ce_type: typeOf(event.topic, 2) },
  }));

it('answers as of its last complete read while the log needs an upgrade, and continues after it', async () => {
  const { folder, log, waits, assay } = await setting();
  const [first, second] = [wholeStory({ digest: digestOf(1) }), wholeStory({ digest: digestOf(2) })];
  await assay.publish(registryObserved(), planOn(), ...first, ...second.slice(0, -1));
  const known = await assay.get('/assay/images');
  expect([known.status, known.headers['x-assay-as-of']]).toEqual([200, undefined]);
  await log.append(newer(second.at(-1)!, log));
  await expect.poll(() => waits.length).toBe(1);
  await expect.poll(async () => (await assay.get('/assay/images')).headers['x-assay-as-of']).toBeDefined();
  expect(waits).toMatchObject([{ topic: second.at(-1)!.topic, code: 'newer-version', remedy: 'upgrade this service' }]);
  expect(assay.view.waits).toEqual(waits);
  expect((await assay.get('/assay/images')).body).toEqual(known.body);
  // None of those events is parked, and all other topics are still consumed.
  expect((await assay.get('/assay/parked')).body.value).toEqual([]);
  await assay.publish(...wholeStory({ digest: digestOf(3) }).filter(({ topic }) => topic !== second.at(-1)!.topic));
  await expect
    .poll(async () => (await assay.get('/assay/images')).body.value.map(({ digest }: { digest: string }) => digest))
    .toContain(digestOf(3));
  await assay.app.close();
  const back = knowNextVersion(second.at(-1)!.topic);
  onTestFinished(back);
  const upgraded = await suite({ path: join(folder, 'view.duckdb'), log });
  onTestFinished(() => upgraded.app.close());
  await upgraded.publish();
  const { body, headers } = await upgraded.get(`/assay/images/${digestOf(2)}`);
  expect(headers['x-assay-as-of']).toBeUndefined();
  expect(JSON.stringify(body)).toContain('unhealthy');
  expect(upgraded.view.waits).toEqual([]);
});
