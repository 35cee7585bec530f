import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import {
  databaseArea,
  DatabaseError,
  implausible,
  lackingReleases,
  readDatabase,
  reasonsToOffer,
  unpackDatabase,
  withSteps,
  type BucketSizes,
  type PresentDatabase,
  type ReadDatabase,
} from '@assay/advisories';
import { announcedAdvisories, BlobFailure, type AnnouncedAdvisories, type StoredBlob } from '@assay/event-sourcing';
import {
  databaseLimits,
  type Consequences,
  type Database,
  type JavaDatabase,
  type OfferedAdvisories,
} from '@assay/events';
import type { KnownDatabase } from './asking.ts';
import { compared, InUse } from './in-use.ts';
import { heldError, offeredArchives, Offers, openOffer, refusedDatabases, type Offer } from './offers.ts';
import { digestIn, javaForm, JavaKeeper, type JavaStanding, type JavaUpdated } from './java-keeper.ts';
import {
  dropUnannounced,
  inFolder,
  takenFrom,
  type DatabaseAges,
  type DatabaseKeeperPorts,
  type SourceNotes,
  type UpdateOptions,
} from './keeping.ts';
import {
  announce,
  offer as recordOffer,
  recalledDatabases,
  recordOrder,
  recordRecall,
  withdrawRecall,
  type Order,
} from './records.ts';
import { insteadOf, keptArchives, usedDatabases } from './recalling.ts';
import type { DatabaseSource } from './sources.ts';

/** Trivy's database, as its maker and all mirrors publish it. */
const databaseForm = {
  artifactType: 'application/vnd.aquasec.trivy.config.v1+json',
  layerType: 'application/vnd.aquasec.trivy.db.layer.v1.tar+gzip',
  maxBytes: 2 * 2 ** 30,
};
const scanner = 'trivy';

/** The outcome of an update or an import. */
export interface Updated extends SourceNotes {
  /** `unchanged` if it is the database in use. */
  readonly outcome: 'updated' | 'unchanged';
  readonly digest: string;
  readonly builtAt: string;
  readonly entries?: number;
  /** Releases in support of which it has nothing. */
  readonly lacks?: readonly string[];
  /** The place that it came from. */
  readonly source?: string;
  /** The outcome for the Java database; absent if there is no source of one. */
  readonly java?: JavaUpdated;
}

/** A database as the log records it. */
export interface DatabaseStanding {
  readonly digest: string;
  readonly builtAt: string;
  readonly demonstration: boolean;
  /** The limits of its age that were announced with it; absent: those of every database. */
  readonly tooOldDays?: number;
  readonly staleDays?: number;
  /** `in-use` is the one announced last. `stored` ones can be used again; of `gone` ones there is no archive. */
  readonly state: 'in-use' | 'stored' | 'gone' | 'recalled';
  readonly bytes?: number;
  readonly entries?: number;
  /** Releases in support of which it has nothing. Images of them are undetermined. */
  readonly lacks?: readonly string[];
}

/** A database that waits for an order, or for the answers of the runners. */
export interface WaitingDatabase {
  readonly digest: string;
  readonly builtAt: string;
  readonly state: 'offered' | 'held';
  readonly since: string;
  readonly reasons: readonly string[];
  readonly consequences?: Consequences;
  /** One line for operators: the reasons, the consequences, and the steps to take. */
  readonly note: string;
}

/** The changes that a recall of a database would bring. */
export interface RecallView {
  readonly digest: string;
  /** The database in its place; absent if it is not in use. */
  readonly instead?: { readonly digest: string; readonly builtAt: string };
  /** The losses of images by that one. */
  readonly consequences?: Consequences;
  /** Partitions of the runners that did not answer. */
  readonly silent?: number;
}

type Stored = AnnouncedAdvisories & { readonly dataref: string };

const isStored = (each: AnnouncedAdvisories): each is Stored => each.dataref !== undefined;
const entriesOf = ({ families }: Pick<AnnouncedAdvisories, 'families'>): { entries?: number } =>
  families ? { entries: families.reduce((sum, { entries }) => sum + entries, 0) } : {};

