import { retryDelayMs, type Job, type Worked } from '@assay/event-sourcing';
import { RegistryError, type RegistryAccess } from '@assay/registry';
import type { ServiceTracer } from '@assay/telemetry';
import type { InspectResult, InspectTask } from '../domain/state.ts';
import { inspect, type Inspectable } from '../registry/inspect.ts';
import type { Access } from '../registry/access.ts';

/** Within which an attempt must be done. */
export const inspectionTimeoutMs = 15_000;

/** Reads manifest and config of one digest; what may go away by itself is tried again. */
export const inspection = (access: Access, clients: { to(access: RegistryAccess): Inspectable }, tracer: ServiceTracer, maxAttempts: number, random = Math.random) => async (job: Job, signal: AbortSignal): Promise<Worked> => {
  const { loginServer, repository, digest, tag, listed, traceparent } = job.payload as InspectTask;
  const span = tracer.start('inspect', { parent: traceparent, attributes: { 'container.image.repo_digests': [`${loginServer}/${repository}@${digest}`] } });
  try {
    const result: InspectResult = await inspect(clients.to(access(loginServer)), repository, digest, tag, signal, listed);
    span.end();
    return { result };
  } catch (error) {
    span.end(error);
    signal.throwIfAborted();
    const [code, retriable] = error instanceof RegistryError ? [error.code, error.retriable] : ['internal', true];
    if (retriable && job.attempt < maxAttempts) return { retryInMs: retryDelayMs(job.attempt, random()) };
    const result: InspectResult = { code, message: (error as Error).message, attempts: job.attempt };
    return { result };
  }
};
