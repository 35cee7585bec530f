import { randomUUID } from 'node:crypto';
import { DatabaseError } from '@assay/advisories';
import type { StoredBlob } from '@assay/event-sourcing';
import { Appended } from '@assay/messaging';
import type { DatabaseKeeper, Updated } from './keeper.ts';
import type { UpdateOptions, UpdateProgress } from './keeping.ts';
import type { Order } from './records.ts';

/** The standing of an order that may take long. */
export type OrderStanding =
  | { readonly id: string; readonly state: 'running'; readonly progress?: UpdateProgress }
  | ({ readonly id: string; readonly state: 'ended' } & Updated);

/** Orders that are known, with those that have ended. */
const kept = 100;

interface Running {
  /** True for an update without force: another one would do the same. */
  readonly isShared: boolean;
  hasEnded: boolean;
  /** The last report. */
  readonly seen: { progress?: UpdateProgress };
  /** The positions of its events, which each answer about it names. */
  readonly appended: Appended;
  readonly ended: Promise<Updated>;
}

/**
 * Executes one order after the other. An update that is ordered while one runs takes part in that one. A client that
 * asks again with the id of its order waits on for the same one.
 */
export class DatabaseOrders {
  /** By the ids of the orders that take part, the oldest first. */
  readonly #known = new Map<string, Running>();
  #last: Running | undefined;
  readonly #abort = new AbortController();

  constructor(
    readonly keeper: DatabaseKeeper,
    private readonly waitMs = 5_000,
    /** Called before the answer of an order that announced a database, or had it held or refused. */
    private readonly onAnnounced: () => Promise<void> = () => Promise.resolve(),
  ) {}

  update(id: string | undefined, isForced: boolean): Promise<OrderStanding> {
    return this.#standing(id, (seen) => this.keeper.update(this.#options(seen, isForced)), !isForced);
  }

  /** Updates as an order does, and resolves at its end. */
  async refreshed(): Promise<Updated> {
    const id = randomUUID();
    for (;;) {
      const standing = await this.update(id, false);
      if (standing.state === 'ended') return standing;
    }
  }

  /** Ends an offer whose process ended, when nothing else runs. */
  async settled(): Promise<void> {
    await this.#last?.ended.catch(() => undefined);
    await this.keeper.settle(this.#abort.signal);
  }

  import(id: string | undefined, blob: StoredBlob, isForced: boolean): Promise<OrderStanding> {
    return this.#standing(id, (seen) => this.keeper.import(blob, this.#options(seen, isForced)));
  }

  #options(seen: Running['seen'], isForced: boolean): UpdateOptions {
    return {
      isForced,
      signal: this.#abort.signal,
      onProgress: (progress) => {
        seen.progress = progress;
      },
    };
  }

  /** Releases the held database, as `DatabaseKeeper.release`. */
  async release(digest: string, healthy: number, order: Order): Promise<Updated> {
    const updated = await this.keeper.release(digest, healthy, order);
    await this.onAnnounced();
    return updated;
  }

  /** Refuses the held database, as `DatabaseKeeper.refuse`. */
  async refuse(digest: string, order: Order): Promise<void> {
    await this.keeper.refuse(digest, order);
    await this.onAnnounced();
  }

  verify(id: string | undefined): Promise<OrderStanding> {
    return this.#standing(id, () => this.keeper.verify());
  }

  /** Runs work when nothing else runs, and does not wait for it here. */
  async #standing(
    id: string = randomUUID(),
    work: (seen: Running['seen']) => Promise<Updated>,
    isShared = false,
  ): Promise<OrderStanding> {
    const last = this.#last;
    const shared = isShared && last?.isShared && !last.hasEnded ? last : undefined;
    const running = this.#known.get(id) ?? shared ?? this.#begun(last, work, isShared);
    this.#known.set(id, running);
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => resolve(undefined), this.waitMs);
    try {
      const ended = await Promise.race([running.ended, late]);
      if (ended) return { id, state: 'ended', ...ended };
      return { id, state: 'running', ...running.seen };
    } finally {
      clearTimeout(timer);
      Appended.current?.add(running.appended.positions);
    }
  }

  #begun(before: Running | undefined, work: (seen: Running['seen']) => Promise<Updated>, isShared: boolean): Running {
    const seen: Running['seen'] = {};
    const appended = new Appended();
    const ended = appended
      .during(async () => {
        await before?.ended.catch(() => undefined);
        this.#abort.signal.throwIfAborted();
        const updated = await work(seen);
        if (updated.outcome === 'updated') await this.onAnnounced();
        return updated;
      })
      .catch(async (error: unknown) => {
        if (error instanceof DatabaseError && error.code === 'database-held') await this.onAnnounced();
        throw error;
      });
    const running: Running = { isShared, hasEnded: false, seen, appended, ended };
    const end = (): void => {
      running.hasEnded = true;
    };
    ended.then(end, end);
    for (const [id, each] of this.#known) if (each.hasEnded && this.#known.size >= kept) this.#known.delete(id);
    this.#last = running;
    return running;
  }

  /** Aborts what runs. */
  async close(): Promise<void> {
    this.#abort.abort();
    await this.#last?.ended.catch(() => undefined);
    await this.keeper.close();
  }
}
