/** Raise whenever a table changes: a file with another version is deleted and refilled from the log. */
export const schemaVersion = 23;

/**
 * Typed columns for filters, JSON for the rest. Rows are found by scans of narrow columns, which take milliseconds at a
 * million rows. Then they are read by their row ids, since a scan of all columns would decompress all of them. There is
 * no index: DuckDB keeps it in memory, 49 MB for each million findings, and its changes double the cost of writes.
 * Findings hold what is particular to an image. What is the same for every image that has a vulnerability is in
 * `vulnerabilities`, and what is the same for all findings of an image, and changes with it, is in `images`.
 */
export const tables = {
  positions: 'topic varchar, partition integer, next bigint, mark varchar, read varchar',
  images: `image uuid, registry_key varchar, subscription_id varchar, registry_id varchar, login_server varchar,
    repository varchar, digest varchar, kind varchar, os varchar,
    deleted boolean, pending varchar, deadline_ms bigint, head_status varchar, head_reason varchar,
    critical integer, high integer, medium integer, low integer, unknown integer, fixable integer, exempt integer,
    database_built_ms bigint, head_ms bigint, pushed_at varchar, findings integer,
    generated_at varchar, os_family varchar, os_version varchar, demonstration boolean, layers varchar,
    partition integer, scanner varchar, epoch bigint, number bigint,
    since_ms bigint, counted boolean, unanswered varchar, tags varchar, platform_os varchar,
    platform_architecture varchar, cannot_run varchar, children varchar, untagged boolean, state varchar`,
  findings: `image uuid, name uuid, registry_key varchar, subscription_id varchar, registry_id varchar,
    login_server varchar, repository varchar, digest varchar, kind varchar,
    vulnerability varchar, package varchar, package_type varchar, source_package varchar, installed_version varchar,
    fixed_version varchar, path varchar, layer integer, aliases varchar, severity varchar, severity_rule varchar,
    ratings varchar, score double, state varchar, rule_id varchar, first_seen_at varchar,
    advisory_removed varchar, code varchar, cause varchar, description varchar, database_built_ms bigint`,
  vulnerabilities: `vulnerability varchar, title varchar, description varchar, "references" varchar, cwes varchar,
    ratings varchar, published_at varchar, modified_at varchar, database varchar, missing varchar`,
  // Sums of the findings above, by rows that are added up. A list of a million findings would take too long to count.
  vulnerability_counts: `registry_key varchar, subscription_id varchar, login_server varchar, vulnerability varchar,
    critical integer, high integer, medium integer, low integer, unknown integer, active_critical integer,
    active_high integer, active_medium integer, active_low integer, active_unknown integer, images integer,
    active_images integer, fixable_images integer, active_fixable_images integer`,
  fix_counts: `registry_key varchar, subscription_id varchar, login_server varchar, package_type varchar, name varchar,
    system varchar, critical integer, high integer, medium integer, low integer, unknown integer`,
  unfinished_pages: 'image uuid, verdict integer, classification integer, page integer, data varchar',
  marks: 'partition integer, data varchar',
  changes:
    'image uuid, registry_key varchar, verdict integer, classification integer, status varchar, reason varchar, ' +
    'exempt integer, since_ms bigint, id varchar, lapse boolean, push varchar, at_ms bigint, critical integer, ' +
    'high integer, medium integer, low integer, unknown integer, fixable integer, previous varchar, ' +
    'partition integer, "offset" bigint',
  pushes:
    'image uuid, registry_key varchar, push varchar, received_ms bigint, origin varchar, sender varchar, ' +
    'is_index boolean, children varchar',
  answers: `image uuid, registry_key varchar, push varchar, received_ms bigint, verdict integer, classification integer,
    at_ms bigint, status varchar, reason varchar, cause varchar, critical integer, high integer, medium integer,
    low integer, unknown integer, fixable integer, exempt integer, findings integer, scanner varchar, database varchar,
    result integer, id varchar, partition integer, "offset" bigint`,
  // A tag names the digest of its last move.
  tag_moves: `registry_key varchar, subscription_id varchar, registry_id varchar, login_server varchar,
    repository varchar, tag varchar, digest varchar, was varchar, at_ms bigint, asked_ms bigint, origin varchar,
    id varchar`,
  charges: `charge_id varchar, subscription_id varchar, registry_key varchar, repository varchar, digest varchar,
    scan_id varchar, amount varchar, currency varchar,
    price_rule varchar, charged_for varchar, correction_of varchar, id varchar, time varchar`,
  timeline:
    'digest varchar, image uuid, topic varchar, id varchar, cause varchar, correlation varchar, time varchar, ' +
    'summary varchar, pages integer, trace_id varchar, partition integer, "offset" bigint',
  registries: 'registry_key varchar, registry_id varchar, subscription_id varchar, removed boolean, data varchar',
  subscriptions: 'subscription_id varchar, name varchar, removed boolean',
  plans: 'subscription_id varchar, plan varchar, scans boolean, data varchar',
  rules: 'rule_key varchar, rule_id varchar, scope varchar, removed boolean, since varchar, data varchar',
  written_assessments: 'assessment_id varchar, removed boolean, data varchar',
  clusters: 'cluster varchar, reported_ms bigint, digests integer',
  // The last word of a cluster about a digest: one that runs no more stays, so that an older event is known as such.
  sightings: 'digest varchar, cluster varchar, running boolean, namespaces varchar, since varchar, seen_ms bigint',
  recalls: 'digest varchar, recalled_by varchar, why varchar, since varchar',
  recalled_databases: 'digest varchar, recalled boolean',
  advisories: 'scanner varchar, data varchar',
  parked: `target varchar, service varchar, topic varchar, key varchar, id varchar, correlation varchar, why varchar,
    since varchar, outcome varchar, said_at varchar, said_in varchar, answers varchar`,
  audit: `id varchar, time varchar, what varchar, did varchar, who varchar, about varchar, scope varchar,
    scope_key varchar, why varchar, effect varchar, named varchar`,
  dropped: 'digest varchar',
  halted: 'target varchar, said_in varchar, why varchar, since varchar, outcome varchar, answers varchar',
} as const;

export type TableName = keyof typeof tables;

export const createTables = Object.entries(tables)
  .map(([name, columns]) => `create table if not exists ${name} (${columns});`)
  .join('\n');
