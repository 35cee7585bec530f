import {
  at,
  noFindings,
  severities,
  type BySeverity,
  type ClassifiedFinding,
  type Finding,
  type Judged,
  type OperatingSystem,
  type RuleChanged,
  type Severity,
} from '@assay/events';
import { scopeOf } from './config.ts';
import type { Config, HeldRule } from './state.ts';

/**
 * Raise when the severity rows or the status rules change. Only classifications whose outcome differs are emitted
 * again, each with its whole set.
 */
export const programVersion = 'classifier/4';

interface SeverityRule {
  readonly name: string;
  readonly severity: (finding: Finding) => Severity | undefined;
}

/**
 * Chooses the severity that counts. The row's name goes with the finding. A finding that no row rates is Unknown.
 */
const severityRules: readonly SeverityRule[] = [
  { name: 'scanner', severity: ({ severity }) => (severity === 'Unknown' ? undefined : severity) },
];

const severityOf = (finding: Finding): { readonly name: string; readonly severity: Severity } => {
  for (const rule of severityRules) {
    const severity = rule.severity(finding);
    if (severity !== undefined) return { name: rule.name, severity };
  }
  return { name: 'unrated', severity: 'Unknown' };
};

/** Higher for a worse severity. */
export const rank = (severity: Severity): number => severities.length - severities.indexOf(severity);

/** The image that a rule is asked about. */
export type RuledImage = Pick<Judged, 'subscriptionId' | 'registryId' | 'digest'> & {
  readonly os?: OperatingSystem;
};

export type Criterion = keyof RuleChanged['criteria'];

/** The texts by which a rule may name an operating system, in lower case. */
export const systemNamesOf = (os: OperatingSystem | undefined): readonly string[] =>
  os === undefined ? [] : [os.family.toLowerCase(), `${os.family} ${os.version}`.toLowerCase()];

/** Tests a finding against each criterion. All criteria of a rule must hold. */
const criteria: {
  readonly [C in Criterion]: (
    wanted: NonNullable<RuleChanged['criteria'][C]>,
    finding: Finding,
    image: RuledImage,
  ) => boolean;
} = {
  vulnerabilities: (ids, { vulnerability, aliases = [] }) =>
    [vulnerability, ...aliases].some((id) => ids.some((wanted) => wanted.toLowerCase() === id.toLowerCase())),
  digests: (digests, _finding, { digest }) => digests.includes(digest),
  operatingSystems: (systems, _finding, { os }) =>
    systemNamesOf(os).some((name) => systems.some((system) => system.toLowerCase() === name)),
  // An unknown severity is not below any limit: an unrated finding must not pass.
  severityBelow: (limit, { severity }) => severity !== 'Unknown' && rank(severity) < rank(limit),
  cvssBelow: (limit, { score }) => score !== undefined && score < limit,
  patchable: (wanted, { fixedVersion }) => (fixedVersion !== undefined) === wanted,
};

/** True for a criterion that this release knows. One that only a newer Assay knows makes a rule match nothing. */
export const isKnownCriterion = (criterion: string): criterion is Criterion => Object.hasOwn(criteria, criterion);

const isMet = ({ criteria: given }: RuleChanged, finding: Finding, image: RuledImage): boolean => {
  const entries = Object.entries(given) as [Criterion, never][];
  return (
    entries.length > 0 &&
    entries.every(([criterion, wanted]) => isKnownCriterion(criterion) && criteria[criterion](wanted, finding, image))
  );
};

