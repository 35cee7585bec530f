import {
  retryDelayMs,
  triesOf,
  troubledBy,
  troublePauseMs,
  type Job,
  type Trouble,
  type Worked,
} from '@assay/event-sourcing';
import { RegistryError, type RegistryAccess, type RegistryPauses } from '@assay/registry';
import type { ServiceTracer } from '@assay/telemetry';
import { isLateLane } from '../domain/lanes.ts';
import type { InspectResult, InspectTask } from '../domain/state.ts';
import type { TagResult, TagTask } from '../domain/tags.ts';
import { inspect, type Inspectable } from '../registry/inspect.ts';
import type { AccessLookup } from '../registry/access.ts';

/** Time limit of one attempt. */
export const inspectionTimeoutMs = 15_000;

export interface InspectionPorts {
  readonly access: AccessLookup;
  readonly clients: { to(access: RegistryAccess): Inspectable };
  readonly pauses: RegistryPauses;
  readonly tracer: ServiceTracer;
  /** Limit of attempts that fail by our own fault; then the inspection is given up. */
  readonly maxAttempts: number;
  readonly random?: () => number;
  readonly now?: () => number;
}

/** Asks which digest a tag names. An answer is later than the one before, although this clock may be behind. */
const askTag = async (
  client: Inspectable,
  { repository, tag, after }: TagTask,
  now: number,
  signal: AbortSignal,
): Promise<TagResult> => {
  const at = new Date(Math.max(now, after === undefined ? 0 : Date.parse(after) + 1)).toISOString();
  try {
    return { digest: await client.head(repository, tag, signal), at };
  } catch (error) {
    if (error instanceof RegistryError && error.code === 'gone') return { at };
    throw error;
  }
};

/**
 * Reads manifest and config of one digest, or asks which digest a tag names. A failure that may pass, by itself or by
 * a repair, is retried for as long as the job is wanted.
 */
export const inspection =
  ({ access, clients, pauses, tracer, maxAttempts, random = Math.random, now = Date.now }: InspectionPorts) =>
  async (job: Job, signal: AbortSignal): Promise<Worked> => {
    const task = job.payload as InspectTask | TagTask;
    const { loginServer, repository } = task;
    const [isTag, reference] = 'digest' in task ? [false, task.digest] : [true, task.tag];
    const rest = pauses.rest(loginServer, triesOf(job), random());
    // A job that waits for the registry's pause reports the trouble of the registry.
    if (rest)
      return {
        retryInMs: rest.ms,
        uncounted: true,
        ...(isKnown(job, rest.error)
          ? {}
          : { trouble: troubledBy(job, { ...codeAndMessage(rest.error), patience: 'soon' }, false) }),
      };
    const span = tracer.start('inspect', {
      parent: 'digest' in task ? task.traceparent : task.notice.traceparent,
      attributes: isTag
        ? { 'container.image.name': `${loginServer}/${repository}`, 'container.image.tags': [reference] }
        : { 'container.image.repo_digests': [`${loginServer}/${repository}@${reference}`] },
    });
    try {
      const client = clients.to(access(loginServer));
      const result: InspectResult | TagResult =
        'digest' in task
          ? await inspect(client, repository, task.digest, task.tag, signal, task.listed)
          : await askTag(client, task, now(), signal);
      span.end();
      pauses.answered(loginServer, reference);
      return { result };
    } catch (error) {
      span.end(error);
      if (error instanceof RegistryError) pauses.failed(loginServer, reference, error);
      signal.throwIfAborted();
      return outcomeOf(job, error as Error, maxAttempts, random);
    }
  };

const outcomeOf = (job: Job, error: Error, maxAttempts: number, random: () => number): Worked => {
  if (error instanceof RegistryError && error.patience !== 'never') {
    const trouble = troubledBy(job, { ...codeAndMessage(error), patience: error.patience });
    return {
      retryInMs: Math.max(
        troublePauseMs(trouble, !isLateLane(job.lane), random()),
        (error.retryAfterMs ?? 0) * (1 + random() / 4),
      ),
      uncounted: true,
      trouble,
    };
  }
  const isOurs = !(error instanceof RegistryError);
  if (isOurs && job.attempt < maxAttempts) return { retryInMs: retryDelayMs(job.attempt, random()) };
  const result: InspectResult = {
    ...(isOurs ? { code: 'internal', message: error.message } : codeAndMessage(error)),
    attempts: troubledBy(job, { code: '', message: '', patience: 'soon' }).tries,
  };
  return { result };
};

/** True if the trouble need not be reported: the job has trouble of its own attempts, or already this one. */
const isKnown = (job: Job, { message }: RegistryError): boolean =>
  triesOf(job) > 0 || (job.trouble as Trouble | undefined)?.message === message;

const codeAndMessage = ({ code, message }: RegistryError): { readonly code: string; readonly message: string } => ({
  code,
  message,
});
