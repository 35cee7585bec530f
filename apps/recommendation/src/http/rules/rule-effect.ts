import {
  isoTime,
  noFindings,
  severities,
  type BySeverity,
  type RuleChanged,
  type RuleCriteria,
  type Severity,
} from '@assay/events';
import { standing } from '@assay/verdict';
import type { DuckDBValue } from '@duckdb/node-api';
import { tolerances, type Tolerance } from '../../domain/gate.ts';
import { ruleKey, scopeKey } from '@assay/read-model/intake/config';
import { inSums } from '@assay/read-model/store/finding-filter';
import { uuids, type RunQuery } from '@assay/read-model/store/duckdb';
import { evidenceIn, type Doubts } from '@assay/read-model/placement/evidence';
import { imageIdOf } from '@assay/read-model/intake/image-row';
import type { PlacementState } from '@assay/read-model/placement/placement';

/** A rule as it would be, without its author. */
export type ProposedRule = Pick<RuleChanged, 'ruleId' | 'scope' | 'criteria'>;

/** A condition on a row of `findings f`, with its values. */
interface Condition {
  readonly where: string;
  readonly values: Readonly<Record<string, DuckDBValue>>;
}

const listed = (name: string): string => `(select unnest(from_json($${name}, '["varchar"]')))`;
const lower = (texts: readonly string[]): string[] => texts.map((text) => text.toLowerCase());
const severerFirst = severities.filter((severity) => severity !== 'Unknown');

/** Up to so many ids are found faster in the text of a list than in the list itself. */
const fewIds = 8;

/** A condition that one of the aliases is an id. A quoted text within the JSON of a list is a whole entry of it. */
const aliasIn = (ids: readonly string[], name: string): Condition =>
  ids.length > fewIds
    ? {
        where: `list_has_any(from_json(lower(f.aliases), '["varchar"]'), from_json($${name}, '["varchar"]'))`,
        values: {},
      }
    : {
        where: `(${ids.map((_, at) => `contains(lower(f.aliases), $${name}_alias${at})`).join(' or ')})`,
        values: Object.fromEntries(ids.map((id, at) => [`${name}_alias${at}`, JSON.stringify(id)])),
      };

/** The criteria of rules, as the classifier tests them. Each takes the name of its value. */
const conditions: {
  readonly [C in keyof RuleCriteria]-?: (wanted: NonNullable<RuleCriteria[C]>, name: string) => Condition;
} = {
  vulnerabilities: (ids, name) => {
    const aliases = aliasIn(lower(ids), name);
    return {
      where: `(lower(f.vulnerability) in ${listed(name)} or coalesce(${aliases.where}, false))`,
      values: { [name]: JSON.stringify(lower(ids)), ...aliases.values },
    };
  },
  digests: (digests, name) => ({
    where: `f.digest in ${listed(name)}`,
    values: { [name]: JSON.stringify(digests) },
  }),
  operatingSystems: (systems, name) => ({
    where:
      `f.image in (select image from images where lower(os_family) in ${listed(name)} ` +
      `or lower(os_family || ' ' || os_version) in ${listed(name)})`,
    values: { [name]: JSON.stringify(lower(systems)) },
  }),
  severityBelow: (limit, name) => ({
    where: `f.severity in ${listed(name)}`,
    values: {
      [name]: JSON.stringify(severerFirst.filter((each) => severities.indexOf(each) > severities.indexOf(limit))),
    },
  }),
  cvssBelow: (limit, name) => ({
    where: `coalesce(f.score < $${name}::double, false)`,
    values: { [name]: limit },
  }),
  patchable: (wanted) => ({ where: `(f.fixed_version is ${wanted ? 'not ' : ''}null)`, values: {} }),
};

const never: Condition = { where: 'false', values: {} };

/** Findings that a rule may disable: in its scope, all criteria met. A criterion that is not known is never met. */
const meets = ({ scope, criteria }: Pick<RuleChanged, 'scope' | 'criteria'>, name: string): Condition => {
  const given = Object.entries(criteria).filter(([, wanted]) => wanted !== undefined && wanted !== null);
  if (given.length === 0 || given.some(([criterion]) => !Object.hasOwn(conditions, criterion))) return never;
  const all = given.map(([criterion, wanted], at) =>
    conditions[criterion as keyof RuleCriteria](wanted as never, `${name}_${at}`),
  );
  return {
    where: [`starts_with(f.registry_key, $${name})`, ...all.map(({ where }) => where)].join(' and '),
    values: Object.assign({ [name]: `${scopeKey(scope)}/` }, ...all.map(({ values }) => values)) as Condition['values'],
  };
};

