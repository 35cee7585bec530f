import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import {
  databaseArea,
  DatabaseError,
  implausibleJava,
  readJavaDatabase,
  remedyFor,
  unpackDatabase,
  whyOf,
  type DatabaseErrorCode,
  type ReadJavaDatabase,
} from '@assay/advisories';
import { announcedAdvisories, type AnnouncedAdvisories, type StoredBlob } from '@assay/event-sourcing';
import type { JavaDatabase } from '@assay/events';
import {
  dropUnannounced,
  inFolder,
  takenFrom,
  type DatabaseKeeperPorts,
  type SourceNotes,
  type UpdateOptions,
} from './keeping.ts';
import { recalledDatabases, recordRecall, withdrawRecall, type Order } from './records.ts';
import type { DatabaseSource } from './sources.ts';

/** Trivy's Java database, as its maker and all mirrors publish it. */
export const javaForm = {
  artifactType: 'application/vnd.aquasec.trivy.config.v1+json',
  layerType: 'application/vnd.aquasec.trivy.javadb.layer.v1.tar+gzip',
  maxBytes: 2 * 2 ** 30,
};
/** It is some ten times as large as a vulnerability database. */
const downloadMs = 3 * 3_600_000;
/** Archives that are kept: of the database in use, and of those before it. */
const kept = 3;

/** The outcome for the Java database of an update or an import. */
export interface JavaUpdated extends SourceNotes {
  /** `failed` does not concern the vulnerability database. */
  readonly outcome: 'updated' | 'unchanged' | 'failed';
  /** Of the database in use; absent if there is none. */
  readonly digest?: string;
  readonly builtAt?: string;
  readonly entries?: number;
  /** The place that it came from. */
  readonly source?: string;
  /** Of a failure: the reason, and the steps of an operator. With a code, if a database was refused. */
  readonly code?: DatabaseErrorCode;
  readonly why?: string;
  readonly remedy?: string;
}

/** A Java database as the log records it. */
export interface JavaStanding extends Omit<JavaDatabase, 'dataref'> {
  readonly state: 'in-use' | 'stored' | 'gone' | 'recalled';
}

export interface JavaKeeperPorts extends DatabaseKeeperPorts {
  /** Announces the vulnerability database in use again, with this Java database. */
  readonly announce: (java: JavaDatabase) => Promise<void>;
}

/** All Java databases that were announced, the latest first. */
const javaOf = (announced: readonly AnnouncedAdvisories[]): readonly JavaDatabase[] => {
  const byDigest = new Map<string, JavaDatabase>();
  for (const { java } of announced.toReversed())
    if (java && !byDigest.has(java.digest)) byDigest.set(java.digest, java);
  return [...byDigest.values()];
};

const shown = ({ digest, builtAt, entries }: JavaDatabase): Omit<JavaUpdated, 'outcome'> => ({
  digest,
  builtAt,
  entries,
});

/**
 * Keeps the database by which Java archives are recognised, in the same way as the vulnerability database, with which
 * it is announced. It is never in memory as a whole.
 */
export class JavaKeeper {
  constructor(private readonly ports: JavaKeeperPorts) {}

  /**
   * Takes the newest Java database of the sources that is newer than the one in use and stands all checks. A failure is
   * an outcome: the vulnerability database does not depend on it.
   *
   * @returns undefined if no source of Java databases is configured
   */
  async update(options: UpdateOptions): Promise<JavaUpdated | undefined> {
    const sources = this.ports.sources.filter(({ kind }) => kind === 'java');
    if (sources.length === 0) return undefined;
    try {
      const known = (await this.#announced()).map(({ dataref, builtAt }) => ({ layer: digestIn(dataref), builtAt }));
      return await takenFrom({ ...this.ports, sources, known }, options, (source) => this.#from(source, options));
    } catch (error) {
      options.signal?.throwIfAborted();
      const [present] = await this.#announced();
      const remedy = remedyFor(error);
      return {
        outcome: 'failed',
        ...(present ? shown(present) : {}),
        ...(error instanceof DatabaseError && error.code !== 'database-unreachable' ? { code: error.code } : {}),
        why: whyOf(error),
        ...(remedy === undefined ? {} : { remedy }),
      };
    }
  }

  async #from(source: DatabaseSource, options: UpdateOptions): Promise<JavaUpdated> {
    const { clients, blobs } = this.ports;
    const [present] = await this.#announced();
    return inFolder(this.ports, async (folder) => {
      const file = join(folder, 'javadb.tar.gz');
      const { layer, isKnown } = await clients
        .to(source.access)
        .artifact(source.repository, source.reference, javaForm, file, {
          timeoutMs: downloadMs,
          ...(options.signal ? { signal: options.signal } : {}),
          onProgress: (progress) => options.onProgress?.({ source: source.name, ...progress }),
          known: present && digestIn(present.dataref),
        });
      if (isKnown && present) return { outcome: 'unchanged', ...shown(present), source: source.name };
      const bytes = (): AsyncIterable<Uint8Array> => createReadStream(file);
      const unpacked = join(folder, 'db');
      await unpackDatabase(bytes(), unpacked, ['java']);
      const updated = await this.take(unpacked, options, async () => {
        const blob = await blobs.putStream(bytes, { area: databaseArea });
        if (blob.sha256 !== layer.digest) throw new Error(`${file} changed after it was downloaded`);
        return blob;
      });
      return { ...updated, source: source.name };
    });
  }

  /**
   * Checks an unpacked database, stores its archive, and announces it.
   *
   * @throws DatabaseError if it does not stand the checks
   */
  async take(
    unpacked: string,
    { isForced = false, signal }: UpdateOptions,
    store: () => Promise<StoredBlob>,
  ): Promise<JavaUpdated> {
    const read = await readJavaDatabase(unpacked);
    signal?.throwIfAborted();
    const known = await this.#inUse(read, isForced);
    if (known) return known;
    const { dataref, bytes } = await store();
    try {
      // Storing takes a while, and another process may have announced one meanwhile.
      const meanwhile = await this.#inUse(read, isForced);
      if (meanwhile) return meanwhile;
      // An order for a recalled database takes its recall back.
      if ((await recalledDatabases(this.ports.log)).has(read.digest)) await withdrawRecall(this.ports.log, read.digest);
      await this.ports.announce({ ...read, dataref, bytes });
    } catch (error) {
      await dropUnannounced(this.ports, dataref);
      throw error;
    }
    await this.#drop();
    return { outcome: 'updated', ...shown({ ...read, dataref, bytes }) };
  }

  /**
   * Returns the database in use if it is this one.
   *
   * @throws DatabaseError if this one must not follow the database in use
   */
  async #inUse(read: ReadJavaDatabase, isForced: boolean): Promise<JavaUpdated | undefined> {
    const { log, now = Date.now } = this.ports;
    const [present] = await this.#announced();
    if (present?.digest === read.digest) return { outcome: 'unchanged', ...shown(present) };
    if (!isForced && (await recalledDatabases(log)).has(read.digest))
      throw new DatabaseError(
        'database-recalled',
        `the Java database ${read.digest} was recalled`,
        'wait for a newer one, or order it with --force; the Java database in use stays',
      );
    const why = implausibleJava(read, present, { now: now(), isForced });
    if (why) throw why;
    return undefined;
  }

