import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock, type BlobStore, type Clock, type Observer } from '@assay/event-sourcing';
import { present } from '@assay/events';
import { recordOf, type EventLog } from '@assay/messaging';
import {
  closedIn,
  digestOf,
  envelopeIn,
  nextSeal,
  resting,
  SealChain,
  SealRefused,
  takeSeals,
  type Envelope,
  type SealKeys,
} from '@assay/seals';
import { eventOf } from '../registry/announce.ts';
import type { OutsidePlace } from './outside.ts';

export interface SealerPorts {
  readonly log: EventLog;
  readonly blobs: Pick<BlobStore, 'put'>;
  readonly keys: SealKeys;
  readonly places: readonly OutsidePlace[];
  /** Partition numbers owned here: one instance seals for the whole installation. */
  readonly owned: () => readonly number[];
  readonly observer: Pick<Observer, 'failed'>;
  readonly everyMs: number;
  readonly clock?: Clock | undefined;
  readonly breathe?: (() => Promise<void>) | undefined;
  /** Most records of one seal. */
  readonly mostRecords?: number | undefined;
}

/** Four parts of the time are left to others. */
const restShare = 4;
const sealing = 'sealing the log';
/** The owner of this partition seals. */
const partition = 0;
/** Pause between two looks, ms: another owner, and a month that was closed, take effect within it. */
const tickMs = 60_000;
/** The area of the blob store with the prefixes of the chain. */
export const sealsArea = 'seals';

/** Seals the log at intervals and when a month is closed, once for the whole installation. */
export class Sealer {
  readonly #clock: Clock;
  readonly #breathe: () => Promise<void>;
  #chain = new SealChain();
  /** Next offset of `log.sealed` to read. */
  #next = 0;
  /** Next offset of `period.changed` to read. */
  #periods = 0;
  #stop: (() => void) | undefined;
  #working: Promise<void> | undefined;
  /** Ends a rest as well. */
  readonly #closing = new AbortController();
  /** Why it fails, by the activity. */
  readonly #failing = new Map<string, string>();
  /** Outside places with another history. */
  readonly #forks = new Set<string>();

  constructor(private readonly ports: SealerPorts) {
    this.#clock = ports.clock ?? systemClock;
    this.#breathe = ports.breathe ?? resting(restShare, (ms) => sleep(ms, undefined, this.#closing));
  }

  start(): void {
    this.#wait(this.#pauseMs / 4);
  }

  #wait(ms: number): void {
    if (this.#closing.signal.aborted) return;
    this.#stop = this.#clock.after(ms * (0.5 + this.#clock.random()), () => {
      this.#working = this.tick().finally(() => {
        this.#working = undefined;
        this.#wait(this.#pauseMs);
      });
    });
  }

  get #pauseMs(): number {
    return Math.min(tickMs, this.ports.everyMs);
  }

  get #isOwner(): boolean {
    return !this.#closing.signal.aborted && this.ports.owned().includes(partition);
  }

  /** Seals what is due, and takes to the outside places what they lack, if this instance is the one that does. */
  async tick(): Promise<void> {
    if (!this.#isOwner) {
      [this.#chain, this.#next, this.#periods] = [new SealChain(), 0, 0];
      this.#failing.clear();
      return;
    }
    try {
      await this.#read();
      // A seal may take longer than the interval: the next one that is due then comes after the outside places.
      for (let isDue = await this.#isDue(); this.#isOwner && isDue; isDue = this.#chain.head?.more === true)
        await this.#seal();
      this.#failing.delete(sealing);
    } catch (error) {
      this.#failed(sealing, error);
    }
    for (const place of this.ports.places) await this.#takeTo(place);
  }

  async #read(): Promise<void> {
    this.#next = await takeSeals(this.ports.log, this.#chain, this.#next);
  }

  async #isDue(): Promise<boolean> {
    const { head } = this.#chain;
    // A clock that was ahead for a while must not end the seals.
    return (
      !head ||
      head.more ||
      Math.abs(this.#clock.now() - Date.parse(head.sealedAt)) >= this.ports.everyMs ||
      this.#closed()
    );
  }

  /** True if a month was closed since the last seal. */
  async #closed(): Promise<boolean> {
    const { log } = this.ports;
    const end = await log.end('period.changed', 0);
    const from = Math.max(this.#periods, this.#chain.endOf('period.changed', 0)?.until ?? 0);
    for await (const { records } of log.read('period.changed', 0, from, end))
      for (const record of records) if (closedIn(record)) return true;
    this.#periods = end;
    return false;
  }

  async #seal(): Promise<void> {
    const { log, blobs, keys, mostRecords } = this.ports;
    const envelope = await nextSeal(
      {
        log,
        keys,
        store: (prefixes) => blobs.put(prefixes, { area: sealsArea }),
        breathe: async () => {
          await this.#breathe();
          // A seal by one that is the owner no more would come second.
          if (!this.#isOwner) throw new Error('another instance seals from now on');
        },
        mostRecords,
      },
      this.#chain,
      this.#clock.now(),
    );
    const event = eventOf('log.sealed', digestOf(envelope), envelope);
    await log.append([recordOf(event, log.partitions)]);
    await this.#read();
  }

  /** Writes the seals that an outside place lacks. One that has another history is a fork, and gets the last. */
  async #takeTo(place: OutsidePlace): Promise<void> {
    const activity = `writing a seal to ${place.name}`;
    try {
      const last = (await place.all()).at(-1);
      // Another instance may have sealed since the log was read: what the place has is in the log by now.
      await this.#read();
      const { seals } = this.#chain;
      const known = last && seals.findIndex(({ digest }) => digest === digestOf(last));
      const isFork = known === -1;
      if (isFork) this.#forks.add(place.name);
      for (const { offset } of seals.slice(isFork ? -1 : (known ?? -1) + 1)) {
        if (!this.#isOwner) return;
        await place.write(await this.#envelopeAt(offset));
      }
      this.#failing.delete(activity);
    } catch (error) {
      this.#failed(activity, error);
    }
  }

  async #envelopeAt(offset: number): Promise<Envelope> {
    for await (const { records } of this.ports.log.read('log.sealed', 0, offset, offset + 1))
      for (const { value } of records) return present(envelopeIn(value), 'seal');
    throw new Error(`log.sealed has no record at offset ${offset} any more`);
  }

  #failed(activity: string, error: unknown): void {
    // Work that ends because another instance goes on with it has not failed.
    if (!this.#isOwner) return;
    const remedy = error instanceof SealRefused ? `: ${error.remedy}` : '';
    const cause = error instanceof Error ? error.message : String(error);
    this.#failing.set(activity, `${activity} fails: ${cause}${remedy}`);
    this.ports.observer.failed('ingestion', activity, error);
  }

  /** True if the log is not sealed any more. */
  get isFailing(): boolean {
    return this.#failing.has(sealing);
  }

  /** Notes for the operator: that sealing fails, or that an outside place has another history. */
  notes(): readonly string[] {
    return [
      ...this.#failing.values(),
      ...[...this.#forks].map(
        (name) =>
          `fork: the last seal in ${name} is none of this log, which was restored, copied or changed ` +
          '(`assay verify` shows more)',
      ),
    ];
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#stop?.();
    await this.#working;
  }
}
