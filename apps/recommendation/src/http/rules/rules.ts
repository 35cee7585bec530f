import type { RuleChanged } from '@assay/events';
import type { DuckDBValue } from '@duckdb/node-api';
import { ruleKey } from '@assay/read-model/intake/config';
import type { RunQuery } from '@assay/read-model/store/duckdb';
import { isFixable, inSums } from '@assay/read-model/store/finding-filter';
import { below } from '@assay/read-model/store/readable';

/** A rule that disables findings, and the number of findings that it disables at present. */
export interface RuleRecord {
  readonly key: string;
  readonly rule: RuleChanged;
  /** When it was last changed. */
  readonly since: string;
  readonly exempted: number;
  /** Of these, findings that a published version fixes. */
  readonly fixable: number;
}

interface Row {
  rule_key: string;
  since: string;
  data: string;
  exempted: bigint;
  fixable: bigint;
}

/** If two rules match a finding, only the first is stored as its rule, so each finding is counted once. */
const disabled =
  `(select count(*) as exempted, count(*) filter (where ${isFixable}) as fixable from findings ` +
  `where findings.state = 'exempt' and findings.rule_id = rules.rule_id ` +
  `and starts_with(findings.registry_key || '/', rules.scope || '/') and findings.${inSums}) disabled`;

const recordOf = ({ rule_key, since, data, exempted, fixable }: Row): RuleRecord => ({
  key: rule_key,
  rule: JSON.parse(data) as RuleChanged,
  since,
  exempted: Number(exempted),
  fixable: Number(fixable),
});

const rulesWhere = async (
  query: RunQuery,
  where: string,
  values: Record<string, DuckDBValue>,
  tail = '',
): Promise<RuleRecord[]> =>
  (
    await query<Row>(
      `select rule_key, since, data, exempted, fixable from rules, lateral ${disabled} ` +
        `where not removed and ${where} order by rule_key ${tail}`,
      values,
    )
  ).map(recordOf);

/** The rules of every scope below the prefixes, sorted by scope and name. */
export const rulePage = (
  query: RunQuery,
  prefixes: readonly string[],
  after: string | undefined,
  size: number,
): Promise<RuleRecord[]> => {
  const { where, values } = below("rules.scope || '/'", prefixes);
  return rulesWhere(query, `rule_key > $after and ${where}`, { ...values, after: after ?? '' }, `limit ${size}`);
};

export const ruleNamed = async (query: RunQuery, scope: string, ruleId: string): Promise<RuleRecord | undefined> =>
  (await rulesWhere(query, 'rule_key = $key', { key: ruleKey(scope, ruleId) }))[0];
