import { createHash } from 'node:crypto';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { zstdDecompressSync } from 'node:zlib';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  consumeThrough,
  EmbeddedStore,
  FolderBlobs,
  JobLoop,
  ServiceHost,
  silent,
  type Service,
  Gate,
} from '@assay/event-sourcing';
import {
  channelOf,
  definitions,
  inventoryBytes,
  markType,
  typeOf,
  type AnyEvent,
  type Database,
  type MarkData,
  type Topic,
} from '@assay/events';
import { EmbeddedLog, recordOf } from '@assay/messaging';
import { RegistryPauses, type BlobCache } from '@assay/registry';
import { openScanEnvironment } from '@assay/sandbox-runner';
import { startTelemetry } from '@assay/telemetry';
import { billing } from '@assay/billing';
import { classifier } from '@assay/classifier';
import { eligibility } from '@assay/eligibility';
import { packageListsVersion } from '@assay/verdict';
import { VerdictsConsumer } from '../../apps/sandbox-runner/dist/consumer/verdicts.js';
import { PublishedDescriptions } from '../../apps/sandbox-runner/dist/descriptions/published.js';
import { deciderOn } from '../../apps/sandbox-runner/dist/domain/decider.js';
import type { Config } from '../../apps/sandbox-runner/dist/domain/state.js';
import { lanesOf } from '../../apps/sandbox-runner/dist/jobs/lanes.js';
import { FolderLayouts } from '../../apps/sandbox-runner/dist/jobs/layouts.js';
import { ScanJob } from '../../apps/sandbox-runner/dist/jobs/scan-job.js';
import type { ImageScanner, ScanOutcome } from '../../apps/sandbox-runner/dist/scanner/scanner.js';
import { sandboxRunnerSettings } from '../../apps/sandbox-runner/dist/settings.js';
import { deciding } from './deciding.ts';
import { configure, digestOf, example } from './fed.ts';
import { digestOf as digestIn } from './listener.ts';
import { home, images, print, temporary, type BenchRow } from './setting.ts';

/** The line that the bench prints. */
export interface RematchFigures {
  readonly images: number;
  /** From the announcement to the mark that covers the last image. */
  readonly seconds: number;
  /** Images about which anything was published. */
  readonly touched: number;
  /** Bytes of the records that the announcement added to the log, before compression. */
  readonly logBytes: number;
  /** Of this process and all that it started: the sandbox and the scanner. */
  readonly processorSeconds: number;
}

const fixtures = [
  'alpine-3.20.3',
  'debian-11.0',
  'debian-13.0',
  'debian-13.8',
  'nginx-1.22.1-alpine',
  'nginx-1.23.3',
  'postgres-17-trixie',
  'python-3.13-trixie',
];
const states = ['advisories-2026-08-01', 'advisories'];

type Scanned = Extract<ScanOutcome, { outcome: 'succeeded' }>;

/** A folder with one state of the demonstration's database, as the scanner reads it. */
const unpacked = (state: string): string => {
  const folder = temporary('rematch-db');
  writeFileSync(join(folder, 'trivy.db'), zstdDecompressSync(readFileSync(join(images, state, 'trivy.db.zst'))));
  cpSync(join(images, state, 'metadata.json'), join(folder, 'metadata.json'));
  return folder;
};

const inventoryKey = (inventory: Parameters<typeof inventoryBytes>[0]): string =>
  createHash('sha256').update(inventoryBytes(inventory)).digest('hex');

/** The scan of the nth image: that of a fixture without some of its packages, and their findings. */
const variantOf = (scans: readonly Scanned[], n: number): Scanned => {
  const scan = scans[n % scans.length]!;
  const turn = Math.floor(n / scans.length);
  const gone = new Set(
    scan.packages
      .filter((_, at) => turn > 0 && (at * 7 + turn) % 41 === 0)
      .map(({ name, version }) => `${name} ${version}`),
  );
  return {
    ...scan,
    report: Buffer.from('{}'),
    packages: scan.packages.filter(({ name, version }) => !gone.has(`${name} ${version}`)),
    findings: scan.findings.filter((each) => !gone.has(`${each.package} ${each.installedVersion}`)),
  };
};

let numbered = 0;
const eventOf = (topic: Topic, subject: string, data: object): AnyEvent => {
  numbered += 1;
  const id = `rematch-${numbered}`;
  return { id, source: '/assay/bench', subject, time: new Date().toISOString(), correlationid: id, topic, data };
};

/** Seconds of processors of this process and of those that it started and that ended. */
const processorSeconds = (): number => {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  // utime, stime, cutime and cstime in hundredths of a second (proc(5)).
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
};

const reportedEveryMs = 30_000;

