import { present, type IndexChild, type Placement } from '@assay/events';
import type { DuckDBValue } from '@duckdb/node-api';
import { indexStanding, mostNested, partOf, type PartOfIndex } from '@assay/read-model/placement/index-standing';
import { waitMs } from '@assay/read-model/placement/lapse';
import { uuids, type RunQuery } from '@assay/read-model/store/duckdb';
import { coveredBy, marksIn, type PartitionMarks } from '@assay/read-model/placement/coverage';
import { below } from '@assay/read-model/store/readable';
import { imageIdOf } from '@assay/read-model/intake/image-row';
import type { PlacementState } from '@assay/read-model/placement/placement';
import {
  isDeleted,
  isIndex,
  shownStatus,
  type StatusFacts,
  type StatusWithReason,
} from '@assay/read-model/placement/status';
import type { View } from '@assay/read-model/view/view';

export interface ShownChild
  extends PartOfIndex, Pick<IndexChild, 'digest' | 'kind' | 'os' | 'architecture' | 'variant'> {
  readonly deleted?: boolean;
  /** Absent if no event about the image has arrived. */
  readonly state?: PlacementState;
  readonly children?: readonly ShownChild[];
}

/** A placement with its status at this moment. */
export interface ShownImage extends StatusWithReason {
  readonly id: string;
  readonly state: PlacementState;
  readonly deleted: boolean;
  /** Number of stored finding records. */
  readonly records: number;
  readonly children?: readonly ShownChild[];
  /** The image whose counts and age are shown: itself, or the one that an index stands for. */
  readonly image?: PlacementState;
}

interface Row {
  id: string;
  state: string;
  findings: number;
}

/** Finds the row ids first: in a single query DuckDB would decompress the states of all images. */
const stored = `select image::varchar as id, state, findings from images where rowid in
  (select rowid from images where image in (select unnest($ids::uuid[])))`;

/** The facts beside the images that their statuses depend on. */
export type ImageFacts = Pick<View, 'partitions' | 'reading'> & { readonly parked: Pick<View['parked'], 'halts'> };

/** Placements as they are stored, in the order in which they were asked for, with those that their statuses need. */
export interface LoadedImages {
  readonly images: readonly { readonly id: string; readonly state: PlacementState; readonly findings: number }[];
  /** Placements listed by the indexes among them, by id. */
  readonly children: ReadonlyMap<string, PlacementState>;
}

/** Placements with their statuses. The status of an index is computed from the manifests that it lists. */
export class Images {
  constructor(private readonly view: ImageFacts) {}

  ofDigest(query: RunQuery, digest: string, prefixes: readonly string[]): Promise<readonly ShownImage[]> {
    const { where, values } = below('registry_key', prefixes);
    return this.#shown(query, `digest = $digest and ${where}`, { ...values, digest });
  }

