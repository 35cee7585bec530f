import type { State } from '@assay/event-sourcing';
import type { RuleChanged } from '@assay/events';
import { scopeOf } from './config.ts';
import {
  grouped,
  isKnownCriterion,
  programVersion,
  rank,
  scopesOf,
  systemNamesOf,
  type Criterion,
  type RuledImage,
} from './findings.ts';
import type { Config, Emitted, HeldRule, Received } from './state.ts';
import { filterOf, hashOf, openFilter, type TextHash } from './text-filter.ts';

/** Limits of the two filters in bytes. With them, a summary has less than 1,024 characters. */
const mostFacts = 200;
const mostVulnerabilities = 480;

/** Next offset by config topic. */
type Offsets = Readonly<Record<string, number>>;

/** The filter of facts has texts of several kinds. */
const facts = {
  scope: (scope: string) => `s ${scope}`,
  digest: (digest: string) => `d ${digest}`,
  system: (name: string) => `o ${name}`,
  rule: (ruleId: string) => `r ${ruleId}`,
  build: (digest: string) => `b ${digest}`,
};

/**
 * The program whose severities are summarised, two filters, the least of what rules have limits for, and whether there
 * are findings with and without a fix.
 */
type Summary = readonly [
  program: string,
  facts: string,
  vulnerabilities: string,
  leastRank: number | null,
  leastScore: number | null,
  fixed: 0 | 1,
  unfixed: 0 | 1,
];

type Hashed = readonly (readonly [text: string, hash: TextHash])[];

/** The scopes of placements with their hashes: many images share them, and they are long. */
const scopesOfPlacements = new Map<string, Hashed>();
const mostPlacements = 1000;

const hashedScopesOf = (image: RuledImage): Hashed => {
  const placement = `${image.subscriptionId} ${image.registryId}`;
  const known = scopesOfPlacements.get(placement);
  if (known) return known;
  if (scopesOfPlacements.size >= mostPlacements) scopesOfPlacements.clear();
  const hashed = scopesOf(image).map((scope) => [scope, hashOf(facts.scope(scope))] as const);
  scopesOfPlacements.set(placement, hashed);
  return hashed;
};

const distinct = (texts: readonly string[]): readonly TextHash[] => [...new Set(texts)].map(hashOf);

const least = (values: readonly number[]): number | null =>
  values.length > 0 ? values.reduce((one, other) => Math.min(one, other)) : null;

/**
 * All that decides whether a change of rules or a recall may change the classification of a digest, in less than 1,024
 * bytes. Nothing, if there is no answer yet.
 */
export const summarise = ({
  received: { set, kept = [], placements },
  emitted,
}: State<Received, Emitted>): string | undefined => {
  const answers = Object.values(placements).flatMap(({ answer }) => (answer ? [answer] : []));
  if (answers.length === 0) return undefined;
  const results = [set?.facts, ...answers.map((answer) => answer.facts)].filter((each) => each !== undefined);
  const all = [...(set?.findings ?? []), ...kept.map(({ finding }) => finding)];
  const findings = grouped(all).map(([, finding]) => finding);
  const fixed = findings.filter(({ fixedVersion }) => fixedVersion !== undefined).length;
  const summary: Summary = [
    programVersion,
    filterOf(
      [
        ...new Map(answers.flatMap(({ head }) => hashedScopesOf(head))).values(),
        ...distinct([
          ...answers.map(({ head }) => facts.digest(head.digest)),
          ...results.flatMap(({ os, scanner }) => [
            ...systemNamesOf(os).map(facts.system),
            facts.build(scanner.digest),
          ]),
          ...Object.values(emitted).flatMap((placement) =>
            placement.findings.flatMap(({ ruleId }) => (ruleId === undefined ? [] : [facts.rule(ruleId)])),
          ),
        ]),
      ],
      mostFacts,
    ),
    filterOf(
      distinct(
        findings.flatMap(({ vulnerability, aliases = [] }) =>
          [vulnerability, ...aliases].map((id) => id.toLowerCase()),
        ),
      ),
      mostVulnerabilities,
    ),
    least(findings.flatMap(({ severity }) => (severity === 'Unknown' ? [] : [rank(severity)]))),
    least(findings.flatMap(({ score }) => (score === undefined ? [] : [score]))),
    fixed > 0 ? 1 : 0,
    fixed < findings.length ? 1 : 0,
  ];
  return JSON.stringify(summary);
};

