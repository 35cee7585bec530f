import { noFindings, type BySeverity, type Severity } from '@assay/events';
import type { GatedPlacement } from '../domain/gate.ts';
import { among, type RunQuery } from './duckdb.ts';
import { doubtsAbout, evidenceIn, type Doubts, type Scanned } from './evidence.ts';
import { imageIdOf } from './image-row.ts';
import type { ShownChild, ShownImage } from './images.ts';
import { headIn, type PlacementState } from './placement.ts';

/** The gate's facts about an image at one place. */
export interface GatedPlace
  extends GatedPlacement, Pick<PlacementState['placement'], 'subscriptionId' | 'registryId' | 'repository' | 'digest'> {
  readonly demonstrationDatabase: boolean;
  /** The scan that the status rests on. */
  readonly scanned?: Scanned;
  /** The reasons of all obstacles that hold. Absent if no scan was classified. */
  readonly doubts?: readonly string[];
}

export type FindingsById = ReadonlyMap<string, BySeverity | undefined>;

/** An index is represented by its images, or by itself if it has none left. */
const leaves = (image: ShownChild): readonly ShownChild[] => {
  const children = (image.children ?? []).filter(({ deleted }) => !deleted);
  return children.length === 0 ? [image] : children.flatMap(leaves);
};

const leavesOf = (image: ShownImage): readonly ShownChild[] =>
  leaves({ ...image, kind: 'image', digest: image.state.placement.digest });

const placeOf = (
  { status, reason, state, digest, deleted }: ShownChild,
  image: ShownImage,
  fixable: FindingsById | undefined,
  doubts: Doubts,
): GatedPlace => {
  const { subscriptionId, registryId, repository } = image.state.placement;
  const head = state && headIn(state);
  const evidence = state && head?.verdict === state.classified?.verdict ? evidenceIn(state, doubts) : undefined;
  const held = state && doubtsAbout(state, doubts);
  const findings = state && fixable ? fixable.get(imageIdOf(state.placement)) : head?.bySeverity;
  return {
    subscriptionId,
    registryId,
    repository,
    digest,
    status,
    ...(reason ? { reason } : {}),
    deleted: deleted === true,
    ...(findings ? { findings } : {}),
    ...(evidence ? { evidence } : {}),
    ...(evidence && state?.classified ? { scanned: state.classified } : {}),
    ...(held ? { doubts: held } : {}),
    demonstrationDatabase: evidence?.database.demonstration === true,
  };
};

/** All images that a digest represents, in all placements. */
export const gatedPlaces = async (
  query: RunQuery,
  images: readonly ShownImage[],
  onlyFixable: boolean,
  doubts: Doubts,
): Promise<readonly GatedPlace[]> => {
  const all = images.flatMap((image) => leavesOf(image).map((leaf) => ({ leaf, image })));
  const fixable = onlyFixable
    ? await fixableOf(
        query,
        all.flatMap(({ leaf: { state } }) => state ?? []),
      )
    : undefined;
  return all.map(({ leaf, image }) => placeOf(leaf, image, fixable, doubts));
};

const total = (counts: BySeverity): number =>
  Object.values(counts).reduce<number>((sum, count) => sum + Number(count), 0);

/**
 * Counts active findings with a fix, by image. Undefined if the stored findings are not those that the status is based
 * on.
 */
const fixableOf = async (query: RunQuery, states: readonly PlacementState[]): Promise<FindingsById> => {
  const byId = new Map(states.map((state) => [imageIdOf(state.placement), state]));
  const rows = await query<{
    id: string;
    severity: Severity;
    found: number;
    fixable: number;
  }>(`select image::varchar as id, severity, count(*)::integer as found, count(*) filter (patchable)::integer as fixable
    from findings where ${among('image', [...byId.keys()])} and kind = 'finding' and state = 'active'
    group by image, severity`);
  return new Map(
    [...byId].map(([id, state]) => {
      const own = rows.filter((row) => row.id === id);
      const emitted = headIn(state)?.bySeverity;
      const isWhole = emitted !== undefined && total(emitted) === own.reduce((sum, { found }) => sum + found, 0);
      return [
        id,
        isWhole
          ? own.reduce<BySeverity>(
              (counts, { severity, fixable }) => ({ ...counts, [severity]: fixable }),
              noFindings(),
            )
          : undefined,
      ];
    }),
  );
};
