import { hash } from 'node:crypto';
import type { ClassifiedFinding, Finding, SetSum } from './finding.ts';

/** The parts that identify an entry of a set. */
export type Identity = Pick<Finding, 'vulnerability' | 'packageType' | 'package' | 'installedVersion' | 'path'>;

/**
 * The identity of an entry as one text. Texts sort by UTF-16 code units, which is the canonical order of a set. No part
 * contains U+0000: scanners' texts are cleaned of it.
 */
export const identityOf = ({
  vulnerability,
  packageType,
  package: name,
  installedVersion,
  path = '',
}: Identity): string => `${vulnerability}\u0000${packageType}\u0000${name}\u0000${installedVersion}\u0000${path}`;

/** Sorts entries into the canonical order. Of entries with one identity, the last one stays. */
export const canonical = <Entry extends Identity>(entries: readonly Entry[]): Entry[] =>
  [...new Map(entries.map((entry) => [identityOf(entry), entry]))]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, entry]) => entry);

const isClassified = (entry: Finding): entry is ClassifiedFinding => 'state' in entry;

/**
 * The text whose hash counts: a JSON array of all fields but `firstSeenAt` and `advisoryRemoved`, with null for those
 * that are absent.
 */
const textOf = (entry: Finding): string =>
  JSON.stringify([
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
    entry.ratings?.map(({ source, severity, score, vector }) => [source, severity, score ?? null, vector ?? null]) ??
      null,
    entry.score ?? null,
    ...(isClassified(entry) ? [entry.severityRule, entry.state, entry.ruleId ?? null] : []),
  ]);

const removalOf = (entry: Finding): string =>
  isClassified(entry) && entry.advisoryRemoved ? `${entry.advisoryRemoved.at} ${entry.advisoryRemoved.database}` : '';

/** True if both entries have the same content. `firstSeenAt` does not count. */
export const isSameEntry = (a: Finding, b: Finding): boolean =>
  textOf(a) === textOf(b) && removalOf(a) === removalOf(b);

/** Count and sum of a set. The order of its entries does not matter. */
export const setSum = (entries: readonly Finding[]): SetSum => {
  let sum = 0n;
  for (const entry of entries) sum += hash('sha256', textOf(entry), 'buffer').readBigUInt64BE();
  return { count: entries.length, sum: BigInt.asUintN(64, sum).toString(16).padStart(16, '0') };
};

export const isSameSum = (a: SetSum, b: SetSum): boolean => a.count === b.count && a.sum === b.sum;
