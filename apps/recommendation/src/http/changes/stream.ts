import { Injectable } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import { unavailable } from '@assay/arm';
import type { ChangePosition, PublishedChange } from '@assay/read-model/intake/changes';
import { behind } from '@assay/read-model/intake/changes';
import { View } from '@assay/read-model/view/view';
import { linesOf } from '../exports/lines.ts';

/** A position as the id of an event: the next offset of each partition, with dots between them. */
export const idOf = (position: ChangePosition): string => position.join('.');

const idPattern = /^\d{1,15}(\.\d{1,15})*$/;

/** The position that an id names; undefined if it is none of this many partitions. */
export const positionOf = (id: string, partitions: number): ChangePosition | undefined => {
  const next = idPattern.test(id) ? id.split('.').map(Number) : [];
  return next.length === partitions ? next : undefined;
};

interface StreamOptions {
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
    /** A reader does not go on from further behind, in places of the log: pages have the same for less. */
    mostBehind: 10_000,
    /** Pause between two readings of one stream, in which changes gather, ms. */
    gatherMs: 100,
    /** Delay after which a reader that was cut off comes again, ms. */
    retryMs: 2_000,
  };

  constructor(private readonly view: View) {}

  /** @throws ArmError 503 if there are too many streams */
  async open({ position, isReadable, shown, closed }: StreamOptions): Promise<Readable> {
    const { changeFeed: feed } = this.view;
    const { heartbeatMs, patienceMs, bytes, longestMs, most, gatherMs, retryMs } = this.limits;
    if (feed.readers >= most) throw unavailable('Too many clients follow the changes.', 10);
    const close = feed.open();
    const over = AbortSignal.any([feed.over, closed, AbortSignal.timeout(longestMs)]);
    const { body, begun, ended } = linesOf(
      async (write) => {
        let next = position ?? (await this.view.changePosition());
        await write(`retry: ${retryMs}\n: from ${idOf(next)}\n\n`);
        while (!over.aborted) {
          const written = feed.next;
          const changes = await feed.from(next);
          const events: string[] = [];
          for (const change of changes) {
            next = behind(next, change);
            if (isReadable(change)) events.push(eventOf(next, shown(change)));
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

const eventOf = (position: ChangePosition, data: object): string =>
  `id: ${idOf(position)}\ndata: ${JSON.stringify(data)}\n\n`;

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
