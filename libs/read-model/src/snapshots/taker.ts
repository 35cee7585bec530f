import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { every, systemClock, type Clock } from '@assay/event-sourcing';
import type { ReadMark } from '@assay/messaging';
import { CopyProcess } from '../store/copy-process.ts';
import type { ReadModelDatabase } from '../store/database.ts';
import { schemaVersion } from '../store/schema.ts';
import { SnapshotFailure } from './restored.ts';
import { checkPositions, checkSchema, checkTopics, topicIdsOf, type SnapshotLog } from './snapshot-fit.ts';
import { openedSnapshot, signedHeader, SnapshotUnfit, type SnapshotHeader } from './snapshot-header.ts';
import { newestFirst, snapshotArea, type SnapshotStore } from './snapshot-store.ts';

/** How snapshots of the read model are taken and kept. */
export interface SnapshotOptions {
  readonly store: SnapshotStore;
  /** Signs and verifies. All replicas have the same, and nothing else has it. */
  readonly key: string;
  /** A snapshot is taken this long after the last one, if anything was read since. */
  readonly everyMs: number;
  /** A snapshot is taken once this many records were read since the last one. */
  readonly everyRecords: number;
  /** Whether this replica takes them. */
  readonly isTaker: () => boolean;
  readonly clock?: Clock;
  /** Receives one line for each snapshot that is taken or used. */
  readonly onProgress?: (line: string) => void;
}

export interface TakerPorts {
  readonly options: SnapshotOptions;
  readonly log: SnapshotLog;
  /** Topics that the read model follows. */
  readonly topics: readonly string[];
  /** The file of the read model. */
  readonly path: string;
  /** Folder for the copy. */
  readonly folder: string;
  readonly database: () => Promise<Pick<ReadModelDatabase, 'copied' | 'writing'>>;
  /** Records that the read model holds. */
  readonly read: () => number;
  readonly onError: (error: unknown) => void;
}

/** The newest two are kept: the newest may have been damaged on its way. */
const kept = 2;
const lookMs = 60_000;
/** Taking one may use this part of the time at most. */
const worthTimes = 10;
/** After a failure. */
const againMs = 10 * 60_000;
/** No snapshot takes so long to store. */
const unfinishedMs = 24 * 3_600_000;
/** Time limits after which a step is taken to hang. For the first, the writer waits. */
const [copyLogMs, copyMs] = [10_000, 600_000];
/** The process only copies files. */
const mostCopyBytes = 512 * 2 ** 20;

/** A snapshot that was taken. */
interface Taken {
  /** ms since the epoch. */
  readonly at: number;
  /** Records that it holds. */
  readonly read: number;
}

const recordsIn = ({ positions }: Pick<SnapshotHeader, 'positions'>): number =>
  positions.reduce((sum, { next }) => sum + next, 0);

/** Takes snapshots of the read model from time to time, and deletes old ones. */
export class SnapshotTaker {
  readonly #clock: Clock;
  readonly #off: () => void;
  readonly #started: Taken;
  /** The newest snapshot as far as this replica knows. */
  #last: Taken | undefined;
  /** No snapshot is taken before this time. */
  #notBefore = 0;
  #running: Promise<void> | undefined;
  #process: CopyProcess | undefined;
  #isClosed = false;

  constructor(private readonly ports: TakerPorts) {
    this.#clock = ports.options.clock ?? systemClock;
    this.#started = { at: this.#clock.now(), read: 0 };
    this.#off = every(this.#clock, lookMs, () => void this.look());
  }

