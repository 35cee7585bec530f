import type { Shape } from '@assay/kusto';
import { parkedStatus, staleStatus } from '@assay/read-model/placement/azure';

export const text = (sql: string): Shape => ({ type: 'string', sql });
export const optionalText = (sql: string): Shape => ({ type: 'string', sql, optional: true });
export const dynamic = (sql: string): Shape => ({ type: 'dynamic', sql });
export const members = (of: Readonly<Record<string, Shape>>): Shape => ({ members: of });

export const isHealthy = "f.kind = 'healthy'";
const isStale = 'f.database_built_ms < $staleBefore';
/**
 * The parameter with the digests of images that have a parked event. They are few, and needed only for healthy records.
 */
export const haltedParameter = 'halted';
const isHalted = `list_contains(from_json($${haltedParameter}, '["varchar"]'), f.digest)`;
/** Only a healthy record may be overridden by a doubt; all other records stay as written. */
const unlessDoubted = (halted: string, stale: string, emitted: string): string =>
  `case when ${isHealthy} then (case when ${isHalted} then '${halted}' when ${isStale} then '${stale}' else ` +
  `${emitted} end) else ${emitted} end`;

export const isPatchable = "(coalesce(f.fixed_version, '') <> '')";
export const isDemonstration = 'case when f.i_demonstration then true end';
/** The own description of a vulnerability, or its title. */
export const descriptionText = 'coalesce(f.v_description, f.v_title)';
export const capital = (sql: string): string => `(upper(left(${sql}, 1)) || substr(${sql}, 2))`;
export const ofFinding = (sql: string): string => `(case when ${isHealthy} then null else ${sql} end)`;
/** `armTime` in SQL. */
export const padded = (sql: string): string =>
  `(case when length(${sql}) = 24 then left(${sql}, 23) || '0000Z' else ${sql} end)`;

export const code = unlessDoubted(parkedStatus.code, staleStatus.code, 'f.code');
export const cause = unlessDoubted(parkedStatus.cause, staleStatus.cause, 'f.cause');
export const statusDescription = unlessDoubted(parkedStatus.description, staleStatus.description, 'f.description');

const referencesIn = (list: string): string =>
  `to_json(list_transform(from_json(coalesce(${list}, '[]'), '["varchar"]'),
  lambda x: {'title': coalesce(nullif(regexp_extract(regexp_replace(x, '[?#].*$', ''), '([^/]+)/*$', 1), ''), x), ` +
  `'link': x}))`;
export const references = referencesIn('f.v_references');

/** Reads a list of ratings, each with its place in the list. */
const ratingsIn = (list: string): string =>
  `list_transform(from_json(coalesce(${list}, '[]'), ` +
  `'[{"source":"varchar","score":"double","vector":"varchar"}]'), ` +
  `lambda r, i: {'source': r.source, 'i': i, 'score': r.score, 'vector': r.vector})`;

/** `withRatings` in SQL: those of the finding's own sources replace the others. */
const merged = (shared: string, own: string): string =>
  `list_sort(list_concat(list_filter(${ratingsIn(shared)}, ` +
  `lambda r: not list_contains(list_transform(${ratingsIn(own)}, lambda o: o.source), r.source)), ${ratingsIn(own)}))`;

/**
 * A value of all ratings of a finding. For one without a description, of its own ratings. As a subquery it is computed
 * once for each different finding. A lambda cannot read a column from outside of its subquery, so the own ratings are a
 * column of it.
 */
export const ofRatings = (value: (ratings: string) => string): string =>
  `coalesce((select any_value(${value(merged('v.ratings', 'v.own'))}) from (select ratings, f.ratings as own ` +
  `from vulnerabilities where vulnerabilities.vulnerability = f.vulnerability) v), ` +
  `${value(merged("'[]'", 'f.ratings'))})`;

/** The highest base score among ratings `r` whose vector matches. */
export const bestScore = (isOf: string): string =>
  ofRatings(
    (ratings) =>
      `list_max(list_transform(list_filter(${ratings}, lambda r: r.score is not null and (${isOf})), ` +
      `lambda r: r.score))`,
  );
export const isVersion2 = "coalesce(starts_with(r.vector, 'AV:') or starts_with(r.vector, '(AV:'), false)";
export const isVersion3 = "r.vector is null or starts_with(r.vector, 'CVSS:3')";
