import { canonical, type ClassifiedFinding } from '@assay/events';
import { among, type RunQuery } from '@assay/read-model/store/duckdb';
import { entryColumns, entryOf, type EntryRow } from '@assay/read-model/intake/finding-row';
import type { ShownImage } from './images.ts';
import { lacksSet } from '@assay/read-model/placement/placement';
import type { StoredSet } from '@assay/read-model/placement/sets';

/** The set of findings of an image at one place, as events have it. */
export interface PublishedPlacementSet extends Pick<ShownImage, 'state'> {
  readonly set: StoredSet;
  /** In canonical order. */
  readonly findings: readonly ClassifiedFinding[];
}

/** The sets of some images. Images whose findings are not known, or are not shown, are left out. */
export const publishedSets = async (
  query: RunQuery,
  images: readonly ShownImage[],
): Promise<readonly PublishedPlacementSet[]> => {
  const known = images.flatMap(({ id, state }) =>
    state.set && !lacksSet(state) ? [{ id, state, set: state.set }] : [],
  );
  const rows = await query<EntryRow>(
    `select ${entryColumns} from findings where kind = 'finding' and ${among(
      'image',
      known.map(({ id }) => id),
    )}`,
  );
  const byImage = Map.groupBy(rows, ({ image }) => image);
  return known.map(({ id, state, set }) => ({
    state,
    set,
    findings: canonical((byImage.get(id) ?? []).map(entryOf)),
  }));
};
