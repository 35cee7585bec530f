import { present } from '@assay/events';
import type { DuckDBValue } from '@duckdb/node-api';
import {
  allShapes,
  assessmentKeys,
  nameIn,
  parkedStatus,
  staleStatus,
  type AzureStatus,
  type AzureShape,
} from '@assay/read-model/placement/azure';
import { among, rowIds, type RunQuery } from '@assay/read-model/store/duckdb';
import { entryColumns, entryOf, type EntryRow } from '@assay/read-model/intake/finding-row';
import { isHalted } from '@assay/read-model/placement/halted-digests';
import type { PlacementState } from '@assay/read-model/placement/placement';
import { plainFinding, type PlainFinding } from '@assay/read-model/intake/plain-finding';
import { descriptionsOf, type DescribedVulnerability } from '@assay/read-model/intake/vulnerabilities';

export type { PlainFinding } from '@assay/read-model/intake/plain-finding';

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

interface Row extends EntryRow {
  registry_key: string;
  registry_id: string;
  login_server: string;
  repository: string;
  digest: string;
  kind: 'finding' | 'healthy';
  code: AzureStatus['code'];
  cause: string;
  description: string;
  stale: boolean;
  halted: boolean;
}

const columns = `${entryColumns}, registry_key, registry_id, login_server, repository, digest, kind, code, cause,
  description, coalesce(database_built_ms < $staleBefore, false) as stale,
  kind = 'healthy' and ${isHalted('digest')} as halted`;

/** Columns that the findings of an image have in common, and change with it. */
interface ImageRow {
  image: string;
  generated_at: string;
  os_family: string | null;
  os_version: string | null;
  demonstration: boolean;
  layers: string | null;
}

/** All that records show besides their own rows. */
interface Context {
  readonly images: ReadonlyMap<string, ImageRow>;
  readonly descriptions: ReadonlyMap<string, DescribedVulnerability>;
  readonly artifacts: ReadonlyMap<string, Artifact>;
}

/** @param ofMdvm the images of which records are shown in the newer shape */
const contextOf = async (query: RunQuery, rows: readonly Row[], ofMdvm: readonly string[]): Promise<Context> => ({
  images: new Map(
    (
      await query<ImageRow>(
        'select image::varchar as image, generated_at, os_family, os_version, demonstration, layers from images ' +
          `where ${among('image', [...new Set(rows.map(({ image }) => image))])}`,
      )
    ).map((row) => [row.image, row]),
  ),
  descriptions: await descriptionsOf(
    query,
    rows.filter(({ kind }) => kind === 'finding').map(({ vulnerability }) => vulnerability),
  ),
  artifacts: await artifactsOf(query, ofMdvm),
});

const recordOf = (row: Row, shape: AzureShape, { images, descriptions, artifacts }: Context): FindingRecord => {
  const image = present(images.get(row.image), 'image of the finding');
  const finding =
    row.kind === 'finding'
      ? plainFinding(
          { registryId: row.registry_id, repository: row.repository, digest: row.digest },
          image.layers === null ? [] : (JSON.parse(image.layers) as string[]),
          entryOf(row),
          descriptions.get(row.vulnerability),
        )
      : undefined;
  return {
    shape,
    artifact: shape === 'mdvm' ? artifacts.get(row.image) : undefined,
    name: nameIn(shape, row.name),
    registryKey: row.registry_key,
    registryId: row.registry_id,
    loginServer: row.login_server,
    repository: row.repository,
    digest: row.digest,
    kind: row.kind,
    severity: finding?.severity,
    cvss3: finding && bestScore(finding.ratings, isVersion3),
    patchable: Boolean(row.fixed_version),
    status: row.halted
      ? parkedStatus
      : row.stale
        ? staleStatus
        : { code: row.code, cause: row.cause, description: row.description },
    generatedAt: image.generated_at,
    osFamily: image.os_family ?? undefined,
    osVersion: image.os_version ?? undefined,
    demonstration: image.demonstration,
    finding,
  };
};

/** A rating without a vector counts as version 3. */
const isVersion3 = (vector: string | undefined): boolean => vector === undefined || vector.startsWith('CVSS:3');

/** The highest base score of any source, among ratings whose vector matches. */
const bestScore = (
  ratings: PlainFinding['ratings'],
  isOf: (vector: string | undefined) => boolean,
): number | undefined => {
  const scores = ratings.flatMap(({ score, vector }) => (score !== undefined && isOf(vector) ? [score] : []));
  return scores.length > 0 ? Math.max(...scores) : undefined;
};

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

/** Place of a record in the table, and its name. */
export interface NamedRow {
  readonly row: bigint;
  readonly name: string;
}

/** Reads whole rows. Only those are decompressed, in any number of rows. */
const rowsAt = (query: RunQuery, rows: readonly bigint[], staleBefore: number): Promise<Row[]> =>
  query<Row>(`select ${columns} from findings where rowid in (select unnest($rows::bigint[]))`, {
    rows: rowIds(new Set(rows)),
    staleBefore: BigInt(staleBefore),
  });

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

