/** Raise whenever a table changes: a file with another version is deleted and refilled from the log. */
export const schemaVersion = 10;

/**
 * Typed columns for filters, JSON for the rest. Rows are found by scans of narrow columns, which take milliseconds at a
 * million rows. Only details of findings are fetched through an index, since a scan would decompress all of them.
 * Images have no index: their rows change with each event, and an index doubled the cost.
 */
export const tables = {
  positions: 'topic varchar, partition integer, next bigint, mark varchar, read varchar',
  images: `image uuid, registry_key varchar, subscription_id varchar, registry_id varchar, login_server varchar,
    repository varchar, digest varchar, kind varchar, os varchar,
    deleted boolean, pending varchar, deadline_ms bigint, head_status varchar, head_reason varchar,
    critical integer, high integer, medium integer, low integer, unknown integer, fixable integer, exempt integer,
    database_built_ms bigint, head_ms bigint, pushed_at varchar, findings integer, state varchar`,
  findings: `image uuid, name uuid, registry_key varchar, subscription_id varchar, registry_id varchar,
    login_server varchar, repository varchar, digest varchar, kind varchar,
    vulnerability varchar, package varchar, package_type varchar, installed_version varchar, fixed_version varchar,
    severity varchar, classic_severity varchar, cvss2 double, cvss3 double, title varchar, patchable boolean,
    state varchar, rule_id varchar, code varchar, cause varchar, description varchar, generated_at varchar,
    first_seen_at varchar, os_family varchar, os_version varchar,
    database_built_ms bigint, demonstration boolean, details varchar`,
  unfinished_pages:
    'image uuid, verdict integer, classification integer, page integer, pages integer, findings varchar',
  changes:
    'image uuid, registry_key varchar, verdict integer, classification integer, status varchar, reason varchar, ' +
    'exempt integer, since_ms bigint, id varchar',
  charges: `charge_id varchar, subscription_id varchar, registry_key varchar, repository varchar, digest varchar,
    scan_id varchar, amount varchar, currency varchar,
    price_rule varchar, charged_for varchar, correction_of varchar, id varchar, time varchar`,
  timeline:
    'digest varchar, image uuid, topic varchar, id varchar, cause varchar, correlation varchar, time varchar, ' +
    'summary varchar, pages integer, trace_id varchar, partition integer, "offset" bigint',
  registries: 'registry_key varchar, registry_id varchar, subscription_id varchar, removed boolean, data varchar',
  plans: 'subscription_id varchar, plan varchar, scans boolean, data varchar',
  rules: 'rule_key varchar, rule_id varchar, scope varchar, removed boolean, since varchar, data varchar',
  written_assessments: 'assessment_id varchar, removed boolean, data varchar',
  recalls: 'digest varchar, recalled_by varchar, why varchar, since varchar',
  advisories: 'scanner varchar, data varchar',
  parked: `target varchar, service varchar, topic varchar, key varchar, id varchar, correlation varchar, why varchar,
    since varchar, outcome varchar, said_at varchar, said_in varchar, answers varchar`,
  halted: 'target varchar, said_in varchar, why varchar, since varchar, outcome varchar, answers varchar',
} as const;

export type TableName = keyof typeof tables;

export const createTables = Object.entries(tables)
  .map(([name, columns]) => `create table if not exists ${name} (${columns});`)
  .join('\n');

/**
 * Recreated whenever the file is opened. After a crash, DuckDB 1.5.6 applies replayed changes to an index only when the
 * index is first used. If the file is written before that, the changes are lost from the index: rows are not found and
 * cannot be deleted.
 */
export const makeIndexes =
  'drop index if exists findings_by_name; create index findings_by_name on findings (name); checkpoint;';
