import { createHash } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkPositions, checkSchema, checkTopics, topicIdsOf, type SnapshotLog } from './snapshot-fit.ts';
import { openedSnapshot, SnapshotUnfit, type OpenedSnapshot, type SnapshotHeader } from './snapshot-header.ts';
import { newestFirst, type SnapshotStore } from './snapshot-store.ts';

/** A snapshot could not be fetched or taken now. */
export class SnapshotFailure extends Error {
  readonly code = 'snapshot-failed';
  readonly remedy: string;

  constructor(what: string, cause: unknown) {
    const { message, remedy } = cause as { readonly message?: string; readonly remedy?: string };
    super(`${what}: ${(message ?? String(cause)).split('\n', 1)[0]}`);
    this.remedy =
      remedy ?? 'check the place of the snapshots (ASSAY_SNAPSHOTS), and the room on the disk of the read model';
  }
}

/** Names the snapshot that is left aside, and why. */
export class SnapshotLeft extends Error {
  readonly code: SnapshotUnfit['code'];
  readonly remedy: string;

  constructor(dataref: string, { code, message, remedy }: SnapshotUnfit) {
    super(`the snapshot ${dataref} is left aside: ${message}`);
    this.code = code;
    this.remedy = remedy;
  }
}

export interface FetchedSnapshot {
  readonly dataref: string;
  readonly header: SnapshotHeader;
  /** The verified file. The caller moves or deletes it. */
  readonly file: string;
}

export interface FetchPorts {
  readonly store: SnapshotStore;
  readonly key: string;
  readonly log: SnapshotLog;
  /** Topics that the read model follows. */
  readonly topics: readonly string[];
  /** Folder for the file. What it holds is removed. */
  readonly folder: string;
  /** Receives one error for each snapshot that is left aside, and one if the store does not answer. */
  readonly onError: (error: unknown) => void;
}

/** More need not be looked at: two are kept, and the others are not ours. */
const mostTried = 20;

/**
 * Fetches the newest snapshot that fits tables and log. Signature, digest and size are verified before the file is
 * handed out.
 *
 * @returns undefined if there is none; the read model then reads the log from its beginning
 */
export const fetchedSnapshot = async (ports: FetchPorts): Promise<FetchedSnapshot | undefined> => {
  const { store, log, topics, folder, onError } = ports;
  try {
    await rm(folder, { recursive: true, force: true });
    const stored = await newestFirst(store);
    if (stored.length === 0) return undefined;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const ids = await topicIdsOf(log, topics);
    for (const { dataref } of stored.slice(0, mostTried)) {
      try {
        return await fetched(dataref, ids, ports);
      } catch (error) {
        const unfit = unfitBy(error);
        if (unfit) onError(new SnapshotLeft(dataref, unfit));
        // Another replica may have deleted it since it was listed.
        else if (codeOf(error) !== 'blob-unknown') throw error;
      }
    }
  } catch (error) {
    onError(new SnapshotFailure('no snapshot can be fetched, so the log is read from its beginning', error));
  }
  await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  return undefined;
};

const codeOf = (error: unknown): unknown => (error as { readonly code?: unknown }).code;

/** The store notices some damage itself: bytes that are not those of the name. */
const unfitBy = (error: unknown): SnapshotUnfit | undefined => {
  if (error instanceof SnapshotUnfit) return error;
  return codeOf(error) === 'blob-damaged' ? new SnapshotUnfit('snapshot-damaged', (error as Error).message) : undefined;
};

const fetched = async (
  dataref: string,
  ids: Readonly<Record<string, string>>,
  { store, key, log, folder }: FetchPorts,
): Promise<FetchedSnapshot> => {
  const snapshot = await openedSnapshot(store.getStream(dataref), key);
  try {
    const { header } = snapshot;
    checkSchema(header);
    checkTopics(header, ids, log);
    await checkPositions(header, log);
    const file = join(folder, 'fetched.duckdb');
    await write(snapshot, file);
    return { dataref, header, file };
  } finally {
    await snapshot.close();
  }
};

/** @throws SnapshotUnfit if it is not the file that was signed */
const write = async ({ header, file: pieces }: OpenedSnapshot, path: string): Promise<void> => {
  const hash = createHash('sha256');
  const file = await open(path, 'w', 0o600);
  let bytes = 0;
  try {
    for await (const piece of pieces) {
      bytes += piece.length;
      if (bytes > header.bytes) break;
      hash.update(piece);
      await file.appendFile(piece);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  if (bytes !== header.bytes || hash.digest('hex') !== header.sha256)
    throw new SnapshotUnfit('snapshot-damaged', 'its file is not the one that was signed');
};
