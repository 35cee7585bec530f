import type { State } from '@assay/event-sourcing';
import type { Emitted, EmittedPlacement, EmittedScan, Received, ReceivedPlacement } from './state.ts';

/** The highest verdict among the approvals of a placement, 0 if there are none. */
export const latestOf = ({ approvals }: ReceivedPlacement): number =>
  Math.max(0, ...Object.values(approvals).map(({ data }) => data.verdict));

/**
 * True if no better answer of a scan may follow. `latest` is the highest verdict that is known to be approved: only
 * that one is retried. A time-out is answered again, unless a later approval has its final answer.
 */
export const isOver = (
  { verdict, outcome, trying, missing }: EmittedScan,
  { settled }: Pick<EmittedPlacement, 'settled'>,
  latest: number,
): boolean => {
  if (outcome === undefined || missing > 0) return false;
  if (trying) return verdict < latest;
  return outcome !== 'timed-out' || verdict < settled;
};

const without = <Value>(record: Readonly<Record<string, Value>>, isGone: (key: string, value: Value) => boolean) =>
  Object.fromEntries(Object.entries(record).filter(([key, value]) => !isGone(key, value)));

/**
 * Drops approvals that are answered for good, and what was emitted for them. The latest approval of a placement stays,
 * because its image is assessed again. Verdicts of a placement come in order, so below the latest one nothing is still
 * to come.
 */
export const compact = (state: State<Received, Emitted>): State<Received, Emitted> => {
  const received = { ...state.received.placements };
  const emitted = { ...state.emitted.placements };
  for (const [key, placement] of Object.entries(received)) {
    const done = emitted[key];
    if (!done) continue;
    const latest = latestOf(placement);
    const isAnswered = (scanId: string, verdict: number): boolean => {
      const scan = done.scans[scanId];
      return verdict < latest && scan !== undefined && isOver(scan, done, latest);
    };
    const approvals = without(placement.approvals, (scanId, { data }) => isAnswered(scanId, data.verdict));
    received[key] = { ...placement, approvals };
    emitted[key] = {
      ...done,
      scans: without(
        done.scans,
        (scanId, { verdict }) => verdict <= placement.declined || (verdict < latest && !(scanId in approvals)),
      ),
    };
  }
  return {
    ...state,
    received: { ...state.received, placements: received },
    emitted: { ...state.emitted, placements: emitted },
  };
};
