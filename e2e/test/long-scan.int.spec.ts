import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { fenceType } from '@assay/events';
import { pushLayout } from '@assay/local-registry';
import { kafkaSettings, openKafkaLog, partitionOf, type EventLog } from '@assay/messaging';
import { eventually } from '@assay/testing';
import { headOf, wholeSets } from '../torment/checker/sets.ts';
import { readAll } from '../torment/checker/reading.ts';
import { variant } from '../variant.ts';
import { settled, startDistributed, temporaryFolder } from './distributed.ts';
import { ScanCounter, slowScanner } from './fake-scanner.ts';
import { images } from './suite.ts';

/** Four sessions by default; with ASSAY_LONG_SCAN_SECONDS=180, eighteen. */
const seconds = Number(process.env['ASSAY_LONG_SCAN_SECONDS'] ?? 40);
const [partitions, sessionMs] = [6, 10_000];

/** One image per partition: scans are in progress in every partition that may move to the new replica. */
const layoutsIn = (folder: string): { readonly layout: string; readonly digest: string }[] => {
  const found = new Map<number, { layout: string; digest: string }>();
  for (let number = 1; found.size < partitions; number += 1) {
    const layout = variant(join(images, 'debian-13.8'), join(folder, `variant-${number}`), number);
    const {
      manifests: [{ digest }],
    } = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as { manifests: [{ digest: string }] };
    if (!found.has(partitionOf(digest, partitions))) found.set(partitionOf(digest, partitions), { layout, digest });
  }
  return [...found.values()];
};

it('scans once what takes longer than a session, while a second runner joins', async () => {
  const folder = await temporaryFolder();
  const made = layoutsIn(folder);
  const env = {
    ASSAY_PARTITIONS: String(partitions),
    ASSAY_KAFKA_SESSION_MS: String(sessionMs),
    ASSAY_SANDBOX_SLOTS: String(partitions),
    ASSAY_TRIVY: await slowScanner(
      folder,
      made.map(({ layout }) => layout),
      seconds,
    ),
  };
  const { suite, kafka } = await startDistributed({ env });
  const counter = new ScanCounter(() =>
    suite.of('sandbox-runner').flatMap(({ pid }) => (pid === undefined ? [] : [pid])),
  );
  onTestFinished(() => counter.stop());
  const { loginServer } = suite.endpoint.registries[0]!;
  for (const [at, { layout }] of made.entries())
    await pushLayout(layout, { registry: loginServer, repository: 'team/slow', tag: `v${at}`, plainHttp: true });
  await eventually(async () => counter.running === partitions);

  await (await suite.add('sandbox-runner')).ready();
  for (const { digest } of made) expect(await settled(suite, digest, 'team/slow')).toMatchObject({ status: 'healthy' });

  const log = await openKafkaLog(kafkaSettings({ ASSAY_KAFKA_BROKERS: kafka.url, ASSAY_KAFKA_REPLICATION: '1' }), {
    partitions,
    clientId: 'test',
  });
  onTestFinished(() => log.close());
  const reading = await readAll(log);
  const scans = wholeSets(reading.of('scan.completed')).map(headOf);
  expect(scans.map(({ digest }) => digest).toSorted()).toEqual(made.map(({ digest }) => digest).toSorted());
  expect(
    scans.every(
      ({ outcome, attempt, scannerMs }) => outcome === 'succeeded' && attempt === 1 && scannerMs >= seconds * 1000,
    ),
    'the first attempt is the one that counts',
  ).toBe(true);
  expect(reading.of('scan.started').map(({ event: { data } }) => data.attempt)).toEqual(made.map(() => 1));
  expect(counter.begun, 'scans that were really run').toBe(partitions);
  expect(await movedIn(log), 'partitions that changed hands').toBeGreaterThan(0);
});

/** How many partitions were claimed again: each claim writes a fence. */
const movedIn = async (log: EventLog): Promise<number> => {
  let moved = 0;
  for (let partition = 0; partition < partitions; partition += 1) {
    let fences = 0;
    for await (const { records } of log.read(
      'scan.completed',
      partition,
      0,
      await log.end('scan.completed', partition),
    ))
      fences += records.filter(({ headers }) => headers.ce_type === fenceType).length;
    if (fences > 1) moved += 1;
  }
  return moved;
};
