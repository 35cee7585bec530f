import { noFindings, type BySeverity, type Severity } from '@assay/events';
import type { GatedPlacement } from '../../domain/gate.ts';
import { databaseRecalled } from '@assay/verdict';
import { answering } from '@assay/read-model/placement/index-standing';
import { fits, platformText, type PlatformName } from '@assay/read-model/placement/platform';
import { among, type RunQuery } from '@assay/read-model/store/duckdb';
import { doubtsAbout, evidenceIn, type Doubts, type Scanned } from '@assay/read-model/placement/evidence';
import { imageIdOf } from '@assay/read-model/intake/image-row';
import type { ShownChild, ShownImage } from '../images/images.ts';
import { headIn, type PlacementState } from '@assay/read-model/placement/placement';

/** The gate's facts about an image at one place. */
export interface GatedPlace
  extends GatedPlacement, Pick<PlacementState['placement'], 'subscriptionId' | 'registryId' | 'repository' | 'digest'> {
  readonly demonstrationDatabase: boolean;
  /** Number of findings that rules exempt. */
  readonly exempt?: number;
  /** The scan that the status rests on. */
  readonly scanned?: Scanned;
  /** Why the image is unclear, and the reasons of all obstacles that hold. Absent if no scan was classified. */
  readonly doubts?: readonly string[];
}

/** An image that answers at one place: the place's own, or a child of its index. */
type GatedLeaf = Pick<ShownChild, 'status' | 'reason' | 'state' | 'digest' | 'deleted' | 'unclear'>;

export type FindingsById = ReadonlyMap<string, BySeverity | undefined>;

/** A child of an index that the gate's decision does not rest on. */
export interface LeftOutChild extends Pick<PlacementState['placement'], 'registryId' | 'repository' | 'digest'> {
  /** As `os/architecture[/variant]`; empty if it is not known. */
  readonly platform: string;
  readonly reason: string;
}

/** All children below an index, without the indexes between. */
const below = (children: readonly ShownChild[]): readonly ShownChild[] =>
  children.flatMap((child) => (child.leftOut === undefined && child.children ? below(child.children) : [child]));

const noneOfPlatform = { status: 'undetermined', reason: 'no-image-of-platform' } as const;

/** An index is represented by the images that answer for it, or by itself if there are none. */
const leavesOf = (image: ShownImage, wanted: PlatformName | undefined): readonly GatedLeaf[] => {
  const own = { ...image, digest: image.state.placement.digest };
  if (image.deleted) return [own];
  const facts = image.state.push?.facts;
  const children = image.children && below(image.children);
  const { counted } = answering(children ?? [], wanted);
  if (counted.length > 0) return counted;
  const hasOther = children ? children.length > 0 : facts?.kind === 'image' && !fits(wanted ?? {}, facts);
  return [wanted && hasOther ? { ...own, ...noneOfPlatform } : own];
};

/** All children that the decision does not rest on. */
export const leftOutOf = (images: readonly ShownImage[], wanted: PlatformName | undefined): readonly LeftOutChild[] =>
  images
    .filter(({ deleted }) => !deleted)
    .flatMap(({ children = [], state: { placement } }) =>
      answering(below(children), wanted).leftOut.map(({ digest, platform, leftOut }) => ({
        registryId: placement.registryId,
        repository: placement.repository,
        digest,
        platform: platformText(platform),
        reason: leftOut,
      })),
    );

const placeOf = (
  { status, reason, state, digest, deleted, unclear }: GatedLeaf,
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
    ...(head?.exempt === undefined ? {} : { exempt: head.exempt }),
    ...(unclear ? { unclear } : {}),
    ...(evidence ? { evidence } : {}),
    ...(evidence && state?.classified
      ? { scanned: { ...state.classified, database: (state.covered ?? state.classified).database } }
      : {}),
    ...(held ? { doubts: [...(unclear ? [unclear] : []), ...held] } : {}),
    demonstrationDatabase: evidence?.database.demonstration === true,
  };
};

/** A place whose database is recalled is undetermined at once, and not only once the image is classified again. */
const obeying = (place: GatedPlace, recalled: ReadonlySet<string>): GatedPlace =>
  place.scanned && recalled.has(place.scanned.database.digest)
    ? { ...place, status: 'undetermined', reason: databaseRecalled }
    : place;

/**
 * All images that a digest represents, in all placements.
 *
 * @param wanted the only platform that counts, if one is wanted
 */
export const gatedPlaces = async (
  query: RunQuery,
  images: readonly ShownImage[],
  onlyFixable: boolean,
  doubts: Doubts,
  wanted?: PlatformName,
): Promise<readonly GatedPlace[]> => {
  const all = images.flatMap((image) => leavesOf(image, wanted).map((leaf) => ({ leaf, image })));
  const fixable = onlyFixable
    ? await fixableOf(
        query,
        all.flatMap(({ leaf: { state } }) => state ?? []),
      )
    : undefined;
  const recalled = new Set(
    (await query<{ digest: string }>('select digest from recalled_databases where recalled')).map(
      ({ digest }) => digest,
    ),
  );
  return all.map(({ leaf, image }) => obeying(placeOf(leaf, image, fixable, doubts), recalled));
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
  }>(`select image::varchar as id, severity, count(*)::integer as found,
      count(*) filter (fixed_version <> '')::integer as fixable
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
