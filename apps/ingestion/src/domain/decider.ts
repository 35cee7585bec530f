import {
  derivedId,
  isTagKey,
  notificationId,
  placementKey,
  type Facts,
  type ImagePushed,
  type Placement,
  type RegistryObserved,
} from '@assay/events';
import type { DecideContext, Decision, EventDraft, Job, Trouble, WantedJob } from '@assay/event-sourcing';
import { defineDecider } from '@assay/event-sourcing/decider';
import { compact } from './compact.ts';
import { evolveConfig, evolveReceived, noConfig, evolveEmitted } from './folds.ts';
import { inspectionLane, lateLane } from './lanes.ts';
import { openPushes } from './open.ts';
import { hasMoved, reachedBy, registryOf } from './registries.ts';
import { taggedEvents, tagNotices } from './tagged.ts';
import { decideTag, evolveTag, evolveTagMoved, isOfTag, type TagState } from './tags.ts';
import {
  answeredIn,
  mostPublished,
  type Config,
  type Received,
  type ReceivedSource,
  type InspectResult,
  type InspectTask,
  type NotifiedPush,
  type Emitted,
} from './state.ts';

/**
 * A push whose manifest cannot be read is answered this long after it arrived. The services behind ingestion have the
 * last minute of the deadline.
 */
export const answerWithinMs = 14 * 60_000;

/**
 * Answers the notifications that have no answer yet. Facts are read once per digest and repository, and an inspection
 * is wanted until they are there. It stays wanted after an answer that reports an error; the facts are published once
 * they are read. Facts of another repository do not count: a digest is no secret, and a sender that names it need not
 * have the manifest.
 */
const decideWithin =
  (withinMs: number) =>
  (
    { received, emitted }: { received: Received; emitted: Emitted },
    { key: digest, config, jobs, now }: DecideContext<Config>,
  ): Decision => {
    const events: EventDraft[] = [];
    const seen: {
      source: ReceivedSource;
      placement: Placement;
      facts: Facts | undefined;
      isFirstRead: boolean;
    }[] = [];
    const wanted: WantedJob[] = [];
    const deadlines: number[] = [];
    const answered = new Set(answeredIn(emitted));
    for (const [key, source] of Object.entries(received).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      const registry = registryOf(source, config);
      if (!registry) continue;
      const placement: Placement = {
        subscriptionId: registry.subscriptionId,
        registryId: registry.registryId,
        loginServer: registry.loginServer,
        repository: source.repository,
        digest,
      };
      for (const { cause, deletedAt, receivedAt } of source.deletions.filter((each) => !answered.has(each.cause.id)))
        events.push(...tagNotices(source, placement, cause, deletedAt, receivedAt), {
          topic: 'image.deleted',
          cause,
          idempotencyKey: placementKey(placement),
          data: { ...placement, deletedAt, receivedAt },
        });
      const open = openPushes(source, answered);
      const trying = emitted.trying?.[placementKey(placement)];
      const late = unreadPush(source, trying?.id);
      const [first = late] = open;
      const isRead = emitted.shown?.[placementKey(placement)] === true;
      const result = (isRead ? emitted.facts : undefined) ?? (first && resultOf(jobs, key));
      const facts = result && 'facts' in result ? result.facts : undefined;
      seen.push({ source, placement, facts, isFirstRead: facts !== undefined && !isRead });
      if (!first) continue;
      const names = {
        tags: source.names.slice(-mostPublished),
        listedIn: [...source.indexes],
      };
      if (result) {
        events.push(
          ...open.flatMap((push) => answer(push, names, placement, result)),
          ...(late ? answer(late, names, placement, result, 'again') : []),
        );
        continue;
      }
      const lane = open.length > 0 ? inspectionLane(placement.loginServer) : lateLane(placement.loginServer);
      wanted.push(inspection(key, placement, lane, first, open.at(-1) ?? first, registry));
      const trouble = jobs.find(({ id }) => id === jobId(key))?.trouble as Trouble | undefined;
      for (const push of open) {
        const by = Date.parse(push.receivedAt) + withinMs;
        // Before the first attempt the cause is unknown, so nothing is answered. The first failure starts another
        // evaluation.
        if (trouble && (trouble.patience === 'later' || now >= by))
          events.push(...answer(push, names, placement, failureOf(trouble)));
        else if (now < by) {
          deadlines.push(by);
          if (trouble && !emitted.early?.includes(push.cause.id))
            events.push(...answer(push, names, placement, { ...failureOf(trouble), early: true }, 'early'));
        }
      }
      // Publishes again if the cause has changed since the last answer.
      if (open.length === 0 && late && trouble && trouble.tries > 0 && trouble.code !== trying?.code)
        events.push(...answer(late, names, placement, failureOf(trouble), `in vain ${(trying?.times ?? 1) + 1}`));
    }
    // Tags follow an answer, also one with an error: an image that cannot be read loses its tags as any other.
    const shown = new Set(Object.keys(emitted.shown ?? {}));
    for (const { cause, topic, occurrence, data } of events) {
      if (topic !== 'image.pushed') continue;
      shown.add(placementKey(data as ImagePushed));
      if (occurrence !== 'early') answered.add(cause.id);
    }
    const tagEvents = seen
      .filter(
        ({ source, placement }) =>
          (shown.has(placementKey(placement)) || !hasMoved(source, placement.registryId)) &&
          source.pushes.some(({ cause }) => answered.has(cause.id)),
      )
      .flatMap(({ source, placement, facts, isFirstRead }) =>
        taggedEvents(source, emitted, placement, facts, isFirstRead),
      );
    return {
      events: [...events, ...tagEvents],
      jobs: wanted,
      wakeAt: deadlines.length > 0 ? Math.min(...deadlines) : undefined,
    };
  };

