import { setImmediate } from 'node:timers/promises';
import type { MessagePort } from 'node:worker_threads';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  consumeThrough,
  EmbeddedStore,
  Gate,
  JobLoop,
  ServiceHost,
  silent,
  type BlobStore,
} from '@assay/event-sourcing';
import { RegistryPauses, type BlobCache } from '@assay/registry';
import { startTelemetry } from '@assay/telemetry';
import { packageListsVersion } from '@assay/verdict';
import { VerdictsConsumer } from '../../../apps/sandbox-runner/dist/consumer/verdicts.js';
import { PublishedDescriptions } from '../../../apps/sandbox-runner/dist/descriptions/published.js';
import { deciderOn } from '../../../apps/sandbox-runner/dist/domain/decider.js';
import { ScanJob } from '../../../apps/sandbox-runner/dist/jobs/scan-job.js';
import {
  databaseOf,
  findingsOf,
  packagesOf,
  scanner,
  type Base,
  type DatabaseState,
  type EstateImage,
} from './made.ts';
import { RemoteLog } from './remote-log.ts';

/** The part of the suite that the thread of the runner gets. */
export interface RunnerData {
  readonly partitions: number;
  /** Leads to the log. */
  readonly port: MessagePort;
  /** The store. */
  readonly file: string;
  readonly state: DatabaseState;
  readonly images: readonly EstateImage[];
  readonly bases: readonly Base[];
}

/** Files whose content is not measured. */
export const nowhere: Pick<BlobStore, 'ready' | 'put' | 'get'> = {
  ready: async () => undefined,
  put: async (bytes) => ({
    dataref: `sha256/${'0'.repeat(64)}`,
    sha256: `sha256:${'0'.repeat(64)}`,
    bytes: bytes.length,
  }),
  get: () => Promise.reject(new Error('no content is kept')),
};

/** The result of a scan. */
const scannedOf = (image: EstateImage, bases: readonly Base[], state: DatabaseState) => {
  const packages = packagesOf(image, bases);
  const { os } = bases[image.base]!;
  return {
    outcome: 'succeeded' as const,
    os,
    findings: findingsOf(image, packages, state),
    packages,
    report: Buffer.from('report'),
    scannerMs: 1,
    witness: {
      version: '0123456789ab',
      layers: 3,
      packages: packages.length,
      databases: [{ kind: 'dpkg', path: 'var/lib/dpkg/status', packages: packages.length }],
      systems: [{ source: 'etc/os-release', family: os.family, version: os.version }],
      languages: [],
      unread: [],
      disagreements: [],
    },
    inventory: {
      packages: packages.length,
      systemPackages: packages.length,
      packageManagers: ['apt', 'dpkg'],
      shells: ['bash', 'dash'],
      lists: packageListsVersion,
      languages: [],
    },
  };
};

/** Starts the runner with a scanner that makes results up. */
export const startRunner = async ({
  partitions,
  port,
  file,
  state,
  images,
  bases,
}: RunnerData): Promise<{ close(): Promise<void> }> => {
  const log = new RemoteLog(partitions, port);
  const database = databaseOf(state);
  const store = new EmbeddedStore(file);
  const bench = { scanner, database, driver: 'made' };
  const tracer = (await startTelemetry({ version: 'bench', env: {} })).tracer('sandbox-runner');
  const byDigest = new Map(images.map((image) => [image.digest, image]));
  const host = new ServiceHost(deciderOn(bench), { log, store, observer: silent, tracer });
  const followed = Promise.withResolvers<void>();
  const descriptions = new PublishedDescriptions({
    log: {
      follow: async (topics, options) => {
        const follower = await log.follow(topics, options);
        void follower.caughtUp().then(followed.resolve, followed.reject);
        return follower;
      },
    },
    scanner: scanner.name,
    observer: silent,
  });
  const job = new ScanJob({
    scanner: {
      identity: scanner,
      database,
      scan: async (_layout, { digest }) => {
        // A real scan waits for a process. Without a pause, the jobs leave no turn to the messages of the log.
        await setImmediate();
        return scannedOf(byDigest.get(digest)!, bases, state);
      },
    },
    driver: 'made',
    blobs: nowhere,
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
    layouts: { begin: async () => 'layout', end: () => undefined },
    newsIn: (each) => descriptions.newsIn(each, database.digest, true),
    access: () => ({}),
    tracer,
    observer: silent,
    attemptTimeoutMs: 60_000,
    maxAttempts: 3,
  });
  const app = await NestFactory.create(
    { module: class Scanning {}, controllers: [VerdictsConsumer] },
    new FastifyAdapter() as never,
    { logger: false },
  );
  await consumeThrough(app, host as never);
  await app.init();
  const loop = new JobLoop({
    app: 'sandbox-runner',
    store,
    observer: silent,
    slots: 8,
    inTurn: true,
    leaseMs: 60_000,
    maxAttempts: 3,
    work: (task, signal) => job.run(task, signal),
    lanes: () => (['push', 'backfill', 'rescan'] as const).map((lane) => ({ lane, most: Infinity })),
  });
  descriptions.start();
  // A runner keeps what it knows when a database is announced. This one is another one for each database.
  await followed.promise;
  loop.start();
  return {
    close: async () => {
      await loop.close();
      await descriptions.close();
      await app.close();
      await store.close();
    },
  };
};
