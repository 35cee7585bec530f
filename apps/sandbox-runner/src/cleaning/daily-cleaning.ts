import { StoreIncomplete, systemClock, type BlobStore, type Clock, type Observer } from '@assay/event-sourcing';
import { clean, cleanedText, type CleaningPorts } from './clean.ts';

const [minuteMs, hourMs, dayMs] = [60_000, 3_600_000, 24 * 3_600_000];
/** The services have more urgent work after a start. */
const firstLookMs = 10 * minuteMs;
/** A pointer in the blob store with the time of the last cleaning, which all runners see. */
const pointer = 'cleaned';

export interface DailyCleaningPorts extends Omit<CleaningPorts, 'blobs' | 'now'> {
  readonly blobs: Pick<BlobStore, 'list' | 'renew' | 'delete' | 'clearUnfinished' | 'pointer' | 'point'>;
  /** Days that a blob is kept that nothing names; 0 for ever. */
  readonly days: number;
  /** The partitions of this process. The owner of partition 0 cleans for all. */
  readonly owned: () => readonly number[];
  readonly observer: Pick<Observer, 'failed'>;
  /** Receives a line about each cleaning. */
  readonly progress: (line: string) => void;
  readonly clock?: Clock | undefined;
}

/** Cleans the blob store once a day, in one of the runners. */
export class DailyCleaning {
  readonly #clock: Clock;
  #cancel: (() => void) | undefined;
  readonly #ending = new AbortController();

  constructor(private readonly ports: DailyCleaningPorts) {
    this.#clock = ports.clock ?? systemClock;
  }

  start(): void {
    if (this.ports.days > 0) this.#lookIn(firstLookMs);
  }

  #lookIn(ms: number): void {
    this.#cancel = this.#clock.after(ms, () => {
      void this.#look().finally(() => {
        if (!this.#ending.signal.aborted) this.#lookIn(hourMs);
      });
    });
  }

  async #look(): Promise<void> {
    const { blobs, days, owned, named, observer, progress } = this.ports;
    if (!owned().includes(0)) return;
    const now = this.#clock.now();
    const { signal } = this.#ending;
    try {
      const last = await blobs.pointer(pointer);
      if (last && now - Date.parse(last.value) < dayMs) return;
      const cleaned = await clean({ blobs, named, now: () => now }, { days, dryRun: false }, signal);
      await blobs.clearUnfinished(now - dayMs);
      await blobs.point(pointer, new Date(now).toISOString(), last?.version);
      progress(`blobs are cleaned: ${cleanedText(cleaned)}`);
    } catch (error) {
      // A store that is being filled is complete again some time later.
      if (signal.aborted || (error instanceof StoreIncomplete && !error.needsOperator)) return;
      observer.failed('sandbox-runner', 'cleaning the blob store', error);
    }
  }

  /** Ends a cleaning that runs. It is not awaited: the store that it reads may be away. */
  close(): void {
    this.#ending.abort();
    this.#cancel?.();
  }
}
