import { Injectable } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import { ArmError, unavailable } from '@assay/arm';
import { PositionSeal } from '@assay/http';
import type { ChangePosition, PublishedChange } from '@assay/read-model/intake/changes';
import { behind } from '@assay/read-model/intake/changes';
import { View } from '@assay/read-model/view/view';
import { linesOf } from '../exports/lines.ts';

interface StreamOptions {
  readonly caller: string;
  /** Begins behind this position; undefined begins with the next change. */
  readonly position: ChangePosition | undefined;
  /** Whether the reader may see a change. */
  readonly isReadable: (change: PublishedChange) => boolean;
  readonly shown: (change: PublishedChange) => object;
  /** Aborts when the client is gone. */
  readonly closed: AbortSignal;
}

/** Changes of recommendations as server-sent events, no faster than a reader takes them. */
@Injectable()
export class ChangeStreams {
  /** Limits of all streams. */
  readonly limits = {
    /** Without a change, a comment shows after so long that the connection stands, ms. */
    heartbeatMs: 15_000,
    /** A reader that takes nothing for so long is ended, ms. */
    patienceMs: 30_000,
    /** Bytes that are kept for a reader that does not take them. */
    bytes: 64 << 10,
    /** A stream ends after so long, and its reader comes again with its credentials, ms. */
    longestMs: 15 * 60_000,
    /** Streams of this process at the same time. */
    most: 200,
    /** Of these, streams of one caller. */
    mostOfCaller: 10,
    /** A reader does not go on from further behind, in places of the log: pages have the same for less. */
    mostBehind: 10_000,
    /** Pause between two readings of one stream, in which changes gather, ms. */
    gatherMs: 100,
    /** Delay after which a reader that was cut off comes again, ms. */
    retryMs: 2_000,
  };

  /** Number of streams by caller. */
  readonly #open = new Map<string, number>();

  constructor(
    private readonly view: View,
    private readonly seal: PositionSeal,
  ) {}

  /** @throws ArmError 429 if the caller has too many streams, 503 if all have */
  async open({ caller, position, isReadable, shown, closed }: StreamOptions): Promise<Readable> {
    const { changeFeed: feed } = this.view;
    const { heartbeatMs, patienceMs, bytes, longestMs, most, mostOfCaller, gatherMs, retryMs } = this.limits;
    const own = this.#open.get(caller) ?? 0;
    if (own >= mostOfCaller)
      throw new ArmError(429, 'TooManyRequests', `A caller may follow the changes ${mostOfCaller} times at once.`, {
        headers: { 'retry-after': '10' },
      });
    if (feed.readers >= most) throw unavailable('Too many clients follow the changes.', 10);
    const closeFeed = feed.open();
    this.#open.set(caller, own + 1);
    const close = (): void => {
      closeFeed();
      const left = (this.#open.get(caller) ?? 0) - 1;
      if (left > 0) this.#open.set(caller, left);
      else this.#open.delete(caller);
    };
    const over = AbortSignal.any([feed.over, closed, AbortSignal.timeout(longestMs)]);
    const { body, begun, ended } = linesOf(
      async (write) => {
        let next = position ?? (await this.view.changePosition());
        await write(`retry: ${retryMs}\n: from ${this.seal.seal('changes', next)}\n\n`);
        while (!over.aborted) {
          const written = feed.next;
          const changes = await feed.from(next);
          const events: string[] = [];
          for (const change of changes) {
            next = behind(next, change);
            if (isReadable(change)) events.push(eventOf(this.seal.seal('changes', next), shown(change)));
          }
          if (events.length > 0) await write(events.join(''));
          if (changes.length > 0) {
            // Without a write, no slow reader holds the readings back.
            if (events.length === 0) await first(undefined, gatherMs, over);
            continue;
          }
          const isIdle = await first(
            written.then(() => false),
            heartbeatMs,
            over,
          );
          if (isIdle) await write(':\n\n');
          else await first(undefined, gatherMs, over);
        }
      },
      { closed, failed: (error) => this.view.report(error), patienceMs, bytes },
    );
    void ended.finally(close);
    await begun;
    return body;
  }
}

const eventOf = (id: string, data: object): string => `id: ${id}\ndata: ${JSON.stringify(data)}\n\n`;

/** True if the time was up before the promise was kept and before the signal. */
const first = async (kept: Promise<boolean> | undefined, ms: number, over: AbortSignal): Promise<boolean> => {
  const done = new AbortController();
  const signal = AbortSignal.any([over, done.signal]);
  const up = pause(ms, true, { signal }).catch(() => false);
  try {
    return await (kept ? Promise.race([kept, up]) : up);
  } finally {
    done.abort();
  }
};
