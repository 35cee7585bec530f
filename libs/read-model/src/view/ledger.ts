import type { DuckDBValue } from '@duckdb/node-api';
import { waitMs } from '../placement/lapse.ts';
import type { RunQuery } from '../store/duckdb.ts';
import {
  nestingIn,
  statusValues,
  withShownStatuses,
  type Nesting,
  type StatusTimes,
} from '../placement/shown-statuses.ts';
import { isHalted } from '../placement/halted-digests.ts';
import type { Condition } from '../store/finding-filter.ts';
import { below } from '../store/readable.ts';
import type { ShownStatus } from '../placement/status.ts';

/** The ways in which the ledger accounts for a push. Each push has exactly one of them. */
export const ledgerOutcomes = ['assessed', 'notApplicable', 'undetermined', 'onItsWay', 'missing'] as const;
export type LedgerOutcome = (typeof ledgerOutcomes)[number];

/** The ways by which a push became known. `unknown`: its event does not name the sender. */
export const learnedBy = ['webhook', 'eventGrid', 'sweep', 'index', 'command', 'unknown'] as const;
export type LearnedBy = (typeof learnedBy)[number];

/** Pushes of one reason. */
export interface ReasonCount {
  readonly outcome: LedgerOutcome;
  readonly status: ShownStatus;
  readonly reason?: string;
  readonly count: number;
}

/** Sums over pushes. */
export interface LedgerSums extends Readonly<Record<LedgerOutcome, number>> {
  /** Pushes whose own event was received. */
  readonly pushed: number;
  /** True if every push is accounted for, and nothing else is. */
  readonly balances: boolean;
  readonly learned: Readonly<Record<LearnedBy, number>>;
  readonly reasons: readonly ReasonCount[];
  /** Answered within their time: 15 minutes, or a day for a push that a sweep found. */
  readonly inTime: number;
  /** Answered later, or not answered though the time is over. */
  readonly late: number;
  /** Seconds from receipt to the first answer of answered pushes that no sweep found. Absent if there is none. */
  readonly p50Seconds?: number;
  readonly p95Seconds?: number;
  readonly slowestSeconds?: number;
}

/** The sums of one registry on one day, UTC. */
export interface LedgerRow extends LedgerSums {
  readonly day: string;
  readonly registryKey: string;
}

export interface Ledger {
  /** The newest day first, then by registry. Days without a push have no row. */
  readonly rows: readonly LedgerRow[];
  readonly total: LedgerSums;
  /** The sums of each day over all registries, the oldest first. */
  readonly days: readonly (LedgerSums & { readonly day: string })[];
}

/** The pushes that are asked about. */
export interface LedgerFilter extends StatusTimes {
  /** Prefixes of the keys of their registries. */
  readonly prefixes: readonly string[];
  /** Keys of the only registries that are meant. All others are left out. */
  readonly registries?: readonly string[] | undefined;
  /** Received at this time or later, ms since the epoch. */
  readonly from: number;
  /** Received before this time. */
  readonly until: number;
}

/** A push with its outcome. */
export interface LedgerPush {
  readonly image: string;
  readonly pushId: string;
  readonly receivedMs: number;
  readonly outcome: LedgerOutcome;
  readonly status: ShownStatus;
  readonly reason?: string;
  readonly learned: LearnedBy;
  /** First answer, ms since the epoch. */
  readonly answeredMs?: number;
  readonly isLate: boolean;
}

const dayMs = 24 * 60 * 60_000;

/** Days of the ledger if no others are asked about, today included. */
export const usualDays = 14;

/**
 * The last days until today, UTC.
 * @param now ms since the epoch
 */
export const daysUntil = (now: number, days = usualDays): { readonly from: number; readonly until: number } => {
  const today = Math.floor(now / dayMs) * dayMs;
  return { from: Math.max(0, today - (days - 1) * dayMs), until: today + dayMs };
};

/** A classification counts before a decline: an image that was deleted later had been assessed all the same. */
const rank =
  '(classification > 0)::bigint * 1000000000000000::bigint + verdict::bigint * 1000000::bigint + classification';
// Of two texts rather than of a structure, for which DuckDB has no short way.
const lastAnswer = `arg_max(status, ${rank}) as status, arg_max(coalesce(reason, ''), ${rank}) as reason,
  min(at_ms) as first_ms`;

