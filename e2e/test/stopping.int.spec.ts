import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { pushLayout } from '@assay/local-registry';
import { kafkaSettings, openKafkaLog } from '@assay/messaging';
import { eventually, patienceMs } from '@assay/testing';
import { Random } from '../simulation/world/random.ts';
import { closeSight, conclude, openSight } from '../torment/aftermath.ts';
import { readAll } from '../torment/checker/reading.ts';
import { headOf, wholeSets } from '../torment/checker/sets.ts';
import { truthfully } from '../torment/checker/truth.ts';
import { Load } from '../torment/load/load.ts';
import { TormentScene } from '../torment/scene/scene.ts';
import { settled, startDistributed, temporaryFolder } from './distributed.ts';
import { ScanCounter, slowScanner } from './fake-scanner.ts';
import { images } from './suite.ts';

const partitions = 6;

it('loses and doubles nothing when each service is asked to end under load, and each ends by itself', async () => {
  const scene = await TormentScene.start({ folder: await temporaryFolder(), replicas: 1, random: new Random(1) });
  onTestFinished(() => scene.stop());
  const sight = await openSight(scene);
  onTestFinished(() => closeSight(sight));
  const failed: string[] = [];
  const load = new Load({
    registries: scene.registries,
    random: new Random(2),
    everyMs: 500,
    failed: (_, error) => failed.push(String(error)),
  });
  const over = new AbortController();
  const pushing = load.run(over.signal);
  for (const each of scene.suite.processes) {
    await eventually(async () => load.pushes.length > 5);
    await each.stop('SIGTERM', patienceMs);
    expect(each.end, `${each.service}: ${each.lastLines(3)}`).toBe(0);
    each.start();
    await each.ready();
  }
  over.abort();
  await pushing;
  scene.relay.healthy = true;
  const { faults } = await conclude(scene, sight, {
    truth: truthfully({ pushes: load.pushes, taken: scene.relay.taken }),
    patienceMs,
    print: () => undefined,
    signal: AbortSignal.timeout(5 * patienceMs),
  });
  expect(failed).toEqual([]);
  expect(faults).toEqual([]);
});

it('hands a scan back that a runner asked to end was in the middle of, and counts no attempt', async () => {
  const layout = join(images, 'debian-13.8');
  const { suite, kafka } = await startDistributed({
    env: {
      ASSAY_PARTITIONS: String(partitions),
      ASSAY_TRIVY: await slowScanner(await temporaryFolder(), [layout], 10),
    },
  });
  const [runner] = suite.of('sandbox-runner');
  const counter = new ScanCounter(() => (runner!.pid === undefined ? [] : [runner!.pid]));
  onTestFinished(() => counter.stop());
  const { digest } = await pushLayout(layout, {
    registry: suite.endpoint.registries[0]!.loginServer,
    repository: 'team/slow',
    tag: 'v1',
    plainHttp: true,
  });
  await eventually(async () => counter.running === 1);
  await runner!.stop('SIGTERM', patienceMs);
  expect(runner!.end).toBe(0);
  await eventually(() => counter.running === 0);
  runner!.start();
  expect(await settled(suite, digest, 'team/slow')).toMatchObject({ status: 'healthy' });

  const log = await openKafkaLog(kafkaSettings({ ASSAY_KAFKA_BROKERS: kafka.url, ASSAY_KAFKA_REPLICATION: '1' }), {
    partitions,
    clientId: 'test',
  });
  onTestFinished(() => log.close());
  const reading = await readAll(log);
  expect(wholeSets(reading.of('scan.completed')).map((set) => [headOf(set).outcome, headOf(set).attempt])).toEqual([
    ['succeeded', 1],
  ]);
  expect(reading.of('scan.started').map(({ event: { data } }) => data.attempt)).toEqual([1]);
  expect(counter.begun).toBe(2);
});
