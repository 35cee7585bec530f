import type { PositionSeal } from '@assay/http';
import type { ChangePosition } from '@assay/read-model/intake/changes';

/**
 * Clients have kept positions from before they were sealed: the offsets themselves, with dots between them. They are
 * read until 0.2, the release after that of December 2026. Then this goes, and with it the way to count events of
 * others by trying positions.
 */
const plain = /^\d{1,15}(\.\d{1,15})*$/;

/** The position of an id; undefined if it is damaged, of another key, or none of this many partitions. */
export const positionOf = (id: string, seal: PositionSeal, partitions: number): ChangePosition | undefined => {
  const position = plain.test(id) ? id.split('.').map(Number) : seal.unseal('changes', id);
  return Array.isArray(position) && position.length === partitions ? (position as ChangePosition) : undefined;
};
