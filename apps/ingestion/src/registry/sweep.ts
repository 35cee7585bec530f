import {
  at,
  derivedId,
  isDigest,
  notificationId,
  placementKey,
  type AnyEvent,
  type NotificationReceived,
  type RegistryObserved,
} from '@assay/events';
import { whenComplete, type Store, type CompletenessPorts } from '@assay/event-sourcing';
import { recordOf, type EventLog } from '@assay/messaging';
import {
  clientOf,
  RegistryError,
  type AcrClient,
  type ListedManifest,
  type RegistryAccess,
  type RegistryClient,
} from '@assay/registry';
import { withoutRequestSpans, type ServiceTracer } from '@assay/telemetry';
import { decider } from '../domain/decider.ts';
import { hasMoved } from '../domain/registries.ts';
import { refutedIn } from '../domain/tagged.ts';
import { isOfTag, type TagState } from '../domain/tags.ts';
import { answeredIn, mostNames, type Received, type Emitted, type SweepPosition } from '../domain/state.ts';
import { SweepIncomplete, type Gone } from './held.ts';
import type { AccessLookup } from './access.ts';
import { SweepTrace } from './sweep-trace.ts';
import { comparedTags, tagNotification, type KnownTag } from './swept-tags.ts';

const pageKeys = 200;
/** Most names of one digest in one notification. */
const namesAtOnce = 1000;
/** Failed requests may take this much of the time of a sweep. Then the registry is asked no further. */
const mostFailedMs = 5 * 60_000;
/** An unreadable image is inspected again after this time, then each time after twice as long. */
const againMs = 24 * 60 * 60_000;

/**
 * The part of a registry client that a sweep needs. Some registries list manifests with their tags, which saves a
 * request for each.
 */
export type Sweepable = Pick<RegistryClient, 'repositories' | 'tags' | 'head' | 'close'> &
  Partial<Pick<AcrClient, 'manifests'>>;

export interface SweepPorts {
  readonly log: EventLog;
  readonly store: Store;
  readonly access: AccessLookup;
  readonly tracer: ServiceTracer;
  /**
   * Decides whether so many images may be reported gone; may return the order that permits it. Without it any number
   * may.
   */
  readonly mayDelete?: ((gone: Gone) => boolean | { readonly id: string }) | undefined;
  readonly now?: (() => number) | undefined;
  /** Time in which the registry is listed, ms. The images that are missing are looked up in as much again. */
  readonly sliceMs?: number | undefined;
  /** `requested` is called before each request. */
  readonly connect?: ((access: RegistryAccess, signal: AbortSignal, requested: () => void) => Sweepable) | undefined;
}

interface Listed {
  readonly repository: string;
  readonly digest: string;
  /** Absent if no tag names the image: it exists, but is not wanted for an assessment. */
  readonly tag?: string;
  /** Other properties that the registry lists. */
  readonly properties?: Omit<ListedManifest, 'tags'>;
}
interface Known {
  readonly repository: string;
  readonly digest: string;
  readonly tags: ReadonlySet<string>;
  /** Tags that are known to name something else. */
  readonly refuted: ReadonlySet<string>;
  readonly deleted: boolean;
  /** The latest time of any of its events, by any clock. */
  readonly lastAt: string;
  /** The manifest could not be read, and is not tried again before this time (ms since the epoch). */
  readonly unreadUntil?: number | undefined;
}

interface AllKnown {
  readonly images: Known[];
  readonly tags: KnownTag[];
}

/**
 * Returns the images and tags of a registry that ingestion has in its store.
 * @throws StoreIncomplete while the store is being filled, when known images would be taken for new
 */
const knownOf = async (store: Store, log: CompletenessPorts['log'], registry: RegistryObserved): Promise<AllKnown> => {
  const { app, stateVersion } = decider;
  const all: AllKnown = { images: [], tags: [] };
  for (let partition = 0; partition < log.partitions; partition += 1) {
    const known = await whenComplete({ app, stateVersion, store, log }, partition, () =>
      knownIn(store, partition, registry),
    );
    all.images.push(...known.images);
    all.tags.push(...known.tags);
  }
  return all;
};

