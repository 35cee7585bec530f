import { canonical, present, type ClassifiedFinding, type Database } from '@assay/events';
import { findingStatus, type AzureStatus } from '../placement/azure.ts';
import type { WriteBatch } from './batch.ts';
import { CountChanges, countedFindings, KeptCounts, systemOf, type CountedFinding } from './counts.ts';
import { coveredBy, writeMarks, type PartitionMarks } from '../placement/coverage.ts';
import { isDroppedClassification, writeDropped } from './dropped.ts';
import { uuids, type Cell } from '../store/duckdb.ts';
import {
  entryColumns,
  entryOf,
  findingCells,
  findingRow,
  healthyRow,
  imageOfFindings,
  namedFindings,
  type EntryRow,
} from './finding-row.ts';
import { imageRow, type StoredImage } from './image-row.ts';
import { positionKey, type ReadPosition } from './marks.ts';
import {
  builtMs,
  headIn,
  lacksSet,
  shownHeadIn,
  withEvent,
  type PlacementState,
  type StatusHead,
} from '../placement/placement.ts';
import type { LogPlace, ReadSet } from './repair.ts';
import { isInSums, isUntagged } from '../placement/status.ts';
import type { RunningDigests } from './sightings.ts';
import { setAfterAll, type FindingSet } from '../placement/sets.ts';
import { writeDescriptions } from './vulnerabilities.ts';
import type { WritingConnection } from '../store/writing-connection.ts';

const remembered = 2_000;

type Rank = Pick<StatusHead, 'verdict' | 'classification'>;

export interface WriterPorts {
  readonly partitions: number;
  /** Reads the set of a placement from the log, given the places of its classifications and the one that counts. */
  readonly fromLog: (places: readonly LogPlace[], wanted: Rank) => Promise<ReadSet | undefined>;
}

/** Writes batches, each in one transaction with the positions up to which it was read. */
export class Writer {
  /** Recently written placements: most events soon follow another event of the same placement. */
  readonly #recent = new Map<string, StoredImage>();
  readonly #counts: KeptCounts;

  constructor(
    private readonly connection: WritingConnection,
    private readonly ports: WriterPorts,
  ) {
    this.#counts = new KeptCounts(connection);
  }

  /**
   * @param dropped the digests of healthy images with a classification that the view left out
   * @returns these digests after the batch
   */
  async write(
    batch: WriteBatch,
    positions: readonly ReadPosition[],
    dropped: ReadonlySet<string>,
  ): Promise<ReadonlySet<string>> {
    const before = await this.#stored([...batch.events.keys()]);
    const bases = await this.#bases(batch, before);
    const running = await this.#running(batch, before);
    const work = newWork();
    for (const [id, events] of batch.events) {
      const old = before.get(id);
      const state = present(events.reduce<PlacementState | undefined>(withEvent, old?.state), 'state of the placement');
      const published = batch.published.get(id) ?? [];
      const base = bases.get(id);
      const next = withSet(state, setAfterAll(base, published));
      const whole = lacksSet(next.state) || batch.readAgain.has(id) ? await this.#repaired(id, next, batch) : next;
      work.images.set(id, {
        state: whole.state,
        findings: planned(work, id, old, base, whole, this.#databaseOf(whole.state, batch.marks), running),
      });
    }
    const counts = await this.#counted(work, before, running);
    let after = dropped;
    await this.connection.transaction(async () => {
      await this.#images(work, before, batch.marks);
      await this.#findings(work);
      await this.#counts.write(counts);
      await writeMarks(this.connection, batch.marks, batch.marked);
      await writeDescriptions(this.connection, batch.descriptions);
      await this.connection.append('timeline', batch.timeline);
      await this.connection.append('changes', batch.changes);
      await this.connection.append('pushes', batch.pushes);
      await this.connection.append('answers', batch.answers);
      await this.connection.append('tag_moves', batch.tagMoves);
      await batch.sightings.write(this.connection);
      await this.#charges(batch);
      if (batch.pages.isChanged) await batch.pages.write(this.connection);
      await batch.config.write(this.connection);
      if (dropped.size > 0 || batch.config.parked.changed.some(isDroppedClassification))
        after = await writeDropped(this.connection);
      await this.#positions(positions);
    });
    this.#remember(work.images);
    return after;
  }

  async #stored(ids: readonly string[]): Promise<Map<string, StoredImage>> {
    const found = new Map(
      ids.flatMap((id): [string, StoredImage][] => {
        const recent = this.#recent.get(id);
        return recent ? [[id, recent]] : [];
      }),
    );
    const missing = ids.filter((id) => !found.has(id));
    if (missing.length === 0) return found;
    // Find the row ids first: in a single query DuckDB would decompress the states of all images, though most are new.
    const rows = await this.connection.query<{ image: string; state: string; findings: number }>(
      'select image::varchar as image, state, findings from images where rowid in ' +
        '(select rowid from images where image in (select unnest($ids::uuid[])))',
      { ids: uuids(missing) },
    );
    for (const { image, state, findings } of rows)
      found.set(image, { state: JSON.parse(state) as PlacementState, findings });
    return found;
  }

