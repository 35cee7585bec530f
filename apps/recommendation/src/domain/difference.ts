import { identityOf, severities, type ClassifiedFinding, type Package } from '@assay/events';

/** Why a finding no longer counts. `unknown`: the facts at hand do not show it. */
export const goneReasons = [
  'package-removed',
  'fixed-version',
  'advisory-withdrawn',
  'rule',
  'scanner',
  'unknown',
] as const;
export type GoneReason = (typeof goneReasons)[number];

/** Why a finding counts that did not count before. */
export const newReasons = [
  'package-added',
  'version-changed',
  'advisory-published',
  'rule',
  'scanner',
  'unknown',
] as const;
export type NewReason = (typeof newReasons)[number];

/** The facts known of an image at one moment. */
export interface Moment {
  /** All findings, with those that a rule disables. */
  readonly findings: readonly ClassifiedFinding[];
  /** Absent if they are not known. */
  readonly packages?: readonly ComparedPackage[] | undefined;
  /** Digests of the database and of the scanner that the findings stand on. */
  readonly database: string;
  readonly scanner: string;
}
export type ComparedPackage = Pick<Package, 'type' | 'name' | 'version' | 'path'>;

export interface GoneFinding {
  readonly finding: ClassifiedFinding;
  readonly because: GoneReason;
  /** The rule that disables it now. */
  readonly ruleId?: string;
}

export interface NewFinding {
  readonly finding: ClassifiedFinding;
  readonly because: NewReason;
  /** The rule that disabled it before. */
  readonly ruleId?: string;
}

export interface ChangedFinding {
  readonly before: ClassifiedFinding;
  readonly after: ClassifiedFinding;
}

export interface FindingDifference {
  readonly gone: readonly GoneFinding[];
  readonly added: readonly NewFinding[];
  readonly changed: readonly ChangedFinding[];
  /** Number of findings that count in both and are the same. */
  readonly same: number;
}

/** A package by its type and name, with its versions. */
export interface PackageVersions {
  readonly type: string;
  readonly name: string;
  readonly versions: readonly string[];
}

export interface PackageDifference {
  readonly removed: readonly PackageVersions[];
  readonly added: readonly PackageVersions[];
  readonly changed: readonly {
    readonly type: string;
    readonly name: string;
    readonly before: readonly string[];
    readonly after: readonly string[];
  }[];
}

const keyOf = (...parts: readonly (string | undefined)[]): string => JSON.stringify(parts);
const isActive = ({ state }: ClassifiedFinding): boolean => state === 'active';
const byIdentity = (a: ClassifiedFinding, b: ClassifiedFinding): number => (identityOf(a) < identityOf(b) ? -1 : 1);

/** The worst first. */
const worstFirst = (a: ClassifiedFinding, b: ClassifiedFinding): number =>
  severities.indexOf(a.severity) - severities.indexOf(b.severity) || byIdentity(a, b);

/** True if readers are shown the same of both, apart from when they were first seen. */
const isSame = (a: ClassifiedFinding, b: ClassifiedFinding): boolean =>
  a.installedVersion === b.installedVersion &&
  a.path === b.path &&
  a.fixedVersion === b.fixedVersion &&
  a.severity === b.severity &&
  a.score === b.score;

type Pair = readonly [before: ClassifiedFinding, after: ClassifiedFinding];

/** Pairs findings with the same key, in the order of their identities. Each is in one pair at most. */
const paired = (
  before: ReadonlySet<ClassifiedFinding>,
  after: ReadonlySet<ClassifiedFinding>,
  key: (finding: ClassifiedFinding) => string,
): Pair[] => {
  const later = Map.groupBy([...after].toSorted(byIdentity), key);
  return [...before].toSorted(byIdentity).flatMap((finding): Pair[] => {
    const match = later.get(key(finding))?.shift();
    return match ? [[finding, match]] : [];
  });
};

/** The same vulnerability in the same package is one finding, also in another version or at another path. */
const keys: readonly ((finding: ClassifiedFinding) => string)[] = [
  identityOf,
  ({ vulnerability, packageType, package: name, path }) => keyOf(vulnerability, packageType, name, path),
  ({ vulnerability, packageType, package: name }) => keyOf(vulnerability, packageType, name),
];

type PackagesByName = ReadonlyMap<string, readonly ComparedPackage[]>;
const byPackage = ({ packages }: Moment): PackagesByName | undefined =>
  packages && Map.groupBy(packages, ({ type, name }) => keyOf(type, name));

/** How a package stands at a moment: not there, there in other versions alone, or there as it was. */
const standing = (
  { packageType, package: name, installedVersion, path }: ClassifiedFinding,
  packages: PackagesByName,
): 'absent' | 'other-version' | 'same' => {
  const named = packages.get(keyOf(packageType, name)) ?? [];
  const here = path === undefined ? named : named.filter((each) => each.path === undefined || each.path === path);
  const [first] = here;
  if (!first) return 'absent';
  return here.some(({ version }) => version === installedVersion) ? 'same' : 'other-version';
};

