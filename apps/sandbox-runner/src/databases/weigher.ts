import { randomUUID } from 'node:crypto';
import type { DatabaseComparison } from '@assay/advisories';
import { decode, isOf, type AssayEvent, type WeighedAdvisories } from '@assay/events';
import {
  systemClock,
  whenComplete,
  type BlobStore,
  type Clock,
  type CompletenessPorts,
  type Observer,
  type Store,
} from '@assay/event-sourcing';
import { recordOf, type EventLog } from '@assay/messaging';
import type { Emitted } from '../domain/state.ts';
import type { IsAdvisedBy } from '../scanner/registration.ts';
import { Weighing, type Weighable } from './weighing.ts';

const topic = 'advisories.offered';
/** Pause before a partition that was taken over, or could not answer, is looked at, ms. */
const againMs = 1_000;
/** An offer that is older needs no answer: it is held, or settled, ms. */
const openMs = 15 * 60_000;
/** Keys that are read at once. */
const pageKeys = 200;
const mostComparisonBytes = 512 * 2 ** 20;

export interface WeigherPorts extends Omit<CompletenessPorts, 'store' | 'log'> {
  readonly log: Pick<EventLog, 'partitions' | 'end' | 'read' | 'follow' | 'append'>;
  readonly store: Pick<Store, 'checkpoint' | 'scan'>;
  readonly blobs: Pick<BlobStore, 'get'>;
  readonly isAdvisedBy: IsAdvisedBy;
  /** Partition numbers owned here. */
  readonly owned: () => readonly number[];
  readonly observer: Pick<Observer, 'failed'>;
  readonly clock?: Clock | undefined;
}

type Offer = AssayEvent<'advisories.offered'>;

/** The standing results of a partition. */
async function* standingIn({ store }: Pick<WeigherPorts, 'store'>, partition: number): AsyncGenerator<Weighable> {
  for (let after: string | undefined; ;) {
    const page = await store.scan(partition, after, pageKeys);
    if (page.length === 0) return;
    for (const { state } of page) {
      const { emitted } = JSON.parse(state) as { readonly emitted: Emitted };
      if (emitted.standing) yield emitted.standing;
    }
    after = page.at(-1)?.key;
  }
}

/**
 * Answers for one partition: what an offered database would close there.
 *
 * @throws StoreIncomplete while the states of the partition are not whole
 * @throws BlobFailure if the comparison cannot be read
 */
export const weigh = async (
  ports: Omit<WeigherPorts, 'owned' | 'observer' | 'log'> & { readonly log: Omit<WeigherPorts['log'], 'follow'> },
  offer: Offer,
  partition: number,
): Promise<void> => {
  const { blobs, isAdvisedBy, clock = systemClock } = ports;
  const { comparison } = offer.data;
  if (!comparison) return;
  const bytes = await blobs.get(comparison.dataref, mostComparisonBytes);
  const weighing = new Weighing(JSON.parse(bytes.toString('utf8')) as DatabaseComparison, isAdvisedBy, clock.now());
  const consequences = await whenComplete(ports, partition, async () => {
    for await (const standing of standingIn(ports, partition)) weighing.take(standing);
    return weighing.consequences;
  });
  await answer(ports.log, offer, { ...consequences, partition }, clock);
};

/** Answers an offer for one partition. */
export const answer = async (
  log: Pick<EventLog, 'partitions' | 'append'>,
  offer: Offer,
  consequences: Omit<WeighedAdvisories, 'offer'>,
  clock: Pick<Clock, 'now'> = systemClock,
): Promise<void> => {
  const id = randomUUID();
  const event = {
    id,
    source: '/assay/sandbox-runner',
    subject: offer.data.scanner,
    time: new Date(clock.now()).toISOString(),
    ...(offer.correlationid === undefined ? {} : { correlationid: offer.correlationid }),
    causationid: offer.id,
    topic: 'advisories.weighed' as const,
    data: { ...consequences, offer: offer.id },
  };
  await log.append([recordOf(event, log.partitions)]);
};

/**
 * Follows the offered databases, and answers the last one for each partition owned here. No decision rests on it, so
 * nothing waits for it: without an answer a database is held.
 */
export class Weigher {
  readonly #clock: Clock;
  #offer: Offer | undefined;
  /** Partitions that answered this offer. */
  #answered = new Set<number>();
  #follower: Awaited<ReturnType<EventLog['follow']>> | undefined;
  #stop: (() => void) | undefined;
  #working: Promise<void> | undefined;
  #isClosed = false;

  constructor(private readonly ports: WeigherPorts) {
    this.#clock = ports.clock ?? systemClock;
  }

  /** Begins to follow. A failure is reported, and it begins again later. */
  start(): void {
    void this.#follow();
  }

  async #follow(): Promise<void> {
    try {
      const follower = await this.ports.log.follow([topic], {
        onBatch: async ({ records }) => {
          for (const record of records) {
            const decoded = decode(topic, record);
            if (decoded.kind === 'event' && isOf(decoded.event, topic)) this.#take(decoded.event);
          }
        },
      });
      if (this.#isClosed) await follower.close();
      else this.#follower = follower;
    } catch (error) {
      this.ports.observer.failed('sandbox-runner', `following ${topic}`, error);
      if (!this.#isClosed) this.#stop = this.#clock.after(againMs, () => void this.#follow());
    }
  }

  #take(event: Offer): void {
    const isOpen =
      ['offered', 'asked'].includes(event.data.state) && Date.parse(event.time) > this.#clock.now() - openMs;
    this.#offer = isOpen ? event : undefined;
    this.#answered = new Set();
    if (isOpen) this.#wait(0);
  }

  #wait(ms: number): void {
    this.#stop?.();
    if (this.#isClosed) return;
    this.#stop = this.#clock.after(ms, () => {
      this.#working = (this.#working ?? Promise.resolve()).then(() => this.#answer());
    });
  }

  async #answer(): Promise<void> {
    // Another offer may come while this one is answered: that has answers of its own.
    const [offer, answered] = [this.#offer, this.#answered];
    if (!offer || this.#isClosed || Date.parse(offer.time) < this.#clock.now() - openMs) return;
    for (const partition of this.ports.owned()) {
      if (answered.has(partition) || this.#offer !== offer) continue;
      try {
        await weigh(this.ports, offer, partition);
        answered.add(partition);
      } catch (error) {
        // A partition that is being restored answers later.
        if ((error as { readonly retriable?: boolean }).retriable !== true)
          this.ports.observer.failed('sandbox-runner', `weighing the database ${offer.data.database.digest}`, error);
      }
    }
    if (this.#offer === offer) this.#wait(againMs);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stop?.();
    await this.#follower?.close();
    await this.#working;
  }
}
