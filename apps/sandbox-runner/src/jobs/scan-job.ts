import {
  isBehind,
  laneOf,
  putInventory,
  putReport,
  retryDelayMs,
  systemClock,
  triesOf,
  troubledBy,
  troublePauseMs,
  type BlobStore,
  type Clock,
  type Gate,
  type Job,
  type Observer,
  type TogetherOptions,
  type Trouble,
  type Worked,
} from '@assay/event-sourcing';
import {
  RegistryError,
  type BlobCache,
  type PullOptions,
  type RegistryAccess,
  type RegistryClient,
  type RegistryPauses,
} from '@assay/registry';
import { ownJavaDatabase, type ScanFacts, type ScanFailureCode, type ScanTimes } from '@assay/events';
import type { ServiceTracer } from '@assay/telemetry';
import { findingForm, halvesOf, type VulnerabilityDescription } from '../domain/halves.ts';
import type { KnownRegistry, ProofResult, Rematch, ScanResult, ScanTask } from '../domain/state.ts';
import type { ImageScanner } from '../scanner/scanner.ts';
import type { Layouts } from './layouts.ts';
import { obstacleIn } from './obstacle.ts';
import { rematchWith } from './rematch-job.ts';
import { matchingTogether } from './rematch-together.ts';

export interface ScanJobPorts {
  /** Asked for at the beginning of each attempt: its database may be replaced meanwhile. */
  readonly scanner: ImageScanner;
  readonly driver: string;
  readonly blobs: Pick<BlobStore, 'ready' | 'put' | 'get'>;
  readonly cache: BlobCache;
  readonly clients: { to(access: RegistryAccess): Pick<RegistryClient, 'pull' | 'head'> };
  readonly pauses: RegistryPauses;
  readonly layouts: Layouts;
  /** Slots in which images are scanned and inventories matched. A pull needs none. */
  readonly slots: Gate;
  /** Bytes of the images that are pulled and not scanned yet. */
  readonly pulledBytes: Gate;
  /** Picks the descriptions, of the database with this digest, that were not published yet. */
  readonly newsIn: (
    descriptions: readonly VulnerabilityDescription[],
    database: string,
  ) => readonly VulnerabilityDescription[];
  /** Credentials and further hosts of a registry. They come from configuration, never from an event. */
  readonly access: (registry: KnownRegistry) => Partial<RegistryAccess>;
  readonly tracer: ServiceTracer;
  /**
   * Receives the failures that an operator must look at: of the machine or a store, mistakes of ours, a scanner that
   * makes a forbidden call.
   */
  readonly observer: Pick<Observer, 'failed'>;
  readonly attemptTimeoutMs: number;
  /** Attempts after a mistake of ours. Then the scan has failed. */
  readonly maxAttempts: number;
  readonly clock?: Clock | undefined;
  /** The time by a registry that has answered, ms since the epoch. */
  readonly registryTime?: (loginServer: string) => number | undefined;
}

/**
 * Pulls one image into a layout, scans it, stores inventory and report, and removes the layout. For an image that was
 * scanned already, the registry only has to prove that it has the image: a pull does, and requests only what is not
 * cached.
 */
export class ScanJob {
  readonly #clock: Clock;

  constructor(private readonly ports: ScanJobPorts) {
    this.#clock = ports.clock ?? systemClock;
  }