/** The scopes of a placement, in lower case: its subscription, and its registry with all that is above it. */
export const scopesOf = ({
  registryId,
  subscriptionId,
}: Pick<RuledImage, 'registryId' | 'subscriptionId'>): readonly string[] => {
  const narrow = registryId.toLowerCase();
  const slashes = [...narrow.matchAll(/\//g)].map(({ index }) => narrow.slice(0, index));
  return [...slashes, narrow, `/subscriptions/${subscriptionId.toLowerCase()}`];
};

/** Returns the rules in force for an image at a time, ordered by id. */
export const rulesFor = ({ rules }: Pick<Config, 'rules'>, image: RuledImage, now: number): HeldRule[] => {
  const all = Object.values(rules);
  if (all.length === 0) return all;
  const scopes = new Set(scopesOf(image));
  return all
    .filter(
      ({ rule }) => scopes.has(scopeOf(rule)) && (rule.expiresAt === undefined || Date.parse(rule.expiresAt) > now),
    )
    .toSorted((a, b) => (a.rule.ruleId < b.rule.ruleId ? -1 : 1));
};

/** Identifies a finding through all scans of a placement, as its `findingId` does. */
export const sightingKey = ({
  vulnerability,
  package: name,
  installedVersion,
}: Pick<Finding, 'vulnerability' | 'package' | 'installedVersion'>): string =>
  `${vulnerability}\u0000${name}\u0000${installedVersion}`;

type Ratings = NonNullable<Finding['ratings']>;

/** Limits each list of one package found at many paths: brokers refuse records that are too large. */
const listBytes = 64 * 1024;

/** Items in order until their texts fill the limit. The first one is always there. */
const bounded = <Item>(items: readonly (readonly [text: string, item: Item])[]): Item[] => {
  let left = listBytes;
  return items.filter(([text], index) => (left -= text.length) >= 0 || index === 0).map(([, item]) => item);
};

/** Each rating once, in order. If there are more than an event may hold, those with the highest scores. */
const ratingsOf = (findings: readonly Finding[]): Ratings => {
  const distinct = new Map(findings.flatMap(({ ratings = [] }) => ratings).map((each) => [JSON.stringify(each), each]));
  const bytes = [...distinct.keys()].reduce((sum, text) => sum + text.length, 0);
  return bytes <= listBytes
    ? [...distinct.values()]
    : bounded([...distinct].toSorted(([, a], [, b]) => (b.score ?? -1) - (a.score ?? -1)));
};

const aliasesOf = (findings: readonly Finding[]): string[] =>
  bounded([...new Set(findings.flatMap(({ aliases = [] }) => aliases))].toSorted().map((alias) => [alias, alias]));

/** The worst score of all paths counts: one that is left out must not make a rule with `cvssBelow` match. */
const scoreOf = (findings: readonly Finding[]): number | undefined => {
  const scores = findings.flatMap(({ score }) => (score === undefined ? [] : [score]));
  return scores.length > 0 ? scores.reduce((worst, score) => Math.max(worst, score)) : undefined;
};

/** One finding for a package that lies in an image at several paths. The first path in canonical order speaks. */
const merged = (same: readonly Finding[]): Finding => {
  const { aliases: _aliases, ratings: _ratings, score: _score, ...finding } = at(same, 0);
  const [aliases, ratings, score] = [aliasesOf(same), ratingsOf(same), scoreOf(same)];
  return {
    ...finding,
    ...(aliases.length > 0 ? { aliases } : {}),
    ...(ratings.length > 0 ? { ratings } : {}),
    ...(score === undefined ? {} : { score }),
  };
};

/** A finding with the severity that counts, and the rule that chose it. */
export type RatedFinding = Finding & Pick<ClassifiedFinding, 'severityRule'>;

/**
 * Groups to one finding per package, version and vulnerability.
 *
 * @param findings in canonical order
 * @returns the findings by their `sightingKey`, in canonical order
 */
export const grouped = (findings: readonly Finding[]): readonly (readonly [key: string, finding: RatedFinding])[] =>
  [...Map.groupBy(findings, sightingKey)].map(([key, same]) => {
    const finding = same.length === 1 ? at(same, 0) : merged(same);
    const { name, severity } = severityOf(finding);
    return [key, { ...finding, severity, severityRule: name }];
  });

export interface Classified {
  /** In canonical order. */
  readonly findings: readonly ClassifiedFinding[];
  /** The rules that exempt at least one of them. */
  readonly exempting: ReadonlySet<HeldRule>;
}

/**
 * Gives each finding its severity, state and first sighting.
 *
 * @param findings in canonical order
 * @param firstSeenAt gives the first sighting by `sightingKey`
 */
export const classified = (
  findings: readonly Finding[],
  image: RuledImage,
  rules: readonly HeldRule[],
  firstSeenAt: (key: string) => string,
): Classified => {
  const exempting = new Set<HeldRule>();
  const entries = grouped(findings).map(([key, finding]): ClassifiedFinding => {
    const held = rules.find(({ rule }) => isMet(rule, finding, image));
    if (held) exempting.add(held);
    return {
      ...finding,
      state: held ? 'exempt' : 'active',
      ...(held ? { ruleId: held.rule.ruleId } : {}),
      firstSeenAt: firstSeenAt(key),
    };
  });
  return { findings: entries, exempting };
};

export interface Counts {
  readonly bySeverity: BySeverity;
  readonly fixable: number;
  readonly exempt: number;
}

/** Counts exempt findings separately. */
export const counted = (findings: readonly ClassifiedFinding[]): Counts => {
  const bySeverity = noFindings();
  const active = findings.filter(({ state }) => state === 'active');
  for (const { severity } of active) bySeverity[severity] += 1;
  return {
    bySeverity,
    fixable: active.filter(({ fixedVersion }) => fixedVersion !== undefined).length,
    exempt: findings.length - active.length,
  };
};