/** The reason for a finding that is in one moment alone, by how its package stands in the other. */
const reasonIn =
  <Reason>(
    there: Moment,
    here: Moment,
    reasons: { readonly absent: Reason; readonly 'other-version': Reason; readonly advisory: Reason },
  ) =>
  (finding: ClassifiedFinding, packages: PackagesByName | undefined): Reason | 'scanner' | 'unknown' => {
    if (!packages) return 'unknown';
    const stands = standing(finding, packages);
    if (stands !== 'same') return reasons[stands];
    if (there.database !== here.database) return reasons.advisory;
    return there.scanner === here.scanner ? 'unknown' : 'scanner';
  };

const ruledIn = ({ findings }: Moment): ReadonlyMap<string, ClassifiedFinding> =>
  new Map(findings.filter((finding) => !isActive(finding)).map((finding) => [identityOf(finding), finding]));

/** A finding that a rule disables on the other side, or enabled again. */
const byRule = ({ ruleId }: ClassifiedFinding): { readonly because: 'rule'; readonly ruleId?: string } => ({
  because: 'rule',
  ...(ruleId ? { ruleId } : {}),
});

/** How the findings that count differ between two moments of one image, or between two images, each with its reason. */
export const differenceOf = (before: Moment, after: Moment): FindingDifference => {
  const [left, right] = [before, after].map(({ findings }) => new Set(findings.filter(isActive))) as [
    Set<ClassifiedFinding>,
    Set<ClassifiedFinding>,
  ];
  const [ruledBefore, ruledAfter] = [ruledIn(before), ruledIn(after)];
  // A finding that a rule disabled or enabled is neither gone by itself nor another version of something.
  const disabled = [...left].filter((finding) => ruledAfter.has(identityOf(finding)));
  const enabled = [...right].filter((finding) => ruledBefore.has(identityOf(finding)));
  for (const finding of disabled) left.delete(finding);
  for (const finding of enabled) right.delete(finding);
  const pairs: Pair[] = [];
  for (const key of keys)
    for (const pair of paired(left, right, key)) {
      pairs.push(pair);
      left.delete(pair[0]);
      right.delete(pair[1]);
    }
  const [packagesBefore, packagesAfter] = [byPackage(before), byPackage(after)];
  const goneBy = reasonIn<GoneReason>(after, before, {
    absent: 'package-removed',
    'other-version': 'fixed-version',
    advisory: 'advisory-withdrawn',
  });
  const newBy = reasonIn<NewReason>(before, after, {
    absent: 'package-added',
    'other-version': 'version-changed',
    advisory: 'advisory-published',
  });
  const inOrder = (a: { finding: ClassifiedFinding }, b: { finding: ClassifiedFinding }): number =>
    worstFirst(a.finding, b.finding);
  return {
    gone: [
      ...[...left].map((finding) => ({ finding, because: goneBy(finding, packagesAfter) })),
      ...disabled.map((finding) => ({ finding, ...byRule(ruledAfter.get(identityOf(finding)) ?? finding) })),
    ].toSorted(inOrder),
    added: [
      ...[...right].map((finding) => ({ finding, because: newBy(finding, packagesBefore) })),
      ...enabled.map((finding) => ({ finding, ...byRule(ruledBefore.get(identityOf(finding)) ?? finding) })),
    ].toSorted(inOrder),
    changed: pairs
      .filter(([a, b]) => !isSame(a, b))
      .toSorted(([, a], [, b]) => worstFirst(a, b))
      .map(([a, b]) => ({ before: a, after: b })),
    same: pairs.filter(([a, b]) => isSame(a, b)).length,
  };
};

const versionsOf = (packages: readonly ComparedPackage[]): ReadonlyMap<string, PackageVersions> =>
  new Map(
    [...Map.groupBy(packages, ({ type, name }) => keyOf(type, name))].map(([key, all]) => [
      key,
      {
        type: all[0]?.type ?? '',
        name: all[0]?.name ?? '',
        versions: [...new Set(all.map(({ version }) => version))].toSorted(),
      },
    ]),
  );

const byName = (a: Omit<PackageVersions, 'versions'>, b: Omit<PackageVersions, 'versions'>): number =>
  keyOf(a.type, a.name) < keyOf(b.type, b.name) ? -1 : 1;

/** How the packages differ between two moments of one image, or between two images. */
export const packageDifference = (
  before: readonly ComparedPackage[],
  after: readonly ComparedPackage[],
): PackageDifference => {
  const [was, is] = [versionsOf(before), versionsOf(after)];
  const only = (some: typeof was, others: typeof was): PackageVersions[] =>
    [...some].flatMap(([key, each]) => (others.has(key) ? [] : [each])).toSorted(byName);
  return {
    removed: only(was, is),
    added: only(is, was),
    changed: [...was]
      .flatMap(([key, { type, name, versions }]) => {
        const now = is.get(key)?.versions;
        return now && keyOf(...now) !== keyOf(...versions) ? [{ type, name, before: versions, after: now }] : [];
      })
      .toSorted(byName),
  };
};