  async run(job: Job, signal: AbortSignal): Promise<Worked> {
    // The attempt ends with the scanner and the database that it begins with.
    const { layouts, attemptTimeoutMs, pauses, blobs, scanner } = this.ports;
    const task = job.payload as ScanTask;
    const notYet = this.#notYet(job, task, scanner);
    if (notYet) return notYet;
    const rematched = task.rematch && (await this.#rematch(job, task, task.rematch, scanner, signal));
    if (rematched) return rematched;
    const rest = pauses.rest(task.registry.loginServer, triesOf(job), this.#clock.random());
    if (rest) {
      // A job that waits for the registry's pause reports the trouble of the registry.
      const { code, message } = rest.error;
      return {
        retryInMs: rest.ms,
        uncounted: true,
        ...(job.trouble ? {} : { trouble: troubledBy(job, { code, message, patience: 'soon' }, false) }),
      };
    }
    const began = this.#clock.now();
    const startedAt = new Date(began).toISOString();
    let pullMs = 0;
    let layout: string | undefined;
    let release: (() => void) | undefined;
    const late = new AbortController();
    const within = (ms: number): (() => void) =>
      this.#clock.after(ms, () => late.abort(new DOMException('the attempt took too long', 'TimeoutError')));
    let inTime = within(attemptTimeoutMs);
    const ending = AbortSignal.any([signal, late.signal]);
    try {
      const asRegistrys = (error: unknown): never => {
        throw this.#ofRegistry(task, error, signal, late.signal);
      };
      // After a report could not be stored, do not pull and scan again before the store is ready.
      if ((job.trouble as Trouble | undefined)?.code.startsWith('blobs-')) await blobs.ready();
      if (task.shows !== 'word') layout = await layouts.begin();
      const config = await (
        layout === undefined
          ? this.#head(task, ending)
          : this.#pull(task, layout, {
              signal: ending,
              leftMs: () => began + attemptTimeoutMs - this.#clock.now(),
              admit: async (bytes, signal) => {
                release = await this.ports.pulledBytes.take(job.lane, signal, bytes);
              },
            })
      ).catch(asRegistrys);
      pauses.answered(task.registry.loginServer, task.digest);
      // The registry may be the first one to show it.
      const behind = this.#behind(job, task, scanner);
      if (behind) return behind;
      pullMs = this.#clock.now() - began;
      if (task.shows || layout === undefined) return shown(task.shows ?? 'word');
      // The time in which the image waits for a slot is not that of the attempt.
      inTime();
      const [pulled, remainingMs] = [layout, attemptTimeoutMs - pullMs];
      const scanned = await this.ports.slots.run(job.lane, signal, () => {
        inTime = within(remainingMs);
        return this.#scan(scanner, task, pulled, config, { startedAt, pullMs, remainingMs }, ending);
      });
      if (!scanned.succeeded) signal.throwIfAborted();
      return scanned.succeeded || !task.reassesses ? { result: scanned } : this.#again(job, scanned);
    } catch (error) {
      signal.throwIfAborted();
      return this.#failed(error, job, { startedAt, pullMs: pullMs || this.#clock.now() - began });
    } finally {
      inTime();
      if (layout !== undefined) layouts.end(layout);
      release?.();
    }
  }

  /** Matches inventories of several jobs at once, where the scanner can. */
  get together(): TogetherOptions {
    return matchingTogether(() => {
      const { scanner } = this.ports;
      return {
        ...this.ports,
        scanner,
        clock: this.#clock,
        notYet: (job) => this.#notYet(job, job.payload as ScanTask, scanner),
        failed: (error, job) => this.#unmatched(error, job),
      };
    });
  }