/** The records of one registry that a page may show. */
interface Choice {
  readonly registryKey: string;
  readonly narrowed: Narrowed;
  /** Number of these records. */
  readonly records: number;
}

/** Digits of a name that are compared to find a part of the names. The next digit is the version of the UUID. */
const comparedDigits = 12;

/**
 * The end of a part of the names that has twice as many of them as a page, if they are spread evenly. They are, since
 * they are hashes. Nothing, if the part reaches the last name.
 */
const partEnd = (after: string | undefined, size: number, records: number): string | undefined => {
  const all = 16 ** comparedDigits;
  const from = Number.parseInt((after ?? '0').replaceAll('-', '').slice(0, comparedDigits), 16);
  const end = from + Math.ceil((all / records) * 2 * size);
  if (!(end < all)) return undefined;
  const digits = end.toString(16).padStart(comparedDigits, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}-0000-0000-000000000000`;
};

/**
 * Names and places of the records of one registry. Reads narrow columns only: to sort whole rows, DuckDB would read all
 * details. Looks in a part of the names first: sorting all that are behind a name takes three times as long.
 */
const namesIn = async (
  query: RunQuery,
  { registryKey, narrowed: { where, values }, records }: Choice,
  after: string | undefined,
  size: number,
): Promise<NamedRow[]> => {
  const between = (until: string | undefined): Promise<NamedRow[]> => {
    const limits = { ...(after === undefined ? {} : { after }), ...(until === undefined ? {} : { until }) };
    return query<NamedRow>(
      `select rowid as row, findings.name::varchar as name from findings where registry_key = $registry${where}` +
        `${after === undefined ? '' : ' and findings.name > $after::uuid'}` +
        `${until === undefined ? '' : ' and findings.name < $until::uuid'} order by findings.name limit ${size}`,
      { ...values, registry: registryKey, ...limits },
    );
  };
  const end = partEnd(after, size, records);
  const names = await between(end);
  return end === undefined || names.length >= size ? names : between(undefined);
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
  const registries = await query<{ registry_key: string; subscription_id: string; records: number }>(
    `select registry_key, any_value(subscription_id) as subscription_id, sum(findings)::double as records from images
    where findings > 0 and starts_with(registry_key, $prefix) and registry_key >= $from${narrowed.where}
    group by registry_key order by registry_key`,
    { ...narrowed.values, prefix: filter.prefix, from: after?.[0] ?? '' },
  );
  const names: (NamedRow & { readonly shape: AzureShape })[] = [];
  for (const { registry_key: key, subscription_id: subscription, records } of registries) {
    const choice = { registryKey: key, narrowed, records };
    for (const shape of allShapes.filter((each) =>
      shown.some((one) => one.shape === each && one.subscriptions.includes(subscription) !== one.others),
    )) {
      const here = after?.[0] === key ? after : undefined;
      if (names.length >= size || (here && assessmentKeys[shape] < here[1])) continue;
      const from = here && assessmentKeys[shape] === here[1] ? nameIn(shape, here[2]) : undefined;
      names.push(...(await namesIn(query, choice, from, size - names.length)).map((one) => ({ ...one, shape })));
    }
    if (names.length >= size) break;
  }
  const rows = new Map(
    (
      await rowsAt(
        query,
        names.map(({ row }) => row),
        staleBefore,
      )
    ).map((row) => [row.name, row]),
  );
  const found = names.flatMap(({ shape, name }) => {
    const row = rows.get(name);
    return row ? [{ row, shape }] : [];
  });
  const context = await contextOf(
    query,
    [...rows.values()],
    found.filter(({ shape }) => shape === 'mdvm').map(({ row }) => row.image),
  );
  return found.map(({ row, shape }) => recordOf(row, shape, context));
};

/** Records of findings by their row ids within the snapshot, in this order. */
export const findingsAt = async (
  query: RunQuery,
  named: readonly NamedRow[],
  staleBefore: number,
): Promise<FindingRecord[]> => {
  const rows = await rowsAt(
    query,
    named.map(({ row }) => row),
    staleBefore,
  );
  const byName = new Map(rows.map((row) => [row.name, row]));
  const context = await contextOf(query, rows, []);
  return named.flatMap(({ name }) => {
    const row = byName.get(name);
    return row ? [recordOf(row, 'classic', context)] : [];
  });
};

export const findingNamed = async (
  query: RunQuery,
  prefix: string,
  shape: AzureShape,
  name: string,
  staleBefore: number,
): Promise<FindingRecord | undefined> => {
  const found = await query<{ row: bigint }>(
    'select rowid as row from findings where starts_with(registry_key, $prefix) and name = $name::uuid limit 1',
    { prefix, name: nameIn(shape, name.toLowerCase()) },
  );
  const [row] = await rowsAt(
    query,
    found.map((one) => one.row),
    staleBefore,
  );
  return row && recordOf(row, shape, await contextOf(query, [row], shape === 'mdvm' ? [row.image] : []));
};
