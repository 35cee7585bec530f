import { isIndexOfImages } from '../placement/lapse.ts';
import { isLapse, type AssayEvent, type BySeverity, type Push } from '@assay/events';
import type { Cell } from '../store/duckdb.ts';
import { imageIdOf } from './image-row.ts';
import { registryKeyOf } from '../placement/registry-keys.ts';
import type { PlacementEvent } from '../placement/placement.ts';
import type { PublishedSet } from '../placement/sets.ts';

/** An event about one placement, with its place in the log. */
export interface PlacedEvent<E extends PlacementEvent> {
  /** Id of the placement. */
  readonly image: string;
  readonly partition: number;
  readonly offset: number;
  readonly event: E;
}
type Placed<T extends PlacementEvent['topic']> = PlacedEvent<AssayEvent<T> & PlacementEvent>;

const counts = (by: BySeverity | undefined): Cell[] => [by?.Critical, by?.High, by?.Medium, by?.Low, by?.Unknown];

const pushKey = (image: string, { registryId, pushId, receivedAt }: Push): Cell[] => [
  image,
  registryKeyOf(registryId),
  pushId,
  Date.parse(receivedAt),
];

/** A row of `tag_moves`. */
export const tagMoveCells = ({ id, time, data }: AssayEvent<'tag.moved'>): Cell[] => [
  registryKeyOf(data.registryId),
  data.subscriptionId.toLowerCase(),
  data.registryId,
  data.loginServer,
  data.repository,
  data.tag,
  data.digest,
  data.was,
  Date.parse(time),
  Date.parse(data.askedAt),
  data.origin,
  id,
];

/** A row of `pushes`. A push that is published again has a row for each event. */
export const pushCells = ({ image, event: { data } }: Placed<'image.pushed'>): Cell[] => {
  const isIndex = isIndexOfImages(data.facts);
  const { registryId, repository, origin, sender, facts } = data;
  const children = (facts?.children ?? []).map(({ digest }) => imageIdOf({ registryId, repository, digest }));
  return [...pushKey(image, data), origin, sender, isIndex, isIndex ? JSON.stringify(children) : null];
};

const noScan = Array<null>(6).fill(null);

/** A row of `answers` for a verdict without a scan. */
export const declineCells = ({ image, partition, offset, event }: Placed<'scan.declined'>): Cell[] => {
  const { verdict, status, reason } = event.data;
  return [
    ...pushKey(image, event.data),
    verdict,
    0,
    Date.parse(event.time),
    status,
    reason,
    'declined',
    ...counts(undefined),
    // Fixable, exempt, findings, scanner, database and result are of scans.
    ...noScan,
    event.id,
    partition,
    offset,
  ];
};

/** A row of `answers` for a classification, made of its last page and its whole set. */
export const classificationCells = (
  { image, partition, offset, event: { time, data } }: Placed<'finding.classified'>,
  { id, set }: Pick<PublishedSet, 'id' | 'set'>,
): Cell[] => [
  ...pushKey(image, data),
  data.verdict,
  data.classification,
  Date.parse(time),
  data.status,
  data.reason,
  data.cause,
  ...counts(data.bySeverity),
  data.fixable,
  data.exempt,
  set.count,
  JSON.stringify(data.scanner),
  JSON.stringify(data.database),
  data.result,
  id,
  partition,
  offset,
];

/** A row of `changes`. */
export const changeCells = ({
  image,
  partition,
  offset,
  event: { id, time, data },
}: Placed<'recommendation.changed'>): Cell[] => [
  image,
  registryKeyOf(data.registryId),
  data.verdict,
  data.classification ?? 0,
  data.status,
  data.reason,
  data.exempt,
  Date.parse(data.since),
  id,
  data.verdict === undefined || isLapse(data.reason),
  data.pushId,
  Date.parse(time),
  ...counts(data.bySeverity),
  data.fixable,
  data.previous ? JSON.stringify(data.previous) : null,
  partition,
  offset,
];
