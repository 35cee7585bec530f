import type { BySeverity, Database, Scanner, Status } from '@assay/events';
import type { ChangeCause } from '@assay/read-model/intake/changes';
import { among, type RunQuery } from '@assay/read-model/store/duckdb';
import { setFromLog } from '@assay/read-model/intake/repair';
import type { FindingSet } from '@assay/read-model/placement/sets';
import type { ImageReads } from '../lanes.ts';

/** An answer about an image at one place, or the time at which one lapsed. */
export interface PastAnswer {
  /** Id of the placement. */
  readonly image: string;
  /** `ce_id` of the event; of a classification, that of its first page. */
  readonly id: string;
  readonly atMs: number;
  readonly status: Status;
  readonly reason?: string;
  readonly cause: ChangeCause;
  readonly verdict: number;
  /** 0 if no scan gave the answer. */
  readonly classification: number;
  readonly bySeverity?: BySeverity;
  readonly fixable?: number;
  readonly exempt?: number;
  /** Number of findings, with those that a rule disables. */
  readonly findings?: number;
  readonly scanner?: Scanner;
  readonly database?: Database;
  /** Number of the scan's result. */
  readonly result?: number;
  readonly partition: number;
  /** Offset of the last page. */
  readonly offset: number;
}

interface Row {
  image: string;
  id: string;
  at_ms: bigint;
  status: Status;
  reason: string | null;
  cause: ChangeCause;
  verdict: number;
  classification: number;
  critical: number | null;
  high: number | null;
  medium: number | null;
  low: number | null;
  unknown: number | null;
  fixable: number | null;
  exempt: number | null;
  findings: number | null;
  scanner: string | null;
  database: string | null;
  result: number | null;
  partition: number;
  offset: bigint;
}

/**
 * Answers of some images, each once, and the times at which one lapsed or was found to hold again. The counts of these
 * are those of the answer, so they are left out.
 */
const answersIn = (images: readonly string[]): string => `
  select image::varchar as image, id, at_ms, status, reason, cause, verdict, classification, critical, high, medium,
    low, unknown, fixable, exempt, findings, scanner, database, result, partition, "offset"
  from answers where ${among('image', images)} qualify row_number() over (partition by image, id order by "offset") = 1
  union all by name
  select image::varchar as image, id, at_ms, status, reason, if(lapse, 'time', 'rescan') as cause,
    coalesce(verdict, 0) as verdict, classification, partition, "offset"
  from changes where ${among('image', images)}
  window its as (partition by image order by "offset")
  qualify lapse or (lag(lapse) over its and verdict = lag(verdict) over its
    and classification = lag(classification) over its)`;

const answerIn = (row: Row): PastAnswer => {
  const { critical: Critical, high: High, medium: Medium, low: Low, unknown: Unknown } = row;
  const isCounted = Critical !== null && High !== null && Medium !== null && Low !== null && Unknown !== null;
  return {
    image: row.image,
    id: row.id,
    atMs: Number(row.at_ms),
    status: row.status,
    ...(row.reason === null ? {} : { reason: row.reason }),
    cause: row.cause,
    verdict: row.verdict,
    classification: row.classification,
    ...(isCounted ? { bySeverity: { Critical, High, Medium, Low, Unknown } } : {}),
    ...(row.fixable === null ? {} : { fixable: row.fixable }),
    ...(row.exempt === null ? {} : { exempt: row.exempt }),
    ...(row.findings === null ? {} : { findings: row.findings }),
    ...(row.scanner === null ? {} : { scanner: JSON.parse(row.scanner) as Scanner }),
    ...(row.database === null ? {} : { database: JSON.parse(row.database) as Database }),
    ...(row.result === null ? {} : { result: row.result }),
    partition: row.partition,
    offset: Number(row.offset),
  };
};

export type HistoryPosition = readonly [
  atMs: number,
  image: string,
  verdict: number,
  classification: number,
  id: string,
];

/**
 * A page of the answers of some images, the newest first.
 * @param after the last answer of the page before
 */
export const historyOf = async (
  query: RunQuery,
  images: readonly string[],
  size: number,
  after?: HistoryPosition,
): Promise<readonly PastAnswer[]> => {
  const [ms, image, verdict, classification, id] = after ?? [0, '', 0, 0, ''];
  const rows = await query<Row>(
    `select * from (${answersIn(images)})
    where not $paged or (at_ms, image, verdict, classification, id)
      < ($ms::bigint, $image, $verdict::integer, $classification::integer, $id)
    order by at_ms desc, image desc, verdict desc, classification desc, id desc limit ${size}`,
    { paged: after !== undefined, ms: BigInt(ms), image, verdict, classification, id },
  );
  return rows.map(answerIn);
};

/** How an image stood at one moment. */
export interface PastStanding {
  /** The answer that counted. */
  readonly answer: PastAnswer;
  /** Its status, unless it had lapsed by then. */
  readonly status: Status;
  readonly reason?: string;
}

/** How images stood at a moment, by the answers that are known. Images without one by then are absent. */
export const standingAt = async (
  query: RunQuery,
  images: readonly string[],
  ms: number,
): Promise<ReadonlyMap<string, PastStanding>> => {
  const rows = await query<Row>(`select * from (${answersIn(images)}) where at_ms <= $ms::bigint`, { ms: BigInt(ms) });
  const byImage = Map.groupBy(rows.map(answerIn), ({ image }) => image);
  return new Map(
    [...byImage].flatMap(([image, all]): [string, PastStanding][] => {
      const answer = all
        .filter((each) => !isLapse(each))
        .toSorted(byRank)
        .at(-1);
      if (!answer) return [];
      const lapse = all
        .filter(isLapse)
        .toSorted((a, b) => a.offset - b.offset)
        .at(-1);
      const { status, reason } = lapse && lapse.atMs > answer.atMs ? lapse : answer;
      return [[image, { answer, status, ...(reason ? { reason } : {}) }]];
    }),
  );
};

/** True of what is no answer itself: a lapse, or its end. Only an answer names its scanner, or declines. */
const isLapse = ({ cause, scanner }: PastAnswer): boolean => cause !== 'declined' && scanner === undefined;
const byRank = (a: PastAnswer, b: PastAnswer): number => a.verdict - b.verdict || a.classification - b.classification;

/**
 * The findings of a classification, from the log: the last whole set before it, and the changes up to it.
 * @returns undefined if the log no longer has an event on which they rest
 */
export const findingsOf = async (view: ImageReads, answer: PastAnswer): Promise<FindingSet | undefined> => {
  const places = await view.read((query) =>
    query<{ partition: number; offset: bigint }>(
      `select distinct partition, "offset" from timeline
      where image = $image::uuid and topic = 'finding.classified' and "offset" <= $last::bigint`,
      { image: answer.image, last: BigInt(answer.offset) },
    ),
  );
  const read = await setFromLog(
    places.map(({ partition, offset }) => ({ partition, offset: Number(offset) })),
    ({ partition, offset }) => view.history.at('finding.classified', partition, offset),
    answer,
  );
  return read?.set.of.id === answer.id ? read.set : undefined;
};
