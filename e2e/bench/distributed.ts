import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { configTopics, keyedTopics } from '@assay/events';
import { pushLayout, startLocalRegistry } from '@assay/local-registry';
import { findSandbox } from '../../apps/sandbox-runner/dist/sandbox/index.js';
import { openTrivy } from '../../apps/sandbox-runner/dist/scanner/trivy/index.js';
import { localRegistry } from '../../apps/assay/dist/suite/local.js';
import { localRegistryOf } from '../../apps/assay/dist/suite/local-registry.js';
import { freePort } from '../../tools/services/index.ts';
import { DistributedSuite } from '../distributed/suite.ts';
import { variant } from '../variant.ts';
import { startBareHops, type BareHops } from './bare.ts';
import { logOn, served } from './kafka.ts';
import { digestOf, Listener } from './listener.ts';
import { home, images, median, quantile, print, temporary, type BenchRow } from './setting.ts';
import { unhurried } from '../unhurried.ts';

const restMs = 5000;
const quietMs = 300;
/** The budget was set on a machine on which six hops of kafkajs alone took 48 ms. */
const [targetMs, hops, hopsMs] = [50, 6, 8];
const passedOn = 'image.pushed';
/**
 * Six processes that have just started run uncompiled code, and so does a broker. The latency of a push halves over the
 * first few hundred pushes.
 */
const warmUps = 500;

const residentMb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1000;

/**
 * Six processes on Kafka and Redis: measures their memory at rest with telemetry on, and the time that they add to the
 * scanner's.
 */
export const measureDistributed = (count: number): Promise<BenchRow[]> =>
  served(async (servers) => {
    const folder = temporary('distributed');
    const [spec, secret, port] = [localRegistry(0), 'secret', await freePort()];
    // The runner's image carries its scanner. Fetching the scanner in the process would leave the process larger.
    await openTrivy({
      env: process.env,
      dataDirectory: home,
      sandbox: await findSandbox(process.env),
      onProgress: print,
    });
    const registry = await startLocalRegistry({
      directory: join(folder, 'registry'),
      host: '127.0.0.1',
      port: 0,
      webhook: { url: `http://127.0.0.1:${port}/ingest/acr`, headers: { authorization: `Bearer ${secret}` } },
    });
    const names = Array.from({ length: hops }, (_, at) => `hop-${at}.`);
    for (const name of names) await (await logOn(servers, name, [passedOn])).close();
    const log = await logOn(servers, '', [...keyedTopics, ...configTopics]);
    const suite = await DistributedSuite.start({
      folder: join(folder, 'suite'),
      port,
      registries: [
        {
          ...localRegistryOf(spec, registry.loginServer, secret),
          name: spec.name,
          subscriptionId: spec.subscriptionId,
          subscriptionName: spec.subscriptionName,
          secret,
        },
      ],
      // Nothing listens on this address: telemetry that cannot be exported costs as much memory as exported telemetry.
      env: {
        ...process.env,
        ...unhurried,
        ASSAY_HOME: home,
        ASSAY_KAFKA_BROKERS: servers.kafka.url,
        ASSAY_REDIS_URL: servers.redis.url,
        ASSAY_KAFKA_REPLICATION: '1',
        ASSAY_KAFKA_MIN_INSYNC: '1',
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}`,
      },
    });
    let bare: BareHops | undefined;
    try {
      await suite.switchOn(spec.subscriptionId);
      const listener = new Listener();
      await log.follow(['finding.classified', 'recommendation.changed'], {
        onBatch: (batch) => listener.receive(batch),
      });
      await pause(restMs);
      const memory = suite.processes.map(({ service, pid }): BenchRow => ({
        what: `memory of ${service} at rest, telemetry on`,
        measured: residentMb(pid!),
        unit: 'MB',
        target: service === 'recommendation' ? 350 : 180,
      }));

      bare = startBareHops(
        servers.kafka.url,
        names.map((name) => `${name}${passedOn}`),
      );
      const [overheads, bares]: [number[], number[]] = [[], []];
      for (let number = 0; number < count + warmUps; number += 1) {
        const layout = variant(join(images, 'alpine-3.20.3'), join(temporary('variant'), 'layout'), number);
        const digest = digestOf(layout);
        const latency = listener.until('recommendation.changed', 'alpine', digest);
        await pushLayout(layout, {
          registry: registry.loginServer,
          repository: 'alpine',
          tag: `v${number}`,
          plainHttp: true,
        });
        const ms = await latency;
        // Alternates with the push, because a machine's speed varies over time, and waits until the suite has finished
        // the push.
        if (number >= warmUps) await pause(quietMs);
        const bareMs = await bare.once();
        if (number < warmUps) continue;
        overheads.push(ms - (listener.scannerMs.get(digest) ?? 0));
        bares.push(bareMs);
      }
      const label = 'push to recommendation minus the scanner, over Kafka and Redis in six processes';
      return [
        ...memory,
        { what: `${label}, p50`, measured: median(overheads), unit: 'ms', target: targetMs },
        { what: `${label}, p99`, measured: quantile(overheads, 0.99), unit: 'ms', target: 200 },
        {
          what: `${hops} hops of kafkajs alone in as many processes, by turns with these, p50`,
          measured: median(bares),
          unit: 'ms',
        },
        {
          what: 'push to recommendation minus the scanner, of these hops',
          measured: median(overheads) / median(bares),
          unit: 'x',
          target: targetMs / hopsMs,
          note: `${targetMs} ms where they took ${hopsMs}`,
        },
      ];
    } finally {
      await bare?.close();
      await log.close();
      await suite.close();
      await registry.close();
    }
  });
