import { type Database, type Mark, type MarkData, type MarkException } from '@assay/events';
import { compareSequences } from '../processor/sequence.ts';

/** The statement of a mark about the images that it covers. */
export interface Covering {
  /** `<epoch>.<number>` of the mark. It covers what stands before it in its topic. */
  readonly sequence: string;
  readonly scanner: string;
  readonly database: Database;
  /** Offset of the announcement in `advisories.updated`. */
  readonly announced: number;
}

/** The last mark of one partition of a topic, together with what earlier marks state about its exceptions. */
export interface PartitionMark extends Covering {
  readonly id: string;
  /** The mark that it answers. */
  readonly causationid?: string;
  readonly time: string;
  /** `earlier` is the index of the last mark that covered the image. Absent if there is none. */
  readonly except: readonly (MarkException & { readonly earlier?: number })[];
  /** The earlier marks that exceptions refer to, each once. */
  readonly earlier: readonly Covering[];
}

/** The marks of a partition: the last one received, and the last one emitted. */
export interface Marks {
  readonly received?: PartitionMark;
  readonly emitted?: PartitionMark;
}

/** A mark that is due. The processor adds the exceptions. */
export type DueMark = Omit<MarkData, 'except'>;

const coveringOf = ({ sequence, scanner, database, announced }: Covering): Covering => ({
  sequence,
  scanner,
  database,
  announced,
});

/** The last mark that does not except the key. It covers the key only up to its own place. */
const lastFor = (mark: PartitionMark, key: string): Covering | undefined => {
  const excepted = mark.except.find(({ digest }) => digest === key);
  if (!excepted) return coveringOf(mark);
  return excepted.earlier === undefined ? undefined : mark.earlier[excepted.earlier];
};

/** Folds a mark. For each exception, it keeps the last mark that covered the image. */
export const markAfter = (
  before: PartitionMark | undefined,
  { id, causationid, time, sequence, data: { scanner, database, announced, except } }: Mark,
): PartitionMark => {
  const earlier: Covering[] = [];
  const indexOf = (covering: Covering): number => {
    const known = earlier.findIndex((each) => each.sequence === covering.sequence);
    return known < 0 ? earlier.push(covering) - 1 : known;
  };
  return {
    id,
    ...(causationid === undefined ? {} : { causationid }),
    time,
    sequence,
    scanner,
    database,
    announced,
    except: except.map(({ digest, reason }) => {
      const last = before && lastFor(before, digest);
      return { digest, reason, ...(last ? { earlier: indexOf(last) } : {}) };
    }),
    earlier,
  };
};

/** An image that a mark may cover. */
export interface Coverable {
  readonly digest: string;
  /** Name of the scanner that assessed it. A mark of another scanner is no statement about it. */
  readonly scanner: string;
  /**
   * Sequence of the last event of the image in the topic of the marks. The database in that event counts, if it stands
   * behind the mark.
   */
  readonly sequence: string | undefined;
}

/** The last mark that covers an image, or nothing. */
export const coveringMark = (
  mark: PartitionMark | undefined,
  { digest, scanner, sequence }: Coverable,
): Covering | undefined => {
  const last = mark && lastFor(mark, digest);
  if (last?.scanner !== scanner || sequence === undefined) return undefined;
  return compareSequences(sequence, last.sequence) < 0 ? last : undefined;
};

/** The mark that a service owes to a received mark: the same statement, unless it was made already. */
export const answerTo = ({ received, emitted }: Marks): DueMark | undefined =>
  received && emitted?.causationid !== received.id
    ? { scanner: received.scanner, database: received.database, announced: received.announced }
    : undefined;
