import { formatScope, type Scope } from '@assay/arm';
import type { ClassifiedFinding } from '@assay/events';
import type { DuckDBValue } from '@duckdb/node-api';
import { staleStatus, type AzureStatus } from './azure.ts';
import { among, type Query } from './duckdb.ts';

/** A finding as JSON holds it. */
export type PlainFinding = { readonly [K in keyof ClassifiedFinding]: ClassifiedFinding[K] };

/** One record as the tables hold it: a finding, or the word that an image is healthy. */
export interface FindingRecord {
  readonly name: string;
  readonly registryKey: string;
  readonly registryId: string;
  readonly loginServer: string;
  readonly repository: string;
  readonly digest: string;
  readonly kind: 'finding' | 'healthy';
  readonly severity: string | undefined;
  readonly cvss3: number | undefined;
  readonly patchable: boolean;
  readonly status: AzureStatus;
  readonly generatedAt: string;
  readonly osFamily: string | undefined;
  readonly osVersion: string | undefined;
  readonly demonstration: boolean;
  readonly finding: PlainFinding | undefined;
}

/** Where a page ended: the registry's key and the record's name, whose order is the order of ids. */
export type FindingPosition = readonly [registryKey: string, name: string];

interface Row {
  name: string; registry_key: string; registry_id: string; login_server: string; repository: string; digest: string; kind: 'finding' | 'healthy'; severity: string | null; cvss3: number | null;
  patchable: boolean; code: AzureStatus['code']; cause: string; description: string; generated_at: string; os_family: string | null; os_version: string | null; stale: boolean;
  demonstration: boolean; details: string | null;
}

const columns = `name::varchar as name, registry_key, registry_id, login_server, repository, digest, kind, severity, cvss3, patchable, code, cause, description, generated_at, os_family, os_version,
  coalesce(kind = 'healthy' and database_built_ms < $staleBefore, false) as stale, demonstration, details`;

const recordOf = (row: Row): FindingRecord => ({
  name: row.name, registryKey: row.registry_key, registryId: row.registry_id, loginServer: row.login_server, repository: row.repository, digest: row.digest, kind: row.kind,
  severity: row.severity ?? undefined, cvss3: row.cvss3 ?? undefined, patchable: row.patchable,
  status: row.stale ? staleStatus : { code: row.code, cause: row.cause, description: row.description }, generatedAt: row.generated_at,
  osFamily: row.os_family ?? undefined, osVersion: row.os_version ?? undefined, demonstration: row.demonstration,
  finding: row.details === null ? undefined : JSON.parse(row.details) as PlainFinding,
});

export interface FindingFilter {
  /** What the ids begin with, in lower case and with a slash at the end; nothing for everything. */
  readonly prefix: string;
  readonly repository?: string | undefined;
  readonly digest?: string | undefined;
  readonly subscriptionId?: string | undefined;
}

/** What a scope's registry keys begin with. */
export const prefixOf = (scope: Scope): string => (scope.kind === 'management-group' ? '' : `${formatScope(scope).toLowerCase()}/`);

const ask = async (query: Query, where: string, values: Record<string, DuckDBValue>, staleBefore: number, tail = ''): Promise<FindingRecord[]> =>
  (await query<Row>(`select ${columns} from findings where ${where} ${tail}`, { ...values, staleBefore: BigInt(staleBefore) })).map(recordOf);

export const findingPage = async (query: Query, { prefix, repository, digest, subscriptionId }: FindingFilter, after: FindingPosition | undefined, size: number, staleBefore: number): Promise<FindingRecord[]> => {
  const conditions = ['starts_with(registry_key, $prefix)'];
  const values: Record<string, DuckDBValue> = { prefix };
  if (repository !== undefined) { conditions.push('repository = $repository'); values.repository = repository; }
  if (digest !== undefined) { conditions.push('digest = $digest'); values.digest = digest; }
  if (subscriptionId !== undefined) { conditions.push('subscription_id = $subscription'); values.subscription = subscriptionId.toLowerCase(); }
  if (after) { conditions.push('(registry_key > $key or (registry_key = $key and findings.name > $name::uuid))'); [values.key, values.name] = after; }
  // In two steps: which records, by two narrow columns, and then those whole. In one, the details of all would be read to be sorted.
  const names = await query<{ name: string }>(`select name::varchar as name from findings where ${conditions.join(' and ')} order by registry_key, findings.name limit ${size}`, values);
  return ask(query, among('name', names.map(({ name }) => name)), {}, staleBefore, 'order by registry_key, findings.name');
};

export const findingNamed = async (query: Query, prefix: string, name: string, staleBefore: number): Promise<FindingRecord | undefined> =>
  (await ask(query, 'starts_with(registry_key, $prefix) and name = $name::uuid', { prefix, name }, staleBefore, 'limit 1'))[0];
