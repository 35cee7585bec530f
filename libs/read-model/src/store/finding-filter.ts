import { severities, type Severity } from '@assay/events';
import type { DuckDBValue } from '@duckdb/node-api';
import { runningDigests } from './left-out.ts';

/** Conditions on one finding: it must meet all of them. */
export interface FindingConditions {
  /** The least severity. */
  readonly severity?: Severity | undefined;
  /** Whether a version is known that fixes it. */
  readonly fixable?: boolean | undefined;
  /** `exempt`: a rule disables it. */
  readonly state?: 'active' | 'exempt' | undefined;
}

/** The severities of at least this one, the worst first. `Unknown` is the least. */
export const atLeast = (severity: Severity): readonly Severity[] =>
  severities.slice(0, severities.indexOf(severity) + 1);

/** The place of a severity, 0 for the worst. */
export const severityRank = `case severity ${severities
  .map((severity, rank) => `when '${severity}' then ${rank}`)
  .join(' ')} else ${severities.length} end`;

export const isFixable = "coalesce(fixed_version, '') <> ''";

/**
 * A condition of SQL on `findings`, without parameters. Only findings have a fix or a severity, so neither needs a look
 * at the kind, nor at absent texts.
 */
export const meets = ({ severity, fixable, state }: FindingConditions): string =>
  [
    ...(fixable === true ? ["fixed_version <> ''"] : []),
    ...(fixable === false ? [`not (${isFixable})`] : []),
    ...(severity
      ? [
          `severity in (${atLeast(severity)
            .map((each) => `'${each}'`)
            .join(', ')})`,
        ]
      : []),
    ...(state ? [`state = '${state}'`] : []),
    ...(fixable === true || severity ? [] : ["kind = 'finding'"]),
  ].join(' and ');

const isNotApplicable = "(pending is null and head_status = 'not-applicable')";

/** A condition of SQL on `findings`: their image applies, with a tag or without. */
export const ofApplicable = `image not in (select image from images where ${isNotApplicable})`;

/** A condition of SQL on `findings`: they are in sums, as `isInSums` has it. */
export const inSums = `image not in (select image from images where ${isNotApplicable}
  or (untagged and digest not in (${runningDigests})))`;

/** SQL: one of the texts contains another, which is a parameter in lower case. Case does not count. */
export const containsText = (texts: readonly string[], parameter: string): string =>
  `(${texts.map((text) => `contains(lower(${text}), ${parameter})`).join(' or ')})`;

/** A condition with the values of its parameters. */
export interface Condition {
  readonly where: string;
  readonly values: Readonly<Record<string, DuckDBValue>>;
}

/**
 * A condition that a finding is of a vulnerability, by its id or an alias; case does not count. A quoted text within
 * the JSON of a list is a whole entry of it.
 */
export const ofVulnerability = (id: string): Condition => ({
  where: '(lower(vulnerability) = $vulnerability or coalesce(contains(lower(aliases), $alias), false))',
  values: { vulnerability: id.toLowerCase(), alias: JSON.stringify(id.toLowerCase()) },
});

export const allOf = (conditions: readonly Condition[]): Condition => ({
  where: conditions.map(({ where }) => where).join(' and ') || 'true',
  values: Object.assign({}, ...conditions.map(({ values }) => values)) as Condition['values'],
});
