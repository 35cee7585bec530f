import type { Shape } from '@assay/kusto';
import { parkedStatus, staleStatus } from '../view/azure.ts';
import { isHalted } from '../view/parked.ts';

export const text = (sql: string): Shape => ({ type: 'string', sql });
export const optionalText = (sql: string): Shape => ({ type: 'string', sql, optional: true });
export const dynamic = (sql: string): Shape => ({ type: 'dynamic', sql });
export const members = (of: Readonly<Record<string, Shape>>): Shape => ({ members: of });

export const isHealthy = "f.kind = 'healthy'";
const isStale = "coalesce(f.kind = 'healthy' and f.database_built_ms < $staleBefore, false)";
const halted = `(f.kind = 'healthy' and ${isHalted('f.digest')})`;

/** Of the finding as the event told it. */
export const detail = (name: string): string => `(f.details::json ->> '/${name}')`;
export const capital = (sql: string): string => `(upper(left(${sql}, 1)) || substr(${sql}, 2))`;
export const ofFinding = (sql: string): string => `(case when ${isHealthy} then null else ${sql} end)`;
/** What `armTime` does. */
export const padded = (sql: string): string => `(case when length(${sql}) = 24 then left(${sql}, 23) || '0000Z' else ${sql} end)`;

/** A number as JavaScript writes it. */
export const number = (sql: string): string => `regexp_replace((${sql})::varchar, '\\.0$', '')::json`;

export const code = `case when ${isStale} or ${halted} then 'NotApplicable' else f.code end`;
export const cause = `case when ${isStale} or ${halted} then 'Undetermined' else f.cause end`;
export const statusDescription = `case when ${halted} then '${parkedStatus.description}' when ${isStale} then '${staleStatus.description}' else f.description end`;

export const references = `to_json(list_transform(from_json(coalesce(f.details::json -> '/references', '[]'), '["varchar"]'),
  lambda x: {'title': coalesce(nullif(regexp_extract(regexp_replace(x, '[?#].*$', ''), '([^/]+)/*$', 1), ''), x), 'link': x}))`;

export const ratings = `from_json(coalesce(f.details::json -> '/ratings', '[]'), '[{"score":"double","vector":"varchar"}]')`;
