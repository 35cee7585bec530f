import { createHash } from 'node:crypto';

// Sets of findings by the published contract alone. No code of the product: a judge never uses the code that it judges.

/** An entry of a set, as it stands in an event. */
export interface SetEntry {
  readonly vulnerability: string;
  readonly packageType: string;
  readonly package: string;
  readonly installedVersion: string;
  readonly path?: string;
  readonly aliases?: readonly string[];
  readonly sourcePackage?: string;
  readonly fixedVersion?: string;
  readonly layer?: number | string;
  readonly severity: string;
  readonly ratings?: readonly EntryRating[];
  readonly score?: number;
  readonly severityRule?: string;
  readonly state?: string;
  readonly ruleId?: string;
  readonly firstSeenAt?: string;
  /** Of an entry that is kept although its advisory is gone. */
  readonly advisoryRemoved?: { readonly at: string; readonly database: string };
}

interface EntryRating {
  readonly source: string;
  readonly severity: string;
  readonly score?: number;
  readonly vector?: string;
}

/** Count and sum of a set, as events carry them. */
export interface SumOfEntries {
  readonly count: number;
  readonly sum: string;
}

/** The five parts that identify an entry. */
export const nameOf = ({ vulnerability, packageType, package: name, installedVersion, path }: SetEntry): string =>
  [vulnerability, packageType, name, installedVersion, path ?? ''].join('\u0000');

const byText = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

/** Sorts by name, by UTF-16 code units. */
export const inOrder = <E extends SetEntry>(entries: Iterable<E>): E[] =>
  [...entries].sort((a, b) => byText(nameOf(a), nameOf(b)));

/** Everything of an entry that counts: `firstSeenAt` and `advisoryRemoved` do not. */
const contentOf = (entry: SetEntry): string => {
  const ratings = entry.ratings?.map((each) => [each.source, each.severity, each.score ?? null, each.vector ?? null]);
  const parts: unknown[] = [
    entry.vulnerability,
    entry.packageType,
    entry.package,
    entry.installedVersion,
    entry.path ?? null,
    entry.aliases ?? null,
    entry.sourcePackage ?? null,
    entry.fixedVersion ?? null,
    entry.layer ?? null,
    entry.severity,
    ratings ?? null,
    entry.score ?? null,
  ];
  if (entry.state !== undefined) parts.push(entry.severityRule ?? null, entry.state, entry.ruleId ?? null);
  return JSON.stringify(parts);
};

const wholeTurn = 1n << 64n;

export const sumOf = (entries: Iterable<SetEntry>): SumOfEntries => {
  let [count, sum] = [0, 0n];
  for (const entry of entries) {
    count += 1;
    sum = (sum + BigInt(`0x${createHash('sha256').update(contentOf(entry)).digest('hex').slice(0, 16)}`)) % wholeTurn;
  }
  return { count, sum: sum.toString(16).padStart(16, '0') };
};

const scoreOf = ({ score, ratings = [] }: SetEntry): number | null => {
  const scores = ratings.flatMap((rating) => rating.score ?? []);
  return score ?? (scores.length > 0 ? Math.max(...scores) : null);
};

/** The parts that make one finding of entries. A package at several paths is one. */
export const groupOf = ({ vulnerability, package: name, installedVersion }: SetEntry): string =>
  [vulnerability, name, installedVersion].join(' ');

/**
 * The facts of a set that a database decides, as one text: an entry for each package, version and vulnerability, by the
 * least path. Two texts are equal if both sets show the same of an image.
 */
export const factsOf = (entries: Iterable<SetEntry>): string => {
  const groups = new Map<string, string>();
  for (const entry of inOrder(entries)) {
    const { packageType, path, aliases = [] } = entry;
    const group = groupOf(entry);
    if (groups.has(group)) continue;
    const { fixedVersion, severity, sourcePackage } = entry;
    const facts = [
      packageType,
      path ?? '',
      fixedVersion ?? '',
      severity,
      scoreOf(entry) ?? '',
      sourcePackage ?? '',
      ...aliases.map((alias) => alias.slice(0, 40)),
    ];
    groups.set(group, `${group} [${facts.join(',')}]`);
  }
  return [...groups.values()].sort(byText).join('; ') || 'nothing';
};
