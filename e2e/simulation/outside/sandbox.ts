import {
  present,
  type Database,
  type Inventory,
  type Package,
  type PackageInventory,
  type Scanner,
} from '@assay/events';
import {
  BlobFailure,
  blobOf,
  sleep,
  type BlobForm,
  type BlobPointer,
  type BlobStore,
  type StoredBlob,
} from '@assay/event-sourcing';
import type {
  ExpectedImage,
  ImageScanner,
  MatchingTogether,
  ScanOptions,
  ScanOutcome,
} from '@assay/sandbox-runner/scanner/scanner';
import type { Process } from '../world/process.ts';
import { foundBy, isUncovered, systemBy } from './databases.ts';
import type { World } from '../world/world.ts';
import type { SimulatedImage, TrueScan } from './images.ts';

/** Records which reports really exist, and of which image. */
export interface TrueReports {
  /**
   * Records a successful scan of an image with a database, by a build of the scanner, all by digest. Returns the text
   * of its report, which is unique.
   */
  made(digest: string, database: string, build: string): string;
}

/** A scanner in a sandbox of one process: it takes its time, may be stopped, and reports what its build finds. */
export class SimulatedScanner implements ImageScanner {
  constructor(
    readonly identity: Scanner,
    readonly database: Database,
    private readonly image: (digest: string) => SimulatedImage,
    private readonly reports: TrueReports,
    private readonly process: Process,
  ) {}

  async scan(_layout: string, { digest }: ExpectedImage, options: ScanOptions): Promise<ScanOutcome> {
    const image = this.image(digest);
    const { truth } = image;
    const scannerMs = await this.#taken(truth.scanMs, options);
    if (scannerMs === undefined) return { outcome: 'cancelled', scannerMs: options.timeoutMs };
    if (truth.invalid)
      return { outcome: 'failed', code: 'invalid-image', message: 'the report does not hold', scannerMs };
    const { packages, witness, warnings } = truth;
    return {
      outcome: 'succeeded',
      os: systemBy(image, this.database.digest),
      // Scanners list findings in any order.
      findings: this.process.world.random.shuffled(foundBy(image, this.database.digest, this.identity.digest)),
      packages: [...packages, traceOf(digest)],
      ...(witness ? { witness } : {}),
      inventory: inventoryOf(truth),
      ...(warnings ? { warnings: [...warnings] } : {}),
      ...this.#missing(image),
      report: Buffer.from(this.reports.made(digest, this.database.digest, this.identity.digest)),
      scannerMs,
    };
  }

  /** Finds in an inventory what it finds in the image, but for some images, whose match differs each time. */
  async rematch(_folder: string, inventory: PackageInventory, options: ScanOptions): Promise<ScanOutcome> {
    const scannerMs = await this.#taken(this.#imageOf(inventory).truth.scanMs / 10, options);
    return scannerMs === undefined
      ? { outcome: 'cancelled', scannerMs: options.timeoutMs }
      : this.#matched(inventory, scannerMs);
  }

  /** Some runs of several inventories fail as a whole, and in others one of them has no outcome. */
  readonly together: MatchingTogether = {
    arranged: (inventories) => [inventories],
    match: async (_folder, inventories, options) => {
      const { random, tally } = this.process.world;
      tally.count('matched together');
      const times = inventories.map((each) => this.#imageOf(each).truth.scanMs / 10);
      const scannerMs = await this.#taken(Math.max(...times), options);
      const failure: ScanOutcome = { outcome: 'failed', code: 'timeout', message: 'the run failed', scannerMs: 0 };
      if (scannerMs === undefined || random.chance(0.1)) return inventories.map(() => failure);
      return inventories.map((each) => (random.chance(0.1) ? failure : this.#matched(each, scannerMs)));
    },
  };

  #imageOf({ packages }: PackageInventory): SimulatedImage {
    const trace = present(
      packages.find(({ type }) => type === traceType),
      'trace of the image',
    );
    return this.image(trace.version);
  }

  #matched(inventory: PackageInventory, scannerMs: number): ScanOutcome {
    const image = this.#imageOf(inventory);
    const { digest } = image;
    const os = systemBy(image, this.database.digest);
    const result = { outcome: 'succeeded' as const, packages: [...inventory.packages], scannerMs };
    // Such a match assesses nothing, so no mark may rest on it.
    if (isLossy(digest)) return { ...result, os: { ...os, family: 'none' }, findings: [], report: Buffer.from('{}') };
    return {
      ...result,
      os,
      ...this.#missing(image),
      findings: [...foundBy(image, this.database.digest, this.identity.digest)],
      report: Buffer.from(this.reports.made(digest, this.database.digest, this.identity.digest)),
    };
  }

  /** The release of the image, if the database has no advisories of it. */
  #missing(image: SimulatedImage): Pick<Extract<ScanOutcome, { outcome: 'succeeded' }>, 'uncovered'> {
    const { family, version } = image.truth.os;
    return isUncovered(image, this.database.digest) ? { uncovered: { system: `${family} ${version}` } } : {};
  }

