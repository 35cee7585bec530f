import {
  derivedId,
  isDigest,
  notificationId,
  placementKey,
  type AnyEvent,
  type NotificationReceived,
  type RegistryObserved,
} from '@assay/events';
import { wholly, type Store, type WholePorts } from '@assay/event-sourcing';
import { recordOf, type EventLog } from '@assay/messaging';
import {
  clientOf,
  RegistryError,
  type AcrClient,
  type ListedManifest,
  type RegistryAccess,
  type RegistryClient,
} from '@assay/registry';
import { program } from '../domain/decide.ts';
import { answeredIn, namesOf, type Heard, type Said } from '../domain/state.ts';
import type { Gone } from './held.ts';
import type { Access } from './access.ts';

const pageKeys = 200;
/** So many names of one digest are told at once. */
const namesAtOnce = 1000;
/** Of more names of one digest in one repository nobody is told: what they name is assessed, and only the last 50 are shown. */
const mostNames = 10_000;

/** As much of a registry as a sweep needs; some list manifests with their tags, and need not be asked for each. */
export type Sweepable = Pick<RegistryClient, 'repositories' | 'tags' | 'head' | 'close'> &
  Partial<Pick<AcrClient, 'manifests'>>;

export interface SweepPorts {
  readonly log: EventLog;
  readonly store: Store;
  readonly access: Access;
  /** Whether so many may be said to be gone; without it any number may. */
  readonly mayDelete?: ((gone: Gone) => boolean) | undefined;
  readonly now?: (() => number) | undefined;
  readonly connect?: ((access: RegistryAccess, signal: AbortSignal) => Sweepable) | undefined;
}

interface Listed {
  readonly repository: string;
  readonly digest: string;
  /** Absent where none names it: then it is there, and nothing that anybody wants to have assessed. */
  readonly tag?: string;
  /** What else the registry says of it. */
  readonly properties?: Omit<ListedManifest, 'tags'>;
}
interface Known {
  readonly repository: string;
  readonly digest: string;
  readonly tags: ReadonlySet<string>;
  readonly deleted: boolean;
  /** The latest time at which something happened to it, by whichever clock. */ readonly lastAt: string;
  /** Its manifest could not be read, and nobody tries again. */ readonly unread: boolean;
}

/**
 * What ingestion knows of a registry, from its own store.
 * @throws NotWhole where the store is being filled: what it lacks would be taken for new
 */
const knownOf = async (store: Store, log: WholePorts['log'], registry: RegistryObserved): Promise<Known[]> => {
  const { app, stateVersion } = program;
  const known: Known[] = [];
  for (let partition = 0; partition < log.partitions; partition += 1) {
    known.push(
      ...(await wholly({ app, stateVersion, store, log }, partition, () => knownIn(store, partition, registry))),
    );
  }
  return known;
};

const knownIn = async (
  store: Store,
  partition: number,
  { loginServer, registryId }: RegistryObserved,
): Promise<Known[]> => {
  const known: Known[] = [];
  for (
    let page = await store.scan(partition, undefined, pageKeys);
    page.length > 0;
    page = await store.scan(partition, page.at(-1)!.key, pageKeys)
  ) {
    for (const { key, state } of page) {
      const { heard, said } = JSON.parse(state) as { heard: Heard; said: Said };
      const answered = new Set(answeredIn(said));
      for (const source of Object.values(heard)) {
        if (source.loginServer?.toLowerCase() !== loginServer.toLowerCase()) continue;
        const pushed =
          source.pushes
            .map(({ occurredAt }) => occurredAt)
            .toSorted()
            .at(-1) ?? '';
        const lastAt = [pushed, ...source.deletions.map(({ deletedAt }) => deletedAt)].toSorted().at(-1)!;
        const place = placementKey({ registryId, repository: source.repository, digest: key });
        known.push({
          repository: source.repository,
          digest: key,
          lastAt,
          tags: new Set(namesOf(source.pushes)),
          deleted: source.deletions.some(({ deletedAt }) => deletedAt >= pushed),
          unread:
            !wasRead(said, place) &&
            said.trying?.[place] === undefined &&
            source.pushes.length > 0 &&
            source.pushes.every(({ cause }) => answered.has(cause.id)),
        });
      }
    }
  }
  return known;
};

/** Of which repository an older program read the facts, nobody knows. */
const wasRead = ({ facts, shown }: Said, place: string): boolean =>
  shown ? shown[place] === true : facts !== undefined;

/** Every tag of the registry. What cannot be read about one of them does not end the sweep of all others. */
const listed = async (client: Sweepable, signal: AbortSignal): Promise<Listed[]> => {
  const found: Listed[] = [];
  for await (const repository of client.repositories(signal)) {
    if (client.manifests) {
      found.push(...(await manifestsOf(client.manifests(repository, signal), repository)));
      continue;
    }
    for (const tag of await tagsOf(client, repository, signal)) {
      const digest = await client.head(repository, tag, signal).catch(whereItIsFinal(undefined));
      if (isDigest(digest)) found.push({ repository, tag, digest });
    }
  }
  return found;
};

