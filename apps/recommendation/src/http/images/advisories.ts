import { answering } from '@assay/read-model/placement/index-standing';
import { databaseIn, wasLookedInto, type PlacementState } from '@assay/read-model/placement/placement';
import type { ShownChild, ShownImage } from './images.ts';

/** Statuses that a scan gives, and so its advisories. */
const assessed: readonly string[] = ['healthy', 'unhealthy', 'undetermined'];

/** The earliest of some times. A status is no better than the oldest advisories that it rests on. */
export const oldestOf = (times: readonly (string | undefined)[]): string | undefined =>
  times.flatMap((time) => time ?? []).toSorted((a, b) => Date.parse(a) - Date.parse(b))[0];

/**
 * When the advisories were built on which a status rests; the oldest ones, of an index. Absent if it rests on none: the
 * image was not scanned.
 */
export const advisoriesAt = ({
  state,
  status,
  children,
}: Pick<ShownImage, 'status'> & {
  readonly state?: PlacementState | undefined;
  readonly children?: readonly ShownChild[] | undefined;
}): string | undefined => {
  if (children) return oldestOf(answering(children).counted.map(advisoriesAt));
  return state && assessed.includes(status) && wasLookedInto(state) ? databaseIn(state)?.builtAt : undefined;
};
