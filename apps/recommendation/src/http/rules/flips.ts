import type { GateDecision } from '../../domain/gate.ts';
import type { StatusWithReason } from '@assay/read-model/placement/status';

/** Images that an answer names of each change. */
const mostNamed = 20;

/** An image by its names. */
export interface NamedImage {
  readonly registryId: string;
  readonly repository: string;
  readonly digest: string;
}

interface Change<Value> {
  readonly before: Value;
  readonly after: Value;
}

/** Images whose status would change in the same way. */
interface StatusFlips extends Change<string> {
  readonly beforeReason?: string;
  readonly afterReason?: string;
  count: number;
  /** The first ones. */
  readonly images: NamedImage[];
}

/**
 * Counts the images whose status or gate decision would be another one. It keeps the names of the first ones only: a
 * rule may change a hundred thousand images.
 */
export interface FlipCounts {
  readonly statuses: Map<string, StatusFlips>;
  readonly gates: (NamedImage & Change<GateDecision>)[];
  gateChanges: number;
}

export const noFlips = (): FlipCounts => ({ statuses: new Map(), gates: [], gateChanges: 0 });

const keyOf = ({ status, reason = '' }: StatusWithReason): string => `${status}/${reason}`;

/** Adds an image, in the order in which images are named. */
export const addFlip = (
  counts: FlipCounts,
  image: NamedImage,
  { before, after }: Change<StatusWithReason>,
  decision: Change<GateDecision>,
): void => {
  const key = `${keyOf(before)} ${keyOf(after)}`;
  if (keyOf(before) !== keyOf(after)) {
    const same = counts.statuses.get(key) ?? {
      before: before.status,
      ...(before.reason ? { beforeReason: before.reason } : {}),
      after: after.status,
      ...(after.reason ? { afterReason: after.reason } : {}),
      count: 0,
      images: [],
    };
    same.count += 1;
    if (same.images.length < mostNamed) same.images.push(image);
    counts.statuses.set(key, same);
  }
  if (decision.before === decision.after) return;
  counts.gateChanges += 1;
  if (counts.gates.length < mostNamed) counts.gates.push({ ...image, before: decision.before, after: decision.after });
};

/** Statuses that change, those of most images first. */
export const statusesIn = ({ statuses }: FlipCounts): readonly StatusFlips[] =>
  [...statuses.values()].toSorted((a, b) => b.count - a.count);
