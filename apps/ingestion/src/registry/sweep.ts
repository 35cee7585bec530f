import { derivedId, isDigest, notificationId, type AnyEvent, type NotificationReceived, type RegistryObserved } from '@assay/events';
import type { Store } from '@assay/event-sourcing';
import { recordOf, type EventLog } from '@assay/messaging';
import { RegistryClient, RegistryError } from '@assay/registry';
import type { Heard } from '../domain/state.ts';
import type { Access } from './access.ts';

const pageKeys = 200;

interface Listed { readonly repository: string; readonly tag: string; readonly digest: string }
interface Known { readonly repository: string; readonly digest: string; readonly tags: ReadonlySet<string>; readonly deleted: boolean }

/** What ingestion knows of a registry, from its own store. */
const knownOf = async (store: Store, partitions: number, loginServer: string): Promise<Known[]> => {
  const known: Known[] = [];
  for (let partition = 0; partition < partitions; partition += 1) {
    for (let page = await store.scan(partition, undefined, pageKeys); page.length > 0; page = await store.scan(partition, page.at(-1)!.key, pageKeys)) {
      for (const { key, state } of page) {
        for (const source of Object.values((JSON.parse(state) as { heard: Heard }).heard)) {
          if (source.loginServer?.toLowerCase() !== loginServer.toLowerCase()) continue;
          const pushed = source.pushes.map(({ occurredAt }) => occurredAt).toSorted().at(-1) ?? '';
          known.push({ repository: source.repository, digest: key, tags: new Set(source.pushes.flatMap(({ tag }) => (tag ? [tag] : []))), deleted: source.deletions.some(({ deletedAt }) => deletedAt >= pushed) });
        }
      }
    }
  }
  return known;
};

async function* listing(client: RegistryClient, signal: AbortSignal): AsyncIterable<Listed> {
  for await (const repository of client.repositories(signal)) {
    for await (const tag of client.tags(repository, signal)) {
      const digest = await client.head(repository, tag, signal).catch((error: unknown) => { if (isGone(error)) return undefined; throw error; });
      if (isDigest(digest)) yield { repository, tag, digest };
    }
  }
}

const isGone = (error: unknown): boolean => error instanceof RegistryError && error.code === 'gone';

export interface Swept { readonly found: number; readonly gone: number }

/** Compares one registry with what is known of it; what is new or gone becomes a notification like any other. */
export const sweepRegistry = async (registry: RegistryObserved, { log, store, access, signal, now = () => new Date() }: { log: EventLog; store: Store; access: Access; signal: AbortSignal; now?: () => Date }): Promise<Swept> => {
  const started = now().toISOString();
  const client = new RegistryClient(access(registry.loginServer), { signal });
  try {
    const known = await knownOf(store, log.partitions, registry.loginServer);
    const byPlace = new Map(known.map((each) => [`${each.repository}@${each.digest}`, each]));
    const seen = new Set<string>();
    const events: AnyEvent[] = [];
    for await (const { repository, tag, digest } of listing(client, signal)) {
      const place = byPlace.get(`${repository}@${digest}`);
      seen.add(`${repository}@${digest}`);
      if (!place || place.deleted || !place.tags.has(tag)) events.push(noticed(registry, { action: 'push', repository, digest, tag }, started));
    }
    // What no tag names any more may still be there: only the registry's own word makes it gone.
    for (const { repository, digest, deleted } of known.filter((each) => !each.deleted && !seen.has(`${each.repository}@${each.digest}`))) {
      const there = await client.head(repository, digest, signal).then(() => true, (error: unknown) => { if (isGone(error)) return false; throw error; });
      if (!there && !deleted) events.push(noticed(registry, { action: 'delete', repository, digest }, started));
    }
    await log.append(events.map((event) => recordOf(event, log.partitions)));
    const gone = events.filter(({ data }) => (data as NotificationReceived).action === 'delete').length;
    return { found: events.length - gone, gone };
  } finally {
    await client.close();
  }
};

const noticed = ({ registryId, loginServer }: RegistryObserved, about: { action: 'push' | 'delete'; repository: string; digest: string; tag?: string }, started: string): AnyEvent => {
  const senderEventId = derivedId(about.repository, about.digest, about.tag ?? '', started);
  const id = notificationId('sweep', registryId.toLowerCase(), senderEventId);
  const data: NotificationReceived = { sender: 'sweep', senderEventId, loginServer, registryId, ...about, occurredAt: started, receivedAt: started };
  return { id, source: '/assay/ingestion', subject: about.digest, time: started, correlationid: id, topic: 'notification.received', data };
};
