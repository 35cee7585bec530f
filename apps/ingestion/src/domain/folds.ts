import { Map as ImmutableMap } from 'immutable';
import { withClaim, withTagged, withWord } from './tagged.ts';
import { causeOf, placementKey, unexpected, type AssayEvent, type EventFor, type Facts } from '@assay/events';
import {
  answeredIn,
  mostNames,
  mostPublished,
  namesOf,
  type Config,
  type Received,
  type ReceivedSource,
  type NotifiedPush,
  type Emitted,
  type SweepOutcome,
} from './state.ts';

export const sourceKey = (registry: string | undefined, repository: string): string =>
  `${(registry ?? '').toLowerCase()}|${repository}`;

export const evolveReceived = (received: Received, event: EventFor<'ingestion'>): Received => {
  const { registryId, loginServer, repository, receivedAt } = event.data;
  const key = sourceKey(loginServer ?? registryId, repository);
  const source: ReceivedSource = received[key] ?? {
    ...(loginServer ? { loginServer } : {}),
    ...(registryId ? { registryId } : {}),
    repository,
    names: [],
    indexes: [],
    seen: {},
    pushes: [],
    deletions: [],
  };
  if (isRepeat(source, event.id)) return received;
  const latestMs = Math.max(source.latestMs ?? 0, Date.parse(receivedAt));
  return { ...received, [key]: { ...withNotification(source, event), latestMs } };
};

const isRepeat = ({ seen, pushes, deletions }: ReceivedSource, id: string): boolean =>
  id in seen || [pushes, deletions].some((entries) => entries.some(({ cause }) => cause.id === id));

const withNotification = (before: ReceivedSource, event: AssayEvent<'notification.received'>): ReceivedSource => {
  const isWord = event.data.sender === 'tag';
  const source = isWord ? withWord(before, event) : before;
  // A tag that names an image of which no push was notified shows that the notification was lost.
  if (isWord && (event.data.pointsTo === undefined || event.data.action === 'delete' || source.pushes.length > 0))
    return source;
  const { action, sender, registryId, occurredAt, receivedAt, tag, mediaType, listedIn } = event.data;
  const isLater = event.time > receivedAt;
  const seenAt = isLater ? { seenAt: event.time } : {};
  const nothingNew = (): ReceivedSource => ({
    ...source,
    seen: { ...source.seen, [event.id]: isLater ? event.time : receivedAt },
  });
  // Some senders give a repeat a new id, and a registry may have two senders: the same digest in the same repository at
  // the same instant is the same push.
  if (action === 'delete') {
    if (source.deletions.some(({ deletedAt }) => deletedAt === occurredAt)) return nothingNew();
    return {
      ...source,
      deletions: [...source.deletions, { cause: causeOf(event), deletedAt: occurredAt, receivedAt, ...seenAt }],
    };
  }
  if (source.pushes.some((push) => push.occurredAt === occurredAt && push.tag === tag && push.listedIn === listedIn))
    return nothingNew();
  const push: NotifiedPush = {
    cause: causeOf(event),
    sender,
    occurredAt,
    receivedAt,
    ...seenAt,
    ...(tag ? { tag } : {}),
    ...(mediaType ? { mediaType } : {}),
    ...(listedIn ? { listedIn } : {}),
  };
  const { names, indexes, listers = {}, firstReceivedAt: first = receivedAt } = source;
  // An index with a tag sends no word about its first one.
  const isTagged = listedIn !== undefined && !event.data.byDigest && !(listedIn in listers);
  return {
    ...source,
    ...(registryId && registryId.toLowerCase() !== source.registryId?.toLowerCase() ? { registryId } : {}),
    names: withLast(names, namesOf(event.data), mostNames),
    indexes: withLast(indexes, listedIn === undefined ? [] : [listedIn], mostPublished),
    firstReceivedAt: first < receivedAt ? first : receivedAt,
    ...(isTagged ? { listers: { ...listers, [listedIn]: { order: 0, isTagged } } } : {}),
    ...(tag === undefined && sender !== 'index' ? { isByDigest: true } : {}),
    ...(source.words ? { words: withClaim(source.words, namesOf(event.data), event.data.digest) } : {}),
    pushes: [...source.pushes, push],
  };
};

const withLast = (known: readonly string[], more: readonly string[], most: number): readonly string[] => {
  // An index of thousands of names costs more than one look through them.
  const isKnown = more.length > 1 ? new Set(known) : { has: (name: string) => known.includes(name) };
  const added = [...new Set(more)].filter((name) => !isKnown.has(name));
  return added.length === 0 ? known : [...known, ...added].slice(-most);
};