/** Waits, and prints the progress twice a minute and at the end. */
const until = async (what: string, isDone: () => Promise<boolean>, progress: () => string): Promise<void> => {
  const began = performance.now();
  const report = (): void =>
    print(`  ${what}: ${progress()} after ${Math.round((performance.now() - began) / 1000)} s`);
  for (let reported = began; !(await isDone());) {
    await pause(50);
    if (performance.now() - reported < reportedEveryMs) continue;
    reported = performance.now();
    report();
  }
  report();
};

const inTopic = (topic: Topic): string => channelOf(topic);

/**
 * Makes an estate of varied fixtures, each image proven by a match, announces the newer state of the database, and
 * waits until every image is assessed by it. The matches are those of the real scanner in the sandbox; the first scans
 * and the proofs before are made of one scan of each fixture.
 */
export const measureRematch = async (count: number): Promise<{ rows: BenchRow[]; figures: RematchFigures }> => {
  const folder = temporary('rematch');
  const environments = [];
  for (const state of states)
    environments.push(
      await openScanEnvironment({
        env: { ...process.env, ASSAY_TRIVY_DB: unpacked(state) },
        home,
        progress: print,
      }),
    );
  const [before, after] = environments.map(({ imageScanner }) => imageScanner) as [ImageScanner, ImageScanner];
  // The demonstration's database proves no match. These two are measured as if they were real ones.
  const [older, newer] = [before, after].map((each): Database => ({ ...each.database, demonstration: false })) as [
    Database,
    Database,
  ];
  const scans: Scanned[] = [];
  for (const name of fixtures) {
    const outcome = await before.scan(
      join(images, name),
      { digest: digestIn(join(images, name)) },
      { timeoutMs: 120_000 },
    );
    if (outcome.outcome !== 'succeeded') throw new Error(`${name}: ${JSON.stringify(outcome)}`);
    scans.push(outcome);
  }

  const log = new EmbeddedLog(join(folder, 'log.db'));
  const blobs = new FolderBlobs(join(folder, 'blobs'));
  const telemetry = await startTelemetry({ version: 'bench', env: {} });
  const running: { close(): Promise<unknown> }[] = [];
  const started = async (service: Service): Promise<void> => {
    const store = new EmbeddedStore(join(folder, `${service.name}.db`));
    const ports = { log, store, blobs, telemetry, observer: silent, env: {}, folder, home: folder };
    const service_ = await service.start({ ...ports, progress: () => undefined, fatal: () => undefined });
    running.unshift({ close: () => service_.close().then(() => store.close()) });
  };
  for (const service of [eligibility, classifier, deciding, billing]) await started(service);

  const numbers = new Map(Array.from({ length: count }, (_, n) => [digestOf(n), n]));
  const known = new Map<string, number>();
  let [proven, matched, scanned] = [0, 0, 0];
  const first: ImageScanner = {
    identity: before.identity,
    database: older,
    scan: async (_layout, { digest }) => {
      const n = numbers.get(digest)!;
      const scan = variantOf(scans, n);
      known.set(inventoryKey(scan), n);
      return scan;
    },
    rematch: async (_folder, inventory) => {
      proven += 1;
      const { witness: _witness, inventory: _facts, ...match } = variantOf(scans, known.get(inventoryKey(inventory))!);
      return match;
    },
  };
  const second: ImageScanner = {
    identity: after.identity,
    database: newer,
    scan: async () => {
      scanned += 1;
      throw new Error('an image was to be scanned');
    },
    rematch: async (...match) => {
      const outcome = await after.rematch!(...match);
      matched += 1;
      return outcome;
    },
    together: {
      arranged: (inventories) => after.together!.arranged(inventories),
      match: async (...match) => {
        const outcomes = await after.together!.match(...match);
        matched += outcomes.filter(({ outcome }) => outcome === 'succeeded').length;
        return outcomes;
      },
    },
  };
  let scanner = first;
  const bench = {
    scanner: before.identity,
    get database() {
      return scanner.database;
    },
    driver: environments[0]!.driver,
    witnessVersion: environments[0]!.witnessVersion,
    lists: packageListsVersion,
  };
  const store = new EmbeddedStore(join(folder, 'sandbox-runner.db'));
  const tracer = telemetry.tracer('sandbox-runner');
  const host = new ServiceHost(deciderOn(bench), { log, store, observer: silent, tracer });
  const config = (): Config => host.config.value;
  const descriptions = new PublishedDescriptions({ log, scanner: before.identity.name, observer: silent });
  const layouts = new FolderLayouts(join(folder, 'layouts'));
  const job = new ScanJob({
    get scanner() {
      return scanner;
    },
    driver: bench.driver,
    blobs,
    cache: {} as BlobCache,
    clients: {
      to: () => ({
        pull: async () => ({ manifest: { document: { kind: 'index' } } }) as never,
        head: async () => undefined as never,
      }),
    },
    slots: new Gate(Infinity),
    pulledBytes: new Gate(Infinity),
    pauses: new RegistryPauses(),
    layouts,
    newsIn: (each, database) =>
      descriptions.newsIn(each, database, (config().announcement?.database.digest ?? database) === database),
    access: () => ({}),
    tracer,
    observer: { failed: (service, activity, error) => print(`${service}: ${activity}: ${String(error)}`) },
    attemptTimeoutMs: 240_000,
    maxAttempts: 3,
  });
  const app = await NestFactory.create(
    { module: class Scanning {}, controllers: [VerdictsConsumer] },
    new FastifyAdapter() as never,
    { logger: false },
  );
  await consumeThrough(app, host as never);
  await app.init();
  const { slots } = sandboxRunnerSettings.read(process.env).sandbox;
  const loop = new JobLoop({
    app: 'sandbox-runner',
    store,
    observer: silent,
    slots,
    inTurn: true,
    leaseMs: 60_000,
    maxAttempts: 3,
    work: (task, signal) => job.run(task, signal),
    together: job.together,
    lanes: () => lanesOf(bench, config(), slots),
  });
  descriptions.start();
  loop.start();
  running.unshift({
    close: async () => {
      await loop.close();
      await descriptions.close();
      await app.close();
      await store.close();
    },
  });

  const partitions = Array.from({ length: log.partitions }, (_, partition) => partition);
  const put = async (events: readonly AnyEvent[]): Promise<void> => {
    for (let n = 0; n < events.length; n += 500)
      await log.append(events.slice(n, n + 500).map((event) => recordOf(event, log.partitions)));
  };
  const announce = (database: Database): Promise<void> =>
    put([eventOf('advisories.updated', before.identity.name, { scanner: before.identity.name, database })]);
  const jobs = async (): Promise<number> =>
    (
      await Promise.all(
        ['push', 'backfill', 'rescan', 'proof'].flatMap((lane) =>
          partitions.map((partition) => store.jobsIn(partition, lane, count)),
        ),
      )
    ).flat().length;
  // The timers of the services do not keep a process running. This one does.
  const alive = setInterval(() => undefined, 1_000);
  try {
    await configure(log);
    await announce(older);
    await put(
      [...numbers.keys()].map((digest, n) =>
        eventOf('image.pushed', digest, {
          ...example('image.pushed'),
          digest,
          pushId: `push ${n}`,
          pushedAt: new Date().toISOString(),
          receivedAt: new Date().toISOString(),
        }),
      ),
    );
    await until(
      'first scans and proofs',
      async () => proven >= count && (await jobs()) === 0,
      () => `${known.size} scanned, ${proven} of ${count} proven`,
    );
    await pause(2_000);

    const ends = new Map<string, number>();
    const topics = [...new Set(definitions.map(({ topic }) => inTopic(topic as Topic)))] as Topic[];
    for (const topic of topics)
      for (const partition of partitions) ends.set(`${topic}/${partition}`, await log.end(topic, partition));
    const marked = new Set<number>();
    const following = await log.follow(['finding.classified'], {
      onBatch: async ({ partition, records }) => {
        for (const { headers, value } of records)
          if (headers['ce_type'] === markType && (JSON.parse(value) as MarkData).database.digest === newer.digest)
            marked.add(partition);
      },
    });
    scanner = second;
    const used = processorSeconds();
    const began = performance.now();
    await announce(newer);
    await until(
      'matches',
      async () => marked.size === log.partitions,
      () => `${matched} of ${count} matched`,
    );
    const seconds = (performance.now() - began) / 1000;
    const processor = processorSeconds() - used;
    await following.close();
    if (scanned > 0) throw new Error(`${scanned} images were to be scanned`);

    const touched = new Set<string>();
    let logBytes = 0;
    for (const topic of topics)
      for (const partition of partitions) {
        const from = ends.get(`${topic}/${partition}`)!;
        for await (const { records } of log.read(topic, partition, from, await log.end(topic, partition)))
          for (const { key, value, headers } of records) {
            logBytes += Buffer.byteLength(value) + Buffer.byteLength(JSON.stringify(headers));
            if (headers['ce_type'] === typeOf('scan.reassessed', 1)) touched.add(key);
          }
      }
    const figures = {
      images: count,
      seconds: Number(seconds.toFixed(1)),
      touched: touched.size,
      logBytes,
      processorSeconds: Number(processor.toFixed(1)),
    };
    const hours = (100_000 * processor) / count / 8 / 3600;
    return {
      figures,
      rows: [
        { what: `newer database, ${count} images, to the last one`, measured: seconds, unit: 's' },
        {
          what: 'the same for 100,000 images on eight cores, by processor time',
          measured: hours * 60,
          unit: 'min',
          note: `${((1000 * processor) / count).toFixed(0)} ms of a processor an image, ${touched.size} touched`,
        },
      ],
    };
  } finally {
    clearInterval(alive);
    for (const each of running) await each.close();
    await layouts.clear();
    await log.close();
  }
};
