import {
  at,
  derivedId,
  noFindings,
  severities,
  type BySeverity,
  type ClassifiedFinding,
  type RuleChanged,
  type ScannedFinding,
  type Severity,
} from '@assay/events';
import type { Config, HeldRule, ScanHead } from './state.ts';

interface SeverityRule {
  readonly name: string;
  readonly severity: (finding: ScannedFinding) => Severity | undefined;
}

/**
 * Chooses the rating that counts. The row's name goes with the finding, and the event keeps all ratings. A finding that
 * no row rates is Unknown.
 */
const severityRules: readonly SeverityRule[] = [
  { name: 'scanner', severity: ({ severity }) => (severity === 'Unknown' ? undefined : severity) },
];

const severityOf = (finding: ScannedFinding): { readonly name: string; readonly severity: Severity } => {
  for (const rule of severityRules) {
    const severity = rule.severity(finding);
    if (severity !== undefined) return { name: rule.name, severity };
  }
  return { name: 'unrated', severity: 'Unknown' };
};

const rank = (severity: Severity): number => severities.length - severities.indexOf(severity);

type Criterion = keyof RuleChanged['criteria'];

/** Tests a finding against each criterion. All criteria of a rule must hold. */
const criteria: {
  readonly [C in Criterion]: (
    wanted: NonNullable<RuleChanged['criteria'][C]>,
    finding: ScannedFinding,
    head: ScanHead,
  ) => boolean;
} = {
  vulnerabilities: (ids, { vulnerability, aliases }) =>
    [vulnerability, ...aliases].some((id) => ids.some((wanted) => wanted.toLowerCase() === id.toLowerCase())),
  digests: (digests, _finding, { digest }) => digests.includes(digest),
  operatingSystems: (systems, _finding, { os }) =>
    os !== undefined &&
    systems.some(
      (system) =>
        system.toLowerCase() === `${os.family} ${os.version}`.toLowerCase() ||
        system.toLowerCase() === os.family.toLowerCase(),
    ),
  // An unknown severity is not below any limit: an unrated finding must not pass.
  severityBelow: (limit, { severity }) => severity !== 'Unknown' && rank(severity) < rank(limit),
  cvssBelow: (limit, { ratings }) => {
    const scores = ratings.flatMap(({ score }) => (score === undefined ? [] : [score]));
    return scores.length > 0 && Math.max(...scores) < limit;
  },
  patchable: (wanted, { fixedVersion }) => (fixedVersion !== undefined) === wanted,
};

const isMet = ({ criteria: given }: RuleChanged, finding: ScannedFinding, head: ScanHead): boolean => {
  const entries = Object.entries(given) as [Criterion, never][];
  // A criterion that only a newer Assay knows makes the rule match nothing.
  return (
    entries.length > 0 &&
    entries.every(
      ([criterion, wanted]) => Object.hasOwn(criteria, criterion) && criteria[criterion](wanted, finding, head),
    )
  );
};

const covers = ({ scope }: RuleChanged, { registryId, subscriptionId }: ScanHead): boolean => {
  const [wide, narrow] = [scope.toLowerCase().replace(/\/$/, ''), registryId.toLowerCase()];
  return narrow === wide || narrow.startsWith(`${wide}/`) || wide === `/subscriptions/${subscriptionId.toLowerCase()}`;
};

/** Returns the rules in force for an image at a time, ordered by id. */
export const rulesFor = ({ rules }: Config, head: ScanHead, now: number): HeldRule[] =>
  Object.values(rules)
    .filter(({ rule }) => covers(rule, head) && (rule.expiresAt === undefined || Date.parse(rule.expiresAt) > now))
    .toSorted((a, b) => (a.rule.ruleId < b.rule.ruleId ? -1 : 1));

export const findingIdOf = (
  { registryId, repository, digest }: ScanHead,
  { vulnerability, package: name, installedVersion }: ScannedFinding,
): string => derivedId('finding', registryId.toLowerCase(), repository, digest, vulnerability, name, installedVersion);

/** Returns the advice for users. */
export const remediationOf = ({ package: name, installedVersion, fixedVersion }: ScannedFinding): string =>
  fixedVersion
    ? `Upgrade ${name} from ${installedVersion} to ${fixedVersion} or later, rebuild the image and push it again.`
    : `No fixed version of ${name} is published yet.`;

type Ratings = ScannedFinding['ratings'];

/** Limits the ratings of one package found at many paths: brokers refuse records that are too large. */
const ratingsBytes = 64 * 1024;

/**
 * Keeps the highest scores if there are more than an event may hold: the ratings left out must not make a rule with
 * `cvssBelow` match.
 */
const bounded = (ratings: readonly (readonly [text: string, rating: Ratings[number]])[]): Ratings => {
  const bytes = ratings.reduce((sum, [text]) => sum + text.length, 0);
  if (bytes <= ratingsBytes) return ratings.map(([, rating]) => rating);
  let left = ratingsBytes;
  return ratings
    .toSorted(([, a], [, b]) => (b.score ?? -1) - (a.score ?? -1))
    .filter(([text], index) => (left -= text.length) >= 0 || index === 0)
    .map(([, rating]) => rating);
};

/** Collects the distinct ratings of a package that lies in an image at several paths. */
const ratingsOf = (findings: readonly ScannedFinding[]): Ratings => {
  if (findings.length === 1) return at(findings, 0).ratings;
  const distinct = new Map<string, Ratings[number]>();
  for (const rating of findings.flatMap(({ ratings }) => ratings)) {
    const text = JSON.stringify(rating);
    if (!distinct.has(text)) distinct.set(text, rating);
  }
  return bounded([...distinct]);
};

/**
 * Groups to one finding per package, version and vulnerability, with severity, state, remediation and first sighting.
 */
export const classified = (
  findings: readonly ScannedFinding[],
  head: ScanHead,
  rules: readonly HeldRule[],
  firstSeenAt: (findingId: string) => string,
): ClassifiedFinding[] =>
  [...Map.groupBy(findings, (finding) => findingIdOf(head, finding))].map(([findingId, same]) => {
    const finding = at(same, 0);
    const { name, severity } = severityOf(finding);
    const rule = rules.find((each) => isMet(each.rule, { ...finding, severity }, head))?.rule;
    return {
      ...finding,
      ratings: ratingsOf(same),
      findingId,
      severity,
      severityRule: name,
      state: rule ? 'exempt' : 'active',
      ...(rule ? { ruleId: rule.ruleId } : {}),
      remediation: remediationOf(finding),
      firstSeenAt: firstSeenAt(findingId),
    };
  });

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