  /** The sets before, by placement: with their findings if a change needs them. */
  async #bases({ published }: WriteBatch, before: ReadonlyMap<string, StoredImage>): Promise<Map<string, FindingSet>> {
    const changed = [...published]
      .filter(([id, all]) => before.get(id)?.state.set && all.some(({ content }) => content !== 'set'))
      .map(([id]) => id);
    const rows =
      changed.length === 0
        ? []
        : await this.connection.query<EntryRow>(
            `select ${entryColumns} from findings where kind = 'finding' and image in (select unnest($ids::uuid[]))`,
            { ids: uuids(changed) },
          );
    const byImage = Map.groupBy(rows, ({ image }) => image);
    return new Map(
      [...before].flatMap(
        ([
          id,
          {
            state: { set: of },
          },
        ]): [string, FindingSet][] =>
          of ? [[id, { of, findings: canonical((byImage.get(id) ?? []).map(entryOf)) }]] : [],
      ),
    );
  }

  /** Reads the set again from the log, where it follows from events that this batch or an earlier one has received. */
  async #repaired(id: string, placement: PlacementWithSet, { timeline }: WriteBatch): Promise<PlacementWithSet> {
    const known = await this.connection.query<{ partition: number; offset: bigint }>(
      `select distinct partition, "offset" from timeline where image = $id::uuid and topic = 'finding.classified'`,
      { id },
    );
    const places = [
      ...known.map(({ partition, offset }) => ({ partition, offset: Number(offset) })),
      ...timeline.filter(([, image, topic]) => image === id && topic === 'finding.classified').map(placeIn),
    ];
    const { classified } = placement.state;
    const read = classified && (await this.ports.fromLog(places, classified));
    return read ? withSet(withEvent(placement.state, read.event), read.set) : placement;
  }

  #remember(images: ReadonlyMap<string, StoredImage>): void {
    for (const [id, stored] of images) {
      this.#recent.delete(id);
      this.#recent.set(id, stored);
    }
    for (const id of this.#recent.keys()) {
      if (this.#recent.size <= remembered) break;
      this.#recent.delete(id);
    }
  }

  async #images({ images }: Work, before: ReadonlyMap<string, StoredImage>, marks: PartitionMarks): Promise<void> {
    const known = [...images.keys()].filter((id) => before.has(id));
    if (known.length > 0)
      await this.connection.run('delete from images where image in (select unnest($ids::uuid[]))', {
        ids: uuids(known),
      });
    await this.connection.append(
      'images',
      [...images].map(([id, stored]) =>
        imageRow(id, stored, this.#databaseOf(stored.state, marks), this.ports.partitions),
      ),
    );
  }

  #databaseOf(state: PlacementState, marks: PartitionMarks): Database | undefined {
    return (coveredBy(state, marks, this.ports.partitions) ?? state.classified)?.database;
  }

  async #findings({ cleared, removed, findings, restated, unhealthy }: Work): Promise<void> {
    if (cleared.length > 0)
      await this.connection.run('delete from findings where image in (select unnest($ids::uuid[]))', {
        ids: uuids(cleared),
      });
    if (unhealthy.length > 0)
      await this.connection.run(
        "delete from findings where kind = 'healthy' and image in (select unnest($ids::uuid[]))",
        { ids: uuids(unhealthy) },
      );
    if (removed.names.length > 0)
      await this.connection.run(
        'delete from findings where image in (select unnest($ids::uuid[])) and name in (select unnest($names::uuid[]))',
        { ids: uuids(removed.images), names: uuids(removed.names) },
      );
    for (const {
      status: { code, cause, description },
      ids,
    } of restated.values()) {
      await this.connection.run(
        `update findings set code = $code, cause = $cause, description = $description
        where kind = 'finding' and state = 'active' and image in (select unnest($ids::uuid[]))`,
        { code, cause, description, ids: uuids(ids) },
      );
    }
    await this.connection.append('findings', findings);
  }

  /** Digests that run, of the batch and of images without a tag. */
  #running({ events, sightings }: WriteBatch, before: ReadonlyMap<string, StoredImage>): Promise<RunningDigests> {
    const untagged = [...before.values()].filter(({ state }) => isUntagged(state));
    const losing = [...events.values()].flatMap((all) =>
      all.flatMap(({ topic, data }) => (topic === 'image.tagged' && data.tags.length === 0 ? [data.digest] : [])),
    );
    return sightings.running(this.connection.query, [
      ...untagged.map(({ state }) => state.placement.digest),
      ...losing,
    ]);
  }

  /** Counts that the images of the batch add, less those that they added before. */
  async #counted(
    { recounted, images }: Work,
    before: ReadonlyMap<string, StoredImage>,
    running: RunningDigests,
  ): Promise<CountChanges> {
    const others = await this.#sighted(images, running);
    const counted = [...recounted.keys()].filter((id) => (before.get(id)?.findings ?? 0) > 0);
    const stored = await countedFindings(this.connection.query, [...counted, ...others.keys()]);
    const changes = new CountChanges();
    const count = (
      old: PlacementState | undefined,
      had: readonly CountedFinding[],
      state: PlacementState,
      has: readonly CountedFinding[],
    ): void => {
      const { digest } = state.placement;
      if (old) changes.count(old, had, -1, running.before.has(digest));
      changes.count(state, has, 1, running.after.has(digest));
    };
    for (const [id, now] of recounted) {
      const had = stored.get(id) ?? [];
      count(before.get(id)?.state, had, present(images.get(id), 'image of the batch').state, now ?? had);
    }
    for (const [id, state] of others) count(state, stored.get(id) ?? [], state, stored.get(id) ?? []);
    return changes;
  }

  /** Images without a tag, not of the batch, that run now and did not before, or the other way round. */
  async #sighted(
    images: Work['images'],
    { of, before, after }: RunningDigests,
  ): Promise<ReadonlyMap<string, PlacementState>> {
    const changed = of.filter((digest) => before.has(digest) !== after.has(digest));
    if (changed.length === 0) return new Map();
    const rows = await this.connection.query<{ image: string; state: string }>(
      `select image::varchar as image, state from images where untagged and findings > 0
      and digest in (select unnest(from_json($digests, '["varchar"]')))`,
      { digests: JSON.stringify(changed) },
    );
    return new Map(
      rows.flatMap(({ image, state }) => (images.has(image) ? [] : [[image, JSON.parse(state) as PlacementState]])),
    );
  }

  async #charges({ charges }: WriteBatch): Promise<void> {
    if (charges.size === 0) return;
    await this.connection.run(
      'delete from charges where charge_id in (select unnest(from_json($ids, \'["varchar"]\')))',
      { ids: JSON.stringify([...charges.keys()]) },
    );
    await this.connection.append('charges', [...charges.values()]);
  }

  async #positions(positions: readonly ReadPosition[]): Promise<void> {
    await this.connection.run(
      "delete from positions where topic || '/' || partition in (select unnest($keys::varchar[]))",
      { keys: `[${positions.map(positionKey).join(',')}]` },
    );
    await this.connection.append(
      'positions',
      positions.map(({ topic, partition, next, mark, read }) => [topic, partition, next, mark, read]),
    );
  }
}