const knownIn = async (
  store: Store,
  partition: number,
  { loginServer, registryId }: RegistryObserved,
): Promise<AllKnown> => {
  const known: Known[] = [];
  const tags: KnownTag[] = [];
  for (
    let page = await store.scan(partition, undefined, pageKeys);
    page.length > 0;
    page = await store.scan(partition, at(page, page.length - 1).key, pageKeys)
  ) {
    for (const { key, state } of page) {
      const parsed = JSON.parse(state) as { received: Received; emitted: Emitted };
      if (isOfTag(parsed)) {
        const { received: about, emitted: last } = parsed as unknown as TagState;
        if ('tag' in about && about.loginServer?.toLowerCase() === loginServer.toLowerCase())
          tags.push({ repository: about.repository, tag: about.tag, digest: last.digest });
        continue;
      }
      const { received, emitted } = parsed;
      const answered = new Set(answeredIn(emitted));
      for (const source of Object.values(received)) {
        if (source.loginServer?.toLowerCase() !== loginServer.toLowerCase()) continue;
        const pushed =
          source.pushes
            .map(({ occurredAt }) => occurredAt)
            .toSorted()
            .at(-1) ?? '';
        const lastAt = source.deletions.reduce((last, { deletedAt }) => (deletedAt > last ? deletedAt : last), pushed);
        const place = placementKey({ registryId, repository: source.repository, digest: key });
        known.push({
          repository: source.repository,
          digest: key,
          lastAt,
          tags: new Set(source.names),
          refuted: refutedIn(source.words, key),
          deleted: source.deletions.some(({ deletedAt }) => deletedAt >= pushed),
          // A registry that moved has its images under another id.
          unreadUntil: hasMoved(source, registryId)
            ? 0
            : !wasRead(emitted, place) &&
                emitted.trying?.[place] === undefined &&
                source.pushes.length > 0 &&
                source.pushes.every(({ cause }) => answered.has(cause.id))
              ? againAt(
                  source.firstReceivedAt,
                  source.pushes.map(({ receivedAt }) => receivedAt),
                )
              : undefined,
        });
      }
    }
  }
  return { images: known, tags };
};

/** An image that can never be read is reported a few times only, and not by every sweep. */
const againAt = (first: string | undefined, times: readonly string[]): number => {
  const last = Math.max(...times.map((time) => Date.parse(time)));
  return last + Math.max(againMs, first === undefined ? 0 : last - Date.parse(first));
};

/** A state that an older version stored does not record in which repository the facts were read. */
const wasRead = ({ facts, shown }: Emitted, place: string): boolean =>
  shown ? shown[place] === true : facts !== undefined;

/** Collects the parts of a registry that could not be read. They are left out, and the sweep of the rest goes on. */
class Gaps {
  /** The first error of each repository. */
  readonly #repositories = new Map<string, RegistryError>();
  #names = 0;
  #first: { readonly name: string; readonly error: RegistryError } | undefined;
  /** The error that ended the requests. */
  #last: RegistryError | undefined;
  #failedMs = 0;
  /** No further requests: the registry asked for a pause, takes too long, or cannot list its other repositories. */
  isOver = false;

  constructor(
    private readonly now: () => number,
    private readonly signal: AbortSignal,
  ) {}

  /** Sends a request about a repository. `gone` is an answer, not a failure. */
  async request<Answer>(
    repository: string,
    name: string,
    send: () => Promise<Answer>,
  ): Promise<Answer | 'gone' | 'unread'> {
    const begun = this.now();
    try {
      return await send();
    } catch (error) {
      this.signal.throwIfAborted();
      if (!(error instanceof RegistryError)) throw error;
      if (error.code === 'gone') return 'gone';
      if (!this.#repositories.has(repository)) this.#repositories.set(repository, error);
      this.#failedMs += this.now() - begun;
      this.#missed(name, error);
      if (error.code === 'rate-limited' || this.#failedMs > mostFailedMs) this.#end(error);
      return 'unread';
    }
  }

  /**
   * Records that the list of repositories broke off.
   * @throws the error, if the list had no repository
   */
  unlisted(error: unknown, isAny: boolean): void {
    this.signal.throwIfAborted();
    if (!isAny || !(error instanceof RegistryError)) throw error;
    this.#end(error);
    this.#missed('the list of repositories', error);
  }

  #end(error: RegistryError): void {
    this.isOver = true;
    this.#last ??= error;
  }

  /** True if all of a repository was read. Otherwise an image that was not found may still exist. */
  isWhole(repository: string): boolean {
    return !this.isOver && !this.#repositories.has(repository);
  }

  /** The first error of a repository. */
  errorIn(repository: string): RegistryError | undefined {
    return this.#repositories.get(repository);
  }

  #missed(name: string, error: RegistryError): void {
    this.#names += 1;
    this.#first ??= { name, error };
  }

