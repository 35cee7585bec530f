import { severities, type ClassifiedFinding } from '@assay/events';
import { languages } from '../placement/languages.ts';
import { uuids, type Cell, type RunQuery } from '../store/duckdb.ts';
import { registryKeyOf } from '../placement/registry-keys.ts';
import type { PlacementState } from '../placement/placement.ts';
import { isInSums } from '../placement/status.ts';
import { tables } from '../store/schema.ts';
import type { WritingConnection } from '../store/writing-connection.ts';

/** The parts of a finding that the counts depend on. */
export type CountedFinding = Pick<
  ClassifiedFinding,
  'vulnerability' | 'package' | 'packageType' | 'sourcePackage' | 'fixedVersion' | 'severity' | 'state'
>;

/** Columns of numbers, in the order of the tables. */
const bySeverity = severities.map((severity) => severity.toLowerCase());
const numbersOf = {
  vulnerability_counts: [
    ...bySeverity,
    ...bySeverity.map((severity) => `active_${severity}`),
    'images',
    'active_images',
    'fixable_images',
    'active_fixable_images',
  ],
  fix_counts: bySeverity,
} as const;
const keysOf = {
  vulnerability_counts: ['registry_key', 'subscription_id', 'login_server', 'vulnerability'],
  fix_counts: ['registry_key', 'subscription_id', 'login_server', 'package_type', 'name', 'system'],
} as const;
type CountTable = keyof typeof numbersOf;
export const countTables = Object.keys(numbersOf) as CountTable[];

/** True for a package that a system fixes by a version of its own. */
export const isOfSystem = (type: string): boolean => !Object.hasOwn(languages, type);

/** The system of an image as the lists name it, such as `debian 13.0`. */
export const systemOf = ({ classified }: PlacementState): string =>
  `${classified?.os?.family ?? ''} ${classified?.os?.version ?? ''}`.replaceAll(/^ +| +$/g, '');

const zeros = (table: CountTable): number[] => numbersOf[table].map(() => 0);

const keyOf = (...names: readonly string[]): string => JSON.stringify(names);

/**
 * Changes of the counts of findings. An image counts for a vulnerability and for an upgrade by the findings that are
 * stored of it, so what it adds once is what it takes away later.
 */
export class CountChanges {
  readonly #changes: Readonly<Record<CountTable, Map<string, number[]>>> = {
    vulnerability_counts: new Map(),
    fix_counts: new Map(),
  };

  /**
   * @param sign 1 for findings that an image has now, -1 for those that it had before
   * @param runs whether any cluster has the image, or had it before
   */
  count(state: PlacementState, findings: readonly CountedFinding[], sign: 1 | -1, runs: boolean): void {
    if (!isInSums(state, runs)) return;
    const { subscriptionId, registryId, loginServer } = state.placement;
    const place = [registryKeyOf(registryId), subscriptionId.toLowerCase(), loginServer];
    const system = systemOf(state);
    const found = new Map<
      string,
      { readonly counts: number[]; active: boolean; fixable: boolean; closable: boolean }
    >();
    for (const { vulnerability, severity, state: is, fixedVersion, ...of } of findings) {
      const rank = severities.indexOf(severity);
      const own = found.get(vulnerability) ?? {
        counts: zeros('vulnerability_counts'),
        active: false,
        fixable: false,
        closable: false,
      };
      found.set(vulnerability, own);
      const [isActive, isFixable] = [is === 'active', (fixedVersion ?? '') !== ''];
      for (const at of isActive ? [rank, severities.length + rank] : [rank]) own.counts[at] = (own.counts[at] ?? 0) + 1;
      own.active ||= isActive;
      own.fixable ||= isFixable;
      own.closable ||= isActive && isFixable;
      if (!isActive || !isFixable) continue;
      const closed = zeros('fix_counts');
      closed[rank] = 1;
      const { packageType, sourcePackage, package: name } = of;
      const key = keyOf(...place, packageType, sourcePackage ?? name, isOfSystem(packageType) ? system : '');
      this.#add('fix_counts', key, closed, sign);
    }
    for (const [vulnerability, { counts, active, fixable, closable }] of found) {
      counts.splice(-4, 4, 1, Number(active), Number(fixable), Number(closable));
      this.#add('vulnerability_counts', keyOf(...place, vulnerability), counts, sign);
    }
  }

  #add(table: CountTable, key: string, counts: readonly number[], sign: 1 | -1): void {
    const changes = this.#changes[table];
    const before = changes.get(key);
    changes.set(
      key,
      counts.map((count, at) => (before?.[at] ?? 0) + sign * count),
    );
  }

  /** Rows that change the sums of a table. */
  rows(table: CountTable): Cell[][] {
    return [...this.#changes[table]]
      .filter(([, counts]) => counts.some((count) => count !== 0))
      .map(([key, counts]) => [...(JSON.parse(key) as string[]), ...counts]);
  }
}