/** Findings of an image by severity: as they count now, and as they would. */
export interface ImageEffect {
  readonly before: BySeverity;
  readonly after: BySeverity;
  readonly hidden: BySeverity;
  readonly shown: BySeverity;
  readonly matched: BySeverity;
  /** Of those that would count. */
  readonly fixable: number;
  readonly exempt: number;
}

/** The changes that a rule would make, by image. An image without one is left out, unless the rule matches there. */
export interface RuleEffect {
  /** True if there is a rule of the name in the scope: it would be replaced. */
  readonly replaces: boolean;
  readonly images: ReadonlyMap<string, ImageEffect>;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Finds the findings that count differently once a rule is made or changed. As in the classifier, a finding is disabled
 * if any rule in force matches it, so another rule may still disable what this one no longer does.
 *
 * @param now ms since the epoch
 */
export const effectOf = async (query: RunQuery, rule: ProposedRule, now: number): Promise<RuleEffect> => {
  const key = ruleKey(rule.scope, rule.ruleId);
  const rules = (await query<{ rule_key: string; data: string }>('select rule_key, data from rules where not removed'))
    .map(({ rule_key, data }) => ({ key: rule_key, rule: JSON.parse(data) as RuleChanged }))
    .filter(({ rule: { expiresAt } }) => expiresAt === undefined || Date.parse(expiresAt) > now);
  const replaces = rules.some((each) => each.key === key);
  const own = meets(rule, 'own');
  const others = rules.filter((each) => replaces && each.key !== key).map((each, at) => meets(each.rule, `other${at}`));
  const by = replaces ? "(f.state = 'exempt' and f.rule_id = $rule)" : 'false';
  const stays = others.length > 0 ? `(${others.map(({ where }) => `(${where})`).join(' or ')})` : 'false';
  const rows = await query<{
    id: string;
    severity: Severity;
    before: number;
    after: number;
    hidden: number;
    shown: number;
    matched: number;
    fixable: number;
    exempt: number;
  }>(
    // One pass over the findings; the rest is about a few groups of each image.
    `with met as materialized (
      select f.image, f.severity, f.state = 'active' as was, f.fixed_version is not null as fixed,
        (${own.where}) as own, ${by} as its, ${stays} as stays, count(*) as n
      from findings f where f.kind = 'finding' and starts_with(f.registry_key, $scope) group by all
    ), judged as (
      select image, severity, was, fixed, own, not own and (was or (its and not stays)) as counts, n from met
    )
    select image::varchar as id, severity,
      coalesce(sum(n) filter (was), 0)::integer as before, coalesce(sum(n) filter (counts), 0)::integer as after,
      coalesce(sum(n) filter (was and not counts), 0)::integer as hidden,
      coalesce(sum(n) filter (counts and not was), 0)::integer as shown,
      coalesce(sum(n) filter (own), 0)::integer as matched,
      coalesce(sum(n) filter (counts and fixed), 0)::integer as fixable,
      coalesce(sum(n) filter (not counts), 0)::integer as exempt
    from judged where image in (select image from judged where own or was <> counts)
    group by image, severity`,
    {
      scope: `${scopeKey(rule.scope)}/`,
      ...(replaces ? { rule: rule.ruleId } : {}),
      ...(Object.assign({}, own.values, ...others.map(({ values }) => values)) as Condition['values']),
    },
  );
  const images = new Map<string, Mutable<ImageEffect>>();
  for (const { id, severity, fixable, exempt, ...counts } of rows) {
    const image = images.get(id) ?? noEffect();
    for (const [which, count] of Object.entries(counts) as [keyof typeof counts, number][])
      image[which][severity] += count;
    image.fixable += fixable;
    image.exempt += exempt;
    images.set(id, image);
  }
  return { replaces, images };
};

/**
 * Counts the findings that a rule would disable, but for those that another rule disables already: each finding has one
 * rule. An expired rule disables none.
 *
 * @param now ms since the epoch
 */
export const exemptedBy = async (
  query: RunQuery,
  { expiresAt, ...rule }: ProposedRule & Pick<RuleChanged, 'expiresAt'>,
  now: number,
): Promise<{ readonly exempted: number; readonly fixable: number }> => {
  if (expiresAt !== undefined && Date.parse(expiresAt) <= now) return { exempted: 0, fixable: 0 };
  const own = meets(rule, 'own');
  const [counts] = await query<{ exempted: number; fixable: number }>(
    `select count(*)::integer as exempted, count(*) filter (where f.fixed_version is not null)::integer as fixable
    from findings f where f.kind = 'finding' and f.${inSums} and ${own.where}
      and (f.state = 'active' or (f.state = 'exempt' and f.rule_id = $rule))`,
    { ...own.values, rule: rule.ruleId },
  );
  return counts ?? { exempted: 0, fixable: 0 };
};

const noEffect = (): Mutable<ImageEffect> => ({
  before: noFindings(),
  after: noFindings(),
  hidden: noFindings(),
  shown: noFindings(),
  matched: noFindings(),
  fixable: 0,
  exempt: 0,
});

export const sumOf = (counts: BySeverity): number =>
  Object.values(counts).reduce<number>((sum, count) => sum + Number(count), 0);

/** All about counts that a status or a decision of the gate depends on. */
const weightOf = (counts: BySeverity, maxSeverity: Tolerance): string => {
  const isAbove = (severity: Severity): boolean =>
    tolerances.indexOf(severity.toLowerCase() as Tolerance) > tolerances.indexOf(maxSeverity);
  return [
    sumOf(counts) > 0,
    counts.Unknown > 0,
    severerFirst.some((severity) => isAbove(severity) && counts[severity] > 0),
  ].join();
};

/** True if the status of an image, or the gate's decision about it, may be another one. */
export const mayFlip = ({ before, after }: ImageEffect, maxSeverity: Tolerance): boolean =>
  weightOf(before, maxSeverity) !== weightOf(after, maxSeverity);

/** A placement as it would be after its next classification, by the list of obstacles to `healthy`. */
export const afterEffect = (
  state: PlacementState,
  effect: ImageEffect | undefined,
  doubts: Doubts,
  now: number,
): PlacementState => {
  const { classified, set, covered: _covered, ...rest } = state;
  // The classifier judges a scan by the database of that scan, and knows nothing of what only readers see.
  const evidence = evidenceIn(classified ? { ...rest, classified, ...(set ? { set } : {}) } : rest, doubts);
  if (!effect || !classified || !evidence) return state;
  const { reason: _reason, ...head } = classified;
  const { stale: _stale, parked: _parked, ...known } = evidence;
  const classification = classified.classification + 1;
  const isShown = set?.verdict === classified.verdict && set.classification === classified.classification;
  return {
    ...state,
    classified: {
      ...head,
      ...standing(known, sumOf(effect.after)),
      classification,
      time: isoTime(now),
      bySeverity: effect.after,
      fixable: effect.fixable,
      exempt: effect.exempt,
    },
    ...(isShown ? { set: { ...set, classification } } : {}),
  };
};

interface IndexRow {
  readonly id: string;
  readonly registry_id: string;
  readonly repository: string;
  readonly digests: readonly string[] | null;
}

/** The ids of the indexes that list one of these images, also by way of another index. */
export const indexesOf = async (query: RunQuery, ids: readonly string[]): Promise<readonly string[]> => {
  const rows = await query<IndexRow>(
    `select image::varchar as id, registry_id, repository,
      json_extract_string(state, '$.push.facts.children[*].digest') as digests
    from images where kind = 'index' and not deleted and (registry_key, repository) in
      (select (registry_key, repository) from images where image in (select unnest($ids::uuid[])))`,
    { ids: uuids(ids) },
  );
  const found = new Set<string>();
  for (let news: ReadonlySet<string> = new Set(ids); news.size > 0;) {
    const above = rows.filter(
      ({ id, registry_id: registryId, repository, digests }) =>
        !found.has(id) && (digests ?? []).some((digest) => news.has(imageIdOf({ registryId, repository, digest }))),
    );
    for (const { id } of above) found.add(id);
    news = new Set(above.map(({ id }) => id));
  }
  return [...found];
};
