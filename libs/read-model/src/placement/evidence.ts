import { databaseRecalled, doubtsIn, scannerRecalled, type Evidence } from '@assay/verdict';
import { builtMs, lacksSet, wasLookedInto, type PlacementState } from './placement.ts';

/** Doubts about an answer that its own data does not show. */
export interface Doubts {
  /** A database built before this (ms since the epoch) is too old. */
  readonly staleBefore: number;
  /** Whether an event of a digest is parked before its recommendation. */
  readonly halts: (digest: string) => boolean;
}

/** A classification of a scan, and so a basis of a status. */
export type Scanned = NonNullable<PlacementState['classified']>;

/** The evidence of the last scan that was classified, if it succeeded. */
export const evidenceIn = (state: PlacementState, { staleBefore, halts }: Doubts): Evidence | undefined => {
  const { classified, completed, verdict, placement } = state;
  if (!classified || !wasLookedInto(state)) return undefined;
  const { reason, os, system, mode, witness, warnings, uncovered } = classified;
  const database = state.covered?.database ?? classified.database;
  // Same rule as the classifier's: the time of the scan or, if an older scan was joined, of the push. If they belong to
  // another verdict, or if the image was assessed again since, use the latest time possible; for a healthy image the
  // classifier has checked the time.
  const isOfBoth =
    completed?.verdict === classified.verdict &&
    verdict?.verdict === classified.verdict &&
    completed.result === classified.result;
  const askedMs = isOfBoth
    ? Math.max(Date.parse(completed.startedAt), Date.parse(verdict.receivedAt))
    : Date.parse(classified.status === 'healthy' ? database.builtAt : classified.time);
  return {
    outcome: 'succeeded',
    recalled: reason === scannerRecalled,
    databaseRecalled: reason === databaseRecalled,
    mode,
    ...(os ? { os } : {}),
    ...(system ? { system } : {}),
    ...(witness ? { witness } : {}),
    ...(warnings ? { warnings } : {}),
    ...(uncovered ? { uncovered } : {}),
    database,
    evaluatedMs: askedMs,
    stale: (builtMs(database) ?? staleBefore) < staleBefore,
    parked: halts(placement.digest) || lacksSet(state),
  };
};

/** The reasons of all obstacles that hold, for an image of any status. Absent if no scan was classified. */
export const doubtsAbout = (state: PlacementState, facts: Doubts): readonly string[] | undefined => {
  if (!state.classified) return undefined;
  const evidence = evidenceIn(state, facts);
  return evidence ? doubtsIn(evidence) : [state.classified.reason ?? 'unknown'];
};
