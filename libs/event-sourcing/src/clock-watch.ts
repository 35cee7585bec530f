import { flow, isConfigTopic, type App, type Topic } from '@assay/events';
import type { EventLog } from '@assay/messaging';
import { every, systemClock, type Clock } from './clock.ts';

/** Something that has happened: words before its time, and the time, ms since the epoch. */
export interface Happened {
  readonly what: string;
  readonly atMs: number;
}

export interface ClockWatchPorts {
  readonly app: App;
  readonly log: Pick<EventLog, 'end' | 'read' | 'partitions'>;
  /** Times besides those of the records of the log. */
  readonly others: () => readonly Happened[];
  readonly clock?: Clock | undefined;
}

/** A clock that is this far behind what has happened already is wrong, ms. */
const behindMs = 60 * 60_000;

export const isBehind = (now: number, happenedMs: number): boolean => happenedMs > now + behindMs;

const lookEveryMs = 5 * 60_000;
/** Ends of a transaction take offsets, too. */
const lastOffsets = 3;

const topicsOf = (app: App): readonly Topic[] => {
  const step = flow.find((each) => each.app === app);
  return [...new Set<Topic>([...(step?.consumes ?? []), ...(step?.config ?? []), ...(step?.produces ?? [])])];
};

/**
 * Compares the clock of this machine with what has happened already. By a clock that is behind, an old database passes
 * for a new one.
 */
export class ClockWatch {
  readonly #clock: Clock;
  #lastRecordMs = 0;
  #stop: (() => void) | undefined;

  constructor(private readonly ports: ClockWatchPorts) {
    this.#clock = ports.clock ?? systemClock;
  }

  async start(): Promise<void> {
    this.#stop = every(this.#clock, lookEveryMs, () => void this.look());
    await this.look();
  }

  /** Reads the time of the last record among those that the service reads and writes. */
  async look(): Promise<void> {
    const { app, log } = this.ports;
    try {
      for (const topic of topicsOf(app))
        for (let partition = 0; partition < (isConfigTopic(topic) ? 1 : log.partitions); partition += 1) {
          const end = await log.end(topic, partition);
          for await (const { records } of log.read(topic, partition, Math.max(0, end - lastOffsets), end))
            for (const { headers } of records)
              this.#lastRecordMs = Math.max(this.#lastRecordMs, Date.parse(headers['ce_time'] ?? '') || 0);
        }
    } catch {
      // The followers of the log report that it is away.
    }
  }

  /** A clock that is never before the last record of the log. Ages are counted by it. */
  get agesClock(): Clock {
    const clock = this.#clock;
    return {
      now: () => Math.max(clock.now(), this.#lastRecordMs),
      random: () => clock.random(),
      after: (ms, call) => clock.after(ms, call),
      yield: () => clock.yield(),
    };
  }

  /** The line about a clock that is behind the latest of what has happened. Absent if it is not. */
  note(): string | undefined {
    const now = this.#clock.now();
    const [latest] = [{ what: 'the last record of the log is of', atMs: this.#lastRecordMs }, ...this.ports.others()]
      .filter(({ atMs }) => isBehind(now, atMs))
      .toSorted((a, b) => b.atMs - a.atMs);
    return (
      latest &&
      `warning: the clock of this machine is behind: ${latest.what} ${new Date(latest.atMs).toISOString()}. ` +
        'Set it (NTP): by such a clock an old database looks new'
    );
  }

  close(): void {
    this.#stop?.();
  }
}
