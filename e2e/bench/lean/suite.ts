import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  consumeThrough,
  EmbeddedStore,
  JobLoop,
  ServiceHost,
  silent,
  type BlobStore,
  type RunningService,
  type Service,
} from '@assay/event-sourcing';
import type { Placement } from '@assay/events';
import { EmbeddedLog } from '@assay/messaging';
import { RegistryPauses, type BlobCache } from '@assay/registry';
import { startTelemetry, type Telemetry } from '@assay/telemetry';
import { billing } from '@assay/billing';
import { classifier } from '@assay/classifier';
import { eligibility } from '@assay/eligibility';
import { VerdictsConsumer } from '../../../apps/sandbox-runner/dist/consumer/verdicts.js';
import { PublishedDescriptions } from '../../../apps/sandbox-runner/dist/descriptions/published.js';
import { deciderOn } from '../../../apps/sandbox-runner/dist/domain/decider.js';
import { ScanJob } from '../../../apps/sandbox-runner/dist/jobs/scan-job.js';
import { deciding } from '../deciding.ts';
import { temporary } from '../setting.ts';
import {
  databaseOf,
  findingsOf,
  packagesOf,
  scanner,
  type Base,
  type DatabaseState,
  type EstateImage,
} from './made.ts';

export const stores = ['eligibility', 'sandbox-runner', 'classifier', 'recommendation', 'billing'] as const;

/** Files whose content is not measured. */
const nowhere: Pick<BlobStore, 'ready' | 'put'> = {
  ready: async () => undefined,
  put: async (bytes) => ({
    dataref: `sha256/${'0'.repeat(64)}`,
    sha256: `sha256:${'0'.repeat(64)}`,
    bytes: bytes.length,
  }),
};

/**
 * The services that fold and decide, on one log in one process. Pulls and scans are made up: results are those of the
 * estate, by the database that the runner has.
 */
export class LeanSuite {
  readonly folder = temporary('lean');
  readonly log = new EmbeddedLog(join(this.folder, 'log.db'));
  /** The store of the classifier. */
  classifications!: EmbeddedStore;
  readonly #running: { close(): Promise<unknown> }[] = [];
  #runner: { close(): Promise<unknown> } | undefined;
  #telemetry!: Telemetry;

  readonly images: ReadonlyMap<string, EstateImage>;
  readonly bases: readonly Base[];

  private constructor(images: ReadonlyMap<string, EstateImage>, bases: readonly Base[]) {
    this.images = images;
    this.bases = bases;
  }

  static async start(images: readonly EstateImage[], bases: readonly Base[]): Promise<LeanSuite> {
    const suite = new LeanSuite(new Map(images.map((image) => [image.digest, image])), bases);
    suite.#telemetry = await startTelemetry({ version: 'bench', env: {} });
    for (const service of [eligibility, classifier, deciding, billing]) await suite.#start(service);
    return suite;
  }

  storeFile(name: string): string {
    return join(this.folder, `${name}.db`);
  }

  async #start(service: Service): Promise<RunningService> {
    const store = new EmbeddedStore(this.storeFile(service.name));
    if (service.name === 'classifier') this.classifications = store;
    const running = await service.start({
      log: this.log,
      store,
      blobs: nowhere as BlobStore,
      telemetry: this.#telemetry,
      observer: silent,
      env: {},
      folder: this.folder,
      home: this.folder,
      progress: () => undefined,
      fatal: () => undefined,
    });
    this.#running.unshift({ close: () => running.close().then(() => store.close()) });
    return running;
  }

  /** Starts the runner with a database, in place of the one before. */
  async scanWith(state: DatabaseState): Promise<void> {
    await this.#runner?.close();
    const database = databaseOf(state);
    const store = new EmbeddedStore(this.storeFile('sandbox-runner'));
    const bench = { scanner, database, driver: 'made' };
    const tracer = this.#telemetry.tracer('sandbox-runner');
    const host = new ServiceHost(deciderOn(bench), { log: this.log, store, observer: silent, tracer });
    const descriptions = new PublishedDescriptions({ log: this.log, scanner: scanner.name, observer: silent });
    const job = new ScanJob({
      scanner: {
        identity: scanner,
        database,
        scan: async (_layout, { digest }) => this.#scanned(digest, state),
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
      leaseMs: 60_000,
      maxAttempts: 3,
      work: (task, signal) => job.run(task, signal),
      lanes: () => (['push', 'backfill', 'rescan'] as const).map((lane) => ({ lane, most: Infinity })),
    });
    loop.start();
    descriptions.start();
    this.#runner = {
      close: async () => {
        await loop.close();
        await descriptions.close();
        await app.close();
        await store.close();
      },
    };
  }

  #scanned(digest: string, state: DatabaseState) {
    const image = this.images.get(digest)!;
    const packages = packagesOf(image, this.bases);
    const { os } = this.bases[image.base]!;
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
        languages: [],
      },
    };
  }

  async close(): Promise<void> {
    await this.#runner?.close();
    for (const each of this.#running) await each.close();
    await this.log.close();
  }
}

/** The registry of the estate. */
export const registry: Pick<Placement, 'subscriptionId' | 'registryId' | 'loginServer'> = {
  subscriptionId: '00000000-0000-4000-8000-000000000001',
  registryId:
    '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg/providers/' +
    'Microsoft.ContainerRegistry/registries/estate',
  loginServer: 'estate.registry.test',
};