/** The push that was answered with an error and is still tried. A deleted image is not looked for. */
const unreadPush = ({ pushes, deletions }: ReceivedSource, id: string | undefined): NotifiedPush | undefined => {
  const last = id === undefined ? undefined : pushes.findLast(({ cause }) => cause.id === id);
  return last && !deletions.some(({ deletedAt }) => deletedAt >= last.occurredAt) ? last : undefined;
};

const resultOf = (jobs: readonly Job[], key: string): Exclude<InspectResult, { failed: string }> | undefined => {
  const job = jobs.find(({ id, state }) => id === jobId(key) && state === 'finished');
  if (!job) return undefined;
  const result = job.result as InspectResult | undefined;
  return result && 'failed' in result
    ? { code: result.failed, message: 'no process finished the inspection', attempts: Math.max(1, job.attempt) }
    : result;
};

const failureOf = ({
  code,
  message,
  tries,
}: Trouble): Exclude<InspectResult, { failed: string } | { facts: Facts }> => ({
  code,
  message,
  attempts: Math.max(1, tries),
  trying: true,
  ...(tries === 0 ? { unasked: true } : {}),
});

const jobId = (key: string): string => `inspect/${key}`;

/**
 * A job waits out its pause as long as its payload stays the same. The payload therefore names the last push that wants
 * the job, and how the registry is reached: a change of either makes the job due at once.
 */
const inspection = (
  key: string,
  { loginServer, repository, digest }: Placement,
  lane: string,
  { tag, listedIn, cause: { traceparent } }: NotifiedPush,
  last: NotifiedPush,
  registry: RegistryObserved,
): WantedJob => {
  const task: InspectTask = {
    loginServer,
    repository,
    digest,
    ...(tag ? { tag } : {}),
    listed: listedIn !== undefined,
    ...(traceparent ? { traceparent } : {}),
    lastPush: last.cause.id,
    reached: reachedBy(registry),
  };
  return { id: jobId(key), lane, payload: task };
};

const answer = (
  push: NotifiedPush,
  names: Pick<ImagePushed, 'tags' | 'listedIn'>,
  placement: Placement,
  result: Exclude<InspectResult, { failed: string }>,
  n?: string,
): EventDraft[] => {
  const { cause, sender, tag, mediaType = '', occurredAt, receivedAt } = push;
  const pushed: Omit<ImagePushed, 'facts' | 'inspection' | 'mediaType'> = {
    ...placement,
    pushId: cause.correlationid,
    pushedAt: occurredAt,
    receivedAt,
    ...names,
    ...(tag ? { tag } : {}),
    origin: sender === 'sweep' ? 'sweep' : sender === 'index' ? 'index' : 'notification',
    sender,
  };
  const draft = (data: object): EventDraft => ({
    topic: 'image.pushed',
    cause,
    idempotencyKey: placementKey(placement),
    ...(n ? { occurrence: n } : {}),
    data: { ...pushed, ...data },
  });
  if ('code' in result)
    return [
      draft({
        mediaType,
        inspection: {
          code: result.code,
          message: result.message,
          attempts: result.attempts,
          ...(result.trying ? { trying: true } : {}),
          ...(result.unasked ? { unasked: true } : {}),
          ...(result.early ? { early: true } : {}),
        },
      }),
    ];
  // The children come first: once the push of the index is in the log, so are they.
  return [...children(push, names, placement, result), draft({ mediaType: result.mediaType, facts: result.facts })];
};

/** A child that an index lists is notified like any other push. */
const children = (
  { cause, occurredAt, receivedAt }: NotifiedPush,
  { tags }: Pick<ImagePushed, 'tags'>,
  { loginServer, registryId, repository, digest }: Placement,
  { facts }: { facts: ImagePushed['facts'] & object },
): EventDraft[] =>
  [...new Map((facts.children ?? []).map((child) => [child.digest, child])).values()].map((child): EventDraft => ({
    topic: 'notification.received',
    key: child.digest,
    cause,
    idempotencyKey: child.digest,
    id: notificationId('index', cause.id, child.digest),
    data: {
      sender: 'index',
      senderEventId: derivedId(cause.id, child.digest),
      action: 'push',
      loginServer,
      registryId,
      repository,
      digest: child.digest,
      listedIn: digest,
      ...(tags.length === 0 ? { byDigest: true } : {}),
      occurredAt,
      receivedAt,
    },
  }));

/**
 * Turns notifications into pushes: each once, with the facts of its manifest. Asks registries about notified tags.
 *
 * @param withinMs after this time a push is answered although its manifest cannot be read
 */
export const deciderWithin = (withinMs: number) =>
  defineDecider<'ingestion', Received, Emitted, Config>({
    app: 'ingestion',
    stateVersion: 11,
    hasJobs: true,
    empty: () => ({ received: {}, emitted: { answered: [] } }),
    // The key is a digest, or the name of a tag, which has a state of its own.
    evolveReceived: (received, event) =>
      isTagKey(event.subject)
        ? (evolveTag(received as TagState['received'], event) as Received)
        : evolveReceived(received, event),
    evolveEmitted: (emitted, event) =>
      event.topic === 'tag.moved' ? (evolveTagMoved(event) as Emitted) : evolveEmitted(emitted, event),
    compact: (state) => (isOfTag(state) ? state : compact(state)),
    decide: (state, context) =>
      isTagKey(context.key) ? decideTag(state as unknown as TagState, context) : decideWithin(withinMs)(state, context),
    noConfig,
    evolveConfig,
    matters: ({ topic }) => topic === 'registry.observed',
  });

export const decider = deciderWithin(answerWithinMs);
