import type { BoltRun } from './bolt.ts';
import { nameOf, runsIn, vulnerabilities } from './database.ts';

/** Ids of advisories, by bucket and package. */
export type Advised = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** The sizes of a bucket in two databases, and the entries that changed for the worse. */
interface BucketLoss {
  readonly name: string;
  readonly before: number;
  readonly after: number;
  /** Entries that their package does not have any more. A package that only has a new name loses none. */
  readonly removed: number;
  /** Entries that may match less: by another version, range, architecture or product, or with a lower severity. */
  readonly weakened: number;
}

/** The losses of a database against the one before it. */
export interface DatabaseComparison {
  /** The buckets that lose something, by name. */
  readonly buckets: readonly BucketLoss[];
  /** Buckets that are gone or empty, by name. */
  readonly gone: readonly string[];
  /** Packages of all other buckets whose advisories are all gone. */
  readonly emptied: Readonly<Record<string, readonly string[]>>;
  /** Packages that lose more than half of their advisories, the emptied ones included. */
  readonly halved: number;
  /** Removed entries of packages that keep others. */
  readonly removed: Advised;
  readonly weakened: Advised;
  /** Vulnerabilities that are rated lower, or not any more, and those that are rated higher. */
  readonly lowered: readonly string[];
  readonly raised: readonly string[];
  /** The lists of ids end here, since they would be too long; the numbers of the buckets are whole. */
  readonly isCut?: true;
}

/** Packages of a bucket that may get a new name. If more do, their old names count as emptied. */
const mostRenamed = 3;

/** Ids that are listed. A process has room for as many. */
const mostIds = 1_000_000;

/** A database in the order of its entries. */
class Entries {
  #run: BoltRun | undefined;
  #at = 0;
  #prefix = '';

  constructor(private readonly runs: AsyncIterator<BoltRun, undefined>) {}

  get run(): BoltRun | undefined {
    return this.#run;
  }

  get entry(): BoltRun['entries'][number] | undefined {
    return this.#run?.entries[this.#at];
  }

  /** True if nothing of the run was read yet. */
  get isFresh(): boolean {
    return this.#at === 0;
  }

  get prefix(): string {
    return this.#prefix;
  }

  /** @returns a promise only at the end of a run */
  next(): Promise<void> | undefined {
    this.#at += 1;
    return this.#run && this.#at < this.#run.count ? undefined : this.begin();
  }

