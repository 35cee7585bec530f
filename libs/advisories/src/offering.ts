import type { DatabaseComparison } from './comparison.ts';
import { isSupported } from './releases.ts';
import { vulnerabilities } from './database.ts';

/** The share of a bucket that may be removed or weakened before the images are asked. */
const mostOfBucket = 0.01;
/** A bucket with fewer entries may lose any of them but all of a package. */
const fewEntries = 100;

const named = (names: readonly string[]): string => names.slice(0, 3).join(', ') + (names.length > 3 ? ', …' : '');
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/**
 * The reasons for which a database is put into use only after the images were asked; none for an ordinary day. It is
 * not known here which packages any image has.
 *
 * @param now ms since the epoch. A release whose support has ended may go.
 */
export const reasonsToOffer = (
  { buckets, gone, emptied, lowered, raised }: DatabaseComparison,
  now: number,
): readonly string[] => {
  const missing = gone.filter((bucket) => isSupported(bucket, now));
  const packages = Object.entries(emptied).flatMap(([bucket, names]) => names.map((name) => `${name} of ${bucket}`));
  const shrunken = buckets
    .filter(({ name }) => !gone.includes(name))
    .map(({ name, before, removed, weakened }) => ({ name, before, share: (removed + weakened) / before }))
    .filter(({ before, share }) => before >= fewEntries && share > mostOfBucket);
  const rated = buckets.find(({ name }) => name === vulnerabilities)?.before ?? lowered.length + raised.length;
  const net = lowered.length - raised.length;
  return [
    ...(missing.length > 0 ? [`nothing of ${named(missing)} any more`] : []),
    ...(packages.length > 0 ? [`nothing of ${packages.length} packages any more (${named(packages)})`] : []),
    ...shrunken.map(({ name, share }) => `${percent(share)} of ${name} removed or weakened`),
    ...(net > Math.max(fewEntries, rated) * mostOfBucket ? [`${net} vulnerabilities rated lower than before`] : []),
  ];
};