const sizesOf = (buckets: NonNullable<AnnouncedAdvisories['buckets']>): BucketSizes =>
  new Map(buckets.map(({ name, entries }) => [name, entries]));

/** The releases of which a database has nothing, if its buckets are known. */
const lacksIn = (
  { buckets }: Pick<AnnouncedAdvisories, 'buckets'>,
  now: number,
): { readonly lacks?: readonly string[] } => {
  const lacks = buckets ? lackingReleases(sizesOf(buckets), now) : [];
  return lacks.length > 0 ? { lacks } : {};
};

/** Limits that are those of every database are not announced. */
const limitsIn = ({ tooOldDays, staleDays }: DatabaseAges = {}): DatabaseAges => {
  const { tooOldMs, staleMs } = databaseLimits({});
  return {
    ...(tooOldDays === undefined || databaseLimits({ tooOldDays }).tooOldMs === tooOldMs ? {} : { tooOldDays }),
    ...(staleDays === undefined || databaseLimits({ staleDays }).staleMs === staleMs ? {} : { staleDays }),
  };
};
const withoutLimits = ({ tooOldDays: _tooOld, staleDays: _stale, ...database }: Database): Database => database;

/** The last announcement of each database, the latest first. */
const latestOf = (announced: readonly AnnouncedAdvisories[]): AnnouncedAdvisories[] => {
  const byDigest = new Map<string, AnnouncedAdvisories>();
  for (const each of announced.toReversed())
    if (each.scanner === scanner && !byDigest.has(each.database.digest)) byDigest.set(each.database.digest, each);
  return [...byDigest.values()];
};

/**
 * Keeps the installation's database: takes it from a source or an archive, checks it, puts it into the blob store and
 * announces it. The log and the blob store are all that it knows, so any process with both may do it.
 */
export class DatabaseKeeper {
  readonly #java: JavaKeeper;
  readonly #offers: Offers;
  readonly #inUse: InUse;

  constructor(private readonly ports: DatabaseKeeperPorts) {
    this.#offers = new Offers(ports);
    this.#inUse = new InUse(ports);
    this.#java = new JavaKeeper({ ...ports, announce: (java) => this.#announceJava(java) });
  }

