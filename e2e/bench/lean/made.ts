import { createHash } from 'node:crypto';
import type { Database, OperatingSystem, Package, Rating, ScannedFinding, Scanner, Severity } from '@assay/events';
import { normalOf, randomOf } from './random.ts';

/** The inventory of a real image, which the images of the estate vary. */
export interface Base {
  readonly os: OperatingSystem;
  readonly packages: readonly Package[];
}

/** An image of the estate: which packages it has, and where it lies. */
export interface EstateImage {
  readonly digest: string;
  readonly base: number;
  readonly seed: number;
  /** Number of findings with the first database. */
  readonly findings: number;
  /** Repositories that have it. */
  readonly repositories: readonly string[];
}

export const scanner: Scanner = { name: 'made', version: '1.0.0', digest: `sha256:${'e'.repeat(64)}` };

/** The databases of the estate, in the order in which they are announced. */
const states = ['first', 'unchanged', 'reworded', 'changed'] as const;
export type DatabaseState = (typeof states)[number];

export const databaseOf = (state: DatabaseState): Database => ({
  digest: `sha256:${createHash('sha256').update(state).digest('hex')}`,
  builtAt: new Date(Date.now() - 3_600_000 + states.indexOf(state) * 60_000).toISOString(),
  demonstration: false,
});

const vocabulary = 25_000;
const reworded = 400;
/** Findings that the last database adds to each image that it changes. */
export const addedFindings = 5;
/** One image of so many is changed by the last database. */
const changedOneIn = 20;

const severities: readonly Severity[] = ['Critical', 'High', 'High', 'Medium', 'Medium', 'Medium', 'Low', 'Low'];
const words = Array.from({ length: 4_000 }, (_, n) => {
  const random = randomOf(n + 1);
  return Array.from({ length: 3 + Math.floor(random() * 7) }, () =>
    String.fromCharCode(97 + Math.floor(random() * 26)),
  ).join('');
});

interface Described extends Pick<ScannedFinding, 'title' | 'description' | 'references' | 'cwes' | 'publishedAt'> {
  readonly vulnerability: string;
  readonly severity: Severity;
  readonly ratings: readonly Rating[];
}

const wordsOf = (random: () => number, count: number): string =>
  Array.from({ length: count }, () => words[Math.floor(random() * words.length)]!).join(' ');

const descriptions = new Map<string, Described>();

/** A vulnerability with about 2 KB of texts. */
const described = (n: number, state: DatabaseState): Described => {
  const isReworded = n < reworded && states.indexOf(state) >= states.indexOf('reworded');
  const key = `${n} ${isReworded}`;
  const known = descriptions.get(key);
  if (known) return known;
  const random = randomOf(n * 7 + 13);
  const severity = severities[Math.floor(random() * severities.length)]!;
  const score = Math.round(random() * 100) / 10;
  const made: Described = {
    vulnerability: `CVE-${2015 + (n % 12)}-${10_000 + n}`,
    title: `${wordsOf(random, 9)}${isReworded ? ' (updated)' : ''}`,
    description: wordsOf(random, 170),
    references: Array.from({ length: 6 }, () => `https://example.org/${wordsOf(random, 3).replaceAll(' ', '/')}`),
    cwes: [`CWE-${Math.floor(random() * 900)}`],
    severity,
    ratings: [
      { source: 'nvd', severity, score, vector: `CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:${n % 2 ? 'H' : 'N'}/A:N` },
      { source: 'redhat', severity: 'Medium' },
    ],
    publishedAt: new Date(Date.UTC(2015 + (n % 12), n % 12, 1 + (n % 28))).toISOString(),
  };
  if (descriptions.size < 60_000) descriptions.set(key, made);
  return made;
};

/** Makes images until their placements have this number of findings. The same each time. */
export const imagesOf = (findings: number, bases: readonly Base[]): EstateImage[] => {
  const images: EstateImage[] = [];
  let left = findings;
  for (let n = 0; left > 0; n += 1) {
    const random = randomOf(n + 1);
    // Median 100, 99th percentile 1,500.
    const count = Math.max(1, Math.min(4_000, Math.round(100 * Math.exp(1.164 * normalOf(random)))));
    const places = random() < 0.15 ? 2 : 1;
    images.push({
      digest: `sha256:${createHash('sha256').update(`image ${n}`).digest('hex')}`,
      base: Math.floor(random() * bases.length),
      seed: n + 1,
      findings: count,
      repositories: Array.from({ length: places }, (_, place) => `team${n % 50}/app${n}${place > 0 ? '-copy' : ''}`),
    });
    left -= count * places;
  }
  return images;
};

/** True if the last database gives the image other findings than the one before. */
export const isChanged = ({ seed }: EstateImage): boolean => seed % changedOneIn === 0;

/** The packages of an image: a part of its base, some with another version. */
export const packagesOf = ({ seed, base }: EstateImage, bases: readonly Base[]): Package[] => {
  const random = randomOf(seed * 31 + 7);
  return bases[base]!.packages.filter(() => random() < 0.8).map((item) =>
    random() < 0.1 ? { ...item, version: `${item.version}+b${seed % 5}` } : item,
  );
};

/** The findings of an image by a database. */
export const findingsOf = (
  image: EstateImage,
  packages: readonly Package[],
  state: DatabaseState,
): ScannedFinding[] => {
  const random = randomOf(image.seed * 17 + 3);
  const more = state === 'changed' && isChanged(image) ? addedFindings : 0;
  const made = new Map<string, ScannedFinding>();
  for (let n = 0; made.size < image.findings + more; n += 1) {
    // Frequent vulnerabilities are in many images: the density of ranks falls with their power 0.8.
    const rank = Math.floor(vocabulary * random() ** 5);
    const item = packages[Math.floor(random() * packages.length)]!;
    const { severity, ...vulnerability } = described(rank, state);
    const own: Severity = n % 9 === 0 ? 'Low' : severity;
    made.set(`${vulnerability.vulnerability} ${item.name}`, {
      ...vulnerability,
      aliases: n % 3 === 0 ? [`DSA-${5000 + (rank % 900)}-1`] : [],
      package: item.name,
      packageType: item.type,
      ...(item.sourcePackage === undefined ? {} : { sourcePackage: item.sourcePackage }),
      installedVersion: item.version,
      ...(n % 2 === 0 ? { fixedVersion: `${item.version}+deb13u${1 + (rank % 4)}` } : {}),
      ...(item.path === undefined ? {} : { path: item.path }),
      ...(item.layer === undefined ? {} : { layer: item.layer }),
      severity: own,
      ratings: [{ source: 'debian', severity: own }, ...vulnerability.ratings],
      ownSource: 'debian',
    });
  }
  return [...made.values()];
};

/** Images that are enough to tell how frequent a vulnerability is. */
const sampled = 2_000;

/** The vulnerability that a share of all images comes nearest to have. */
export const vulnerabilityOf = (share: number, images: readonly EstateImage[], bases: readonly Base[]): string => {
  const sample = images.slice(0, sampled);
  const counts = new Map<string, number>();
  for (const image of sample) {
    const found = findingsOf(image, packagesOf(image, bases), 'first').map(({ vulnerability }) => vulnerability);
    for (const vulnerability of new Set(found)) counts.set(vulnerability, (counts.get(vulnerability) ?? 0) + 1);
  }
  const distance = (count: number): number => Math.abs(count / sample.length - share);
  const [nearest] = [...counts].toSorted(([, a], [, b]) => distance(a) - distance(b));
  return nearest![0];
};