  /** Returns nothing if the image must be scanned, also after a mistake of ours: the scan may do without it. */
  async #rematch(
    job: Job,
    task: ScanTask,
    rematch: Rematch,
    scanner: ImageScanner,
    signal: AbortSignal,
  ): Promise<Worked | undefined> {
    try {
      const attempt = { clock: this.#clock, timeoutMs: this.ports.attemptTimeoutMs, signal };
      const result = await this.ports.slots.run(job.lane, signal, () =>
        rematchWith(this.ports, scanner, task, rematch, attempt),
      );
      return result && { result };
    } catch (error) {
      signal.throwIfAborted();
      return this.#unmatched(error, job) ?? (rematch.isProof ? { result: {} } : undefined);
    }
  }

  /** The answer to a job after a failure of a match that may pass. A mistake of ours has none, and is reported. */
  #unmatched(error: unknown, job: Job): Worked | undefined {
    const { patience } = obstacleIn(error);
    if (patience === 'soon' || patience === 'later')
      return this.#failed(error, job, { startedAt: new Date(this.#clock.now()).toISOString(), pullMs: 0 });
    this.ports.observer.failed('sandbox-runner', 'matching an inventory', error as Error);
    return undefined;
  }

  /** Hands back a job whose time has not come, or that only a runner with another database or scanner may do. */
  #notYet(job: Job, task: ScanTask, scanner: ImageScanner): Worked | undefined {
    const behind = this.#behind(job, task, scanner);
    if (behind) return behind;
    const { notBefore = 0, reassesses, java } = task;
    const waitMs = notBefore - this.#clock.now();
    if (waitMs > 0)
      return {
        retryInMs: waitMs,
        uncounted: true,
        trouble: troubledBy(job, leaseExpired, false),
      };
    const { identity, database } = scanner;
    const isOurs =
      reassesses === undefined ||
      ((reassesses.database === undefined || reassesses.database === database.digest) &&
        (reassesses.program === undefined || reassesses.program === identity.digest));
    if (!isOurs) return { retryInMs: elsewhereMs, uncounted: true };
    const hasJava = java === undefined || [java, ownJavaDatabase].includes(database.java ?? '');
    // The Java database may take long, or be refused by each runner: all other images do not wait for it.
    return hasJava
      ? undefined
      : { retryInMs: elsewhereMs, uncounted: true, trouble: troubledBy(job, javaDatabaseAway, false) };
  }

  /**
   * Hands back a job while the clock is behind the database or the registry of the image: then the age of the database
   * is not known. The time of another registry does not count: one that lies must not hold up the images of all.
   */
  #behind(job: Job, { registry }: ScanTask, { database }: ImageScanner): Worked | undefined {
    const times = [Date.parse(database.builtAt), this.ports.registryTime?.(registry.loginServer) ?? 0];
    return isBehind(this.#clock.now(), Math.max(...times))
      ? { retryInMs: elsewhereMs, uncounted: true, trouble: troubledBy(job, clockBehind, false) }
      : undefined;
  }

  /** An image that could not be assessed again keeps its result, and is tried again later. */
  #again(job: Job, { code, message }: { readonly code: string; readonly message: string }): Worked {
    const trouble = troubledBy(job, { code, message, patience: 'later' });
    return { retryInMs: troublePauseMs(trouble, false, this.#clock.random()), uncounted: true, trouble };
  }

  async #pull(task: ScanTask, layout: string, options: PullOptions): Promise<string | undefined> {
    const { manifest } = await this.#traced('pull', task, (client) =>
      client.pull(task.repository, task.digest, layout, { cache: this.ports.cache, owner: task.owner, ...options }),
    );
    return manifest.document.kind === 'image' ? manifest.document.config.digest : undefined;
  }

  /** @throws RegistryError if the registry does not confirm that it has the image */
  async #head(task: ScanTask, signal: AbortSignal): Promise<undefined> {
    await this.#traced('head', task, (client) => client.head(task.repository, task.digest, signal));
  }

  async #traced<Answer>(
    name: string,
    task: ScanTask,
    send: (client: Pick<RegistryClient, 'pull' | 'head'>) => Promise<Answer>,
  ): Promise<Answer> {
    const { loginServer, plainHttp, allowAddresses } = task.registry;
    const span = this.ports.tracer.start(name, {
      parent: task.traceparent,
      attributes: { 'container.image.repo_digests': [placeOf(task)] },
    });
    try {
      const answer = await send(
        this.ports.clients.to({ loginServer, plainHttp, allowAddresses, ...this.ports.access(task.registry) }),
      );
      span.end();
      return answer;
    } catch (error) {
      span.end(error);
      throw error;
    }
  }

  async #scan(
    scanner: ImageScanner,
    task: ScanTask,
    layout: string,
    configDigest: string | undefined,
    { startedAt, pullMs, remainingMs }: Omit<ScanTimes, 'scannerMs'> & { remainingMs: number },
    signal: AbortSignal,
  ): Promise<Exclude<ScanResult, { readonly failed: string }>> {
    const { driver, blobs, tracer, observer } = this.ports;
    const span = tracer.start('scan', {
      parent: task.traceparent,
      attributes: {
        'assay.scanner.name': scanner.identity.name,
        'assay.scanner.version': scanner.identity.version,
        'assay.sandbox.driver': driver,
      },
    });
    const outcome = await scanner
      .scan(
        layout,
        { digest: task.digest, ...(configDigest ? { configDigest } : {}), platform: task.platform },
        { timeoutMs: Math.max(1, remainingMs), signal },
      )
      .catch((error: unknown) => {
        span.end(error);
        throw error;
      });
    const times: ScanTimes = { startedAt, scannerMs: Math.round(outcome.scannerMs), pullMs };
    if (outcome.outcome !== 'succeeded') {
      const { code, message } =
        outcome.outcome === 'failed' ? outcome : { code: 'timeout', message: 'the attempt took too long' };
      const result = { succeeded: false, code, message, ...times } satisfies ScanResult;
      span.end(result.message);
      if (result.code === 'security-violation')
        observer.failed(
          'sandbox-runner',
          `scanning ${placeOf(task)}`,
          new Error(`security-violation: ${result.message}`),
        );
      return result;
    }
    const { os, warnings, witness, inventory, uncovered } = outcome;
    // The scanner's own report is evidence of a scan that was approved.
    const [report, packages] = await Promise.all([
      task.reassesses ? undefined : putReport(blobs, outcome.report),
      putInventory(blobs, { os, packages: outcome.packages }),
    ]).catch((error: unknown) => {
      span.end(error);
      throw error;
    });
    span.end();
    const { findings, layers, descriptions } = halvesOf(outcome.findings, outcome.packages);
    const facts: ScanFacts = {
      ...times,
      scanner: scanner.identity,
      database: scanner.database,
      driver,
      ...(os ? { os } : {}),
      ...(witness ? { witness } : {}),
      ...(inventory ? { inventory } : {}),
      ...(warnings ? { warnings } : {}),
      ...(uncovered ? { uncovered } : {}),
      packages,
      ...(report ? { report } : {}),
      form: findingForm,
    };
    return {
      succeeded: true,
      findings,
      layers,
      descriptions: this.ports.newsIn(descriptions, scanner.database.digest),
      ...facts,
    };
  }

  /**
   * Returns the error of a pull. A pull that took all of the time is retried later, because it would do so again at
   * once.
   */
  #ofRegistry(
    { registry: { loginServer }, digest }: ScanTask,
    error: unknown,
    stopped: AbortSignal,
    late: AbortSignal,
  ): unknown {
    const failure =
      late.aborted && !stopped.aborted
        ? new RegistryError('timeout', 'the pull took too long', { cause: error, patience: 'later' })
        : error;
    if (failure instanceof RegistryError) this.ports.pauses.failed(loginServer, digest, failure);
    return failure;
  }

  /**
   * Handles a failure. One that may pass, by itself or by a repair, is retried for as long as the scan is wanted. A
   * mistake of ours is retried a few times.
   */
  #failed(thrown: unknown, job: Job, times: Omit<ScanTimes, 'scannerMs'>): Worked {
    const { code, error, patience, isOurs } = obstacleIn(thrown);
    const random = this.#clock.random();
    const isPassing = patience === 'soon' || patience === 'later';
    // A failure that affects all images is reported without the name of one.
    if (isOurs)
      this.ports.observer.failed(
        'sandbox-runner',
        isPassing ? 'scanning' : `scanning ${placeOf(job.payload as ScanTask)}`,
        error,
      );
    if (isPassing) {
      const trouble = troubledBy(job, { code, message: error.message, patience });
      const askedForMs = (error instanceof RegistryError && error.retryAfterMs) || 0;
      return {
        retryInMs: Math.max(
          troublePauseMs(trouble, laneOf(job.lane) === 'push', random),
          askedForMs * (1 + random / 4),
        ),
        uncounted: true,
        trouble,
      };
    }
    if (patience === 'thrice' && job.attempt < this.ports.maxAttempts)
      return { retryInMs: retryDelayMs(job.attempt, random) };
    if ((job.payload as ScanTask).reassesses) return this.#again(job, { code, message: error.message });
    const result: ScanResult = {
      succeeded: false,
      code,
      message: error.message,
      ...times,
      scannerMs: 0,
    };
    return { result };
  }
}

/** Pause before a job is offered again that another runner has to do, ms. */
const elsewhereMs = 30_000;

/** The trouble of a job whose earlier attempts ended with their processes. */
const leaseExpired = {
  code: 'lease-expired' satisfies ScanFailureCode,
  message: 'every process that tried it ended before the scan did',
  patience: 'later',
} as const;

/** The trouble of a job whose runner has a wrong clock. Marks wait for it. */
const clockBehind = {
  code: 'clock-behind' satisfies ScanFailureCode,
  message: 'the clock of the runner is more than an hour behind: set it (NTP)',
  patience: 'soon',
} as const;

/** The trouble of a job whose runner does not have the announced Java database yet. */
const javaDatabaseAway = {
  code: 'no-java-database' satisfies ScanFailureCode,
  message: 'no runner has the announced database of Java archives in use yet',
  patience: 'later',
} as const;

const placeOf = ({ registry: { loginServer }, repository, digest }: ScanTask): string =>
  `${loginServer}/${repository}@${digest}`;

const shown = (how: 'word' | 'bytes'): Worked => ({ result: { shown: how } satisfies ProofResult });