  /**
   * Takes the newest database of the sources that is newer than the one in use and stands all checks.
   *
   * @throws DatabaseError if none does. The message names every source with its reason.
   */
  async update(options: UpdateOptions = {}): Promise<Updated> {
    const sources = this.ports.sources.filter(({ kind }) => kind === 'vulnerabilities');
    if (sources.length === 0)
      throw new DatabaseError(
        'database-unreachable',
        'no source of vulnerability databases is configured',
        'set ASSAY_DATABASE_SOURCES, or run `assay database import`',
      );
    const announced = latestOf(await announcedAdvisories(this.ports.log));
    const known = comparable(announced[0]) ? announced.map(knownOf) : [];
    const taking = takenFrom({ ...this.ports, sources, known }, options, (source) => this.#from(source, options));
    const updated = await taking.catch(async (error: unknown) => {
      options.signal?.throwIfAborted();
      if (error instanceof DatabaseError) await this.#java.update(options);
      throw error;
    });
    // It takes longer, and goes with any vulnerability database.
    const java = await this.#java.update(options);
    return { ...updated, ...(java ? { java } : {}) };
  }

  async #from(source: DatabaseSource, options: UpdateOptions): Promise<Updated> {
    const { clients, blobs } = this.ports;
    const present = await this.#present();
    return inFolder(this.ports, async (folder) => {
      const file = join(folder, 'db.tar.gz');
      const { layer, isKnown } = await clients
        .to(source.access)
        .artifact(source.repository, source.reference, databaseForm, file, {
          ...(options.signal ? { signal: options.signal } : {}),
          onProgress: (progress) => options.onProgress?.({ source: source.name, ...progress }),
          known: present && isStored(present) ? digestIn(present.dataref) : undefined,
        });
      if (isKnown && present) return { ...unchanged(present), source: source.name };
      const bytes = (): AsyncIterable<Uint8Array> => createReadStream(file);
      const unpacked = join(folder, 'db');
      await unpackDatabase(bytes(), unpacked);
      return {
        ...(await this.#taken(unpacked, options, async () => {
          const blob = await blobs.putStream(bytes, { area: databaseArea });
          if (blob.sha256 !== layer.digest) throw new Error(`${file} changed after it was downloaded`);
          return blob;
        })),
        source: source.name,
      };
    });
  }

  /**
   * Takes a database, of vulnerabilities or of Java archives, whose archive was put into the blob store.
   *
   * @throws DatabaseError if it does not stand the checks
   */
  async import(blob: StoredBlob, options: UpdateOptions = {}): Promise<Updated> {
    return inFolder(this.ports, async (folder) => {
      const unpacked = join(folder, 'db');
      const bytes = this.ports.blobs.getStream(blob.dataref, javaForm.maxBytes);
      const kind = await unpackDatabase(bytes, unpacked, ['vulnerabilities', 'java']);
      const store = (): Promise<StoredBlob> => Promise.resolve(blob);
      if (kind === 'vulnerabilities') return this.#taken(unpacked, options, store);
      const present = await this.#required();
      return { ...unchanged(present), java: await this.#java.take(unpacked, options, store) };
    });
  }

  /** Checks an unpacked database, stores its archive, and announces the database, unless it is held. */
  async #taken(
    unpacked: string,
    { isForced = false, signal, onProgress }: UpdateOptions,
    store: () => Promise<StoredBlob>,
  ): Promise<Updated> {
    const read = await readDatabase(unpacked);
    signal?.throwIfAborted();
    const known = await this.#unless(read, isForced);
    if (known) return known;
    const { dataref, bytes } = await store();
    const { digest, builtAt, families } = read;
    const buckets = [...read.buckets].map(([name, entries]) => ({ name, entries }));
    const next = {
      scanner,
      database: { digest, builtAt, demonstration: false, ...limitsIn(this.ports.limits) },
      dataref,
      bytes,
      families: [...families],
      buckets,
    };
    // Storing and asking take a while, and another process may announce one meanwhile.
    for (let before: string | undefined; ;) {
      try {
        const meanwhile = await this.#unless(read, isForced);
        if (meanwhile) return meanwhile;
      } catch (error) {
        await dropUnannounced(this.ports, dataref);
        throw error;
      }
      const present = comparableOffer(await this.#present(), digest);
      if (!present || present.database.digest === before) break;
      before = present.database.digest;
      const held = await this.#weighed(next, present, unpacked, { signal, onProgress });
      if (held) {
        await this.#drop();
        throw heldError(held, present.database);
      }
    }
    await this.#withdraw(digest);
    await announce(this.ports.log, next);
    await this.#inUse.keep(digest, unpacked);
    await this.#drop();
    return {
      outcome: 'updated',
      digest,
      builtAt,
      ...entriesOf({ families: [...families] }),
      ...lacksIn(next, this.#now()),
    };
  }

  /**
   * Compares a database with the one in use, and offers it if it takes something notable away.
   *
   * @returns the offer, if it is held
   */
  async #weighed(
    next: Omit<OfferedAdvisories, 'before' | 'state' | 'reasons' | 'comparison' | 'consequences'>,
    present: Stored,
    unpacked: string,
    { signal, onProgress }: UpdateOptions,
  ): Promise<Offer | undefined> {
    const before = present.database.digest;
    const held = (...reasons: readonly string[]): Promise<Offer> =>
      recordOffer(this.ports.log, { ...next, before, state: 'held', reasons: [...reasons] });
    const comparison = await this.#inUse.comparedWith(present, unpacked).catch((error: unknown) => {
      // The newer one was read to its end before.
      if (error instanceof DatabaseError || (error instanceof BlobFailure && !error.retriable)) return undefined;
      throw error;
    });
    if (!comparison) return held('the archive of the one in use is lost or damaged, so nothing compares with it');
    const reasons = reasonsToOffer(comparison, this.#now());
    if (reasons.length === 0) return undefined;
    if (comparison.isCut) return held(...reasons, 'it changes too many entries to ask the images');
    const blob = await this.ports.blobs.put(Buffer.from(JSON.stringify(comparison)), compared);
    const waiting = await this.#offers.offer(
      { ...next, before, state: 'offered', reasons: [...reasons], comparison: blob },
      { signal, onAnswer: (answered, of) => onProgress?.({ source: 'runners', answered, of }) },
    );
    await this.ports.blobs.delete(blob.dataref);
    return waiting;
  }

  #now(): number {
    return (this.ports.now ?? Date.now)();
  }

  /** The database that is held or asked about, if there is one. */
  async held(): Promise<WaitingDatabase | undefined> {
    const [open, present] = [await this.#open(), await this.#present()];
    if (!open || !present) return undefined;
    const { database, state, reasons, consequences } = open.data;
    return {
      digest: database.digest,
      builtAt: database.builtAt,
      state: state === 'held' ? 'held' : 'offered',
      since: open.time,
      reasons,
      ...(consequences ? { consequences } : {}),
      note:
        state === 'held'
          ? noteOf(heldError(open, present.database))
          : `the runners are asked what the database of ${database.builtAt} (${database.digest}) would change: ` +
            reasons.join('; '),
    };
  }

  async #open(): Promise<Offer | undefined> {
    return openOffer(this.ports.log, (await this.#present())?.database.digest);
  }

  /**
   * Ends an offer whose process ended before the runners had answered: it is used, or held. If another database was
   * announced meanwhile, it counts no more.
   *
   * @throws DatabaseError `database-held`
   */
  async settle(signal?: AbortSignal): Promise<void> {
    const open = await this.#open();
    const present = await this.#present();
    if (open?.data.state !== 'offered' || !present) return;
    const held = await this.#offers.settle(open, { signal });
    if (open.data.comparison) await this.ports.blobs.delete(open.data.comparison.dataref);
    if (held) throw heldError(held, present.database);
    const isRecalled = (await recalledDatabases(this.ports.log)).has(open.data.database.digest);
    if (!isRecalled && (await this.#present())?.database.digest === open.data.before) await this.#announceOffered(open);
  }

  /**
   * Puts the held database into use.
   *
   * @param healthy the number of images that would become healthy, as the list shows it
   * @throws DatabaseError `database-unknown` if it is not held, `database-changed` if it would do something else
   */
  async release(digest: string, healthy: number, order: Order): Promise<Updated> {
    const open = await this.#heldOf(digest);
    const { consequences, database } = open.data;
    if ((consequences?.healthy ?? 0) !== healthy)
      throw new DatabaseError(
        'database-changed',
        `${consequences?.healthy ?? 0} images would become healthy by the database ${digest}, not ${healthy}`,
        'look at `assay database` again, and order it with that number',
      );
    await this.#requireArchive(open);
    await recordOrder(this.ports.log, 'release', digest, order);
    await recordOffer(this.ports.log, { ...open.data, state: 'used', reasons: [order.why] });
    await this.#announceOffered(open);
    return { outcome: 'updated', digest, builtAt: database.builtAt, ...entriesOf(open.data) };
  }

  /**
   * Refuses the held database: it is not taken from a source any more.
   *
   * @throws DatabaseError `database-unknown` if it is not held
   */
  async refuse(digest: string, order: Order): Promise<void> {
    const { data } = await this.#heldOf(digest);
    await recordOrder(this.ports.log, 'refuse', digest, order);
    await recordOffer(this.ports.log, { ...data, state: 'refused', reasons: [order.why] });
    await dropUnannounced(this.ports, data.dataref);
  }

  async #heldOf(digest: string): Promise<Offer> {
    const open = await this.#open();
    if (open?.data.state === 'held' && open.data.database.digest === digest) return open;
    throw new DatabaseError(
      'database-unknown',
      `the database ${digest} is not held`,
      '`assay database` shows the one that is, if there is one',
    );
  }

  /** @throws DatabaseError `database-unknown` if the archive of an offered database is gone */
  async #requireArchive({ data: { dataref, database } }: Pick<Offer, 'data'>): Promise<void> {
    if (await this.ports.blobs.renew(dataref)) return;
    throw new DatabaseError(
      'database-unknown',
      `the archive of the database ${database.digest} is not kept any more`,
      'run `assay database update` or `assay database import`',
    );
  }

  async #announceOffered({ data }: Offer): Promise<void> {
    const { scanner: reader, database, dataref, bytes, families, buckets } = data;
    await this.#requireArchive({ data });
    await this.#withdraw(database.digest);
    await announce(this.ports.log, { scanner: reader, database, dataref, bytes, families, buckets });
    await this.#drop();
  }

  /**
   * Returns the database in use if it is this one.
   *
   * @throws DatabaseError if this one must not follow the database in use
   */
  async #unless(read: ReadDatabase, isForced: boolean): Promise<Updated | undefined> {
    const present = await this.#present();
    if (present?.database.digest === read.digest && isStored(present)) return unchanged(present);
    await this.#refuseRecalled(read, isForced);
    const open = await this.#open();
    if (open?.data.state === 'held' && open.data.database.digest === read.digest)
      throw heldError(open, present?.database ?? open.data.database);
    // The same one was announced before, without an archive: it need not be newer than itself.
    const before = present?.database.digest === read.digest ? undefined : comparable(present);
    const why = implausible(read, before, { now: this.#now(), isForced });
    if (why) throw why;
    return undefined;
  }

  async #refuseRecalled({ digest }: ReadDatabase, isForced: boolean): Promise<void> {
    if (isForced) return;
    if ((await refusedDatabases(this.ports.log)).has(digest))
      throw new DatabaseError(
        'database-refused',
        `the database ${digest} was refused`,
        'wait for a newer one, or order it with --force: it is held again, and can be released then',
      );
    if (!(await recalledDatabases(this.ports.log)).has(digest)) return;
    throw new DatabaseError(
      'database-recalled',
      `the database ${digest} was recalled`,
      'wait for a newer one, or order it with --force; the database in use stays',
    );
  }

  /** An order for a recalled database takes its recall back. Otherwise no image would ever be healthy by it. */
  async #withdraw(digest: string): Promise<void> {
    const { log } = this.ports;
    if ((await recalledDatabases(log)).has(digest)) await withdrawRecall(log, digest);
  }

  /** The names of the places that an update asks. */
  get sources(): readonly string[] {
    return this.ports.sources.map(({ name }) => name);
  }

  /** All databases that were announced, the latest first. */
  async list(): Promise<readonly DatabaseStanding[]> {
    const { log, blobs } = this.ports;
    const [announced, recalled] = [latestOf(await announcedAdvisories(log)), await recalledDatabases(log)];
    const there = new Set<string>();
    for await (const { dataref } of blobs.list(databaseArea)) there.add(dataref);
    return announced.map((each, at) => {
      const { digest, builtAt, demonstration, ...limits } = each.database;
      const isThere = isStored(each) && there.has(each.dataref);
      return {
        digest,
        builtAt,
        demonstration,
        ...limitsIn(limits),
        state: at === 0 ? 'in-use' : recalled.has(digest) ? 'recalled' : isThere ? 'stored' : 'gone',
        ...(each.bytes === undefined ? {} : { bytes: each.bytes }),
        ...entriesOf(each),
        ...(at === 0 && !demonstration ? lacksIn(each, this.#now()) : {}),
      };
    });
  }

  /** The Java databases that were announced, the latest first. */
  listJava(): Promise<readonly JavaStanding[]> {
    return this.#java.list();
  }

  /** @throws DatabaseError `database-unknown` if no vulnerability database is in use from the blob store */
  async #required(): Promise<Stored> {
    const present = await this.#present();
    if (present && isStored(present)) return present;
    throw new DatabaseError(
      'database-unknown',
      'the database in use is not in the blob store',
      'run `assay database update` or `assay database import`',
    );
  }

  /** Announces the database in use again, with a Java database. */
  async #announceJava(java: JavaDatabase): Promise<void> {
    let present = await this.#required();
    for (;;) {
      await this.#again(present, java);
      // Another process may have announced a database just before. It counts, and not the one that was in use.
      const { announced } = present;
      const between = (await announcedAdvisories(this.ports.log)).findLast(
        (each): each is Stored =>
          each.scanner === scanner && each.announced > announced && each.java?.digest !== java.digest && isStored(each),
      );
      if (!between) return;
      present = between;
    }
  }

  /**
   * Announces a stored database again.
   *
   * @throws DatabaseError `database-unknown` if there is none of this digest, `database-recalled` if it was recalled
   */
  async use(digest: string): Promise<Updated> {
    const { log, blobs } = this.ports;
    const java = await this.#java.use(digest);
    if (java) return { ...unchanged(await this.#required()), java };
    if ((await recalledDatabases(log)).has(digest))
      throw new DatabaseError(
        'database-recalled',
        `the database ${digest} was recalled`,
        'use another one; if this one is meant, order it with `assay database update --force` or `import --force`',
      );
    const announced = latestOf(await announcedAdvisories(log));
    const found = announced.find((each) => each.database.digest === digest);
    if (!found || !isStored(found) || !(await blobs.renew(found.dataref)))
      throw new DatabaseError(
        'database-unknown',
        found ? `the archive of the database ${digest} is not kept any more` : `no database ${digest} was announced`,
        '`assay database list` lists those that are stored',
      );
    if (announced[0] === found) return unchanged(found);
    await this.#again(found);
    return { ...unchanged(found), outcome: 'updated' };
  }

  async #again({ database, dataref, bytes, families, buckets }: Stored, java?: JavaDatabase): Promise<void> {
    await announce(this.ports.log, {
      scanner,
      database: { ...withoutLimits(database), ...limitsIn(this.ports.limits) },
      dataref,
      ...(bytes === undefined ? {} : { bytes }),
      ...(families ? { families } : {}),
      ...(buckets ? { buckets } : {}),
      ...(java ? { java } : {}),
    });
  }

  /** The databases that could take the place of a recalled one, the best first, if it is in use. */
  async #insteadOf(digest: string): Promise<{ readonly inUse?: AnnouncedAdvisories; readonly instead?: Stored }> {
    const { log, blobs } = this.ports;
    const announced = await announcedAdvisories(log);
    const [inUse] = latestOf(announced);
    if (inUse?.database.digest !== digest) return {};
    const used = usedDatabases(announced.filter((each) => each.scanner === scanner));
    for (const instead of insteadOf(digest, used, await recalledDatabases(log), this.#now()))
      if (await blobs.renew(instead.dataref)) return { inUse, instead };
    return { inUse };
  }

  /**
   * Looks at a recall: the database that would take the place of the recalled one, and the findings that images would
   * lose by it. Nothing is recorded but the question to the runners.
   */
  async lookAtRecall(digest: string): Promise<RecallView> {
    const { inUse, instead } = await this.#insteadOf(digest);
    if (!inUse) return { digest };
    if (!instead) throw noneInstead();
    const { database, dataref, bytes = 0, families = [], buckets = [] } = instead;
    const view = { digest, instead: { digest: database.digest, builtAt: database.builtAt } };
    if (!isStored(inUse)) return view;
    return inFolder(this.ports, async (folder) => {
      const unpacked = join(folder, 'db');
      await unpackDatabase(this.ports.blobs.getStream(dataref, databaseForm.maxBytes), unpacked);
      const comparison = await this.ports.blobs.put(
        Buffer.from(JSON.stringify(await this.#inUse.comparedWith(inUse, unpacked))),
        compared,
      );
      const offered = { scanner, database, dataref, bytes, families, buckets, before: digest, comparison };
      const { sum, silent } = await this.#offers.ask({ ...offered, state: 'asked', reasons: [] });
      await this.ports.blobs.delete(comparison.dataref);
      return { ...view, consequences: sum, silent };
    });
  }

  /**
   * Recalls a database: it is not taken from a source any more, and if it is in use, the last one that proved itself
   * takes its place, or else the last one before it that is stored.
   *
   * @returns the database in its place; undefined if it is not in use
   * @throws DatabaseError `database-unknown` if no other database is stored. Nothing is recorded then.
   */
  async recall(digest: string, order: Order): Promise<Updated | undefined> {
    const { log } = this.ports;
    const [first] = latestOf(await announcedAdvisories(log));
    const java = await this.#java.recall(digest, order);
    if (first && java) return { ...unchanged(first), java };
    const { inUse, instead } = await this.#insteadOf(digest);
    if (inUse && !instead) throw noneInstead();
    await recordRecall(log, digest, order);
    if (!instead) return undefined;
    await this.#again(instead);
    return { ...unchanged(instead), outcome: 'updated' };
  }

  /**
   * Reads the archive of the database in use again, from the blob store to its last page.
   *
   * @throws DatabaseError, BlobFailure if it is not what was announced
   */
  async verify(): Promise<Updated> {
    const present = await this.#required();
    return inFolder(this.ports, async (folder) => {
      const unpacked = join(folder, 'db');
      await unpackDatabase(this.ports.blobs.getStream(present.dataref, databaseForm.maxBytes), unpacked);
      const read = await readDatabase(unpacked);
      if (read.digest !== present.database.digest)
        throw new DatabaseError(
          'database-damaged',
          `the archive holds ${read.digest} instead of ${present.database.digest}`,
          'run `assay database update`',
        );
      const java = await this.#java.verify();
      return { ...unchanged(present), ...(java ? { java } : {}) };
    });
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    await this.ports.clients.close();
  }

  async #present(): Promise<AnnouncedAdvisories | undefined> {
    return latestOf(await announcedAdvisories(this.ports.log))[0];
  }

  /** Drops the archives that are not needed any more. One that is not named by the log was never announced. */
  async #drop(): Promise<void> {
    const { log, blobs, failed } = this.ports;
    try {
      const all = (await announcedAdvisories(log)).filter((each) => each.scanner === scanner);
      const used = usedDatabases(all);
      const kept = keptArchives(used, await recalledDatabases(log), this.#now());
      for (const { announced } of used) if (!kept.has(announced.dataref)) await blobs.delete(announced.dataref);
      // A held one that another one followed is never announced.
      const [open, offered] = [(await this.#open())?.data.dataref, await offeredArchives(log)];
      for (const dataref of offered)
        if (dataref !== open && !all.some((each) => each.dataref === dataref)) await blobs.delete(dataref);
    } catch (error) {
      failed('deleting old databases', error);
    }
  }
}

const noneInstead = (): DatabaseError =>
  new DatabaseError(
    'database-unknown',
    'no other database is stored that could take its place',
    'run `assay database import` with another one first (--force if it is older)',
  );

const noteOf = ({ message, remedy }: DatabaseError): string => withSteps(`warning: ${message}`, remedy);

const unchanged = (each: AnnouncedAdvisories): Updated => ({
  outcome: 'unchanged',
  digest: each.database.digest,
  builtAt: each.database.builtAt,
  ...entriesOf(each),
});

/** The database with which another one is compared entry by entry: the one in use, if its archive is kept. */
const comparableOffer = (present: AnnouncedAdvisories | undefined, digest: string): Stored | undefined =>
  present && !present.database.demonstration && present.database.digest !== digest && isStored(present)
    ? present
    : undefined;

const knownOf = ({ dataref, database: { builtAt } }: AnnouncedAdvisories): KnownDatabase => ({
  layer: dataref === undefined ? undefined : digestIn(dataref),
  builtAt,
});

/** A demonstration database is followed by any real one. */
const comparable = (present: AnnouncedAdvisories | undefined): PresentDatabase | undefined =>
  present && !present.database.demonstration
    ? { ...present.database, families: present.families, buckets: present.buckets && sizesOf(present.buckets) }
    : undefined;
