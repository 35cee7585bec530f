import type { DatabaseComparison } from '@assay/advisories';
import type { OperatingSystem, ScannedFinding } from '@assay/events';
import { givenBy, isHollow, isUncovered } from './databases.ts';
import type { SimulatedImage } from './images.ts';

/** The bucket of the only release, and that of the only language. */
const [release, language] = ['debian 13', 'npm::github'];

const bucketOf = ({ packageType }: Pick<ScannedFinding, 'packageType'>): string =>
  packageType === 'debian' ? release : language;

/** The buckets of a type of packages, as a scanner's registration names them. */
export const isAdvisedBy =
  (_os: OperatingSystem | undefined, type: string) =>
  (bucket: string): boolean =>
    bucket === (type === 'debian' ? release : language);

type Advised = Record<string, Record<string, string[]>>;

/** A set of advisories: ids by bucket and package. */
const noted = (advised: Advised, bucket: string, name: string, id: string): void => {
  const ids = ((advised[bucket] ??= {})[name] ??= []);
  if (!ids.includes(id)) ids.push(id);
};

const severities = ['Low', 'Medium', 'High', 'Critical'];
const rank = ({ severity }: ScannedFinding): number => severities.indexOf(severity);

/**
 * The losses of a database against the one before it, as the images of a scene would notice them: databases have no
 * other content.
 */
export const comparisonOf = (
  images: Iterable<SimulatedImage>,
  before: string,
  next: string,
): DatabaseComparison & { readonly isWorse: boolean } => {
  const gone = new Set<string>();
  const [removed, weakened, left]: Advised[] = [{}, {}, {}];
  const [lowered, raised] = [new Set<string>(), new Set<string>()];
  if (isHollow(next) && !isHollow(before)) for (const bucket of [release, language]) gone.add(bucket);
  for (const image of images) {
    if (isUncovered(image, next) && !isUncovered(image, before)) gone.add(release);
    const after = new Map(givenBy(image, next).map((finding) => [finding.vulnerability, finding]));
    for (const finding of after.values()) noted(left!, bucketOf(finding), finding.package, finding.vulnerability);
    for (const finding of givenBy(image, before)) {
      const [bucket, kept] = [bucketOf(finding), after.get(finding.vulnerability)];
      const { package: name, vulnerability, fixedVersion } = finding;
      if (!kept) noted(removed!, bucket, name, vulnerability);
      else if (fixedVersion !== undefined && kept.fixedVersion !== fixedVersion)
        noted(weakened!, bucket, name, vulnerability);
      if (kept && rank(kept) < rank(finding)) lowered.add(vulnerability);
      if (kept && rank(kept) > rank(finding)) raised.add(vulnerability);
    }
  }
  const emptied: Record<string, string[]> = {};
  for (const bucket of Object.keys(removed!)) {
    const packages = removed![bucket]!;
    if (!gone.has(bucket)) emptied[bucket] = Object.keys(packages).filter((name) => !left![bucket]?.[name]);
    for (const name of Object.keys(packages)) if (gone.has(bucket) || !left![bucket]?.[name]) delete packages[name];
  }
  return {
    buckets: [],
    gone: [...gone],
    emptied,
    halved: 0,
    removed: removed!,
    weakened: weakened!,
    lowered: [...lowered],
    raised: [...raised],
    isWorse:
      gone.size > 0 ||
      [emptied, removed!, weakened!].some((losses) =>
        Object.values(losses).some((packages) => Object.keys(packages).length > 0),
      ),
  };
};

/** A test for the findings that close by a database with these losses. */
export const closesBy =
  ({ gone, emptied, removed }: DatabaseComparison) =>
  (finding: Pick<ScannedFinding, 'package' | 'packageType' | 'vulnerability'>): boolean => {
    const bucket = bucketOf(finding);
    const { package: name, vulnerability } = finding;
    const isRemoved = removed[bucket]?.[name]?.includes(vulnerability) ?? false;
    return gone.includes(bucket) || isRemoved || (emptied[bucket]?.includes(name) ?? false);
  };
