import {
  planScans,
  recalledDatabaseIn,
  recalledIn,
  unexpected,
  withdrawnDatabaseIn,
  type AssessmentWritten,
  type ConfigEvent,
} from '@assay/events';
import type { Cell } from '../store/duckdb.ts';
import { auditKey, auditKeyOf, auditRow } from './audit.ts';
import { registryKeyOf } from '../placement/registry-keys.ts';
import { HaltedChanges, type HaltedPartitions } from './halted.ts';
import { ParkedChanges, type ParkedEvents } from './parked.ts';
import type { TableName } from '../store/schema.ts';
import type { WritingConnection } from '../store/writing-connection.ts';

/** A scope in the form used for comparison: lower case, without a trailing slash. */
export const scopeKey = (scope: string): string => scope.toLowerCase().replace(/\/+$/, '');

/** Rules of two scopes may have the same id, so the key includes the scope. */
export const ruleKey = (scope: string, ruleId: string): string => `${scopeKey(scope)}|${ruleId}`;

/** The id of a written assessment in lower case, used for comparison. */
export const writtenKey = ({
  resourceId,
  assessmentKey,
}: Pick<AssessmentWritten, 'resourceId' | 'assessmentKey'>): string =>
  `${scopeKey(resourceId)}/providers/microsoft.security/assessments/${assessmentKey.toLowerCase()}`;

type Rows = Map<string, readonly Cell[]>;

/** Rows changed by the config events of a batch, the last event of each key. */
export class ConfigChanges {
  readonly registries: Rows = new Map();
  readonly subscriptions: Rows = new Map();
  readonly plans: Rows = new Map();
  readonly rules: Rows = new Map();
  readonly recalls: Rows = new Map();
  readonly recalledDatabases: Rows = new Map();
  readonly writtenAssessments: Rows = new Map();
  readonly advisories: Rows = new Map();
  readonly clusters: Rows = new Map();
  readonly audit: Rows = new Map();
  readonly parked: ParkedChanges;
  readonly halted: HaltedChanges;

  constructor(parked: Pick<ParkedEvents, 'get' | 'unread'>, halted: Pick<HaltedPartitions, 'get'>) {
    this.parked = new ParkedChanges(parked);
    this.halted = new HaltedChanges(halted);
  }

  /** Takes a config event. */
  take(event: ConfigEvent): void {
    const audited = auditRow(event);
    const key = audited && auditKeyOf(audited);
    if (audited && key && !this.audit.has(key)) this.audit.set(key, audited);
    switch (event.topic) {
      case 'registry.observed': {
        const { registryId, subscriptionId, removed } = event.data;
        const key = registryKeyOf(registryId);
        this.registries.set(key, [key, registryId, subscriptionId.toLowerCase(), removed, JSON.stringify(event.data)]);
        return;
      }
      case 'subscription.observed': {
        const { subscriptionId, subscriptionName, removed } = event.data;
        const id = subscriptionId.toLowerCase();
        this.subscriptions.set(id, [id, subscriptionName, removed]);
        return;
      }
      case 'plan.changed': {
        const { subscriptionId, plan } = event.data;
        this.plans.set(`${subscriptionId.toLowerCase()}/${plan}`, [
          subscriptionId.toLowerCase(),
          plan,
          planScans(event.data),
          JSON.stringify(event.data),
        ]);
        return;
      }
      case 'rule.changed': {
        const { ruleId, scope, removed } = event.data;
        this.rules.set(ruleKey(scope, ruleId), [
          ruleKey(scope, ruleId),
          ruleId,
          scopeKey(scope),
          removed,
          event.time,
          JSON.stringify(event.data),
        ]);
        return;
      }
      case 'assessment.written': {
        const id = writtenKey(event.data);
        this.writtenAssessments.set(id, [id, event.data.removed, JSON.stringify(event.data)]);
        return;
      }
      case 'advisories.updated':
        this.advisories.set(event.data.scanner, [event.data.scanner, JSON.stringify(event.data)]);
        return;
      case 'operator.acted': {
        const digest = recalledIn(event);
        if (digest) this.recalls.set(digest, [digest, event.data.by, event.data.why, event.time]);
        const database = recalledDatabaseIn(event) ?? withdrawnDatabaseIn(event);
        if (database) this.recalledDatabases.set(database, [database, recalledDatabaseIn(event) !== undefined]);
        this.parked.take(event);
        this.halted.take(event);
        return;
      }
      // Descriptions are folded with those that they follow.
      case 'vulnerability.described':
        return;
      // No table shows offered databases: ingestion answers for them.
      case 'advisories.offered':
      case 'advisories.weighed':
        return;
      // No table shows months, corrections and owners.
      case 'charge.corrected':
      case 'period.changed':
      case 'owners.changed':
        return;
      case 'cluster.reported': {
        const { cluster, reportedAt, digests } = event.data;
        this.clusters.set(cluster, [cluster, Date.parse(reportedAt), digests]);
        return;
      }
      // Only the audit trail shows them.
      case 'export.recorded':
      case 'log.sealed':
        return;
      default:
        return unexpected(event);
    }
  }

  async write(connection: WritingConnection): Promise<void> {
    await replaced(connection, 'registries', 'registry_key', this.registries);
    await replaced(connection, 'subscriptions', 'subscription_id', this.subscriptions);
    await replaced(connection, 'plans', "subscription_id || '/' || plan", this.plans);
    await replaced(connection, 'rules', 'rule_key', this.rules);
    await replaced(connection, 'written_assessments', 'assessment_id', this.writtenAssessments);
    await replaced(connection, 'recalls', 'digest', this.recalls);
    await replaced(connection, 'recalled_databases', 'digest', this.recalledDatabases);
    await replaced(connection, 'advisories', 'scanner', this.advisories);
    await replaced(connection, 'clusters', 'cluster', this.clusters);
    await added(connection, 'audit', auditKey, this.audit);
    await replaced(connection, 'parked', 'target', this.parked.rows);
    await replaced(connection, 'halted', 'target', this.halted.rows);
  }
}

const replaced = async (connection: WritingConnection, table: TableName, key: string, rows: Rows): Promise<void> => {
  if (rows.size === 0) return;
  await connection.run(`delete from ${table} where ${key} in (select unnest(from_json($keys, '["varchar"]')))`, {
    keys: JSON.stringify([...rows.keys()]),
  });
  await connection.append(table, [...rows.values()]);
};

/** Adds those rows whose key is not there yet: the first record of an export counts. */
const added = async (connection: WritingConnection, table: TableName, key: string, rows: Rows): Promise<void> => {
  if (rows.size === 0) return;
  const known = await connection.query<{ known: string }>(
    `select ${key} as known from ${table} where ${key} in (select unnest(from_json($keys, '["varchar"]')))`,
    { keys: JSON.stringify([...rows.keys()]) },
  );
  const there = new Set(known.map((row) => row.known));
  await connection.append(
    table,
    [...rows].flatMap(([each, row]) => (there.has(each) ? [] : [row])),
  );
};
