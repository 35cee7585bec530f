import { constants } from 'node:fs';
import { copyFile, open, rm } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import type { Query, Row } from './duckdb.ts';
import { Readers } from './readers.ts';

/** What the process of queries is asked to do. */
export type Order =
  /** Answers when it can do anything. */
  | { readonly kind: 'start' }
  /** Copies the write-ahead log of a database, in which nobody writes meanwhile. */
  | { readonly kind: 'copy-log'; readonly from: string; readonly to: string }
  /** And behind it the database itself, of which no checkpoint is made meanwhile. */
  | { readonly kind: 'copy'; readonly from: string; readonly to: string }
  /** Answers from a file from here on, which goes with the process. */
  | { readonly kind: 'open'; readonly path: string; readonly memoryLimit: string; readonly threads: number }
  | { readonly kind: 'begin'; readonly limitMs: number }
  | { readonly kind: 'ask'; readonly sql: string; readonly values: Record<string, DuckDBValue> | undefined }
  | { readonly kind: 'end' };

export interface Reply {
  /** Which order it answers. */
  readonly nr: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** What sorts and groups may put aside on disk: more than memory, and not the disk. */
const mostAside = '1GB';

let instance: DuckDBInstance | undefined;
let readers: Readers | undefined;

interface Snapshot {
  readonly query: Query;
  readonly end: () => void;
  readonly ended: Promise<unknown>;
}

/**
 * What is asked comes right behind the beginning, and the next beginning right behind the end: nobody waits for answers
 * to these.
 */
let snapshot: Promise<Snapshot> | undefined;

/**
 * Each checkpoint writes another number into the first three blocks of 4 KiB, and nothing else changes what lies behind
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

/** What the log speaks of is in the file before, so the file is copied behind it. */
const copied = async (from: string, to: string): Promise<void> => {
  // Where the file system can, a copy shares the blocks until they are changed.
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  if (!checkpoint?.equals(await checkpointOf(from))) throw new Error('a checkpoint was made while the file was copied');
};

const opened = async ({ path, memoryLimit, threads }: Extract<Order, { kind: 'open' }>): Promise<Row[]> => {
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
  readers = await Readers.of(instance, 1);
  // What is open stays until it is closed, however this process ends.
  for (const file of [path, `${path}.wal`]) await rm(file, { force: true });
  return readers.read(async (query) => {
    // No query has a file or an address to read from, and no text of one becomes SQL; this holds should that ever be
    // otherwise.
    await query('set enable_external_access = false');
    return query('select topic, partition, next from positions');
  });
};

const begun = (limitMs: number): Promise<Snapshot> =>
  new Promise((resolve, reject) => {
    const over = Promise.withResolvers<void>();
    const ended = readers!.readWithin(limitMs, async (query) => {
      resolve({ query, end: over.resolve, ended });
      await over.promise;
    });
    ended.catch(reject);
  });

const done = async (order: Order): Promise<unknown> => {
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
      return (await snapshot!).query(order.sql, order.values);
    case 'end': {
      const { end, ended } = await snapshot!;
      end();
      return void (await ended);
    }
    default:
      return order satisfies never;
  }
};

/**
 * Whose child this is. One that computes hears nothing of its owner's end, so a thread looks whether he is still there.
 */
const owner = Number(process.argv[2]);
new Worker(`setInterval(() => { if (process.ppid !== ${owner}) process.kill(process.pid, 'SIGKILL'); }, 500);`, {
  eval: true,
  resourceLimits: { maxOldGenerationSizeMb: 16 },
}).unref();

// Whoever pushes or asks the gate goes first.
setPriority(5);
// What ends the owner's whole group (Ctrl+C) is his to answer: he may have queries to finish.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => {
  process.exit();
});

const reply = (answer: Reply): void => {
  if (process.connected) process.send!(answer, () => undefined);
};
process.on('message', ({ nr, order }: { readonly nr: number; readonly order: Order }) => {
  done(order).then(
    (value) => reply({ nr, value }),
    (error: unknown) => reply({ nr, error: error instanceof Error ? error.message : String(error) }),
  );
});