  async begin(): Promise<void> {
    do {
      this.#run = (await this.runs.next()).value;
      this.#at = 0;
    } while (this.#run?.count === 0);
    this.#prefix = this.#run ? `${this.#run.bucket}\0${this.#run.within === '' ? '' : `${this.#run.within}\0`}` : '';
  }
}

/** The run at whose beginning both are, if it has the same bytes in both. */
const sameRun = (one: Entries, other: Entries): BoltRun | undefined =>
  one.isFresh && other.isFresh && one.prefix === other.prefix && other.run && one.run?.isSameAs(other.run)
    ? one.run
    : undefined;

/** The order of two entries; one behind the end is the last. */
const orderOf = (one: Entries, other: Entries): number => {
  const [a, b] = [one.entry, other.entry];
  if (!a || !b) return a ? -1 : 1;
  const [left, right] = one.prefix === other.prefix ? [a.key, b.key] : [one.prefix + a.key, other.prefix + b.key];
  return left === right ? 0 : left < right ? -1 : 1;
};

/** The fields of an advisory by which the scanner matches, as trivy-db has them (pkg/types; of Red Hat `Entries`). */
interface Advisory {
  readonly FixedVersion?: string;
  readonly AffectedVersion?: string;
  readonly Arches?: readonly string[];
  readonly PatchedVersions?: readonly string[];
  readonly UnaffectedVersions?: readonly string[];
  readonly VulnerableVersions?: readonly string[];
  readonly Severity?: number | string;
  readonly VendorSeverity?: Readonly<Record<string, number>>;
  readonly Entries?: readonly {
    readonly FixedVersion?: string;
    readonly Affected?: readonly unknown[];
    readonly Cves?: readonly { readonly ID?: string }[];
  }[];
}

const parsed = (value: Buffer): Advisory => {
  try {
    return (JSON.parse(value.toString('utf8')) ?? {}) as Advisory;
  } catch {
    return {};
  }
};

/** The parts whose loss makes a match less likely. */
const holding = ({
  FixedVersion = '',
  VulnerableVersions = [],
  Entries: entries = [],
}: Advisory): readonly string[] => [
  ...(FixedVersion === '' ? [] : [FixedVersion]),
  ...VulnerableVersions,
  ...entries.flatMap(({ FixedVersion: fixed = '', Cves = [{}] }) => Cves.map(({ ID = '' }) => `${ID} in ${fixed}`)),
];

/** The parts that narrow a match: another one may well match less. */
const narrowing = ({ AffectedVersion, Arches, PatchedVersions, UnaffectedVersions }: Advisory): string =>
  JSON.stringify([AffectedVersion, Arches, PatchedVersions, UnaffectedVersions]);

const affected = ({ Entries: entries = [] }: Advisory): number =>
  entries.reduce((sum, { Affected = [] }) => sum + Affected.length, 0);

/** True unless an advisory matches all that it matched before, as far as that is seen. A first fix is no loss. */
const isWeaker = (before: Advisory, after: Advisory): boolean => {
  const there = new Set(holding(after));
  const isFirstFix = narrowing(before) === narrowing({}) && after.FixedVersion === undefined;
  return (
    holding(before).some((part) => !there.has(part)) ||
    (after.FixedVersion === '0' && before.FixedVersion !== '0') ||
    (narrowing(before) !== narrowing(after) && !(isFirstFix && after.PatchedVersions && !after.UnaffectedVersions)) ||
    affected(after) < affected(before) ||
    (typeof before.Severity === 'number' && Number(after.Severity ?? 0) < before.Severity)
  );
};

const ranks = ['UNKNOWN', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'];
/** Above 0 if a vulnerability is rated higher than before, below if lower or not at all. A first rating is neither. */
const risen = (before: Advisory, after: Advisory): number => {
  if (before.Severity === undefined || before.Severity === ranks[0]) return 0;
  const rank = ({ Severity }: Advisory): number => ranks.indexOf(String(Severity));
  const vendors = ({ VendorSeverity = {} }: Advisory): number =>
    Object.values(VendorSeverity).reduce((sum, each) => sum + each, 0);
  return rank(after) - rank(before) || vendors(after) - vendors(before);
};

/** The entries of one package that are in both databases, gone, and weaker. */
interface PackageLoss {
  readonly name: string;
  kept: number;
  readonly gone: string[];
  readonly weaker: string[];
}

class Bucket {
  before = 0;
  after = 0;
  /** Ids that some package has now, and had not. A package with a new name has those of its old one. */
  readonly added = new Set<string>();
  readonly packages: PackageLoss[] = [];

  constructor(readonly name: string) {}

  of(name: string): PackageLoss {
    const last = this.packages.at(-1);
    if (last?.name === name) return last;
    const next = { name, kept: 0, gone: [], weaker: [] };
    this.packages.push(next);
    return next;
  }
}

/** Sums up the losses, bucket by bucket. */
class Losses {
  readonly #buckets: BucketLoss[] = [];
  readonly #gone: string[] = [];
  readonly #emptied: Record<string, string[]> = {};
  readonly #removed: Record<string, Record<string, string[]>> = {};
  readonly #weakened: Record<string, Record<string, string[]>> = {};
  #halved = 0;
  #ids = 0;

  take({ name: latin1, before, after, added, packages }: Bucket): void {
    const name = nameOf(latin1);
    if (before === 0) return;
    if (after === 0) this.#gone.push(name);
    let [removed, weakened] = [0, 0];
    const listed = (ids: readonly string[]): string[] => {
      this.#ids += ids.length;
      return this.#ids > mostIds ? [] : ids.map(nameOf);
    };
    const isMoved = ({ kept, gone }: PackageLoss): boolean => kept === 0 && gone.every((id) => added.has(id));
    const isRenaming = packages.filter((each) => each.gone.length > 0 && isMoved(each)).length <= mostRenamed;
    for (const { name: within, kept, gone: absent, weaker } of packages) {
      const gone = isRenaming && isMoved({ name: within, kept, gone: absent, weaker }) ? [] : absent;
      removed += gone.length;
      weakened += weaker.length;
      if (after === 0 || latin1 === vulnerabilities) continue;
      const of = nameOf(within);
      if (gone.length > kept) this.#halved += 1;
      if (gone.length > 0 && kept === 0 && gone.length === absent.length) (this.#emptied[name] ??= []).push(of);
      else if (gone.length > 0) (this.#removed[name] ??= {})[of] = listed(gone);
      if (weaker.length > 0) (this.#weakened[name] ??= {})[of] = listed(weaker);
    }
    if (removed + weakened > 0) this.#buckets.push({ name, before, after, removed, weakened });
  }

  get all(): Omit<DatabaseComparison, 'lowered' | 'raised'> {
    return {
      buckets: this.#buckets,
      gone: this.#gone,
      emptied: this.#emptied,
      halved: this.#halved,
      removed: this.#removed,
      weakened: this.#weakened,
      ...(this.#ids > mostIds ? { isCut: true } : {}),
    };
  }
}

/**
 * Compares two databases entry by entry, each read once in its order. Both were read to their end before, by
 * `readDatabase`. Only what is lost counts.
 *
 * @param before folder with the `trivy.db` in use
 * @param after folder with that which would take its place
 * @throws DatabaseError `database-damaged` if a page of either cannot be read
 */
export const compareDatabases = async (before: string, after: string): Promise<DatabaseComparison> => {
  const runs = [runsIn(before, false), runsIn(after, false)] as const;
  const [had, has] = [new Entries(runs[0]), new Entries(runs[1])];
  const losses = new Losses();
  const [lowered, raised]: [string[], string[]] = [[], []];
  let bucket = new Bucket('');
  const bucketOf = (name: string): Bucket => {
    if (bucket.name !== name) {
      losses.take(bucket);
      bucket = new Bucket(name);
    }
    return bucket;
  };
  try {
    await Promise.all([had.begin(), has.begin()]);
    while (had.run ?? has.run) {
      const both = sameRun(had, has);
      if (both) {
        const same = bucketOf(both.bucket);
        same.before += both.count;
        same.after += both.count;
        if (both.within !== '') same.of(both.within).kept += both.count;
        await Promise.all([had.begin(), has.begin()]);
        continue;
      }
      const order = orderOf(had, has);
      const { run, entry } = order <= 0 ? had : has;
      if (!run || !entry) break;
      const within = bucketOf(run.bucket);
      if (order <= 0) within.before += 1;
      if (order >= 0) within.after += 1;
      if (order > 0) within.added.add(entry.key);
      else {
        const of = within.of(run.within);
        if (order < 0) of.gone.push(entry.key);
        else of.kept += 1;
        const next = order === 0 ? has.entry : undefined;
        if (run.bucket === vulnerabilities) {
          const change = next
            ? next.value.equals(entry.value)
              ? 0
              : risen(parsed(entry.value), parsed(next.value))
            : -1;
          if (change !== 0) (change < 0 ? lowered : raised).push(nameOf(entry.key));
        } else if (next && !next.value.equals(entry.value) && isWeaker(parsed(entry.value), parsed(next.value)))
          of.weaker.push(entry.key);
      }
      const [a, b] = [order <= 0 ? had.next() : undefined, order >= 0 ? has.next() : undefined];
      if (a) await a;
      if (b) await b;
    }
    losses.take(bucket);
    return { ...losses.all, lowered, raised };
  } finally {
    await Promise.all(runs.map((each) => each.return(undefined)));
  }
};