  /** All Java databases that were announced, the latest first. */
  async list(): Promise<readonly JavaStanding[]> {
    const { log, blobs } = this.ports;
    const [announced, recalled] = [await this.#announced(), await recalledDatabases(log)];
    const there = new Set<string>();
    if (announced.length > 0) for await (const { dataref } of blobs.list(databaseArea)) there.add(dataref);
    return announced.map(({ dataref, ...java }, at) => ({
      ...java,
      state: at === 0 ? 'in-use' : recalled.has(java.digest) ? 'recalled' : there.has(dataref) ? 'stored' : 'gone',
    }));
  }

  /**
   * Announces a stored database again.
   *
   * @returns undefined if no Java database of this digest was announced
   * @throws DatabaseError `database-unknown` if its archive is not kept any more, `database-recalled` after a recall
   */
  async use(digest: string): Promise<JavaUpdated | undefined> {
    const { log, blobs, announce } = this.ports;
    const announced = await this.#announced();
    const found = announced.find((each) => each.digest === digest);
    if (!found) return undefined;
    if (announced[0] === found) return { outcome: 'unchanged', ...shown(found) };
    if ((await recalledDatabases(log)).has(digest))
      throw new DatabaseError(
        'database-recalled',
        `the Java database ${digest} was recalled`,
        'use another one; if this one is meant, order it with `assay database import --force`',
      );
    if (!(await blobs.renew(found.dataref)))
      throw new DatabaseError(
        'database-unknown',
        `the archive of the Java database ${digest} is not kept any more`,
        '`assay database list` lists those that are stored',
      );
    await announce(found);
    return { outcome: 'updated', ...shown(found) };
  }

  /**
   * Recalls the database if it is in use: the last one before it that is stored takes its place.
   *
   * @returns the database in its place; undefined if it is not in use
   * @throws DatabaseError `database-unknown` if no other one is stored. Nothing is recorded then.
   */
  async recall(digest: string, order: Order): Promise<JavaUpdated | undefined> {
    const { log, blobs, announce } = this.ports;
    const [first, ...before] = await this.#announced();
    if (first?.digest !== digest) return undefined;
    const recalled = await recalledDatabases(log);
    for (const each of before) {
      if (recalled.has(each.digest) || !(await blobs.renew(each.dataref))) continue;
      await recordRecall(log, digest, order);
      await announce(each);
      return { outcome: 'updated', ...shown(each) };
    }
    throw new DatabaseError(
      'database-unknown',
      'no other Java database is stored that could take its place',
      'run `assay database import` with another one first (--force if it is older)',
    );
  }

  /**
   * Reads the archive of the database in use again, from the blob store.
   *
   * @returns the database; undefined if none is in use
   * @throws DatabaseError, BlobFailure if it is not what was announced
   */
  async verify(): Promise<JavaUpdated | undefined> {
    const [present] = await this.#announced();
    if (!present) return undefined;
    return inFolder(this.ports, async (folder) => {
      const unpacked = join(folder, 'db');
      await unpackDatabase(this.ports.blobs.getStream(present.dataref, javaForm.maxBytes), unpacked, ['java']);
      const { digest } = await readJavaDatabase(unpacked);
      if (digest !== present.digest)
        throw new DatabaseError(
          'database-damaged',
          `the archive of the Java database holds ${digest} instead of ${present.digest}`,
          'run `assay database update`',
        );
      return { outcome: 'unchanged', ...shown(present) };
    });
  }

  async #announced(): Promise<readonly JavaDatabase[]> {
    return javaOf(await announcedAdvisories(this.ports.log));
  }

  /** Drops the archives of all but the last databases. */
  async #drop(): Promise<void> {
    const { blobs, failed } = this.ports;
    try {
      for (const { dataref } of (await this.#announced()).slice(kept)) await blobs.delete(dataref);
    } catch (error) {
      failed('deleting old Java databases', error);
    }
  }
}

/** The archive is the layer, so the name of its blob has its digest. */
export const digestIn = (dataref: string): string | undefined => {
  const [hex] = /[0-9a-f]{64}/.exec(dataref) ?? [];
  return hex === undefined ? undefined : `sha256:${hex}`;
};
