import type { Shape } from '@assay/kusto';
import { parkedStatus, staleStatus } from '../../read-model/azure.ts';

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

/** A member of the finding in the event. */
export const detail = (name: string): string => `(f.details::json ->> '/${name}')`;
export const capital = (sql: string): string => `(upper(left(${sql}, 1)) || substr(${sql}, 2))`;
export const ofFinding = (sql: string): string => `(case when ${isHealthy} then null else ${sql} end)`;
/** `armTime` in SQL. */
export const padded = (sql: string): string =>
  `(case when length(${sql}) = 24 then left(${sql}, 23) || '0000Z' else ${sql} end)`;

export const code = unlessDoubted(parkedStatus.code, staleStatus.code, 'f.code');
export const cause = unlessDoubted(parkedStatus.cause, staleStatus.cause, 'f.cause');
export const statusDescription = unlessDoubted(parkedStatus.description, staleStatus.description, 'f.description');

export const references =
  `to_json(list_transform(from_json(coalesce(f.details::json -> '/references', '[]'), '["varchar"]'),
  lambda x: {'title': coalesce(nullif(regexp_extract(regexp_replace(x, '[?#].*$', ''), '([^/]+)/*$', 1), ''), x), ` +
  `'link': x}))`;

export const ratings =
  `from_json(coalesce(f.details::json -> '/ratings', '[]'), ` + `'[{"score":"double","vector":"varchar"}]')`;