  /** Takes its time, ms. Nothing if it was stopped, or would take too long. */
  async #taken(usualMs: number, { timeoutMs, signal }: ScanOptions): Promise<number | undefined> {
    const takesMs = Math.ceil(usualMs * this.process.world.random.between(0.5, 1.5));
    const isStopped = await this.#stopped(Math.min(takesMs, timeoutMs), signal);
    return isStopped || takesMs > timeoutMs ? undefined : takesMs;
  }

  /** Waits this long; true if it was stopped earlier. */
  async #stopped(ms: number, signal: AbortSignal | undefined): Promise<boolean> {
    let stop: (() => void) | undefined;
    const stopped = new Promise<true>((resolve) => {
      stop = () => resolve(true);
    });
    // Node keeps every signal that has a listener, and everything that the listener references.
    const ignore = (): void => signal?.removeEventListener('abort', stop!);
    signal?.addEventListener('abort', stop!);
    this.process.atEnd(ignore);
    const isStopped = await Promise.race([stopped, sleep(this.process, ms).then(() => false)]);
    ignore();
    return isStopped;
  }
}

const traceType = 'trace';
/** A package by which an inventory is known to be that of an image. */
const traceOf = (digest: string): Package => ({ name: 'image', version: digest, type: traceType, purl: '' });

/** True if a match of the inventory finds something else than a scan of the image. */
const isLossy = (digest: string): boolean => '02468ace'.includes(digest.at(-1) ?? '');

/** The summary of a report: all packages are those of the system. */
const inventoryOf = ({ packages }: TrueScan): Inventory => {
  const names = packages.map(({ name }) => name);
  return {
    packages: names.length,
    systemPackages: names.length,
    packageManagers: names.filter((name) => name === 'apt'),
    shells: names.filter((name) => name === 'bash'),
    languages: [],
  };
};

/** A folder on the disk of a process, which may fail. */
export const layoutOn = (process: Process): Promise<string> =>
  process
    .call('disk', 'layout', () => 'layout')
    .catch((cause: Error) => {
      throw Object.assign(new Error(cause.message, { cause }), { code: 'EIO', syscall: 'mkdir' });
    });

/** The blobs of each world, by name. */
const blobsOf = new WeakMap<World, Map<string, Buffer>>();
const pointersOf = new WeakMap<World, Map<string, BlobPointer>>();

/** Blobs on a server that every process can reach. */
export class BlobCalls implements Pick<BlobStore, 'ready' | 'put' | 'get' | 'delete' | 'pointer' | 'point'> {
  readonly #blobs: Map<string, Buffer>;
  readonly #pointers: Map<string, BlobPointer>;

  constructor(private readonly process: Process) {
    this.#blobs = blobsOf.get(process.world) ?? new Map();
    blobsOf.set(process.world, this.#blobs);
    this.#pointers = pointersOf.get(process.world) ?? new Map();
    pointersOf.set(process.world, this.#pointers);
  }

  async ready(): Promise<void> {}

  put(bytes: Buffer, form?: BlobForm): Promise<StoredBlob> {
    return this.#call('put blob', () => {
      const blob = blobOf(bytes, form);
      this.#blobs.set(blob.dataref, bytes);
      return blob;
    });
  }

  get(dataref: string): Promise<Buffer> {
    return this.#call('get blob', () => {
      const bytes = this.#blobs.get(dataref);
      if (bytes) return bytes;
      throw new BlobFailure('blob-unknown', `there is no blob ${dataref}`);
    });
  }

  delete(dataref: string): Promise<boolean> {
    return this.#call('delete blob', () => this.#blobs.delete(dataref));
  }

  pointer(name: string): Promise<BlobPointer | undefined> {
    return this.#call('get pointer', () => this.#pointers.get(name));
  }

  point(name: string, value: string, over: string | undefined): Promise<BlobPointer | undefined> {
    return this.#call('set pointer', () => {
      const before = this.#pointers.get(name);
      if (before?.version !== over) return undefined;
      const pointer = { value, version: String(Number(over ?? 0) + 1) };
      this.#pointers.set(name, pointer);
      return pointer;
    });
  }

  #call<T>(operation: string, effect: () => T): Promise<T> {
    return this.process.call('blobs', operation, effect).catch((cause: Error) => {
      if (cause instanceof BlobFailure) throw cause;
      throw Object.assign(new BlobFailure('blobs-unreachable', cause.message), { cause });
    });
  }
}
