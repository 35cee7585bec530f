import assert from 'node:assert/strict';
import { constants } from 'node:fs';
import { copyFile, open, rm } from 'node:fs/promises';
import { flushCompileCache } from 'node:module';
import { setPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import type { RunQuery, DuckdbRow } from './duckdb.ts';
import { ReaderPool } from './readers.ts';
import type { Writer, WriterName } from './writer.ts';

/** Orders to the query process. */
export type WorkerOrder =
  /** Answered when the process is ready. */
  | { readonly kind: 'start' }
  /** Copies the write-ahead log of a database, while the database is not written. */
  | { readonly kind: 'copy-log'; readonly from: string; readonly to: string }
  /** Then copies the database file, while no checkpoint is made. */
  | { readonly kind: 'copy'; readonly from: string; readonly to: string }
  /** Answers from this file from now on; the file is deleted when the process ends. */
  | { readonly kind: 'open'; readonly path: string; readonly memoryLimit: string; readonly threads: number }
  | { readonly kind: 'begin'; readonly limitMs: number }
  | { readonly kind: 'ask'; readonly sql: string; readonly values: Record<string, DuckDBValue> | undefined }
  | { readonly kind: 'end' }
  /** Writes a new file by a writer, within a snapshot of its own. */
  | {
      readonly kind: 'write';
      readonly writer: WriterName;
      readonly input: unknown;
      readonly path: string;
      readonly limitMs: number;
    };

export interface Reply {
  /** Number of the order that it answers. */
  readonly nr: number;
  readonly value?: unknown;
  readonly error?: string;
  /** Code of the error, if it has one. */
  readonly code?: string;
}

/** Limit of the disk space for sorting and grouping: more than memory, but never the whole disk. */
const mostAside = '1GB';
/** Limit of a file that a writer makes, bytes. */
const mostWritten = 2 ** 30;

let instance: DuckDBInstance | undefined;
let readers: ReaderPool | undefined;

interface Snapshot {
  readonly query: RunQuery;
  readonly end: () => void;
  readonly ended: Promise<unknown>;
}

/** Orders arrive without waiting for the reply: `ask` right after `begin`, and the next `begin` right after `end`. */
let snapshot: Promise<Snapshot> | undefined;

/**
 * Each checkpoint writes a new number to the first three blocks of 4 KiB, and only a checkpoint changes the data behind
 * them.
 */
const checkpointOf = async (path: string): Promise<Buffer> => {
  const file = await open(path);
  try {
    return (await file.read(Buffer.alloc(12_288), 0, 12_288, 0)).buffer;
  } finally {
    await file.close();
  }
};

let checkpoint: Buffer | undefined;

const whereThereIs = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'ENOENT') throw error;
};

const logCopied = async (from: string, to: string): Promise<void> => {
  checkpoint = await checkpointOf(from);
  await copyFile(`${from}.wal`, `${to}.wal`, constants.COPYFILE_FICLONE).catch(whereThereIs);
};

/** The log refers to data in the file before it, so the file is copied after the log. */
const copied = async (from: string, to: string): Promise<void> => {
  // If the file system supports it, the copy shares blocks until they change.
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  if (!checkpoint?.equals(await checkpointOf(from))) throw new Error('a checkpoint was made while the file was copied');
};

const opened = async ({ path, memoryLimit, threads }: Extract<WorkerOrder, { kind: 'open' }>): Promise<DuckdbRow[]> => {
  await readers?.close();
  instance?.closeSync();
  instance = undefined;
  instance = await DuckDBInstance.create(path, {
    access_mode: 'READ_ONLY',
    memory_limit: memoryLimit,
    threads: String(threads),
    preserve_insertion_order: 'false',
    temp_directory: `${path}.tmp`,
    max_temp_directory_size: mostAside,
  });
  readers = await ReaderPool.of(instance, 1);
  // The open file stays readable until it is closed, and its disk space is freed however this process ends.
  for (const file of [path, `${path}.wal`]) await rm(file, { force: true });
  return readers.read(async (query) => {
    // No query can name a file or an address, and no text of a query becomes SQL. This setting holds even if that ever
    // fails.
    await query('set enable_external_access = false');
    return query('select topic, partition, next from positions');
  });
};

