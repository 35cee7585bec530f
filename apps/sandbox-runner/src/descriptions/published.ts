import { decode, type Encoded, type VulnerabilityDescribed } from '@assay/events';
import { systemClock, type Clock, type Observer, type ServicePorts } from '@assay/event-sourcing';
import type { VulnerabilityDescription } from '../domain/halves.ts';
import { HashMap, hashOf, type Compared, type Hash } from './hashes.ts';

const topic = 'vulnerability.described';
const againMs = 60_000;
/** Time within which a description that was handed out is expected in the log. */
const onItsWayMs = 60_000;

type Log = Pick<ServicePorts['log'], 'follow'>;
type Follower = Awaited<ReturnType<Log['follow']>>;
type Words = VulnerabilityDescription & { readonly scanner?: string };

/** The key of the texts, which are the same in every description of the vulnerability. */
const textsKeyOf = ({ vulnerability }: Words, scanner: string): string => JSON.stringify([scanner, vulnerability]);

/** The key of a description: the same vulnerability is described without the ratings of one vendor or another. */
const keyOf = ({ vulnerability, without }: Words, scanner: string): string =>
  JSON.stringify([scanner, vulnerability, without ?? null]);

const textsOf = ({ title, description, references, cwes }: Words): string =>
  JSON.stringify([title ?? null, description ?? null, references, cwes]);

/** All words but dates and the database. A vendor moves dates without any news. */
const contentOf = ({ ratings }: Words, texts: Hash): string =>
  JSON.stringify([
    texts,
    ratings.map(({ source, severity, score, vector }) => [source, severity, score ?? null, vector ?? null]),
  ]);

interface Keyed {
  readonly key: string;
  readonly keyHash: Hash;
  readonly value: Hash;
}

const keyed = (key: string, value: Hash): Keyed => ({ key, keyHash: hashOf(key), value });

/** The texts are hashed once: a vulnerability has kilobytes of them, and an image hundreds of vulnerabilities. */
const valuesOf = (words: Words, scanner: string): readonly [texts: Keyed, words: Keyed] => {
  const texts = hashOf(textsOf(words));
  return [keyed(textsKeyOf(words, scanner), texts), keyed(keyOf(words, scanner), hashOf(contentOf(words, texts)))];
};

const isSameHash = ([high, low]: Hash, other: Hash): boolean => high === other[0] && low === other[1];

/** A value that was handed out and is not in the log yet. */
interface HandedOut {
  readonly value: Hash;
  readonly database: string;
  /** ms since the epoch. */
  readonly since: number;
}

export interface PublishedPorts {
  readonly log: Log;
  /** Name of the scanner whose descriptions are asked about. */
  readonly scanner: string;
  readonly observer: Pick<Observer, 'failed'>;
  readonly clock?: Clock;
}

/**
 * Knows which descriptions of vulnerabilities were published, by following their topic. Nothing waits for it: without
 * it, or while it is behind, descriptions are published again, which is harmless.
 */
export class PublishedDescriptions {
  #known = new HashMap();
  /** By key of texts or description. */
  readonly #onTheirWay = new Map<string, HandedOut>();
  #follower: Follower | undefined;
  #isClosed = false;
  #again: () => void = () => undefined;

  constructor(private readonly ports: PublishedPorts) {}

  /** Begins to follow. A failure is reported, and it begins again later. */
  start(): void {
    void this.#follow();
  }

  async #follow(): Promise<void> {
    const { log, observer, clock = systemClock } = this.ports;
    try {
      const follower = await log.follow([topic], {
        onBatch: async (batch) => {
          this.take(batch);
        },
      });
      if (this.#isClosed) await follower.close();
      else this.#follower = follower;
    } catch (error) {
      observer.failed('sandbox-runner', `following ${topic}`, error);
      if (!this.#isClosed) this.#again = clock.after(againMs, () => void this.#follow());
    }
  }

  /** Takes records of the topic. Of the descriptions by one database, the first counts, as for every reader. */
  take({ records }: { readonly records: readonly Pick<Encoded, 'headers' | 'value'>[] }): void {
    for (const record of records) {
      const decoded = decode(topic, record);
      if (decoded.kind !== 'event' || decoded.event.topic !== topic) continue;
      const data: VulnerabilityDescribed = decoded.event.data;
      const tag = hashOf(data.database.digest);
      for (const { key, keyHash, value } of valuesOf(data, data.scanner)) {
        if (!this.#known.compare(keyHash, value, tag)?.hasTag) this.#known.set(keyHash, value, tag);
        this.#onTheirWay.delete(key);
      }
    }
  }

  /**
   * The descriptions that were not published, or that the database has in other words. Within a database the first
   * description counts: the report of a hostile image cannot rewrite what others have. Many images have a new
   * vulnerability at once: what was handed out counts as published for a minute. If its scan is lost, a later one
   * publishes it.
   *
   * @param database digest of the database that the descriptions are from
   * @param isNewest false if a newer database is announced: then it may have the newer words, so only vulnerabilities
   * that were never described count
   */
  newsIn(
    descriptions: readonly VulnerabilityDescription[],
    database: string,
    isNewest: boolean,
  ): readonly VulnerabilityDescription[] {
    const now = (this.ports.clock ?? systemClock).now();
    for (const [key, { since }] of this.#onTheirWay) {
      if (now - since < onItsWayMs) break;
      this.#onTheirWay.delete(key);
    }
    const tag = hashOf(database);
    return descriptions.filter((each) => {
      const [texts, words] = valuesOf(each, this.ports.scanner);
      const isNews = this.#isNews(texts, words, { database, tag, isNewest });
      for (const { key, keyHash, value } of [texts, words]) {
        if (isNews) {
          this.#onTheirWay.delete(key);
          this.#onTheirWay.set(key, { value, database, since: now });
        } else if (isNewest && this.#known.compare(keyHash, value, tag)?.isSame) {
          // The database has the words that were published. Others from it are not the first any more.
          this.#known.set(keyHash, value, tag);
        }
      }
      return isNews;
    });
  }

  #isNews(
    texts: Keyed,
    words: Keyed,
    { database, tag, isNewest }: { readonly database: string; readonly tag: Hash; readonly isNewest: boolean },
  ): boolean {
    const [known, own] = [this.#compared(texts, database, tag), this.#compared(words, database, tag)];
    if (!known) return true;
    // The texts by this database are known. The ratings that the description before left out may be missing.
    if (known.hasTag) return known.isSame && !own?.hasTag && !own?.isSame;
    return isNewest && !own?.isSame;
  }

  #compared({ key, keyHash, value }: Keyed, database: string, tag: Hash): Compared | undefined {
    const handedOut = this.#onTheirWay.get(key);
    return handedOut?.database === database
      ? { isSame: isSameHash(handedOut.value, value), hasTag: true }
      : this.#known.compare(keyHash, value, tag);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#again();
    await this.#follower?.close();
  }
}
