import {
  sortedEntries,
  causeOf,
  placementKey,
  pushOf,
  recalledIn,
  scanIdOf,
  unexpected,
  type Cause,
  type Facts,
  type ImagePushed,
  type Lane,
  type Mode,
  type EventFor,
} from '@assay/events';
import type { DecideContext, Decision, EventDraft } from '@assay/event-sourcing';
import { defineDecider } from '@assay/event-sourcing/decider';
import { evolveConfig, noConfig, plansOf } from './config.ts';
import { brokenRule, listsImages, movedInput, type Case, type DeclineReason, type VerdictInput } from './rules.ts';
import type { Config, Received, ReceivedPlacement, Emitted, EmittedPlacement } from './state.ts';

/** Deadline of the scan of a push. */
const pushDeadlineMs = 15 * 60_000;
/** Deadline of a scan that a sweep or a plan switch brought. */
const backfillDeadlineMs = 24 * 60 * 60_000;

const evolveReceived = (received: Received, event: EventFor<'eligibility'>): Received => {
  switch (event.topic) {
    case 'image.pushed': {
      const key = placementKey(event.data);
      const { pushedAt } = event.data;
      const latest = received[key]?.latestPushedAt ?? pushedAt;
      return {
        ...received,
        [key]: {
          ...received[key],
          push: { data: event.data, cause: causeOf(event) },
          latestPushedAt: latest > pushedAt ? latest : pushedAt,
        },
      };
    }
    case 'image.deleted': {
      const key = placementKey(event.data);
      const known = received[key]?.deletion;
      if (known && known.deletedAt >= event.data.deletedAt) return received;
      return {
        ...received,
        [key]: { ...received[key], deletion: { deletedAt: event.data.deletedAt, cause: causeOf(event) } },
      };
    }
    default:
      return unexpected(event);
  }
};

const evolveEmitted = (emitted: Emitted, event: EventFor<'eligibility', 'produces'>): Emitted => {
  switch (event.topic) {
    case 'scan.approved': {
      const { verdict, pushId, mode, recall } = event.data;
      return {
        ...emitted,
        [placementKey(event.data)]: {
          verdict,
          pushId,
          outcome: 'approved',
          mode,
          ...(recall ? { recall } : {}),
        },
      };
    }
    case 'scan.declined': {
      const { verdict, pushId, reason } = event.data;
      return { ...emitted, [placementKey(event.data)]: { verdict, pushId, outcome: reason } };
    }
    default:
      return unexpected(event);
  }
};

/** Emits a verdict for each placement whose latest push has none by today's plan. */
const decide = (
  { received, emitted }: { received: Received; emitted: Emitted },
  { config, now }: DecideContext<Config>,
): Decision => ({
  events: sortedEntries(received).flatMap(([key, placement]) => verdictOn(placement, emitted[key], config, now)),
});

const verdictOn = (
  received: ReceivedPlacement,
  emitted: EmittedPlacement | undefined,
  config: Config,
  now: number,
): EventDraft[] => {
  if (!received.push) return [];
  const { data: push, cause: pushCause } = received.push;
  const registry = config.registries.get(push.registryId.toLowerCase());
  // An unknown registry will be observed later, and the change of config decides again.
  if (!registry || (registry.removed && !registry.closed)) return [];
  const plans = plansOf(config, push.subscriptionId);
  const deletion =
    received.deletion && received.deletion.deletedAt >= (received.latestPushedAt ?? push.pushedAt)
      ? received.deletion
      : undefined;
  const deleted = deletion !== undefined;
  // An index of images has no verdict of its own, with any plan: nothing would ever take it back. Its deletion is
  // emitted.
  if (!deleted && listsImages(push)) return [];
  const input: Case = { push, registry, deleted, planOn: plans?.on.value ?? false };
  const refusal = brokenRule(input);
  // The manifest is still retried, and there is time left.
  if (refusal?.status === 'undetermined' && push.inspection?.early) return [];
  const isNew = emitted?.pushId !== push.pushId;
  const outcome = refusal?.reason ?? 'approved';
  const mode = plans?.mode.value ?? 'classic';
  const changed = isNew || emitted.outcome !== outcome || (!refusal && emitted.mode !== mode);
  const verdict = (emitted?.verdict ?? 0) + 1;
  if (changed) {
    const causes: Readonly<Record<VerdictInput, Cause | undefined>> = {
      push: pushCause,
      deletion: deletion?.cause,
      plan: plans?.on.cause,
      mode: plans?.mode.cause,
      registry: registry.cause,
    };
    // A deletion that a later push undid is none any more: then the push is the cause.
    const cause = causes[isNew ? 'push' : movedInput(emitted.outcome, input)] ?? pushCause;
    return [
      refusal
        ? declined(push, verdict, refusal, cause)
        : approved(push, verdict, isNew ? laneOf(push, now) : laneOfSwitch(push, now), { mode, cause, now, config }),
    ];
  }
  if (refusal) return [];
  const { recall } = config;
  return recall && emitted.recall !== recall.id
    ? [approved(push, verdict, 'rescan', { mode, cause: recall, now, config })]
    : [];
};

/** An image within the deadline of its push is served first. An image found by a sweep can wait. */
const laneOf = (push: ImagePushed, now: number): Lane =>
  push.origin === 'sweep' ? 'backfill' : laneOfSwitch(push, now);
const laneOfSwitch = (push: ImagePushed, now: number): Lane =>
  now < Date.parse(push.receivedAt) + pushDeadlineMs && push.origin !== 'sweep' ? 'push' : 'backfill';

const platformOf = ({ os = 'linux', architecture = 'amd64', variant }: Partial<Facts>): string =>
  [os, architecture, ...(variant ? [variant] : [])].join('/');

const declined = (push: ImagePushed, verdict: number, refusal: DeclineReason, cause: Cause): EventDraft => ({
  topic: 'scan.declined',
  cause,
  idempotencyKey: placementKey(push),
  occurrence: verdict,
  data: { ...pushOf(push), verdict, ...refusal },
});

const approved = (
  push: ImagePushed,
  verdict: number,
  lane: Lane,
  { mode, cause, now, config }: { mode: Mode; cause: Cause; now: number; config: Config },
): EventDraft => ({
  topic: 'scan.approved',
  cause,
  idempotencyKey: placementKey(push),
  occurrence: verdict,
  data: {
    ...pushOf(push),
    verdict,
    scanId: scanIdOf(push, verdict),
    kind: lane === 'rescan' ? 'rescan' : 'scan',
    lane,
    mode,
    platform: platformOf(push.facts ?? {}),
    deadline: new Date(
      lane === 'push' ? Date.parse(push.receivedAt) + pushDeadlineMs : now + backfillDeadlineMs,
    ).toISOString(),
    ...(config.recall ? { recall: config.recall.id } : {}),
  },
});

/** Gives each placement its verdict by facts, registry and plan. */
export const decider = defineDecider<'eligibility', Received, Emitted, Config>({
  app: 'eligibility',
  stateVersion: 3,
  empty: () => ({ received: {}, emitted: {} }),
  evolveReceived,
  evolveEmitted,
  decide,
  noConfig,
  evolveConfig,
  matters: (event) => event.topic !== 'operator.acted' || recalledIn(event) !== undefined,
});