const learned = `case when not pushed then 'unknown' when origin in ('sweep', 'index') then origin
  when sender = 'event-grid' then 'eventGrid' when sender = 'command' then 'command'
  when sender is null then 'unknown' else 'webhook' end`;

/**
 * Every push that was received in a time, each once, with its outcome. A push that a later one overtook has the answer
 * of the first push behind it that was answered, as for the recommendation. Answers whose push was not received are
 * there, too, with `pushed` false. An index has no answer of its own, but the status that lists show of it now.
 */
const settled = (where: string, nesting: Nesting): string => `with ${withShownStatuses(where, nesting)},
told as (
  select image, push, any_value(registry_key) as registry_key, min(received_ms) as received_ms,
    bool_or(pushed) as pushed, max(origin) as origin, max(sender) as sender,
    coalesce(bool_or(is_index), false) as is_index, max(children) as children, ${lastAnswer}
  from (
    select image, push, registry_key, received_ms, true as pushed, origin, sender, is_index, children
      from pushes where received_ms >= $from and received_ms < $until and ${where}
    union all by name
    select image, push, registry_key, received_ms, false as pushed, status, reason, verdict, classification, at_ms
      from answers where received_ms >= $from and received_ms < $until and ${where})
  group by image, push),
unanswered as (select image, push, received_ms from told where status is null),
later as (
  select image, received_ms, ${lastAnswer}
  from answers where image in (select image from unanswered) group by image, push, received_ms),
overtaken as (
  select u.image, u.push, l.status, l.reason, l.first_ms
  from unanswered u asof join later l on u.image = l.image and u.received_ms < l.received_ms),
kids as (
  select image, push, unnest(from_json(children, '["varchar"]'))::uuid as child from told where is_index),
lost as (
  select distinct image, push from kids
  anti join (select distinct image as child from pushes where image in (select child from kids)) using (child)),
known as (
  select t.* exclude (status, reason, first_ms),
    case when t.is_index then shown.status else coalesce(t.status, v.status) end as answer,
    case when t.is_index then shown.reason else nullif(coalesce(t.reason, v.reason), '') end as answer_reason,
    coalesce(t.first_ms, v.first_ms) as first_ms,
    t.received_ms + case when t.origin = 'sweep' then $sweepMs else $pushMs end as deadline_ms,
    lost.image is not null as lacks_child,
    not t.is_index and t.image in (select image from images where ${isHalted('digest')}) as halted
  from told t
  left join shown on t.is_index and shown.image = t.image
  left join overtaken v on v.image = t.image and v.push = t.push
  left join lost on lost.image = t.image and lost.push = t.push),
judged as (
  select *, deadline_ms < $now as is_over,
    case when halted and (answer is null or answer = 'healthy') then 'undetermined'
      when lacks_child then case when deadline_ms < $now then 'missing' else 'onItsWay' end
      when answer in ('queued', 'scanning') then 'onItsWay'
      when answer in ('healthy', 'unhealthy') then 'assessed'
      when answer = 'not-applicable' then 'notApplicable'
      when answer is not null then 'undetermined'
      when deadline_ms < $now then 'missing' else 'onItsWay' end as outcome
  from known),
settled as (
  select image, push, registry_key, received_ms, pushed, origin, ${learned} as learned,
    first_ms, is_index, outcome,
    case when is_index and not lacks_child then answer else case outcome when 'missing' then 'undetermined'
      when 'onItsWay' then 'queued'
      when 'undetermined' then 'undetermined' when 'notApplicable' then 'not-applicable' else answer end end as status,
    case when is_index and not lacks_child then answer_reason when outcome = 'missing' then 'overdue'
      when outcome = 'onItsWay' then null
      when halted and (answer is null or answer = 'healthy') then 'parked'
      else answer_reason end as reason,
    not is_index and first_ms is not null and first_ms <= deadline_ms as in_time,
    coalesce(not is_index and first_ms > deadline_ms, false) or outcome = 'missing'
      or (not is_index and first_ms is null and is_over and outcome = 'undetermined') as is_late,
    case when first_ms is not null and not is_index and coalesce(origin, '') <> 'sweep'
      then greatest(0, first_ms - received_ms) / 1000.0 end as seconds
  from judged)`;