  /** Takes a snapshot if one is due. Called once a minute. Never throws. */
  look(): Promise<void> {
    return (this.#running ??= this.#lookOnce()
      .catch((error: unknown) => {
        this.#notBefore = this.#clock.now() + againMs;
        if (!this.#isClosed)
          this.ports.onError(new SnapshotFailure('no snapshot of the read model can be taken', error));
      })
      .finally(() => {
        this.#running = undefined;
      }));
  }

  async #lookOnce(): Promise<void> {
    if (!this.ports.options.isTaker() || this.#clock.now() < this.#notBefore) return;
    // The log was cut, or another replica has read more.
    if (this.#last && this.ports.read() < this.#last.read) this.#last = undefined;
    if (!this.#isDue(this.#last)) return;
    // Another replica may have taken one since.
    this.#last = (await this.#newest()) ?? this.#last ?? this.#started;
    if (this.#isDue(this.#last)) await this.take();
  }

  #isDue(last: Taken | undefined): boolean {
    if (!last) return true;
    const { everyMs, everyRecords } = this.ports.options;
    const read = this.ports.read() - last.read;
    return read >= everyRecords || (read > 0 && this.#clock.now() - last.at >= everyMs);
  }

  /** The newest stored snapshot that fits tables and log. */
  async #newest(): Promise<Taken | undefined> {
    const { log, topics } = this.ports;
    const ids = await topicIdsOf(log, topics);
    for await (const { header, modifiedAt } of this.#signed()) {
      try {
        checkSchema(header);
        checkTopics(header, ids, log);
        await checkPositions(header, log);
        return { at: modifiedAt, read: recordsIn(header) };
      } catch (error) {
        if (!(error instanceof SnapshotUnfit)) throw error;
      }
    }
    return undefined;
  }

  /** The stored snapshots with our signature, the newest first. */
  async *#signed(): AsyncIterable<{ readonly header: SnapshotHeader; readonly modifiedAt: number }> {
    const { store, key } = this.ports.options;
    for (const { dataref, modifiedAt } of await newestFirst(store)) {
      try {
        const { header, close } = await openedSnapshot(store.getStream(dataref), key);
        await close();
        yield { header, modifiedAt };
      } catch (error) {
        const { code } = error as { readonly code?: unknown };
        if (!(error instanceof SnapshotUnfit) && code !== 'blob-unknown' && code !== 'blob-damaged') throw error;
      }
    }
  }

  /**
   * Takes a snapshot now. The writer waits for a checkpoint. It goes on while the file is copied, and while the copy is
   * stored.
   *
   * @returns the name of the stored snapshot
   * @throws Error of the database, the disk, the log or the store
   */
  async take(): Promise<string> {
    const { options, log, topics, folder } = this.ports;
    const began = this.#clock.now();
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    try {
      const ids = await topicIdsOf(log, topics);
      const file = join(folder, 'taken.duckdb');
      const { positions, pausedMs } = await this.#copied(file);
      const { size: bytes } = await stat(file);
      const header: SnapshotHeader = {
        schema: schemaVersion,
        takenAt: new Date(began).toISOString(),
        partitions: log.partitions,
        topics: ids,
        positions,
        bytes,
        sha256: await digestOf(file),
      };
      const head = signedHeader(header, options.key);
      const { dataref } = await options.store.putStream(() => this.#content(head, file), { area: snapshotArea });
      this.#last = { at: began, read: recordsIn(header) };
      this.#notBefore = this.#clock.now() + worthTimes * (this.#clock.now() - began);
      options.onProgress?.(
        `took the snapshot ${dataref} of the read model: ${megabytes(bytes)}; the writer waited ${pausedMs} ms`,
      );
      await this.#prune();
      return dataref;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async *#content(head: Buffer, file: string): AsyncIterable<Uint8Array> {
    yield head;
    for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) {
      if (this.#isClosed) throw new Error('the read model is closed');
      yield piece as Buffer;
    }
  }

  /** Copies the file in another process: this one would lose its lock by closing it (ADR 24). */
  async #copied(to: string): Promise<Pick<SnapshotHeader, 'positions'> & { readonly pausedMs: number }> {
    const { path: from } = this.ports;
    const database = await this.ports.database();
    const { writing } = database;
    const process = (this.#process = new CopyProcess(mostCopyBytes));
    try {
      await process.do({ kind: 'start' }, copyMs);
      if (this.#isClosed) throw new Error('the read model is closed');
      return await database.copied(
        async () => {
          const began = performance.now();
          await writing.run('checkpoint');
          await process.do({ kind: 'copy-log', from, to }, copyLogMs);
          const rows = await writing.query<{ topic: string; partition: number; next: bigint; read: ReadMark | null }>(
            'select topic, partition, next, read from positions order by topic, partition',
          );
          const positions = rows.map(({ next, read, ...place }) => ({
            ...place,
            next: Number(next),
            ...(read === null ? {} : { read }),
          }));
          return { positions, pausedMs: Math.round(performance.now() - began) };
        },
        async () => {
          await process.do({ kind: 'copy', from, to }, copyMs);
          const left = await stat(`${to}.wal`).catch(() => undefined);
          if (left && left.size > 0) throw new Error('the checkpoint left a write-ahead log');
        },
      );
    } finally {
      this.#process = undefined;
      await process.kill();
    }
  }

  /** Deletes what is older than the newest two with our signature. Later ones without it are not ours to delete. */
  async #prune(): Promise<void> {
    const { store } = this.ports.options;
    let ours = 0;
    let oldest = -Infinity;
    for await (const { modifiedAt } of this.#signed()) {
      ours += 1;
      oldest = modifiedAt;
      if (ours === kept) break;
    }
    await store.clearUnfinished(this.#clock.now() - unfinishedMs);
    if (ours < kept) return;
    for (const { dataref, modifiedAt } of await newestFirst(store))
      if (modifiedAt < oldest) await store.delete(dataref);
  }

  /** Ends a snapshot that is being taken. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#off();
    await this.#process?.kill();
    await this.#running;
  }
}

const digestOf = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(piece as Buffer);
  return hash.digest('hex');
};

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`;
