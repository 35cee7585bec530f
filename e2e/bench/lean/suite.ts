import { once } from 'node:events';
import { join } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import { EmbeddedStore, silent, type BlobStore, type RunningService, type Service } from '@assay/event-sourcing';
import type { Placement } from '@assay/events';
import { EmbeddedLog } from '@assay/messaging';
import { startTelemetry, type Telemetry } from '@assay/telemetry';
import { billing } from '@assay/billing';
import { classifier } from '@assay/classifier';
import { eligibility } from '@assay/eligibility';
import { deciding } from '../deciding.ts';
import { temporary } from '../setting.ts';
import type { Base, DatabaseState, EstateImage } from './made.ts';
import { serveLog } from './remote-log.ts';
import { nowhere, type RunnerData } from './runner.ts';

export const stores = ['eligibility', 'sandbox-runner', 'classifier', 'recommendation', 'billing'] as const;

/**
 * The services that fold and decide, on one log in one process. The runner has a thread of its own. Pulls and scans are
 * made up: results are those of the estate, by the database that the runner has.
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
    const { port1, port2 } = new MessageChannel();
    serveLog(this.log, port1);
    const data: RunnerData = {
      partitions: this.log.partitions,
      port: port2,
      file: this.storeFile('sandbox-runner'),
      state,
      images: [...this.images.values()],
      bases: this.bases,
    };
    const worker = new Worker(new URL('runner-worker.ts', import.meta.url), {
      workerData: data,
      transferList: [port2],
    });
    await once(worker, 'message');
    this.#runner = {
      close: async () => {
        const ended = once(worker, 'exit');
        worker.postMessage('close');
        await ended;
        port1.close();
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