/** A row of the timeline, as far as it names a place in the log. */
const placeIn = (row: readonly Cell[]): LogPlace => ({ partition: Number(row[10]), offset: Number(row[11]) });

/** A placement, and its set if that is another one than before. */
interface PlacementWithSet {
  readonly state: PlacementState;
  readonly set: FindingSet | undefined;
}

/** A deleted image is not shown, so it has no set either. */
const withSet = ({ set: _set, ...state }: PlacementState, set: FindingSet | undefined): PlacementWithSet =>
  set === undefined || headIn(state)?.reason === 'image-deleted'
    ? { state, set: undefined }
    : { state: { ...state, set: set.of }, set };

interface Work {
  readonly images: Map<string, StoredImage>;
  /** Placements whose old finding records are deleted. */
  readonly cleared: string[];
  /** Records that a change removes or replaces. */
  readonly removed: { readonly images: string[]; readonly names: string[] };
  readonly findings: Cell[][];
  /** Placements whose findings stay but get another status. */
  readonly restated: Map<string, { readonly status: AzureStatus; readonly ids: string[] }>;
  /** Placements whose record of a healthy image is deleted. */
  readonly unhealthy: string[];
  /** Placements that count for other sums than before, with their findings; undefined if they keep these. */
  readonly recounted: Map<string, readonly ClassifiedFinding[] | undefined>;
}