interface SumsRow extends Record<LedgerOutcome, number>, Record<`by_${LearnedBy}`, number> {
  /** Days since the epoch; null for the total. */
  day: number | null;
  /** Null for a whole day. */
  registry_key: string | null;
  pushed: number;
  in_time: number;
  late: number;
  p50: number | null;
  p95: number | null;
  slowest: number | null;
}

interface ReasonRow {
  day: number | null;
  registry_key: string | null;
  outcome: LedgerOutcome;
  status: ShownStatus;
  reason: string | null;
  count: number;
}

const day = `(received_ms // ${dayMs})::integer`;
const groups = (more: string): string =>
  `grouping sets ((day, registry_key${more}), (day${more}), (${more.replace(', ', '') || ''}))`;

const sums = `select 'sums' as kind, day, registry_key, ${[
  'count(*) filter (pushed)::integer as pushed',
  ...ledgerOutcomes.map((outcome) => `count(*) filter (outcome = '${outcome}')::integer as "${outcome}"`),
  ...learnedBy.map((way) => `count(*) filter (pushed and learned = '${way}')::integer as "by_${way}"`),
  'count(*) filter (in_time)::integer as in_time',
  'count(*) filter (is_late)::integer as late',
  'quantile_cont(seconds, 0.5)::double as p50',
  'quantile_cont(seconds, 0.95)::double as p95',
  'max(seconds)::double as slowest',
].join(', ')} from dated group by ${groups('')}`;

const reasons = `select 'reasons' as kind, day, registry_key, outcome, status, reason, count(*)::integer as count
  from dated group by ${groups(', outcome, status, reason')}`;

const isoDay = (days: number): string => new Date(days * dayMs).toISOString().slice(0, 10);
const rounded = (seconds: number): number => Math.round(seconds * 1000) / 1000;

const placeOf = ({ day: at, registry_key: key }: Pick<SumsRow, 'day' | 'registry_key'>): string => `${at}|${key}`;

const byCount = (a: ReasonCount, b: ReasonCount): number =>
  ledgerOutcomes.indexOf(a.outcome) - ledgerOutcomes.indexOf(b.outcome) ||
  b.count - a.count ||
  (a.reason ?? '').localeCompare(b.reason ?? '') ||
  a.status.localeCompare(b.status);

const sumsOf = (row: SumsRow, its: readonly ReasonRow[]): LedgerSums => ({
  pushed: row.pushed,
  assessed: row.assessed,
  notApplicable: row.notApplicable,
  undetermined: row.undetermined,
  onItsWay: row.onItsWay,
  missing: row.missing,
  balances: row.pushed === ledgerOutcomes.reduce((sum, outcome) => sum + row[outcome], 0),
  learned: Object.fromEntries(learnedBy.map((way) => [way, row[`by_${way}`]])) as Record<LearnedBy, number>,
  reasons: its
    .map(({ outcome, status, reason, count }) => ({ outcome, status, ...(reason ? { reason } : {}), count }))
    .toSorted(byCount),
  inTime: row.in_time,
  late: row.late,
  ...(row.p50 === null ? {} : { p50Seconds: rounded(row.p50) }),
  ...(row.p95 === null ? {} : { p95Seconds: rounded(row.p95) }),
  ...(row.slowest === null ? {} : { slowestSeconds: rounded(row.slowest) }),
});

const nothing: SumsRow = {
  day: null,
  registry_key: null,
  pushed: 0,
  ...(Object.fromEntries(ledgerOutcomes.map((outcome) => [outcome, 0])) as Record<LedgerOutcome, number>),
  ...(Object.fromEntries(learnedBy.map((way) => [`by_${way}`, 0])) as Record<`by_${LearnedBy}`, number>),
  in_time: 0,
  late: 0,
  p50: null,
  p95: null,
  slowest: null,
};

const narrowed = async (query: RunQuery, { prefixes, registries, from, until, now, staleBefore }: LedgerFilter) => {
  const readable = below('registry_key', prefixes);
  const images: Condition = registries
    ? {
        where: `${readable.where} and registry_key in (select unnest(from_json($registries, '["varchar"]')))`,
        values: { ...readable.values, registries: JSON.stringify(registries) },
      }
    : readable;
  return {
    where: images.where,
    nesting: await nestingIn(query, images),
    values: {
      ...images.values,
      ...statusValues({ now, staleBefore }),
      from: BigInt(from),
      until: BigInt(until),
      sweepMs: BigInt(waitMs('sweep')),
      pushMs: BigInt(waitMs('notification')),
    } satisfies Record<string, DuckDBValue>,
  };
};

