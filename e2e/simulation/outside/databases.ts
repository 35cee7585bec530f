import type { Database, OperatingSystem, ScannedFinding } from '@assay/events';
import { begin } from '../world/world.ts';
import type { SimulatedImage } from './images.ts';
import { isSeen } from './scanners.ts';

/** Databases 1 to 5 follow each other. */
export const lastDatabase = 5;
/** It was built long ago, and gives the same findings as database 1. */
export const oldDatabase = 6;

/** Databases of the days after all began: one a day, and each is as bad as database 3. */
export const days = 14;
const firstDay = 11;
/** The database of the nth day, from 1 on. */
export const databaseOfDay = (day: number): number => firstDay + day - 1;

const hourMs = 60 * 60_000;

/**
 * When each database was built, in hours before all begins. A database that follows another is less than a day newer,
 * or more: only then does it agree that advisories are gone which both lack.
 */
const builtBefore: Readonly<Record<number, number>> = {
  1: 80,
  2: 79,
  3: 60,
  4: 50,
  5: 20,
  [oldDatabase]: 8 * 24,
  ...Object.fromEntries(Array.from({ length: days }, (_, n) => [firstDay + n, 2 - 24 * (n + 1)])),
};

/**
 * The nth database. One that was announced later may have been built earlier: going back is an announcement of an old
 * one.
 */
export const databaseOf = (n: number): Database => ({
  digest: `sha256:${n.toString(16).padStart(64, 'd')}`,
  builtAt: new Date(begin - builtBefore[n]! * hourMs).toISOString(),
  demonstration: false,
});

const numbers = new Map(
  Object.keys(builtBefore).map((n): [string, number] => [databaseOf(Number(n)).digest, Number(n)]),
);

/** @throws RangeError if there is no such database */
export const numberOf = (digest: string): number => {
  const n = numbers.get(digest);
  if (n === undefined) throw new RangeError(`there is no database ${digest}`);
  return n;
};

/**
 * The findings of an image by a database and a build of the scanner, both named by their digests.
 * @throws RangeError if there is no such database
 */
export const foundBy = (image: SimulatedImage, database: string, build: string): readonly ScannedFinding[] =>
  givenBy(image, database).filter(({ vulnerability }) => isSeen(build, vulnerability));

/** True if a database has lost the whole family. */
export const isHollow = (database: string): boolean => numberOf(database) === 3 || numberOf(database) >= firstDay;

/** The findings of an image in a database. */
export const givenBy = ({ truth, digest }: SimulatedImage, database: string): readonly ScannedFinding[] => {
  const n = numberOf(database);
  if (n === 1 || n === oldDatabase) return truth.findings;
  // A bad database has lost the whole family. Its successor is as the one before it, with other texts.
  if (isHollow(database) || isUncovered({ digest }, database)) return [];
  const edition = n === 4 ? 2 : n;
  const draw = drawing(`${edition} ${digest}`);
  const changed = truth.findings.flatMap((finding) => revised(finding, draw, edition, truth.findings.length < 5));
  const gained = draw(2) === 0 ? [gainedBy(edition)] : [];
  return [...changed, ...gained].map((finding) => (n === 4 ? { ...finding, title: 'in other words' } : finding));
};

/** The system of an image. To database 5, that of every other image is past its end of life. */
export const systemBy = ({ truth: { os }, digest }: SimulatedImage, database: string): OperatingSystem =>
  numberOf(database) === 5 && drawing(digest)(2) === 0 ? { ...os, endOfLife: true } : os;

/** Database 2, and 4 as it, has lost the release of every fourth image. */
export const isUncovered = ({ digest }: Pick<SimulatedImage, 'digest'>, database: string): boolean =>
  [2, 4].includes(numberOf(database)) && drawing(`release ${digest}`)(4) === 0;

/** A small generator of numbers below a limit: the same for the same seed. */
const drawing = (seed: string): ((below: number) => number) => {
  let state = 7;
  for (const letter of seed) state = (Math.imul(state, 31) + letter.charCodeAt(0)) | 0;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
    return (state >>> 16) % below;
  };
};

/** The finding in another edition: gone, with another severity, with or without a fix, or as it was. */
const revised = (
  finding: ScannedFinding,
  draw: (below: number) => number,
  edition: number,
  isFew: boolean,
): ScannedFinding[] => {
  const { fixedVersion, ...unfixed } = finding;
  switch (draw(isFew ? 5 : 12)) {
    case 0:
      return [];
    case 1:
      return [{ ...finding, severity: finding.severity === 'High' ? 'Critical' : 'Medium' }];
    case 2:
      return [fixedVersion === undefined ? { ...finding, fixedVersion: `2-${edition}` } : unfixed];
    default:
      return [finding];
  }
};

const gainedBy = (edition: number): ScannedFinding => ({
  vulnerability: `CVE-2027-${edition}`,
  aliases: [],
  package: 'bash',
  packageType: 'debian',
  installedVersion: '1',
  severity: 'High',
  ratings: [],
  references: [],
  cwes: [],
});