interface Summarised {
  readonly hasFact: (text: string) => boolean;
  readonly hasVulnerability: (id: string) => boolean;
  readonly leastRank: number;
  readonly leastScore: number;
  readonly fixed: boolean;
  readonly unfixed: boolean;
}

/** True if a finding of the digest may meet the criterion. */
const mayMeet: {
  readonly [C in Criterion]: (wanted: NonNullable<RuleChanged['criteria'][C]>, summary: Summarised) => boolean;
} = {
  vulnerabilities: (ids, { hasVulnerability }) => ids.some((id) => hasVulnerability(id.toLowerCase())),
  digests: (digests, { hasFact }) => digests.some((digest) => hasFact(facts.digest(digest))),
  operatingSystems: (systems, { hasFact }) => systems.some((system) => hasFact(facts.system(system.toLowerCase()))),
  severityBelow: (limit, { leastRank }) => leastRank < rank(limit),
  cvssBelow: (limit, { leastScore }) => leastScore < limit,
  patchable: (wanted, { fixed, unfixed }) => (wanted ? fixed : unfixed),
};

const mayBeMet = ({ rule }: HeldRule, summary: Summarised): boolean => {
  const criteria = Object.entries(rule.criteria) as [Criterion, never][];
  return (
    criteria.length > 0 &&
    summary.hasFact(facts.scope(scopeOf(rule))) &&
    criteria.every(([criterion, wanted]) => isKnownCriterion(criterion) && mayMeet[criterion](wanted, summary))
  );
};

/** The changes of the config since some offsets. */
interface ConfigChange {
  readonly since: Offsets;
  readonly rules: readonly HeldRule[];
  /** Ids of rules that were made, changed or removed. */
  readonly ruleIds: readonly string[];
  readonly recalled: readonly string[];
  /** True if a database was recalled, or a recall of one was taken back. */
  readonly isOfDatabases: boolean;
}

/** Found once for each walk: it asks about every digest. */
const changes = new WeakMap<Config, ConfigChange>();

const changeSince = (config: Config, since: Offsets): ConfigChange => {
  const known = changes.get(config);
  if (known?.since === since) return known;
  const isNew =
    (topic: string) =>
    ({ offset }: { readonly offset: number }): boolean =>
      offset >= (since[topic] ?? 0);
  const rules = Object.values(config.rules).filter(isNew('rule.changed'));
  const removed = Object.values(config.removed).filter(isNew('rule.changed'));
  const change: ConfigChange = {
    since,
    rules,
    ruleIds: [...rules.map(({ rule }) => rule.ruleId), ...removed.map(({ ruleId }) => ruleId)],
    recalled: Object.entries(config.recalled)
      .filter(([, recall]) => isNew('operator.acted')(recall))
      .map(([digest]) => digest),
    isOfDatabases: config.databasesActed !== undefined && isNew('operator.acted')(config.databasesActed),
  };
  changes.set(config, change);
  return change;
};

/**
 * False only if no rule or recall since the offsets can change the classification of a digest: no changed rule exempts
 * one of its findings, none may be met by one, and its scanner was not recalled. No summary has the database: marks
 * change it, and they are no events of the digest.
 */
export const mayConcern = (
  text: string,
  { config, since }: { readonly config: Config; readonly since: Offsets },
): boolean => {
  const [program, factsFilter, vulnerabilities, leastRank, leastScore, fixed, unfixed] = JSON.parse(text) as Summary;
  if (program !== programVersion) return true;
  const { rules, ruleIds, recalled, isOfDatabases } = changeSince(config, since);
  if (isOfDatabases) return true;
  const hasFact = openFilter(factsFilter);
  const summary: Summarised = {
    hasFact,
    hasVulnerability: openFilter(vulnerabilities),
    leastRank: leastRank ?? Infinity,
    leastScore: leastScore ?? Infinity,
    fixed: fixed === 1,
    unfixed: unfixed === 1,
  };
  return (
    ruleIds.some((id) => hasFact(facts.rule(id))) ||
    recalled.some((digest) => hasFact(facts.build(digest))) ||
    rules.some((rule) => mayBeMet(rule, summary))
  );
};
