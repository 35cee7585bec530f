import { hash } from 'node:crypto';
import { decode, type Encoded, type VulnerabilityDescribed } from '@assay/events';
import { systemClock, type Clock, type Observer, type ServicePorts } from '@assay/event-sourcing';
import type { VulnerabilityDescription } from '../domain/halves.ts';
import { HashMap } from './hashes.ts';

const topic = 'vulnerability.described';
const againMs = 60_000;
/** Time within which a description that was handed out is expected in the log. */
const onItsWayMs = 60_000;

type Log = Pick<ServicePorts['log'], 'follow'>;
type Follower = Awaited<ReturnType<Log['follow']>>;
type Words = VulnerabilityDescription & { readonly scanner?: string };

/** The key of a description: the same vulnerability is described without the ratings of one vendor or another. */
const keyOf = ({ vulnerability, without }: Words, scanner: string): string =>
  JSON.stringify([scanner, vulnerability, without ?? null]);

/** All words but dates and the database. A vendor moves dates without any news. */
const contentOf = ({ title, description, references, cwes, ratings }: Words): string =>
  JSON.stringify([
    title ?? null,
    description ?? null,
    references,
    cwes,
    ratings.map(({ source, severity, score, vector }) => [source, severity, score ?? null, vector ?? null]),
  ]);

const hashOf = (words: Words, scanner: string): string =>
  hash('sha1', `${keyOf(words, scanner)} ${contentOf(words)}`, 'base64');

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
  /** Descriptions that were handed out and are not in the log yet, by their hash, with the time of that in ms. */
  readonly #onTheirWay = new Map<string, number>();
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

  /** Takes records of the topic. The last description of a vulnerability counts. */
  take({ records }: { readonly records: readonly Pick<Encoded, 'headers' | 'value'>[] }): void {
    for (const record of records) {
      const decoded = decode(topic, record);
      if (decoded.kind !== 'event' || decoded.event.topic !== topic) continue;
      const data: VulnerabilityDescribed = decoded.event.data;
      this.#known.set(keyOf(data, data.scanner), contentOf(data));
      this.#onTheirWay.delete(hashOf(data, data.scanner));
    }
  }

  /**
   * The descriptions that were not published, or in other words. Many images have a new vulnerability at once: what was
   * handed out counts as published for a minute. If its scan is lost, a later one publishes it.
   * @param isNewest false if a newer database is announced: then it may have the newer words, so only vulnerabilities
   * that were never described count
   */
  newsIn(descriptions: readonly VulnerabilityDescription[], isNewest: boolean): readonly VulnerabilityDescription[] {
    const now = (this.ports.clock ?? systemClock).now();
    for (const [handedOut, since] of this.#onTheirWay) {
      if (now - since < onItsWayMs) break;
      this.#onTheirWay.delete(handedOut);
    }
    return descriptions.filter((each) => {
      const known = this.#known.compare(keyOf(each, this.ports.scanner), contentOf(each));
      const handedOut = hashOf(each, this.ports.scanner);
      const isNews = (known === 'unknown' || (known === 'other' && isNewest)) && !this.#onTheirWay.has(handedOut);
      if (isNews) this.#onTheirWay.set(handedOut, now);
      return isNews;
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#again();
    await this.#follower?.close();
  }
}
