import { formatScope, type Scope } from '@assay/arm';
import type { ClassifiedFinding } from '@assay/events';
import type { DuckDBValue } from '@duckdb/node-api';
import {
  allShapes,
  assessmentKeys,
  nameIn,
  parkedStatus,
  staleStatus,
  type AzureStatus,
  type AzureShape,
} from './azure.ts';
import { among, type RunQuery } from './duckdb.ts';
import { isHalted } from './parked.ts';
import type { PlacementState } from './placement.ts';

/** A finding as parsed JSON. */
export type PlainFinding = { readonly [K in keyof ClassifiedFinding]: ClassifiedFinding[K] };

/** Facts of an image that only the newer shape shows. */
export interface Artifact {
  readonly tags: readonly string[];
  readonly mediaType: string;
  readonly pushedAt: string;
}

/** A record in one shape: a finding, or the statement that an image is healthy. */
export interface FindingRecord {
  readonly shape: AzureShape;
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
  readonly artifact?: Artifact | undefined;
}

/**
 * End of a page: the key of the registry, the key of the recommendation, and the name of the record. They sort like
 * ids.
 */
export type FindingPosition = readonly [registryKey: string, assessmentKey: string, name: string];

export const positionOf = ({ registryKey, shape, name }: FindingRecord): FindingPosition => [
  registryKey,
  assessmentKeys[shape],
  name,
];

interface Row {
  image: string;
  name: string;
  registry_key: string;
  registry_id: string;
  login_server: string;
  repository: string;
  digest: string;
  kind: 'finding' | 'healthy';
  severity: string | null;
  cvss3: number | null;
  patchable: boolean;
  code: AzureStatus['code'];
  cause: string;
  description: string;
  generated_at: string;
  os_family: string | null;
  os_version: string | null;
  stale: boolean;
  halted: boolean;
  demonstration: boolean;
  details: string | null;
}

const columns = `image::varchar as image, name::varchar as name, registry_key, registry_id, login_server, repository,
  digest, kind, severity, cvss3, patchable, code, cause, description, generated_at, os_family, os_version,
  coalesce(kind = 'healthy' and database_built_ms < $staleBefore, false) as stale,
  kind = 'healthy' and ${isHalted('digest')} as halted, demonstration, details`;

const recordOf = (row: Row, shape: AzureShape, artifact: Artifact | undefined): FindingRecord => ({
  shape,
  artifact,
  name: nameIn(shape, row.name),
  registryKey: row.registry_key,
  registryId: row.registry_id,
  loginServer: row.login_server,
  repository: row.repository,
  digest: row.digest,
  kind: row.kind,
  severity: row.severity ?? undefined,
  cvss3: row.cvss3 ?? undefined,
  patchable: row.patchable,
  status: row.halted
    ? parkedStatus
    : row.stale
      ? staleStatus
      : { code: row.code, cause: row.cause, description: row.description },
  generatedAt: row.generated_at,
  osFamily: row.os_family ?? undefined,
  osVersion: row.os_version ?? undefined,
  demonstration: row.demonstration,
  finding: row.details === null ? undefined : (JSON.parse(row.details) as PlainFinding),
});

export interface FindingFilter {
  /** Prefix of the ids, in lower case with a trailing slash; empty for everything. */
  readonly prefix: string;
  readonly repository?: string | undefined;
  readonly digest?: string | undefined;
  readonly subscriptionId?: string | undefined;
}

/** Subscriptions shown in a shape: those listed, or all others (GUIDs in lower case). */
export interface ShownIn {
  readonly shape: AzureShape;
  readonly subscriptions: readonly string[];
  readonly others: boolean;
}

export const inOneShape = (shape: AzureShape): readonly ShownIn[] => [{ shape, subscriptions: [], others: true }];

/** Prefix of the registry keys in a scope. */
export const prefixOf = (scope: Scope): string =>
  scope.kind === 'management-group' ? '' : `${formatScope(scope).toLowerCase()}/`;

const rowsWhere = async (
  query: RunQuery,
  where: string,
  values: Record<string, DuckDBValue>,
  staleBefore: number,
): Promise<Row[]> =>
  query<Row>(`select ${columns} from findings where ${where}`, { ...values, staleBefore: BigInt(staleBefore) });

