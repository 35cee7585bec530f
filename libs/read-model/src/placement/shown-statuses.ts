import type { DuckDBValue } from '@duckdb/node-api';
import { mostNested } from './index-standing.ts';
import { shownStatuses } from './status.ts';
import type { RunQuery } from '../store/duckdb.ts';
import type { Condition } from '../store/finding-filter.ts';
import { halts, isHalted } from './halted-digests.ts';

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
      ${isLowest ? 'leaf.stands_for' : 'coalesce(below.stands_for, leaf.stands_for)'} as stands_for,
      ${isLowest ? 'leaf.found' : 'coalesce(below.found, leaf.found)'} as found,
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
    select parent, n, left_out, stands_for, found,
      case when not has_facts and status = 'healthy' then 'queued'
        when unclear is not null and status in ('healthy', 'not-applicable') then 'undetermined' else status end
        as status,
      case when not has_facts and status = 'healthy' then null
        when unclear is not null and status in ('healthy', 'not-applicable') then unclear else reason end as reason
    from parts${depth}),
  worst${depth} as (
    select parent, first({'status': status, 'reason': reason, 'stands_for': stands_for, 'found': found}
          order by ${statusRank}, found desc nulls last, n) filter (where left_out is null) as worst,
      case when bool_or(coalesce(left_out = 'windows-image', false)) then 'windows-image'
        when bool_or(coalesce(left_out = 'image-deleted', false)) then 'image-deleted' else 'empty-index' end as none
    from judged${depth} group by parent),
  standing${depth} as (
    select parent as image, coalesce(worst.status, 'not-applicable') as status,
      case when worst is null then none else worst.reason end as reason, worst.stands_for, worst.found
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
 * Every image below an index, as `below`. An index without tags of their own for them is one image of a list, with
 * these below it.
 */
const belowIndexes = ({ nested }: Nesting): string => {
  const deeper = Array.from(
    { length: nested === 0 ? 0 : mostNested },
    (_, depth) => `under${depth + 1} as (
    select up.parent, down.id, down.digest from under${depth} up join listed down on down.parent = up.id)`,
  );
  const all = Array.from({ length: deeper.length + 1 }, (_, depth) => `select * from under${depth}`);
  return `${['under0 as (select parent, id, digest from listed)', ...deeper].join(',\n  ')},
  below as materialized (${all.join(' union ')}),`;
};

/** Columns of an image that an index has from the one that it stands for. */
const counts = ['critical', 'high', 'medium', 'low', 'unknown', 'fixable', 'exempt'] as const;

/**
 * Common table expressions, of which `shown` has `image`, `status` and `reason` of every placement at this moment: the
 * same as `Images` computes for those that it shows (a test compares both). So a filter by status never shows an image
 * as something else. Of `rows`, each is a placement with these, with the counts that are shown of it, those of an index
 * being of the image that it stands for, and with `is_part`: true for an image without a tag that an index lists.
 *
 * @param where a condition on `images` that holds for all placements of a repository in a registry, or for none
 * @param nesting that of these images
 */
export const withShownStatuses = (where: string, nesting: Nesting): string => {
  const hasIndexes = nesting.indexes > 0;
  const of = hasIndexes ? 'its' : 'images';
  return `leaves as materialized (
    select image, digest, kind, deleted, platform_os, platform_architecture, cannot_run, children, ${own},
      case when children is null or deleted then image end as stands_for,
      case when counted and (pending is not null or head_status <> 'not-applicable')
        then [${counts.slice(0, 5).join(', ')}] end as found
    from (select *, ${isHalted('digest')} as halted, coalesce(database_built_ms < $staleBefore, false) as stale
      from images where ${where})),
  ${hasIndexes ? `${levels(nesting)}\n  ${belowIndexes(nesting)}` : ''}
  shown as (
    ${
      hasIndexes
        ? `select leaf.image,
      case when leaf.children is null then leaf.status when leaf.deleted then 'not-applicable' else top.status end
        as status,
      case when leaf.children is null then leaf.reason when leaf.deleted then 'image-deleted' else top.reason end
        as reason, coalesce(leaf.stands_for, top.stands_for) as stands_for
    from leaves leaf left join standing0 top on top.image = leaf.image`
        : 'select image, status, reason from leaves'
    }),
  halts as (${halts}),
  rows as (
    select images.* exclude (counted, since_ms, ${counts.join(', ')}), shown.status, shown.reason,
      ${counts.map((count) => `${of}.${count}`).join(', ')},
      coalesce(${of}.counted, false) and shown.status <> 'not-applicable' as counted,
      case when shown.reason = 'parked' then coalesce(halts.since_ms, ${of}.since_ms) else ${of}.since_ms end
        as since_ms,
      ${
        hasIndexes
          ? `coalesce(images.tags, '') = '' and images.image in (
        select id from listed join leaves on leaves.image = listed.parent where not leaves.deleted)`
          : 'false'
      } as is_part
    from images join shown on shown.image = images.image
    ${hasIndexes ? 'left join images its on its.image = shown.stands_for' : ''}
    left join halts on halts.digest = ${of}.digest)`;
};
