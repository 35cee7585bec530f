import { coveringMark, type PartitionMark } from '@assay/event-sourcing';
import { present } from '@assay/events';
import { partitionOf } from '@assay/messaging';
import type { RunQuery } from '../store/duckdb.ts';
import { registryKeyOf } from './registry-keys.ts';
import { builtMs, type Covered, type PlacementState } from './placement.ts';
import type { WritingConnection } from '../store/writing-connection.ts';

/** The latest mark of each partition of `finding.classified`. */
export type PartitionMarks = ReadonlyMap<number, PartitionMark>;

/** Reads the marks of the same snapshot as the images: a newer mark may vouch for findings that are not in it. */
export const marksIn = async (query: RunQuery): Promise<Map<number, PartitionMark>> => {
  const rows = await query<{ partition: number; data: string }>('select partition, data from marks');
  return new Map(rows.map(({ partition, data }) => [partition, JSON.parse(data) as PartitionMark]));
};

/**
 * The mark that covers an image, if its last scan succeeded: one behind its classification in the partition, that does
 * not except the image.
 */
export const coveredBy = (
  { placement: { digest, registryId }, classified }: PlacementState,
  marks: PartitionMarks,
  partitions: number,
): Covered | undefined => {
  if (classified?.result === undefined) return undefined;
  const { scanner, sequence } = classified;
  const covering = coveringMark(marks.get(partitionOf(digest, partitions)), {
    digest,
    registryIds: [registryId],
    scanner: scanner.name,
    sequence,
  });
  return covering && { database: covering.database, announced: covering.announced };
};

/** Stores the marks of some partitions, and what they change: age and kind of the database of each covered image. */
export const writeMarks = async (
  connection: WritingConnection,
  marks: PartitionMarks,
  partitions: Iterable<number>,
): Promise<void> => {
  for (const partition of partitions) {
    const mark = present(marks.get(partition), 'mark of the partition');
    const [epoch = 0, number = 0] = mark.sequence.split('.').map(Number);
    await connection.run('delete from marks where partition = $partition', { partition });
    await connection.append('marks', [[partition, JSON.stringify(mark)]]);
    await connection.run(
      `update images set database_built_ms = $built, demonstration = $demonstration
      where partition = $partition and scanner = $scanner and (epoch < $epoch or (epoch = $epoch and number < $number))
        and digest not in (select unnest(from_json($except, '["varchar"]')))
        and registry_key not in (select unnest(from_json($registries, '["varchar"]')))`,
      {
        built: builtMs(mark.database) ?? null,
        demonstration: mark.database.demonstration,
        partition,
        scanner: mark.scanner,
        epoch,
        number,
        except: JSON.stringify(mark.except.map(({ digest }) => digest)),
        registries: JSON.stringify((mark.registries ?? []).map(({ registryId }) => registryKeyOf(registryId))),
      },
    );
    await connection.run(
      `update findings set database_built_ms = i.database_built_ms
      from (select image, database_built_ms from images where partition = $partition) i
      where findings.kind = 'healthy' and findings.image = i.image
        and findings.database_built_ms is distinct from i.database_built_ms`,
      { partition },
    );
  }
};