const begun = (limitMs: number): Promise<Snapshot> =>
  new Promise((resolve, reject) => {
    const over = Promise.withResolvers<void>();
    assert(readers, 'no file is open');
    const ended = readers.read(
      async (query) => {
        resolve({ query, end: over.resolve, ended });
        await over.promise;
      },
      { allMs: limitMs },
    );
    ended.catch(reject);
  });

const begunSnapshot = (): Promise<Snapshot> => {
  assert(snapshot, 'no snapshot was begun');
  return snapshot;
};

/** Pieces are gathered to so many characters before they go to the file. */
const gathered = 1 << 16;

const written = async ({ writer, input, path, limitMs }: Extract<WorkerOrder, { kind: 'write' }>): Promise<void> => {
  assert(readers, 'no file is open');
  const module = (await import(writer.module)) as Record<string, Writer<unknown>>;
  const found = module[writer.name];
  assert(found, 'the module has no such writer');
  const file = await open(path, 'wx', 0o600);
  try {
    let [pieces, length, bytes] = [[] as string[], 0, 0];
    const flush = async (): Promise<void> => {
      const { bytesWritten } = await file.write(pieces.join(''));
      bytes += bytesWritten;
      if (bytes > mostWritten) throw new Error(`a file of more than ${mostWritten / 2 ** 20} MB is not made`);
      [pieces, length] = [[], 0];
    };
    await readers.read(
      (query, rows) => {
        const out = async (piece: string): Promise<void> => {
          pieces.push(piece);
          length += piece.length;
          if (length >= gathered) await flush();
        };
        return found.write({ query, rows, out }, input);
      },
      { allMs: limitMs },
    );
    await flush();
  } finally {
    await file.close();
  }
};

const done = async (order: WorkerOrder): Promise<unknown> => {
  switch (order.kind) {
    case 'start':
      return undefined;
    case 'copy-log':
      return logCopied(order.from, order.to);
    case 'copy':
      return copied(order.from, order.to);
    case 'open':
      return opened(order);
    case 'begin':
      return void (await (snapshot = begun(order.limitMs)));
    case 'ask':
      return (await begunSnapshot()).query(order.sql, order.values);
    case 'end': {
      const { end, ended } = await begunSnapshot();
      end();
      return void (await ended);
    }
    case 'write':
      return written(order);
    default:
      return order satisfies never;
  }
};

/**
 * Pid of the parent. A busy process does not notice the parent's end, so a thread checks that the parent still exists.
 */
const owner = Number(process.argv[2]);
new Worker(`setInterval(() => { if (process.ppid !== ${owner}) process.kill(process.pid, 'SIGKILL'); }, 500);`, {
  eval: true,
  resourceLimits: { maxOldGenerationSizeMb: 16 },
}).unref();

// Pushes and requests to the gate have priority.
setPriority(5);
// Signals to the whole process group (Ctrl+C) are for the parent to handle: it may have queries to finish.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => {
  process.exit();
});

const reply = (answer: Reply): void => {
  if (process.connected) process.send?.(answer, () => undefined);
};
process.on('message', ({ nr, order }: { readonly nr: number; readonly order: WorkerOrder }) => {
  done(order).then(
    (value) => reply({ nr, value }),
    (error: unknown) => {
      const { code } = error as { readonly code?: unknown };
      reply({
        nr,
        error: error instanceof Error ? error.message : String(error),
        ...(typeof code === 'string' ? { code } : {}),
      });
    },
  );
});
// If Node caches compiled code, it does so when a process ends by itself, and this one is killed.
flushCompileCache();
