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
 * Reads the comparison of an offer; undefined if it has none.
 *
 * @throws BlobFailure if it cannot be read
 */
export const comparisonOf = async (
  blobs: Pick<BlobStore, 'get'>,
  { data: { comparison } }: Offer,
): Promise<DatabaseComparison | undefined> =>
  comparison &&
  (JSON.parse((await blobs.get(comparison.dataref, mostComparisonBytes)).toString('utf8')) as DatabaseComparison);

/**
 * Answers for one partition: what an offered database would close there.
 *
 * @throws StoreIncomplete while the states of the partition are not whole
 */
export const weigh = async (
  ports: Omit<WeigherPorts, 'owned' | 'observer' | 'log' | 'blobs'> & {
    readonly log: Omit<WeigherPorts['log'], 'follow'>;
  },
  { offer, comparison }: { readonly offer: Offer; readonly comparison: DatabaseComparison },
  partition: number,
): Promise<void> => {
  const { isAdvisedBy, clock = systemClock } = ports;
  const weighing = new Weighing(comparison, isAdvisedBy, clock.now());
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

/** An offer that waits for answers. */
interface OpenOffer {
  readonly offer: Offer;
  /** Partitions that answered it. */
  readonly answered: Set<number>;
  comparison?: DatabaseComparison | undefined;
}

/**
 * Follows the offered databases, and answers each open one for each partition owned here. No decision rests on it, so
 * nothing waits for it: without an answer a database is held.
 */
export class Weigher {
  readonly #clock: Clock;
  /** By id of the event. One that comes while another one is answered does not take its place. */
  readonly #open = new Map<string, OpenOffer>();
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
    const { state, database } = event.data;
    if (state === 'offered' || state === 'asked') this.#open.set(event.id, { offer: event, answered: new Set() });
    else
      for (const [id, { offer }] of this.#open)
        if (offer.data.state === 'offered' && offer.data.database.digest === database.digest) this.#open.delete(id);
    this.#wait(0);
  }

  #wait(ms: number): void {
    this.#stop?.();
    if (this.#isClosed) return;
    this.#stop = this.#clock.after(ms, () => {
      this.#working = (this.#working ?? Promise.resolve()).then(() => this.#answer());
    });
  }

  async #answer(): Promise<void> {
    for (const [id, open] of this.#open)
      if (Date.parse(open.offer.time) < this.#clock.now() - openMs) this.#open.delete(id);
      else await this.#answerOne(id, open);
    if (this.#open.size > 0) this.#wait(againMs);
  }

  async #answerOne(id: string, open: OpenOffer): Promise<void> {
    const { offer, answered } = open;
    for (const partition of this.ports.owned()) {
      if (answered.has(partition) || this.#isClosed || !this.#open.has(id)) continue;
      try {
        open.comparison ??= await comparisonOf(this.ports.blobs, offer);
        if (!open.comparison) return;
        await weigh(this.ports, { offer, comparison: open.comparison }, partition);
        answered.add(partition);
      } catch (error) {
        // A partition that is being restored answers later. A comparison that is gone does not come back.
        if ((error as { readonly retriable?: boolean }).retriable === true) continue;
        this.#open.delete(id);
        this.ports.observer.failed('sandbox-runner', `weighing the database ${offer.data.database.digest}`, error);
      }
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stop?.();
    await this.#follower?.close();
    await this.#working;
  }
}
