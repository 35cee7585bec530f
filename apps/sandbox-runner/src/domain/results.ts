import {
  canonical,
  changeOf,
  scanFactsOf,
  setSum,
  sizeOf,
  type Database,
  type Finding,
  type ScanFacts,
  type SetContent,
  type SetSum,
} from '@assay/events';
import { doubtsIn, systemPackagesIn, type Evidence } from '@assay/verdict';
import type { Halves } from './halves.ts';
import type { Config, StandingResult } from './state.ts';

/** After this many changes a set is published as a whole, so that readers need not go further back. */
const mostChanges = 64;
/** Positions stand in the head, which is in every page. A change with more bytes of them is published as a whole. */
const mostPositionBytes = 64 * 1024;

/** A numbered result and its set, as an event carries them. */
export interface NumberedSet {
  readonly result: number;
  readonly content: SetContent;
  readonly set: SetSum;
  readonly layers?: readonly string[];
  readonly removed?: readonly number[];
  readonly findings: readonly Finding[];
}

type ScannedSet = Pick<Halves, 'findings' | 'layers'> & ScanFacts;

/** Findings with positions in other layers, or nothing if a layer is not among these. */
const relayered = (
  { findings, layers }: Pick<Halves, 'findings' | 'layers'>,
  others: readonly string[],
): readonly Finding[] | undefined => {
  const positions = layers.map((layer) => others.indexOf(layer));
  if (positions.every((position, index) => position === index)) return findings;
  const moved: Finding[] = [];
  for (const finding of findings) {
    const layer = finding.layer === undefined ? undefined : positions[finding.layer];
    if (layer === -1) return undefined;
    moved.push(layer === undefined ? finding : { ...finding, layer });
  }
  return moved;
};

/** The set of a scan as it would be a change of the standing one, or nothing if that is no base for it. */
const onBase = (standing: StandingResult | undefined, scanned: ScannedSet): readonly Finding[] | undefined =>
  standing && standing.form === scanned.form ? relayered(scanned, standing.layers) : undefined;

/** The standing set as the next result of a digest, whole and unchanged. */
export const wholeAgain = ({ result, set, layers, findings }: StandingResult): NumberedSet => ({
  result: result + 1,
  content: 'set',
  set,
  layers,
  findings,
});

/** The next result of a digest: as a change of the standing one, or whole. */
export const nextResult = (
  { standing, lost = 0 }: { readonly standing?: StandingResult | undefined; readonly lost?: number | undefined },
  scanned: ScannedSet,
): NumberedSet => {
  const result = (standing?.result ?? lost) + 1;
  const findings = onBase(standing, scanned);
  if (standing && findings && standing.changes < mostChanges) {
    const change = changeOf(standing.findings, findings);
    const isSmall = JSON.stringify(change.removed).length <= mostPositionBytes;
    if (isSmall && sizeOf(change) * 2 <= findings.length)
      return {
        result,
        content: 'change',
        set: setSum(findings),
        ...(change.removed.length > 0 ? { removed: change.removed } : {}),
        findings: change.findings,
      };
  }
  const whole = canonical(scanned.findings);
  return { result, content: 'set', set: setSum(whole), layers: scanned.layers, findings: whole };
};

/**
 * The reasons why the result would prove nothing without findings, in each mode.
 *
 * @param receivedMs the last time at which a push was received that the result answers, ms since the epoch
 */
const doubts = (facts: ScanFacts, receivedMs: number): readonly string[] => {
  const { os, witness, inventory, warnings, uncovered, database, startedAt } = facts;
  const evidence: Omit<Evidence, 'mode'> = {
    outcome: 'succeeded',
    recalled: false,
    ...(os ? { os } : {}),
    ...(inventory ? { system: systemPackagesIn(inventory) } : {}),
    ...(witness ? { witness } : {}),
    ...(warnings ? { warnings } : {}),
    ...(uncovered ? { uncovered } : {}),
    database,
    evaluatedMs: Math.max(Date.parse(startedAt), receivedMs),
  };
  return (['classic', 'extended'] as const).map((mode) => doubtsIn({ ...evidence, mode }).join());
};

/** The facts that are compared like findings. The version of the witness is none. */
const compared = (facts: ScanFacts, receivedMs: number): string => {
  const { os, witness, inventory, warnings, uncovered } = facts;
  return JSON.stringify([
    os ? [os.family, os.version, os.endOfLife, os.known ?? null] : null,
    witness ? { ...witness, version: '' } : null,
    inventory ?? null,
    warnings ?? null,
    uncovered ?? null,
    doubts(facts, receivedMs),
  ]);
};

/**
 * True if a result states anything else than the standing one: of findings, of the system, of its coverage, of its
 * packages, or of the build of the scanner. A push may have been answered with the standing result long after its scan,
 * when the database was too old. The classifier judges the age of the database at that time, so it is judged here in
 * the same way.
 *
 * @param receivedMs the last time at which a push was received that the result answers, ms since the epoch
 */
export const differs = (standing: StandingResult, scanned: ScannedSet, receivedMs = 0): boolean => {
  const findings = onBase(standing, scanned);
  const facts = scanFactsOf({ ...standing, database: standing.givenWith ?? standing.database });
  return (
    findings === undefined ||
    sizeOf(changeOf(standing.findings, findings)) > 0 ||
    compared(facts, receivedMs) !== compared(scanFactsOf(scanned), receivedMs) ||
    // The blob that the event before names may be lost, and is only written again by what has the same packages.
    standing.packages?.sha256 !== scanned.packages?.sha256 ||
    // Marks name no build. An image rests on the build of its last event, and a recall of that build concerns it.
    standing.scanner.digest !== scanned.scanner.digest
  );
};

/** The place of a database in the order of announcements, or nothing if it was never announced. */
export const orderOf = ({ digest }: Pick<Database, 'digest'>, { orders }: Pick<Config, 'orders'>): number | undefined =>
  orders[digest];

/** True if a database is known to be announced before another one. The time at which it was built does not count. */
export const isBefore = (
  one: Pick<Database, 'digest'>,
  other: Pick<Database, 'digest'>,
  config: Pick<Config, 'orders'>,
): boolean => {
  const [first, second] = [orderOf(one, config), orderOf(other, config)];
  return first !== undefined && second !== undefined && first < second;
};
