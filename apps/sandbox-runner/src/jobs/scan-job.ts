import { retryDelayMs, systemClock, type BlobStore, type Clock, type Job, type Worked } from '@assay/event-sourcing';
import { RegistryError, type BlobCache, type RegistryAccess, type RegistryClient } from '@assay/registry';
import type { ServiceTracer } from '@assay/telemetry';
import type { ScanResult, ScanTask } from '../domain/state.ts';
import type { ImageScanner } from '../scanner/scanner.ts';
import { SandboxError } from '../sandbox/sandbox.ts';
import type { Layouts } from './layouts.ts';

export interface ScanJobPorts {
  readonly scanner: ImageScanner;
  readonly driver: string;
  readonly blobs: BlobStore;
  readonly cache: BlobCache;
  readonly clients: { to(access: RegistryAccess): Pick<RegistryClient, 'pull'> };
  readonly layouts: Layouts;
  /** Credentials and further hosts of a registry; they come from configuration, never from an event. */
  readonly access: (loginServer: string) => Partial<RegistryAccess>;
  readonly tracer: ServiceTracer;
  readonly attemptTimeoutMs: number;
  readonly maxAttempts: number;
  readonly clock?: Clock | undefined;
}

/** Pulls one image into a layout, has it scanned, keeps the report, and leaves nothing behind. */
export class ScanJob {
  readonly #clock: Clock;

  constructor(private readonly ports: ScanJobPorts) {
    this.#clock = ports.clock ?? systemClock;
  }

  async run(job: Job, signal: AbortSignal): Promise<Worked> {
    const { layouts, attemptTimeoutMs } = this.ports;
    const task = job.payload as ScanTask;
    const began = this.#clock.now();
    const startedAt = new Date(began).toISOString();
    let pullMs = 0;
    let layout: string | undefined;
    const late = new AbortController();
    const inTime = this.#clock.after(attemptTimeoutMs, () => late.abort(new DOMException('the attempt took too long', 'TimeoutError')));
    const ending = AbortSignal.any([signal, late.signal]);
    try {
      layout = await layouts.begin();
      const config = await this.#pull(task, layout, ending);
      pullMs = this.#clock.now() - began;
      return await this.#scan(task, layout, config, { startedAt, pullMs, remainingMs: attemptTimeoutMs - pullMs }, ending);
    } catch (error) {
      signal.throwIfAborted();
      return this.#failed(error, job, { startedAt, pullMs: pullMs || this.#clock.now() - began });
    } finally {
      inTime();
      if (layout !== undefined) layouts.end(layout);
    }
  }

  async #pull(task: ScanTask, layout: string, signal: AbortSignal): Promise<string | undefined> {
    const span = this.ports.tracer.start('pull', { parent: task.traceparent, attributes: { 'container.image.repo_digests': [`${task.registry.loginServer}/${task.repository}@${task.digest}`] } });
    const { loginServer, plainHttp, allowAddresses } = task.registry;
    const client = this.ports.clients.to({ loginServer, plainHttp, allowAddresses, ...this.ports.access(loginServer) });
    try {
      const { manifest } = await client.pull(task.repository, task.digest, layout, { cache: this.ports.cache, signal });
      span.end();
      return manifest.document.kind === 'image' ? manifest.document.config.digest : undefined;
    } catch (error) {
      span.end(error);
      throw error;
    }
  }

  async #scan(task: ScanTask, layout: string, configDigest: string | undefined, { startedAt, pullMs, remainingMs }: { startedAt: string; pullMs: number; remainingMs: number }, signal: AbortSignal): Promise<Worked> {
    const { scanner, driver, blobs, tracer } = this.ports;
    const span = tracer.start('scan', { parent: task.traceparent, attributes: { 'assay.scanner.name': scanner.identity.name, 'assay.scanner.version': scanner.identity.version, 'assay.sandbox.driver': driver } });
    const outcome = await scanner.scan(layout, { digest: task.digest, ...(configDigest ? { configDigest } : {}), platform: task.platform }, { timeoutMs: Math.max(1, remainingMs), signal })
      .catch((error: unknown) => { span.end(error); throw error; });
    if (outcome.outcome !== 'succeeded') {
      const result: ScanResult = outcome.outcome === 'failed'
        ? { succeeded: false, code: outcome.code, message: outcome.message, startedAt, scannerMs: Math.round(outcome.scannerMs), pullMs }
        : { succeeded: false, code: 'timeout', message: 'the attempt took too long', startedAt, scannerMs: Math.round(outcome.scannerMs), pullMs };
      span.end(result.message);
      signal.throwIfAborted();
      return { result };
    }
    span.end();
    const { os, findings, packages, scannerMs } = outcome;
    const result: ScanResult = {
      succeeded: true, findings, packages, startedAt, scannerMs: Math.round(scannerMs), pullMs, scanner: scanner.identity, database: scanner.database, driver, ...(os ? { os } : {}),
      report: await blobs.put(outcome.report),
    };
    return { result };
  }

  /** What may go away by itself is tried again; what may not is the result. */
  #failed(error: unknown, job: Job, { startedAt, pullMs }: { startedAt: string; pullMs: number }): Worked {
    const [code, retriable] = error instanceof RegistryError ? [error.code, error.retriable] : error instanceof SandboxError ? [error.code, error.retriable]
      : (error as Error).name === 'TimeoutError' ? ['timeout', false] : ['internal', true];
    if (retriable && job.attempt < this.ports.maxAttempts) return { retryInMs: retryDelayMs(job.attempt, this.#clock.random()) };
    const result: ScanResult = { succeeded: false, code, message: (error as Error).message, startedAt, scannerMs: 0, pullMs };
    return { result };
  }
}
