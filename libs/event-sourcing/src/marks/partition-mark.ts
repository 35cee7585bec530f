import { type Mark, type MarkData, type MarkException, type RegistryException } from '@assay/events';
import { compareSequences } from '../processor/sequence.ts';
import { olderThan, type Covering, type MarkStatement } from './older-marks.ts';

export type { Covering } from './older-marks.ts';

/** The last mark of one partition of a topic, together with earlier marks that hold for its exceptions. */
export interface PartitionMark extends Covering {
  readonly id: string;
  /** The mark that it answers. */
  readonly causationid?: string;
  readonly time: string;
  readonly except: readonly MarkException[];
  readonly registries?: readonly RegistryException[];
  /** Earlier marks, the latest first. Each covers an image that all later ones of its scanner except. */
  readonly older?: readonly MarkStatement[];
}

/** The marks of a partition: the last one received, and the last one emitted. */
export interface Marks {
  readonly received?: PartitionMark;
  readonly emitted?: PartitionMark;
}

/** A mark that is due. The processor adds the exceptions. */
export type DueMark = Omit<MarkData, 'except' | 'registries'>;

const coveringOf = ({ sequence, scanner, database, announced }: Covering): Covering => ({
  sequence,
  scanner,
  database,
  announced,
});

const statementOf = (mark: Pick<PartitionMark, keyof Covering | 'except' | 'registries'>): MarkStatement => ({
  ...coveringOf(mark),
  images: mark.except.map(({ digest }) => digest),
  registries: (mark.registries ?? []).map(({ registryId }) => registryId),
});

const statementsOf = (mark: PartitionMark): readonly MarkStatement[] => [statementOf(mark), ...(mark.older ?? [])];

/** Folds a mark. Of the marks before, it keeps those that still hold for its exceptions. */
export const markAfter = (
  before: PartitionMark | undefined,
  { id, causationid, time, sequence, data: { scanner, database, announced, except, registries = [] } }: Mark,
): PartitionMark => {
  const mark: PartitionMark = {
    id,
    ...(causationid === undefined ? {} : { causationid }),
    time,
    sequence,
    scanner,
    database,
    announced,
    except,
    ...(registries.length > 0 ? { registries } : {}),
  };
  const older = before ? olderThan(statementOf(mark), statementsOf(before)) : [];
  return { ...mark, ...(older.length > 0 ? { older } : {}) };
};

/** An image that a mark may cover. */
export interface Coverable {
  readonly digest: string;
  /** Registries in which the image is. A mark covers it that does not except all of them. */
  readonly registryIds: readonly string[];
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
  { digest, registryIds, scanner, sequence }: Coverable,
): Covering | undefined => {
  if (!mark || sequence === undefined) return undefined;
  const places = registryIds.map((each) => each.toLowerCase());
  const last = statementsOf(mark).find(
    (each) =>
      each.scanner === scanner &&
      !each.images.includes(digest) &&
      places.some((place) => !each.registries.includes(place)),
  );
  return last && compareSequences(sequence, last.sequence) < 0 ? coveringOf(last) : undefined;
};

/** True if a mark excepts all of these registries, so that it covers no image that is only in them. */
export const exceptsRegistries = (mark: PartitionMark | undefined, registryIds: readonly string[]): boolean =>
  mark?.registries !== undefined &&
  registryIds.length > 0 &&
  registryIds.every((each) => mark.registries?.some(({ registryId }) => registryId === each.toLowerCase()));

/** The mark that a service owes to a received mark: the same statement, unless it was made already. */
export const answerTo = ({ received, emitted }: Marks): DueMark | undefined =>
  received && emitted?.causationid !== received.id
    ? { scanner: received.scanner, database: received.database, announced: received.announced }
    : undefined;
