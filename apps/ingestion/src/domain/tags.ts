import {
  causeOf,
  notificationId,
  type AssayEvent,
  type Cause,
  type NotificationReceived,
  type RegistryObserved,
  type TagMoved,
} from '@assay/events';
import type { DecideContext, Decision, EventDraft, Job, Trouble, WantedJob } from '@assay/event-sourcing';
import { inspectionLane, lateLane } from './lanes.ts';
import { reachedBy, registryOf } from './registries.ts';
import type { Config } from './state.ts';

// A tag has a key of its own: of all that is received about it, only the registry's answers count, in one order.

/** A registry is asked about a tag at most once in this time, ms. */
export const askAgainMs = 10_000;
/** Most notifications that are kept of a tag. A sweep finds what earlier ones took for its images. */
const mostClaims = 20;

/** A registry's answer about a tag. */
export interface RegistryWord {
  /** The digest that it names. Absent if the tag is gone. */
  readonly digest?: string;
  /** When the registry was asked. */
  readonly at: string;
}

/** Everything received about a tag. */
export interface ReceivedTag {
  readonly loginServer: string;
  readonly registryId?: string;
  readonly repository: string;
  readonly tag: string;
  /** The last notification. It is not believed: it makes Assay ask the registry. */
  readonly notice?: Cause;
  /** The ids of the last notifications, with the digests that they took for images of the tag. */
  readonly claims: readonly { readonly id: string; readonly digest?: string }[];
  /** The last listing of the repository, and the digests that do not know what the tag names. */
  readonly swept?: RegistryWord & { readonly cause: Cause; readonly others: readonly string[] };
}

/** The last `tag.moved`. */
export interface EmittedTag extends Partial<RegistryWord> {
  /** Id of the notification that it answered. */
  readonly by?: string;
}

export interface TagState {
  readonly received: ReceivedTag | Readonly<Record<string, never>>;
  readonly emitted: EmittedTag;
}

/** Notifications that were answered without a move, and the time of the last question, ms since the epoch. */
interface TagNote {
  readonly notice?: string | undefined;
  readonly swept?: string | undefined;
  readonly askedMs?: number | undefined;
}

/** The payload of a job that asks a registry about a tag. */
export interface TagTask {
  readonly loginServer: string;
  readonly repository: string;
  readonly tag: string;
  readonly notice: Cause;
  /** The answer that was known when the job was wanted: the next one is later, by any clock. */
  readonly after?: string;
  readonly reached: string;
}

export type TagResult = RegistryWord | { readonly failed: string };

/** True for the state of a tag, also if only one of its halves is known. */
export const isOfTag = <Of extends { readonly received: object; readonly emitted: object }>(
  state: Of,
): state is Of & TagState =>
  ('tag' in state.received && typeof state.received.tag === 'string') || !('answered' in state.emitted);

export const evolveTag = (
  received: TagState['received'],
  event: AssayEvent<'notification.received'>,
): TagState['received'] => {
  const { loginServer, registryId, repository, tag, digest, sender, occurredAt, others = [] } = event.data;
  // A notification about a tag names both.
  if (loginServer === undefined || tag === undefined) return received;
  const place = { loginServer, ...(registryId ? { registryId } : {}), repository, tag };
  const known: Omit<ReceivedTag, 'loginServer' | 'repository' | 'tag'> =
    'tag' in received ? (received as ReceivedTag) : { claims: [] };
  if (sender !== 'sweep') {
    const isRepeat = known.claims.some(({ id }) => id === event.id);
    if (isRepeat) return received;
    const claims = [...known.claims, { id: event.id, ...(digest ? { digest } : {}) }].slice(-mostClaims);
    return { ...known, ...place, notice: causeOf(event), claims };
  }
  const swept = { ...(digest ? { digest } : {}), at: occurredAt, others, cause: causeOf(event) };
  const { swept: last = swept } = known;
  return { ...known, ...place, swept: isLater(swept, last) ? swept : last };
};

/** Answers are in the order in which the registry was asked. */
const isLater = (one: RegistryWord, other: Partial<RegistryWord> | undefined): boolean =>
  other?.at === undefined || one.at > other.at || (one.at === other.at && (one.digest ?? '') > (other.digest ?? ''));

export const evolveTagMoved = ({ data, causationid }: AssayEvent<'tag.moved'>): EmittedTag => ({
  ...(data.digest ? { digest: data.digest } : {}),
  at: data.askedAt,
  ...(causationid ? { by: causationid } : {}),
});

const jobPrefix = 'tag/';

interface Answered extends RegistryWord {
  readonly cause: Cause;
  readonly origin: 'notification' | 'sweep';
}