export const evolveEmitted = (emitted: Emitted, event: EventFor<'ingestion', 'produces'>): Emitted => {
  switch (event.topic) {
    case 'image.pushed': {
      const { facts, mediaType, inspection } = event.data;
      const place = placementKey(event.data);
      const id = event.causationid;
      // An event without a cause answers no notification.
      if (id === undefined) return emitted;
      if (inspection?.early) return { ...emitted, early: [...(emitted.early ?? []), id] };
      const { trying: { [place]: before, ...others } = {}, ...rest } = withAnswer(emitted, id);
      const times = (before?.id === id ? (before.times ?? 1) : 0) + 1;
      const trying = inspection?.trying
        ? { ...others, [place]: { id, times, ...(inspection.unasked ? {} : { code: inspection.code }) } }
        : others;
      return {
        ...rest,
        ...(facts && isCertain(facts) ? { facts: { facts, mediaType } } : {}),
        ...(facts ? { shown: { ...emitted.shown, [place]: true } } : {}),
        ...(Object.keys(trying).length > 0 ? { trying } : {}),
      };
    }
    case 'image.deleted':
      return event.causationid === undefined ? emitted : withAnswer(emitted, event.causationid);
    case 'image.tagged':
      return withTagged(emitted, event);
    // A notification about an image of an index, or of a tag, lies with that image's own key; a tag has its own state.
    case 'notification.received':
    case 'tag.moved':
    // Reports of clusters are produced beside the decider.
    case 'image.running':
      return emitted;
    default:
      return unexpected(event);
  }
};

/**
 * False for the facts of a manifest that is no image without a proof. An older program took runnable images with
 * `subject` or `artifactType` for artifacts, so the next push reads such a manifest again.
 */
const isCertain = ({ kind, cannotRun }: Facts): boolean =>
  cannotRun !== undefined || ['image', 'index', 'legacy-manifest'].includes(kind);

const withAnswer = ({ early: previous, ...emitted }: Emitted, id: string): Emitted => {
  const answered = answeredIn(emitted);
  const early = previous?.filter((each) => each !== id) ?? [];
  return {
    ...emitted,
    answered: answered.includes(id) ? emitted.answered : [...answered, id],
    ...(early.length > 0 ? { early } : {}),
  };
};

export const noConfig: Config = {
  byLoginServer: ImmutableMap(),
  byId: ImmutableMap(),
  subscriptions: {},
  held: {},
  sweeps: {},
};

export const evolveConfig = (config: Config, event: EventFor<'ingestion', 'config'>): Config => {
  switch (event.topic) {
    case 'registry.observed': {
      const id = event.data.registryId.toLowerCase();
      const loginServer = event.data.loginServer.toLowerCase();
      const before = config.byId.get(id)?.loginServer.toLowerCase();
      const isOwn = before !== undefined && config.byLoginServer.get(before)?.registryId.toLowerCase() === id;
      const others = isOwn ? config.byLoginServer.delete(before) : config.byLoginServer;
      // Another registry may have the address by now. It keeps the address although the old registry is removed.
      const isTaken = event.data.removed && others.get(loginServer)?.removed === false;
      return {
        ...config,
        byLoginServer: isTaken ? others : others.set(loginServer, event.data),
        byId: config.byId.set(id, event.data),
      };
    }
    case 'subscription.observed': {
      const id = event.data.subscriptionId.toLowerCase();
      return { ...config, subscriptions: { ...config.subscriptions, [id]: event.data } };
    }
    case 'operator.acted':
      return event.data.command === 'sweep'
        ? { ...config, held: withSweep(config.held, event), sweeps: withOutcome(config.sweeps, event) }
        : config;
    default:
      return unexpected(event);
  }
};

/** A held sweep is ordered, done, or released. An order covers what was held when the order came into the log. */
const withSweep = (
  held: Config['held'],
  { id: orderId, time, data: { target, outcome, by, why, details } }: AssayEvent<'operator.acted'>,
): Config['held'] => {
  const id = registryOfSweep(target);
  const { [id]: known, ...others } = held;
  if (outcome === 'held') {
    const { gone = 0, known: all = 0 } = (details ?? {}) as { gone?: number; known?: number };
    return { ...others, [id]: { gone, known: all, since: known?.since ?? time } };
  }
  if (outcome === 'ordered') return known ? { ...others, [id]: { ...known, order: { id: orderId, by, why } } } : held;
  // A hold does not depend on whether the registry could be read.
  return outcome === 'failed' || outcome === 'reached' || outcome === 'cut' ? held : others;
};

const registryOfSweep = (target: string): string => target.slice('sweep/'.length);

const withOutcome = (
  sweeps: Config['sweeps'],
  { time, data: { target, outcome, by, why, details } }: AssayEvent<'operator.acted'>,
): Config['sweeps'] => {
  if (outcome === 'held' || outcome === 'ordered') return sweeps;
  const id = registryOfSweep(target);
  const before = sweeps[id];
  const { position, listing } = (details ?? {}) as Pick<SweepOutcome, 'position' | 'listing'>;
  const since = before?.outcome === outcome ? before.since : time;
  return { ...sweeps, [id]: { outcome, since, by, why, ...(position && { position }), ...(listing && { listing }) } };
};