  /** Sorted by registry, repository and digest, after a position. */
  page(
    query: RunQuery,
    {
      prefixes,
      subscriptionId,
      after,
      size,
    }: {
      prefixes: readonly string[];
      subscriptionId?: string | undefined;
      after?: readonly [string, string, string] | undefined;
      size: number;
    },
  ): Promise<readonly ShownImage[]> {
    const [registry, repository, digest] = after ?? ['', '', ''];
    const { where, values } = below('registry_key', prefixes);
    return this.#shown(
      query,
      `${where} and ($subscription = '' or subscription_id = $subscription)
      and (registry_key > $registry
        or (registry_key = $registry
          and (repository > $repository or (repository = $repository and digest > $digest))))`,
      { ...values, subscription: subscriptionId?.toLowerCase() ?? '', registry, repository, digest },
      `limit ${size}`,
    );
  }

  async #shown(query: RunQuery, where: string, values: Record<string, DuckDBValue>, limit = ''): Promise<ShownImage[]> {
    // As for findings: first find the ids by narrow columns, then load the states.
    const ids = await query<{ id: string }>(
      `select image::varchar as id from images where ${where} order by registry_key, repository, digest ${limit}`,
      values,
    );
    return this.ofIds(
      query,
      ids.map(({ id }) => id),
    );
  }

  /** The placements with these ids, in this order. */
  async ofIds(query: RunQuery, ids: readonly string[]): Promise<ShownImage[]> {
    return this.shown(await this.loaded(query, ids));
  }

  /** Reads the placements with these ids, to show them more than once. */
  async loaded(query: RunQuery, ids: readonly string[]): Promise<LoadedImages> {
    if (ids.length === 0) return { images: [], children: new Map() };
    const marks = await marksIn(query);
    const rows = new Map((await query<Row>(stored, { ids: uuids(ids) })).map((row) => [row.id, row]));
    const images = ids.flatMap((id) => {
      const row = rows.get(id);
      return row ? [{ id, state: this.#read(row.state, marks), findings: row.findings }] : [];
    });
    const children = await this.#children(
      query,
      marks,
      images.map(({ state }) => state),
    );
    return { images, children };
  }

  /** @param changed gives the state of an image as it would be; without it, as it is */
  shown({ images, children }: LoadedImages, changed?: (state: PlacementState) => PlacementState): ShownImage[] {
    const known = changed ? new Map([...children].map(([id, state]) => [id, changed(state)])) : children;
    return images.map(({ id, state: is, findings }) => {
      const state = changed?.(is) ?? is;
      const shown = isIndex(state)
        ? this.#index(state, known, 0)
        : { ...shownStatus(state, this.view.reading(state.placement.digest)), image: state };
      return { id, state, records: findings, deleted: isDeleted(state), ...shown };
    });
  }

  /** A mark proves nothing while an event of the image is parked: it may have been published before the mark. */
  #read(text: string, marks: PartitionMarks): PlacementState {
    const state = JSON.parse(text) as PlacementState;
    const covered = this.view.parked.halts(state.placement.digest)
      ? undefined
      : coveredBy(state, marks, this.view.partitions);
    return covered ? { ...state, covered } : state;
  }

  /** Placements listed by these indexes, and by indexes among those, by id. */
  async #children(
    query: RunQuery,
    marks: PartitionMarks,
    states: readonly PlacementState[],
  ): Promise<ReadonlyMap<string, PlacementState>> {
    const known = new Map<string, PlacementState>();
    let wanted = states.flatMap(childIds);
    for (let depth = 0; depth < mostNested && wanted.length > 0; depth += 1) {
      const rows = await query<Row>(stored, { ids: uuids(wanted) });
      const found = rows.map(({ id, state }): [string, PlacementState] => [id, this.#read(state, marks)]);
      for (const [id, state] of found) known.set(id, state);
      wanted = found.flatMap(([, state]) => childIds(state)).filter((id) => !known.has(id));
    }
    return known;
  }

  #index(
    state: PlacementState,
    known: ReadonlyMap<string, PlacementState>,
    depth: number,
  ): Pick<ShownImage, 'status' | 'reason' | 'image'> & { children: ShownChild[] } {
    const children = listed(state).map((child): ShownChild => {
      const { digest, kind, os, architecture, variant } = child;
      // Deeper ones are not loaded for their own sake: then they must not be known only because of another index.
      const its = depth < mostNested ? known.get(idOf(state.placement, digest)) : undefined;
      const deleted = its !== undefined && isDeleted(its);
      const { children: nested, ...own } = this.#child(state, digest, its, known, depth);
      return {
        digest,
        kind: its?.push?.facts?.kind ?? kind,
        ...(os ? { os } : {}),
        ...(architecture ? { architecture } : {}),
        ...(variant ? { variant } : {}),
        ...partOf({ ...own, claimed: child, facts: its?.push?.facts, deleted }),
        ...(nested ? { children: nested } : {}),
        ...(deleted ? { deleted } : {}),
        ...(its ? { state: its } : {}),
      };
    });
    return {
      ...(isDeleted(state)
        ? { status: 'not-applicable', reason: 'image-deleted', image: state }
        : indexStanding(children)),
      children,
    };
  }

  #child(
    index: PlacementState,
    digest: string,
    its: PlacementState | undefined,
    known: ReadonlyMap<string, PlacementState>,
    depth: number,
  ): Pick<ShownImage, 'status' | 'reason' | 'image' | 'children'> {
    const reading = this.view.reading(digest);
    if (its) return isIndex(its) ? this.#index(its, known, depth + 1) : { ...shownStatus(its, reading), image: its };
    return withoutEvents(index, reading);
  }
}

/** True if the status does not wait for a later event. */
export const isTerminal = ({ status }: StatusWithReason): boolean => status !== 'queued' && status !== 'scanning';

/** Digests that the status of an image depends on: its own and, for an index, those that it lists. */
export const digestsOf = ({ state, children }: ShownImage): readonly string[] => [
  state.placement.digest,
  ...(children ?? []).flatMap(listedDigests),
];
const listedDigests = ({ digest, children }: ShownChild): readonly string[] => [
  digest,
  ...(children ?? []).flatMap(listedDigests),
];

const listed = ({ push }: PlacementState): readonly IndexChild[] => push?.facts?.children ?? [];
const idOf = ({ registryId, repository }: Placement, digest: string): string =>
  imageIdOf({ registryId, repository, digest });
const childIds = (state: PlacementState): string[] =>
  isIndex(state) ? listed(state).map(({ digest }) => idOf(state.placement, digest)) : [];

/** A listed image without any event yet waits as long as its index may. */
const withoutEvents = (index: PlacementState, { now, parked }: StatusFacts): StatusWithReason => {
  if (parked) return { status: 'undetermined', reason: 'parked' };
  const { receivedAt, origin } = present(index.push, 'push of the index');
  return Date.parse(receivedAt) + waitMs(origin) < now
    ? { status: 'undetermined', reason: 'overdue' }
    : { status: 'queued' };
};