/** Follows the registry's last answer: publishes a move, and notifies the digests that lost or won the tag. */
export const decideTag = (
  { received, emitted }: TagState,
  { key, config, jobs, now, note: noted = {} }: DecideContext<Config>,
): Decision => {
  const registry = 'tag' in received ? registryOf(received as ReceivedTag, config) : undefined;
  if (!registry) return { events: [], note: noted };
  const state = received as ReceivedTag;
  const before = noted as TagNote;
  const { notice, swept } = state;
  // A question that is being asked goes on, also if there are later notifications: those ask again.
  const job = jobs.find(({ id }) => id.startsWith(jobPrefix));
  const task = job?.payload as TagTask | undefined;
  const result = job?.state === 'finished' ? (job.result as TagResult | undefined) : undefined;
  const answers: readonly Answered[] = [
    ...(task && result && 'at' in result ? [{ ...result, cause: task.notice, origin: 'notification' as const }] : []),
    ...(swept && ![before.swept, emitted.by].includes(swept.cause.id) ? [{ ...swept, origin: 'sweep' as const }] : []),
  ];
  const answer = answers.reduce<Answered | undefined>((last, each) => (isLater(each, last) ? each : last), undefined);
  const note: TagNote = {
    notice: job?.state === 'finished' ? task?.notice.id : before.notice,
    swept: swept?.cause.id,
    askedMs: result && 'at' in result ? Math.min(Date.parse(result.at), now) : before.askedMs,
  };
  const answered = [before.notice, emitted.by];
  const events =
    answer && isLater(answer, emitted)
      ? moved(key, answer, { ...state, claims: openClaims(state, answered) }, emitted, registry)
      : [];
  if (!notice || [note.notice, ...answered].includes(notice.id)) return { events, note };
  if (job && job.state !== 'finished')
    return { events, note, jobs: [asking(state, task?.notice ?? notice, emitted, registry, job)] };
  const dueAt = (note.askedMs ?? 0) + askAgainMs;
  if (now < dueAt) return { events, note, wakeAt: dueAt };
  return { events, note, jobs: [asking(state, notice, emitted, registry)] };
};

/** The claims behind the last notification that was answered. */
const openClaims = ({ claims }: ReceivedTag, answered: readonly (string | undefined)[]): ReceivedTag['claims'] =>
  claims.slice(claims.findLastIndex(({ id }) => answered.includes(id)) + 1);

const asking = (
  { loginServer, repository, tag }: ReceivedTag,
  notice: Cause,
  { at }: EmittedTag,
  registry: RegistryObserved,
  job?: Job,
): WantedJob => {
  const task: TagTask = {
    loginServer,
    repository,
    tag,
    notice,
    ...(at ? { after: at } : {}),
    reached: reachedBy(registry),
  };
  // A retry does not take the place of new pushes.
  const isLate = ((job?.trouble as Trouble | undefined)?.tries ?? 0) > 0;
  return { id: `${jobPrefix}${notice.id}`, lane: (isLate ? lateLane : inspectionLane)(loginServer), payload: task };
};

/** The events of an answer: the move, and a word to each digest that has the tag now, had it, or was taken for that. */
const moved = (
  key: string,
  { digest, at, cause, origin }: Answered,
  { loginServer, repository, tag, claims, swept }: ReceivedTag,
  { digest: was, at: before }: EmittedTag,
  { subscriptionId, registryId }: RegistryObserved,
): EventDraft[] => {
  const isMoved = digest !== was;
  const place = { loginServer, registryId, repository, tag };
  const [claimed, others] = [claims.map((claim) => claim.digest), origin === 'sweep' ? (swept?.others ?? []) : []];
  // An image that was pushed under a new tag needs no word about it.
  const isKnown = before === undefined && (origin === 'sweep' || (digest !== undefined && claimed.includes(digest)));
  const about = new Set(
    [
      ...(isMoved ? [was, ...(isKnown ? [] : [digest])] : []),
      ...claimed.filter((each) => each !== digest),
      ...others,
    ].filter((each) => each !== undefined),
  );
  const words = [...about].map((each): EventDraft => {
    const word: NotificationReceived = {
      sender: 'tag',
      senderEventId: `${tag}@${at}`,
      action: each === digest ? 'push' : 'delete',
      ...place,
      digest: each,
      ...(digest ? { pointsTo: digest } : {}),
      occurredAt: at,
      receivedAt: at,
    };
    const id = notificationId('tag', cause.id, `${each} ${at}`);
    return { topic: 'notification.received', key: each, cause, idempotencyKey: each, id, data: word };
  });
  if (!isMoved) return words;
  const data: TagMoved = {
    subscriptionId,
    ...place,
    ...(digest ? { digest } : {}),
    ...(was ? { was } : {}),
    askedAt: at,
    origin,
  };
  return [...words, { topic: 'tag.moved', cause, idempotencyKey: key, occurrence: at, data }];
};