interface StoredFinding {
  image: string;
  vulnerability: string;
  package: string;
  package_type: string;
  source_package: string | null;
  fixed_version: string | null;
  severity: ClassifiedFinding['severity'];
  state: 'active' | 'exempt';
}

/** The stored findings of some images, as far as the counts depend on them. */
export const countedFindings = async (
  query: RunQuery,
  images: readonly string[],
): Promise<ReadonlyMap<string, readonly CountedFinding[]>> => {
  if (images.length === 0) return new Map();
  const rows = await query<StoredFinding>(
    `select image::varchar as image, vulnerability, package, package_type, source_package, fixed_version, severity,
      state
    from findings where kind = 'finding' and image in (select unnest($ids::uuid[]))`,
    { ids: uuids(images) },
  );
  return new Map(
    [...Map.groupBy(rows, ({ image }) => image)].map(([image, own]) => [
      image,
      own.map((row) => ({
        vulnerability: row.vulnerability,
        package: row.package,
        packageType: row.package_type,
        ...(row.source_package === null ? {} : { sourcePackage: row.source_package }),
        ...(row.fixed_version === null ? {} : { fixedVersion: row.fixed_version }),
        severity: row.severity,
        state: row.state,
      })),
    ]),
  );
};

/** Rows by which a table may grow before those of one key are added up. */
const mostChanges = 50_000;

/**
 * Keeps the counts: each change adds rows, and sums are read. Rows of one key are added up once they are twice as many
 * as the keys, so a batch costs as much as its own changes.
 */
export class KeptCounts {
  /** Rows of each table when it was last added up. */
  readonly #least = new Map<CountTable, number>();

  constructor(
    private readonly connection: WritingConnection,
    private readonly most = mostChanges,
  ) {}

  async write(changes: CountChanges): Promise<void> {
    for (const table of countTables) {
      const rows = changes.rows(table);
      if (rows.length === 0) continue;
      await this.connection.append(table, rows);
      if ((await this.#rows(table)) > 2 * (this.#least.get(table) ?? 0) + this.most) await this.#addUp(table);
    }
  }

  /** The statements are kept, so the temporary table stays, too. */
  async #addUp(table: CountTable): Promise<void> {
    const [keys, numbers] = [keysOf[table].join(', '), numbersOf[table]];
    const sums = `select ${keys}, ${numbers.map((name) => `sum(${name})::integer as ${name}`).join(', ')}
      from ${table} group by ${keys} having ${numbers.map((name) => `sum(${name}) <> 0`).join(' or ')}`;
    const columns = `${keys}, ${numbers.join(', ')}`;
    const { connection } = this;
    await connection.run(`create temp table if not exists sums_of_${table} (${tables[table]})`);
    await connection.run(`insert into sums_of_${table} (${columns}) ${sums}`);
    await connection.run(`delete from ${table}`);
    await connection.run(`insert into ${table} (${columns}) select ${columns} from sums_of_${table}`);
    await connection.run(`delete from sums_of_${table}`);
    this.#least.set(table, await this.#rows(table));
  }

  async #rows(table: CountTable): Promise<number> {
    const [row] = await this.connection.query<{ rows: number }>(`select count(*)::integer as rows from ${table}`);
    return row?.rows ?? 0;
  }
}
