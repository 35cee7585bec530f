import type { DuckDBValue } from '@duckdb/node-api';
import { mostNested } from './index-standing.ts';
import { shownStatuses } from './status.ts';
import type { RunQuery } from '../store/duckdb.ts';
import type { Condition } from '../store/finding-filter.ts';
import { isHalted } from './halted-digests.ts';

/** The time and the limit that statuses depend on, ms since the epoch. */
export interface StatusTimes {
  readonly now: number;
  /** Healthy by a database built before this is stale. */
  readonly staleBefore: number;
}

/** Values of the parameters of `withShownStatuses`. */
export const statusValues = ({ now, staleBefore }: StatusTimes): Record<string, DuckDBValue> => ({
  now: BigInt(now),
  staleBefore: BigInt(staleBefore),
});

const rankOf = (status: string): string =>
  `case ${status} ${shownStatuses.map((each, rank) => `when '${each}' then ${rank}`).join(' ')} end`;

/** The place of a status among all, the worst first. */
export const statusRank = rankOf('status');

/** True for a status that no final result stands behind: findings may be there that are not known. */
export const isUnknown = "status in ('undetermined', 'queued', 'scanning')";

/** The status of each placement by its own events, as `shownStatus` has it. */
const own = `case
    when pending is not null
      then case when halted or deadline_ms < $now then 'undetermined' else pending end
    when head_status is null then case unanswered when 'image-deleted' then 'not-applicable' else unanswered end
    when head_status = 'healthy' and (halted or stale) then 'undetermined'
    else head_status end as status,
  case
    when pending is not null then case when halted then 'parked' when deadline_ms < $now then 'overdue' end
    when head_status is null then case unanswered when 'image-deleted' then unanswered end
    when head_status = 'healthy' and halted then 'parked'
    when head_status = 'healthy' and stale then 'stale'
    else head_reason end as reason`;

/** Members of `ListedRow` and their types. */
const listed =
  '[{"n":"integer","id":"uuid","digest":"varchar","os":"varchar","architecture":"varchar","unknown":"boolean",' +
  '"until":"bigint"}]';

const differs = (name: 'os' | 'architecture'): string =>
  `(part.${name} <> '' and leaf.platform_${name} <> '' and part.${name} <> leaf.platform_${name})`;

/**
 * The standing of indexes by their parts, as `partOf` and `indexStanding` have it. Parts that are indexes come from the
 * level below. Where indexes may lie at any depth, no part is known on the lowest level.
 */
const level = (depth: number, lowest: number): string => {
  const isLowest = depth === lowest;
  const only = depth === 0 ? '' : 'where part.parent in (select id from listed)';
  return `parts${depth} as (
    select part.parent, part.n, leaf.image is not null and leaf.kind is not null as has_facts,
      case
        when leaf.image is null then case when part.halted or part.until < $now then 'undetermined' else 'queued' end
        when leaf.children is null then leaf.status when leaf.deleted then 'not-applicable'
        else ${isLowest ? 'null' : 'below.status'} end as status,
      case
        when leaf.image is null then case when part.halted then 'parked' when part.until < $now then 'overdue' end
        when leaf.children is null then leaf.reason when leaf.deleted then 'image-deleted'
        else ${isLowest ? 'null' : 'below.reason'} end as reason,
      case when leaf.deleted then 'image-deleted'
        when leaf.kind is null then null
        when leaf.cannot_run = 'config-type' or (leaf.cannot_run is not null and part.unknown) then 'no-image'
        when part.os = 'windows' and leaf.platform_os = 'windows' then 'windows-image' end as left_out,
      case when leaf.kind is null then null when leaf.kind not in ('image', 'index') then 'kind-unclear'
        when ${differs('os')} or ${differs('architecture')} or leaf.platform_os = 'windows' then 'platform-unclear'
        end as unclear
    from listed part left join leaves leaf on leaf.image = part.id ${depth === mostNested ? 'and false' : ''}
    ${isLowest ? '' : `left join standing${depth + 1} below on below.image = leaf.image`} ${only}),
  judged${depth} as (
    select parent, n, left_out,
      case when not has_facts and status = 'healthy' then 'queued'
        when unclear is not null and status in ('healthy', 'not-applicable') then 'undetermined' else status end
        as status,
      case when not has_facts and status = 'healthy' then null
        when unclear is not null and status in ('healthy', 'not-applicable') then unclear else reason end as reason
    from parts${depth}),
  worst${depth} as (
    select parent, arg_min({'status': status, 'reason': reason}, ${statusRank} * 1000000 + n)
        filter (where left_out is null) as worst,
      case when bool_or(coalesce(left_out = 'windows-image', false)) then 'windows-image'
        when bool_or(coalesce(left_out = 'image-deleted', false)) then 'image-deleted' else 'empty-index' end as none
    from judged${depth} group by parent),
  standing${depth} as (
    select parent as image, coalesce(worst.status, 'not-applicable') as status,
      case when worst is null then none else worst.reason end as reason
    from worst${depth})`;
};

/** Facts that decide how the statuses of images are found. */
export interface Nesting {
  /** Images and indexes. */
  readonly images: number;
  readonly indexes: number;
  /** Indexes that are listed by another one. */
  readonly nested: number;
}

export const nestingIn = async (query: RunQuery, { where, values }: Condition): Promise<Nesting> => {
  const [row] = await query<Nesting>(
    `with indexes as (select image, children from images where children is not null and ${where})
    select (select count(*) from images where ${where})::integer as images,
      (select count(*) from indexes)::integer as indexes,
      (select count(*) from indexes where image in (
        select unnest(from_json(children, '[{"id":"uuid"}]'), recursive := true) from indexes))::integer as nested`,
    values,
  );
  return row ?? { images: 0, indexes: 0, nested: 0 };
};

/** The levels of indexes, and the status of those on top. */
const levels = ({ indexes, nested }: Nesting): string => {
  if (indexes === 0) return '';
  const lowest = nested === 0 ? 0 : mostNested;
  return `listed as materialized (
    select *, ${isHalted('digest')} as halted from (
      select image as parent, unnest(from_json(children, '${listed}'), recursive := true)
      from (select image, children from leaves where children is not null))),
  ${Array.from({ length: lowest + 1 }, (_, nth) => level(lowest - nth, lowest)).join(',\n  ')},`;
};

/**
 * Common table expressions, of which `shown` has `image`, `status` and `reason` of every placement at this moment: the
 * same as `Images` computes for those that it shows (a test compares both). So a filter by status never shows an image
 * as something else.
 *
 * @param where a condition on `images` that holds for all placements of a repository in a registry, or for none
 * @param nesting that of these images
 */
export const withShownStatuses = (where: string, nesting: Nesting): string => `leaves as materialized (
    select image, digest, kind, deleted, platform_os, platform_architecture, cannot_run, children, ${own}
    from (select *, ${isHalted('digest')} as halted, coalesce(database_built_ms < $staleBefore, false) as stale
      from images where ${where})),
  ${levels(nesting)}
  shown as (
    ${
      nesting.indexes === 0
        ? 'select image, status, reason from leaves'
        : `select leaf.image,
      case when leaf.children is null then leaf.status when leaf.deleted then 'not-applicable' else top.status end
        as status,
      case when leaf.children is null then leaf.reason when leaf.deleted then 'image-deleted' else top.reason end
        as reason
    from leaves leaf left join standing0 top on top.image = leaf.image`
    })`;
