import { present } from '@assay/events';
import { findingStatus, type AzureStatus } from './azure.ts';
import type { WriteBatch } from './batch.ts';
import { uuids, type Cell } from './duckdb.ts';
import { findingRows } from './finding-row.ts';
import { imageRow, type StoredImage } from './image-row.ts';
import { positionKey, type ReadPosition } from './marks.ts';
import { headIn, withEvent, type PlacementState } from './placement.ts';
import type { WritingConnection } from './writing-connection.ts';

const remembered = 2_000;

/** Writes batches, each in one transaction with the positions up to which it was read. */
export class Writer {
  /** Recently written placements: most events soon follow another event of the same placement. */
  readonly #recent = new Map<string, StoredImage>();

  constructor(private readonly connection: WritingConnection) {}

  async write(batch: WriteBatch, positions: readonly ReadPosition[]): Promise<void> {
    const before = await this.#stored([...batch.events.keys()]);
    const work = plan(batch, before);
    await this.connection.transaction(async () => {
      await this.#images(work, before);
      await this.#findings(work);
      await this.connection.append('timeline', batch.timeline);
      await this.connection.append('changes', batch.changes);
      await this.#charges(batch);
      if (batch.pagesChanged) await batch.pages.write(this.connection);
      await batch.config.write(this.connection);
      await this.#positions(positions);
    });
    this.#remember(work.images);
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

  async #images({ images }: Work, before: ReadonlyMap<string, StoredImage>): Promise<void> {
    const known = [...images.keys()].filter((id) => before.has(id));
    if (known.length > 0)
      await this.connection.run('delete from images where image in (select unnest($ids::uuid[]))', {
        ids: uuids(known),
      });
    await this.connection.append(
      'images',
      [...images].map(([id, stored]) => imageRow(id, stored)),
    );
  }

  async #findings({ cleared, findings, restated, unhealthy }: Work): Promise<void> {
    if (cleared.length > 0)
      await this.connection.run('delete from findings where image in (select unnest($ids::uuid[]))', {
        ids: uuids(cleared),
      });
    await this.connection.append('findings', findings);
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
    if (unhealthy.length > 0)
      await this.connection.run(
        "delete from findings where kind = 'healthy' and image in (select unnest($ids::uuid[]))",
        { ids: uuids(unhealthy) },
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

interface Work {
  readonly images: Map<string, StoredImage>;
  /** Placements whose old finding records are deleted. */
  readonly cleared: string[];
  readonly findings: Cell[][];
  /** Placements whose findings stay but get another status. */
  readonly restated: Map<string, { readonly status: AzureStatus; readonly ids: string[] }>;
  /** Placements that are no longer healthy and have no new findings yet. */
  readonly unhealthy: string[];
}

/** Applies the events to the placements, and plans the writes. */
const plan = (batch: WriteBatch, before: ReadonlyMap<string, StoredImage>): Work => {
  const work: Work = { images: new Map(), cleared: [], findings: [], restated: new Map(), unhealthy: [] };
  for (const [id, events] of batch.events) {
    const old = before.get(id);
    const state = present(events.reduce<PlacementState | undefined>(withEvent, old?.state), 'state of the placement');
    work.images.set(id, { state, findings: planned(work, id, old, state, batch) });
  }
  return work;
};

/** @returns the number of finding records of the placement after the write */
const planned = (
  work: Work,
  id: string,
  old: StoredImage | undefined,
  state: PlacementState,
  { sets }: WriteBatch,
): number => {
  const set = sets.get(id);
  const head = headIn(state);
  if (set && state.classified?.verdict === set.verdict && state.classified.classification === set.classification) {
    const rows = findingRows(id, state, set.findings);
    if (old && old.findings > 0) work.cleared.push(id);
    work.findings.push(...rows);
    return rows.length;
  }
  if (!old || old.findings === 0 || !head) return old?.findings ?? 0;
  if (head.reason === 'image-deleted') {
    work.cleared.push(id);
    return 0;
  }
  const previous = headIn(old.state);
  if (previous?.status === head.status && previous.reason === head.reason) return old.findings;
  const status = findingStatus(head);
  const restated = work.restated.get(status.description) ?? { status, ids: [] };
  restated.ids.push(id);
  work.restated.set(status.description, restated);
  if (head.status !== 'healthy' && previous?.status === 'healthy') work.unhealthy.push(id);
  return old.findings;
};