  error(loginServer: string): SweepIncomplete | undefined {
    if (!this.#first) return undefined;
    const { name, error } = this.#first;
    const many = this.#names === 1 ? '' : ` and ${this.#names - 1} more`;
    const rest = this.isOver ? ', and the rest was not requested; nothing' : '; nothing of the same repository';
    return new SweepIncomplete(
      `${loginServer} did not return ${name} (${error.code}: ${error.message})${many}${rest} is marked as deleted`,
      { cause: this.#last ?? error },
    );
  }
}

/** The part of a registry that one sweep reads: behind the place where the last one stopped, for a limited time. */
class Slice {
  /** The place in which the next sweep goes on. Absent if this one came to the end. */
  next: SweepPosition | undefined;
  /** When the listing of each repository began. */
  readonly begunAt = new Map<string, string>();
  readonly #read = new Set<string>();

  constructor(
    readonly from: SweepPosition | undefined,
    private readonly now: () => number,
    private readonly until: number,
  ) {}

  /** True if the time is over. Then the sweep stops behind this place. */
  stops(position: SweepPosition): boolean {
    if (this.now() >= this.until) this.next = position;
    return this.next !== undefined;
  }

  begins(repository: string): void {
    this.begunAt.set(repository, new Date(this.now()).toISOString());
  }

  read(repository: string): void {
    this.#read.add(repository);
  }

  /** True if the slice has all of a repository, or shows that the registry does not list it. */
  has(repository: string): boolean {
    if (repository === this.next?.repository && this.next.tag !== undefined) return false;
    const isBehind = this.from === undefined || repository > this.from.repository;
    const isBefore = this.next === undefined || repository <= this.next.repository;
    return this.#read.has(repository) || (isBehind && isBefore);
  }
}

/** Returns every tag of the slice that can be read. */
const listed = async (
  client: Sweepable,
  gaps: Gaps,
  slice: Slice,
  signal: AbortSignal,
  trace: SweepTrace,
): Promise<Listed[]> => {
  const found: Listed[] = [];
  const { from } = slice;
  let isAny = from !== undefined;
  const traced = (repository: string, list: () => Promise<unknown>): Promise<void> =>
    trace.part('list repository', { 'assay.repository': repository }, async () => {
      slice.begins(repository);
      await list();
      return gaps.errorIn(repository);
    });
  try {
    if (from?.tag)
      await traced(from.repository, () => tagsOf(client, from.repository, found, gaps, slice, signal, from.tag));
    if (slice.next) return found;
    for await (const repository of client.repositories(signal, from?.repository)) {
      isAny = true;
      const manifests = client.manifests?.(repository, signal);
      await traced(repository, () =>
        manifests
          ? manifestsOf(manifests, repository, found, gaps, slice)
          : tagsOf(client, repository, found, gaps, slice, signal),
      );
      if (gaps.isOver || slice.next) break;
      slice.read(repository);
      if (slice.stops({ repository })) break;
    }
  } catch (error) {
    gaps.unlisted(error, isAny);
  }
  return found;
};

const manifestsOf = (
  manifests: AsyncIterable<ListedManifest>,
  repository: string,
  found: Listed[],
  gaps: Gaps,
  slice: Slice,
): Promise<unknown> =>
  gaps.request(repository, repository, async () => {
    for await (const { tags, ...properties } of manifests) {
      if (tags.length === 0) found.push({ repository, digest: properties.digest });
      for (const tag of tags) found.push({ repository, digest: properties.digest, tag, properties });
      // This listing cannot be resumed: the next sweep begins behind the repository, which is not whole in this one.
      if (slice.stops({ repository, tag: '' })) return;
    }
  });

/** A repository may be listed although it is empty. */
const tagsOf = async (
  client: Sweepable,
  repository: string,
  found: Listed[],
  gaps: Gaps,
  slice: Slice,
  signal: AbortSignal,
  after?: string,
): Promise<void> => {
  const lookUp = async (tag: string): Promise<void> => {
    const digest = await gaps.request(repository, `${repository}:${tag}`, () => client.head(repository, tag, signal));
    if (isDigest(digest)) found.push({ repository, tag, digest });
  };
  await gaps.request(repository, repository, async () => {
    for await (const tag of client.tags(repository, signal, after)) {
      await lookUp(tag);
      if (gaps.isOver || slice.stops({ repository, tag })) return;
    }
  });
};

const connected: NonNullable<SweepPorts['connect']> = (access, signal, requested) =>
  clientOf(access, { signal, requested });

export interface Swept {
  readonly found: number;
  readonly gone: number;
  /** Tags that were found gone. */
  readonly untagged?: number;
  /** Deletions, or tags gone, that were found, but not published. */
  readonly held?: Gone;
  /** Set if part of the registry could not be read. */
  readonly incomplete?: SweepIncomplete | undefined;
  /** The place in which the next sweep goes on, if the time was over before the end of the registry. */
  readonly next?: SweepPosition;
}

/**
 * Compares one registry with the known images. New and deleted images become notifications like any other. Each of them
 * begins a trace of its own, the sweep is another.
 */
export const sweepRegistry = async (
  registry: RegistryObserved,
  ports: SweepPorts,
  signal: AbortSignal,
  from?: SweepPosition,
): Promise<Swept> => {
  const trace = new SweepTrace(ports.tracer, registry.loginServer.toLowerCase());
  try {
    const swept = await withoutRequestSpans(() => compared(registry, ports, trace, signal, from));
    const { found, gone, held, incomplete, next } = swept;
    const outcome = incomplete ? 'failed' : next ? 'cut' : held ? 'held' : 'reached';
    trace.end(outcome, incomplete, { 'assay.found': found, 'assay.gone': gone });
    return swept;
  } catch (error) {
    trace.end('failed', error);
    throw error;
  }
};

const compared = async (
  registry: RegistryObserved,
  { log, store, access, mayDelete = () => true, now = Date.now, connect = connected, sliceMs = Infinity }: SweepPorts,
  trace: SweepTrace,
  signal: AbortSignal,
  from?: SweepPosition,
): Promise<Swept> => {
  const slice = new Slice(from, now, now() + sliceMs);
  const started = new Date(now()).toISOString();
  const client = connect(access(registry.loginServer), signal, trace.requested);
  try {
    const gaps = new Gaps(now, signal);
    // List first, then look up: a push that is notified meanwhile is known by then.
    const there = await listed(client, gaps, slice, signal, trace);
    const lookedUpUntil = now() + sliceMs;
    const { images: known, tags } = await knownOf(store, log, registry);
    const byPlace = new Map(known.map((each) => [`${each.repository}@${each.digest}`, each]));
    const seen = new Set<string>();
    const events: AnyEvent[] = [];
    for (const [name, each] of Map.groupBy(there, ({ repository, digest }) => `${repository}@${digest}`)) {
      const place = byPlace.get(name);
      seen.add(name);
      events.push(
        ...found(each, place, Date.parse(started)).map((about) =>
          notificationOf(registry, about, started, place?.lastAt),
        ),
      );
    }
    // An image without a tag may still exist: only the registry's answer for its digest shows that it is gone.
    const alive = known.filter((each) => !each.deleted);
    const gone: Known[] = [];
    const isKnown = ({ repository }: Pick<Known, 'repository'>): boolean =>
      gaps.isWhole(repository) && slice.has(repository);
    const missing = alive.filter(({ repository, digest }) => !seen.has(`${repository}@${digest}`));
    // Another sweep begins with another one, in case there is no time for all of them.
    const first = Date.parse(started) % Math.max(1, missing.length);
    const lookUp = async (): Promise<undefined> => {
      for (const place of [...missing.slice(first), ...missing.slice(0, first)]) {
        const { repository, digest } = place;
        const name = `${repository}@${digest}`;
        if (now() >= lookedUpUntil) break;
        if (!isKnown(place)) continue;
        const answer = await gaps.request(repository, name, () => client.head(repository, digest, signal));
        if (answer === 'gone') gone.push(place);
      }
    };
    if (missing.length > 0) await trace.part('look up missing', {}, lookUp);
    const confirmed = gone.filter(isKnown);
    const named = comparedTags(there, alive, tags, isKnown);
    const images = { gone: confirmed.length, known: alive.filter(isKnown).length };
    const permission = mayDelete(images);
    const goneTags = { gone: named.gone.length, known: named.known, what: 'tags' } satisfies Gone;
    // An order to delete images covers the tags that go with them.
    const untags = permission === true ? mayDelete(goneTags) : permission;
    const order = typeof untags === 'object' ? untags.id : undefined;
    const deletions = permission
      ? confirmed.map(({ repository, digest, lastAt }) =>
          notificationOf(registry, { action: 'delete', repository, digest }, started, lastAt, order),
        )
      : [];
    const tagged = [...named.moved, ...(untags ? named.gone : [])].map((about) =>
      tagNotification(registry, about, slice.begunAt.get(about.repository) ?? started, order),
    );
    await log.append([...events, ...deletions, ...tagged].map((event) => recordOf(event, log.partitions)));
    return {
      found: events.length,
      gone: deletions.length,
      ...(untags && named.gone.length > 0 ? { untagged: named.gone.length } : {}),
      ...(untags ? {} : { held: permission ? goneTags : images }),
      incomplete: gaps.error(registry.loginServer),
      ...(slice.next && { next: slice.next }),
    };
  } finally {
    await client.close();
  }
};

/**
 * Turns all new names of one digest into one push, however many they are: every event of a digest carries all that is
 * known of it.
 */
const found = (listed: readonly Listed[], known: Known | undefined, now: number): Finding[] => {
  const { repository, digest, properties } = at(listed, 0);
  const there = listed.flatMap(({ tag }) => tag ?? []);
  const fresh = there.filter((tag) => !known?.tags.has(tag)).slice(0, Math.max(0, mostNames - (known?.tags.size ?? 0)));
  const isToLookAt = known?.deleted || (known?.unreadUntil !== undefined && known.unreadUntil <= now);
  // One known name is enough to have the image inspected again.
  const names = fresh.length === 0 && isToLookAt ? there.slice(0, 1) : fresh;
  return Array.from({ length: Math.ceil(names.length / namesAtOnce) }, (_, part) => {
    const tags = names.slice(part * namesAtOnce, (part + 1) * namesAtOnce);
    return {
      action: 'push',
      repository,
      digest,
      tag: at(tags, 0),
      ...(tags.length > 1 && { tags }),
      ...(properties && { body: properties }),
    };
  });
};

interface Finding {
  readonly action: 'push' | 'delete';
  readonly repository: string;
  readonly digest: string;
  readonly tag?: string;
  readonly tags?: string[];
  readonly body?: unknown;
}

/**
 * Returns a time after all known events, even if the clock here is behind that of the registry or of an earlier sweep.
 */
const after = (started: string, lastAt = ''): string =>
  lastAt < started ? started : new Date(Date.parse(lastAt) + 1).toISOString();

const notificationOf = (
  { registryId, loginServer }: RegistryObserved,
  about: Finding,
  started: string,
  lastAt?: string,
  order?: string,
): AnyEvent => {
  const senderEventId = derivedId(about.repository, about.digest, about.tag ?? '', started);
  const id = notificationId('sweep', registryId.toLowerCase(), senderEventId);
  const data: NotificationReceived = {
    sender: 'sweep',
    senderEventId,
    loginServer,
    registryId,
    ...about,
    occurredAt: after(started, lastAt),
    receivedAt: started,
  };
  return {
    id,
    source: '/assay/ingestion',
    subject: about.digest,
    time: started,
    ...(order === undefined ? {} : { causationid: order }),
    correlationid: order ?? id,
    topic: 'notification.received',
    data,
  };
};
