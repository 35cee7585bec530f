import type { EventLog, NewRecord } from '@assay/messaging';
import { steadyClock, type Clock } from './clock.ts';
import type { RunningService } from './service.ts';

/**
 * A failed append is forgotten after this long without another one, ms. Relays try again sooner. But a process that is
 * sent no requests, because it is not ready, may have nothing else to append.
 */
const forgottenMs = 30_000;

/** Watches the appends of a process, so that its services are not ready while the log takes nothing of them. */
export class AppendWatch {
  /** The log, watched. All appends of the process have to go through it. */
  readonly log: EventLog;
  #failure: { readonly why: string; readonly at: number } | undefined;

  constructor(
    log: EventLog,
    private readonly clock: Clock = steadyClock,
  ) {
    this.log = {
      partitions: log.partitions,
      append: (records) => this.#append(log, records),
      consume: log.consume.bind(log),
      follow: log.follow.bind(log),
      read: log.read.bind(log),
      end: log.end.bind(log),
      close: log.close.bind(log),
      ...(log.topicIds ? { topicIds: log.topicIds.bind(log) } : {}),
    };
  }

  async #append(log: EventLog, records: readonly NewRecord[]): Promise<readonly number[]> {
    try {
      const offsets = await log.append(records);
      if (records.length > 0) this.#failure = undefined;
      return offsets;
    } catch (error) {
      // A record that is too large shows nothing about others.
      if ((error as { readonly code?: unknown }).code !== 'record-too-large')
        this.#failure = { why: error instanceof Error ? error.message : String(error), at: this.clock.now() };
      throw error;
    }
  }

  /** Why the last append failed, in one line. Nothing if it succeeded, or was half a minute ago. */
  get failure(): string | undefined {
    const isRecent = this.#failure && this.clock.now() - this.#failure.at < forgottenMs;
    return isRecent ? `the log takes no events: ${this.#failure?.why}` : undefined;
  }

  /** The service, not ready while appends fail. One that answers without appending has a note instead. */
  readyWith(running: RunningService): RunningService {
    return running.answersWithoutAppending
      ? {
          ...running,
          notes: () => [
            ...(running.notes?.() ?? []),
            ...[this.failure].flatMap((why) =>
              why === undefined ? [] : [`${why}. Reads are answered, writes are not`],
            ),
          ],
        }
      : { ...running, ready: async () => this.failure ?? running.ready?.() };
  }
}