const artifactsOf = async (query: RunQuery, images: readonly string[]): Promise<ReadonlyMap<string, Artifact>> => {
  if (images.length === 0) return new Map();
  const rows = await query<{ image: string; state: string }>(
    `select image::varchar as image, state from images where ${among('image', [...new Set(images)])}`,
  );
  return new Map(
    rows.flatMap(({ image, state }) => {
      const { push } = JSON.parse(state) as PlacementState;
      return push ? [[image, { tags: push.tags, mediaType: push.mediaType, pushedAt: push.pushedAt }] as const] : [];
    }),
  );
};

interface Narrowed {
  readonly where: string;
  readonly values: Readonly<Record<string, DuckDBValue>>;
}

const narrowedBy = ({ repository, digest, subscriptionId }: FindingFilter): Narrowed => {
  const given = Object.entries({ repository, digest, subscription_id: subscriptionId?.toLowerCase() }).filter(
    (each): each is [string, string] => each[1] !== undefined,
  );
  return { where: given.map(([column]) => ` and ${column} = $${column}`).join(''), values: Object.fromEntries(given) };
};

/**
 * Names of the records of one registry. Reads narrow columns only: to sort whole rows, DuckDB would read all details.
 */
const namesIn = async (
  query: RunQuery,
  registryKey: string,
  { where, values }: Narrowed,
  after: string | undefined,
  size: number,
): Promise<string[]> => {
  const rows = await query<{ name: string }>(
    `select name::varchar as name from findings where registry_key = $registry${where}` +
      `${after === undefined ? '' : ' and findings.name > $after::uuid'} order by findings.name limit ${size}`,
    { ...values, registry: registryKey, ...(after === undefined ? {} : { after }) },
  );
  return rows.map(({ name }) => name);
};

/** One page over all shapes, in the order of ids: by registry and then by shape. */
export const findingPage = async (
  query: RunQuery,
  filter: FindingFilter,
  shown: readonly ShownIn[],
  after: FindingPosition | undefined,
  size: number,
  staleBefore: number,
): Promise<FindingRecord[]> => {
  const narrowed = narrowedBy(filter);
  const registries = await query<{ registry_key: string; subscription_id: string }>(
    `select registry_key, any_value(subscription_id) as subscription_id from images
    where findings > 0 and starts_with(registry_key, $prefix) and registry_key >= $from${narrowed.where}
    group by registry_key order by registry_key`,
    { ...narrowed.values, prefix: filter.prefix, from: after?.[0] ?? '' },
  );
  const names: { readonly shape: AzureShape; readonly name: string }[] = [];
  for (const { registry_key: key, subscription_id: subscription } of registries) {
    for (const shape of allShapes.filter((each) =>
      shown.some((one) => one.shape === each && one.subscriptions.includes(subscription) !== one.others),
    )) {
      const here = after?.[0] === key ? after : undefined;
      if (names.length >= size || (here && assessmentKeys[shape] < here[1])) continue;
      const from = here && assessmentKeys[shape] === here[1] ? nameIn(shape, here[2]) : undefined;
      names.push(...(await namesIn(query, key, narrowed, from, size - names.length)).map((name) => ({ shape, name })));
    }
    if (names.length >= size) break;
  }
  const rows = new Map(
    (await rowsWhere(query, among('name', [...new Set(names.map(({ name }) => name))]), {}, staleBefore)).map((row) => [
      row.name,
      row,
    ]),
  );
  const records = names.flatMap(({ shape, name }) => {
    const row = rows.get(name);
    return row ? [{ row, shape }] : [];
  });
  const artifacts = await artifactsOf(
    query,
    records.filter(({ shape }) => shape === 'mdvm').map(({ row }) => row.image),
  );
  return records.map(({ row, shape }) => recordOf(row, shape, artifacts.get(row.image)));
};

export const findingNamed = async (
  query: RunQuery,
  prefix: string,
  shape: AzureShape,
  name: string,
  staleBefore: number,
): Promise<FindingRecord | undefined> => {
  const [row] = await rowsWhere(
    query,
    'starts_with(registry_key, $prefix) and name = $name::uuid limit 1',
    { prefix, name: nameIn(shape, name.toLowerCase()) },
    staleBefore,
  );
  return (
    row && recordOf(row, shape, shape === 'mdvm' ? (await artifactsOf(query, [row.image])).get(row.image) : undefined)
  );
};