const manifestsOf = async (manifests: AsyncIterable<ListedManifest>, repository: string): Promise<Listed[]> => {
  const found: Listed[] = [];
  try {
    for await (const { tags, ...properties } of manifests) {
      if (tags.length === 0) found.push({ repository, digest: properties.digest });
      for (const tag of tags) found.push({ repository, digest: properties.digest, tag, properties });
    }
  } catch (error) {
    return whereItIsFinal(found)(error);
  }
  return found;
};

/** A repository may be listed although nothing is left in it. */
const tagsOf = async (client: Sweepable, repository: string, signal: AbortSignal): Promise<string[]> => {
  const tags: string[] = [];
  try {
    for await (const tag of client.tags(repository, signal)) tags.push(tag);
  } catch (error) {
    return whereItIsFinal(tags)(error);
  }
  return tags;
};

/** Takes an answer in place of an error that will come again; what may pass by itself ends the sweep, and the next one tries anew. */
const whereItIsFinal =
  <Answer>(answer: Answer) =>
  (error: unknown): Answer => {
    if (error instanceof RegistryError && !error.retriable) return answer;
    throw error;
  };

/** Only the registry's own word makes it gone. */
const isThere = (client: Sweepable, { repository, digest }: Known, signal: AbortSignal): Promise<boolean> =>
  client.head(repository, digest, signal).then(
    () => true,
    (error: unknown) => !(error instanceof RegistryError && error.code === 'gone') && whereItIsFinal(true)(error),
  );

const connected = (access: RegistryAccess, signal: AbortSignal): Sweepable => clientOf(access, { signal });

export interface Swept {
  readonly found: number;
  readonly gone: number;
  /** What was found gone and not said. */
  readonly held?: Gone;
}

/** Compares one registry with what is known of it; what is new or gone becomes a notification like any other. */
export const sweepRegistry = async (
  registry: RegistryObserved,
  { log, store, access, mayDelete = () => true, now = Date.now, connect = connected }: SweepPorts,
  signal: AbortSignal,
): Promise<Swept> => {
  const started = new Date(now()).toISOString();
  const client = connect(access(registry.loginServer), signal);
  try {
    // Listed first, then looked up: what is pushed and told of meanwhile is known by then.
    const there = await listed(client, signal);
    const known = await knownOf(store, log, registry);
    const byPlace = new Map(known.map((each) => [`${each.repository}@${each.digest}`, each]));
    const seen = new Set<string>();
    const events: AnyEvent[] = [];
    for (const [name, each] of Map.groupBy(there, ({ repository, digest }) => `${repository}@${digest}`)) {
      const place = byPlace.get(name);
      seen.add(name);
      events.push(...found(each, place).map((about) => noticed(registry, about, started, place?.lastAt)));
    }
    // What no tag names any more may still be there.
    const alive = known.filter((each) => !each.deleted);
    const deletions: AnyEvent[] = [];
    for (const place of alive.filter((each) => !seen.has(`${each.repository}@${each.digest}`))) {
      if (!(await isThere(client, place, signal)))
        deletions.push(
          noticed(
            registry,
            { action: 'delete', repository: place.repository, digest: place.digest },
            started,
            place.lastAt,
          ),
        );
    }
    const all = { gone: deletions.length, known: alive.length };
    const isHeld = !mayDelete(all);
    await log.append([...events, ...(isHeld ? [] : deletions)].map((event) => recordOf(event, log.partitions)));
    return isHeld ? { found: events.length, gone: 0, held: all } : { found: events.length, gone: all.gone };
  } finally {
    await client.close();
  }
};

/** What a sweep found under the names of one digest: one push, however many they are. A digest's every event is about all that is known of it. */
const found = (listed: readonly Listed[], known: Known | undefined): Noticed[] => {
  const { repository, digest, properties } = listed[0]!;
  const there = listed.flatMap(({ tag }) => tag ?? []);
  const fresh = there.filter((tag) => !known?.tags.has(tag)).slice(0, Math.max(0, mostNames - (known?.tags.size ?? 0)));
  // One of the names that are known is enough to have it looked at again.
  const names = fresh.length === 0 && (known?.deleted || known?.unread) ? there.slice(0, 1) : fresh;
  return Array.from({ length: Math.ceil(names.length / namesAtOnce) }, (_, part) => {
    const [tag, ...more] = names.slice(part * namesAtOnce, (part + 1) * namesAtOnce);
    return {
      action: 'push',
      repository,
      digest,
      tag: tag!,
      ...(more.length > 0 && { tags: [tag!, ...more] }),
      ...(properties && { body: properties }),
    };
  });
};

interface Noticed {
  readonly action: 'push' | 'delete';
  readonly repository: string;
  readonly digest: string;
  readonly tag?: string;
  readonly tags?: string[];
  readonly body?: unknown;
}

/** What a sweep saw comes after all that is known, also where the clock here is behind the registry's, or that of who swept before. */
const after = (started: string, lastAt = ''): string =>
  lastAt < started ? started : new Date(Date.parse(lastAt) + 1).toISOString();

const noticed = (
  { registryId, loginServer }: RegistryObserved,
  about: Noticed,
  started: string,
  lastAt?: string,
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
    correlationid: id,
    topic: 'notification.received',
    data,
  };
};