const newWork = (): Work => ({
  images: new Map(),
  cleared: [],
  removed: { images: [], names: [] },
  findings: [],
  restated: new Map(),
  unhealthy: [],
  recounted: new Map(),
});

/**
 * Plans the writes of one placement.
 *
 * @returns the number of its finding records after the write
 */
const planned = (
  work: Work,
  id: string,
  old: StoredImage | undefined,
  base: FindingSet | undefined,
  { state, set }: PlacementWithSet,
  database: Database | undefined,
  running: RunningDigests,
): number => {
  const records = old?.findings ?? 0;
  const head = shownHeadIn(state);
  if (head?.reason === 'image-deleted') {
    if (records > 0) {
      work.cleared.push(id);
      work.recounted.set(id, []);
    }
    return 0;
  }
  const { digest } = state.placement;
  const countsOtherwise = ({ state: was }: StoredImage): boolean =>
    systemOf(was) !== systemOf(state) ||
    isInSums(was, running.before.has(digest)) !== isInSums(state, running.after.has(digest));
  if (old && records > 0 && countsOtherwise(old)) work.recounted.set(id, undefined);
  const [was, is] = [isShownHealthy(old?.state), isShownHealthy(state)];
  const isNew = set !== undefined && set.of !== base?.of;
  if (was && (isNew || !is)) work.unhealthy.push(id);
  const before = old && shownHeadIn(old.state);
  if (head && before && records > 0 && (before.status !== head.status || before.reason !== head.reason))
    restate(work, id, findingStatus(head));
  if (!isNew) return records - Number(was && !is);
  const image = imageOfFindings(state);
  if (!image) return records;
  work.recounted.set(id, set.findings);
  const known = base && base.findings.length > 0 && records > 0 ? namedFindings(state, base.findings) : undefined;
  if (!known && records > 0) work.cleared.push(id);
  const now = namedFindings(state, set.findings);
  const changed = [...now].filter(([name, finding]) => known?.get(name) !== finding);
  const gone = [...(known ?? [])].filter(([name, finding]) => now.get(name) !== finding);
  if (gone.length > 0) {
    work.removed.images.push(id);
    work.removed.names.push(...gone.map(([name]) => name));
  }
  const rows = changed.map(([name, finding]) => findingRow(id, name, finding));
  if (is) rows.push(healthyRow(id, state, builtMs(database)));
  for (const row of rows) work.findings.push(findingCells(row, image));
  return now.size + Number(is);
};

const isShownHealthy = (state: PlacementState | undefined): boolean =>
  state !== undefined && shownHeadIn(state)?.status === 'healthy';

const restate = ({ restated }: Work, id: string, status: AzureStatus): void => {
  const same = restated.get(status.description) ?? { status, ids: [] };
  same.ids.push(id);
  restated.set(status.description, same);
};
