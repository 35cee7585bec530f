import { setSum, type OperatingSystem } from '@assay/events';
import type { Job } from '@assay/event-sourcing';
import { hasAnnouncedLists, isCurrent, knownResult, type Situation } from './standing.ts';
import type { Note, Rematch, RematchProof, RematchSuccess, ScanSuccess, StandingResult } from './state.ts';

/** Jobs of this lane show whether a match finds what a scan found. No mark waits for them. */
export const proofLane = 'proof';

type Noted = NonNullable<Note['rematch']>;

/** The statement of the note about matches, if it is about the standing result. Another database is another attempt. */
export const rematchNoted = ({
  note: { rematch },
  emitted: { standing },
  config: { announcement },
}: Pick<Situation, 'note' | 'emitted' | 'config'>): Noted | undefined => {
  if (!rematch || rematch.inventory !== standing?.packages?.sha256 || rematch.program !== standing.scanner.digest)
    return undefined;
  return rematch.agrees || rematch.database === announcement?.database.digest ? rematch : undefined;
};

/**
 * True if all by which the scanner chooses advisories is in the inventory. The repositories of Alpine are not: an image
 * of its edge is scanned with the advisories of edge, and matched with those of the release to come, and both may find
 * nothing. A newer database of Java archives recognises more of them than the inventory has. An image that no witness
 * of this runner looked at is scanned, so that one does.
 */
const isMatchable = ({ os, witness }: StandingResult, { witnessVersion }: Situation['bench']): boolean =>
  witness !== undefined &&
  (witnessVersion === undefined || witness.version === witnessVersion) &&
  witness.disagreements.every(({ what }) => what !== 'system') &&
  witness.languages.every(({ language }) => language !== 'java') &&
  !(os?.family.toLowerCase() === 'alpine' && /_alpha|edge/.test(os.version));

/**
 * The inventory to match in place of a scan: only of an image of which a match was seen to find the same. New lists of
 * package managers and shells need a scan, because they decide what is noted of an inventory.
 */
export const rematchFor = (situation: Situation): Rematch | undefined => {
  const { standing } = situation.emitted;
  if (!standing?.packages || !rematchNoted(situation)?.agrees || !isMatchable(standing, situation.bench))
    return undefined;
  const { packages, scanner, inventory } = standing;
  if (inventory && !hasAnnouncedLists(inventory.lists, situation.config)) return undefined;
  return { inventory: packages, program: scanner.digest };
};

/** Another inventory, build or database needs another proof. */
const proofIdOf = ({ inventory, program }: Rematch, { announcement }: Situation['config']): string =>
  `rematch/${inventory.sha256}/${program}/${announcement?.database.digest}`;

/**
 * True if the standing result is by what is announced, so that a match by that database must find the same. A scan with
 * the demonstration database shows nothing: with it archives may lack in an inventory that a real one asks for.
 */
const canBeShown = (situation: Situation): boolean => {
  const known = knownResult(situation);
  const { announcement } = situation.config;
  return announcement?.database.demonstration === false && known !== undefined && isCurrent(known, situation.config);
};

/** The proof that is still missing, with the id of its job. */
export const wantedProof = (situation: Situation): { readonly id: string; readonly rematch: Rematch } | undefined => {
  const { standing } = situation.emitted;
  if (!standing?.packages || rematchNoted(situation) || !canBeShown(situation)) return undefined;
  if (!isMatchable(standing, situation.bench)) return undefined;
  const rematch = { inventory: standing.packages, program: standing.scanner.digest, isProof: true } as const;
  return { id: proofIdOf(rematch, situation.config), rematch };
};

const systemText = (os: OperatingSystem | undefined): string =>
  JSON.stringify(os ? [os.family, os.version, os.endOfLife, os.known ?? null] : null);

/** The result of a finished proof. */
export const provenBy = (situation: Situation, jobs: readonly Job[]): Noted | undefined => {
  const { standing } = situation.emitted;
  const wanted = wantedProof(situation);
  const job = jobs.find(({ id, state }) => state === 'finished' && id === wanted?.id);
  if (!standing || !wanted || !job) return undefined;
  const { inventory, program } = wanted.rematch;
  // Without a match, also because every process that tried it ended, the image is scanned.
  const { found } = job.result as RematchProof;
  const own = setSum(standing.findings);
  const agrees =
    found !== undefined &&
    found.set.count === own.count &&
    found.set.sum === own.sum &&
    systemText(found.os) === systemText(standing.os);
  return {
    inventory: inventory.sha256,
    program,
    agrees,
    database: situation.config.announcement?.database.digest ?? '',
  };
};

/**
 * The result of a match with the facts that need the image: those of the standing result. Nothing if the inventory is
 * another one meanwhile.
 */
export const completed = (
  result: ScanSuccess | RematchSuccess,
  standing: StandingResult | undefined,
): ScanSuccess | undefined => {
  if (!('rematched' in result)) return result;
  const { rematched: _, ...matched } = result;
  if (standing?.packages?.sha256 !== matched.packages.sha256 || standing.scanner.digest !== matched.scanner.digest)
    return undefined;
  const { packages, witness, inventory, warnings } = standing;
  return {
    ...matched,
    packages,
    ...(witness ? { witness } : {}),
    ...(inventory ? { inventory } : {}),
    ...(warnings ? { warnings } : {}),
  };
};