/** Accounts for every push that was received in a time, on the day on which it was received. */
export const ledgerOf = async (query: RunQuery, filter: LedgerFilter): Promise<Ledger> => {
  const { where, values, nesting } = await narrowed(query, filter);
  const rows = await query<(SumsRow & { kind: 'sums' }) | (ReasonRow & { kind: 'reasons' })>(
    `${settled(where, nesting)}, dated as materialized (select *, ${day} as day from settled)
    ${sums} union all by name ${reasons}`,
    values,
  );
  const its = Map.groupBy(
    rows.filter((row) => row.kind === 'reasons'),
    placeOf,
  );
  const all = rows
    .filter((row) => row.kind === 'sums')
    .map((row) => ({ row, sums: sumsOf(row, its.get(placeOf(row)) ?? []) }));
  const total = all.find(({ row }) => row.day === null);
  const dated = all.flatMap(({ row: { day: at, registry_key }, sums: own }) =>
    at === null ? [] : [{ day: isoDay(at), registryKey: registry_key, ...own }],
  );
  return {
    rows: dated
      .flatMap((row) => (row.registryKey === null ? [] : [{ ...row, registryKey: row.registryKey }]))
      .toSorted((a, b) => (a.day === b.day ? (a.registryKey < b.registryKey ? -1 : 1) : a.day < b.day ? 1 : -1)),
    total: total?.sums ?? sumsOf(nothing, []),
    days: dated
      .filter(({ registryKey }) => registryKey === null)
      .map(({ registryKey: _key, ...row }) => row)
      .toSorted((a, b) => (a.day < b.day ? -1 : 1)),
  };
};

/** The image and the registry of every push that is missing, once for each push. */
export const missingImages = async (
  query: RunQuery,
  filter: LedgerFilter,
): Promise<readonly { readonly image: string; readonly registryKey: string }[]> => {
  const { where, values, nesting } = await narrowed(query, filter);
  return query(
    `${settled(where, nesting)} select image::varchar as image, registry_key as "registryKey" from settled
    where outcome = 'missing'`,
    values,
  );
};

/** The pushes behind a number of the ledger. */
export interface PushFilter extends LedgerFilter {
  readonly outcome?: LedgerOutcome | undefined;
  readonly reason?: string | undefined;
}

export type PushPosition = readonly [receivedMs: number, image: string, push: string];

interface PushRow {
  image: string;
  push: string;
  received_ms: bigint;
  outcome: LedgerOutcome;
  status: ShownStatus;
  reason: string | null;
  learned: LearnedBy;
  first_ms: bigint | null;
  is_late: boolean;
  total: number;
}

/**
 * A page of the pushes behind a number, the last received first, and the number itself.
 *
 * @param after the last push of the page before
 */
export const pushesOf = async (
  query: RunQuery,
  filter: PushFilter,
  size: number,
  after?: PushPosition,
): Promise<{ readonly total: number; readonly pushes: readonly LedgerPush[] }> => {
  const { where, values, nesting } = await narrowed(query, filter);
  const [ms, image, push] = after ?? [0, '', ''];
  const rows = await query<PushRow>(
    `${settled(where, nesting)}, meant as materialized (
      select image::varchar as image, push, received_ms, outcome, status, reason,
      learned, first_ms, is_late, (count(*) over ())::integer as total
    from settled where ($outcome = '' or outcome = $outcome) and ($reason = '' or reason = $reason))
    select * from meant where not $paged or (received_ms, image, push) < ($ms, $image, $push)
    order by received_ms desc, image desc, push desc limit ${size}`,
    {
      ...values,
      outcome: filter.outcome ?? '',
      reason: filter.reason ?? '',
      paged: after !== undefined,
      ms: BigInt(ms),
      image,
      push,
    },
  );
  return {
    total: rows[0]?.total ?? 0,
    pushes: rows.map((row) => ({
      image: row.image,
      pushId: row.push,
      receivedMs: Number(row.received_ms),
      outcome: row.outcome,
      status: row.status,
      ...(row.reason ? { reason: row.reason } : {}),
      learned: row.learned,
      ...(row.first_ms === null ? {} : { answeredMs: Number(row.first_ms) }),
      isLate: row.is_late,
    })),
  };
};
