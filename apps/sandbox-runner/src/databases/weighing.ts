import { isSupported, type DatabaseComparison } from '@assay/advisories';
import {
  noConsequences,
  type Consequences,
  type Finding,
  type LosingPackage,
  type OperatingSystem,
} from '@assay/events';

/** Packages that an answer names. */
const mostPackages = 1000;

/** The part of a standing result that a database may change. */
export interface Weighable {
  readonly os?: OperatingSystem;
  readonly findings: readonly Finding[];
}

type Ids = ReadonlyMap<string, ReadonlySet<string>>;

/** The losses of one bucket, looked up for each finding. */
interface Losses {
  readonly bucket: string;
  /** Undefined unless it is gone. A release that is out of support may go. */
  readonly gone?: 'supported' | 'ended';
  readonly emptied: ReadonlySet<string>;
  readonly removed: Ids;
  readonly weakened: Ids;
}

const lossesIn = ({ gone, emptied, removed, weakened }: DatabaseComparison, now: number): Losses[] =>
  [...new Set([...gone, ...Object.keys(emptied), ...Object.keys(removed), ...Object.keys(weakened)])].map((bucket) => ({
    bucket,
    ...(gone.includes(bucket) ? { gone: isSupported(bucket, now) ? 'supported' : 'ended' } : {}),
    emptied: new Set(emptied[bucket]?.map(moduleEnd)),
    removed: withoutModules(removed[bucket]),
    weakened: withoutModules(weakened[bucket]),
  }));

/** Names by which advisories may know the package of a finding. */
const namesOf = ({ package: name, sourcePackage = name }: Finding): readonly string[] => [
  ...new Set([sourcePackage, name, name.toLowerCase(), name.toLowerCase().replaceAll(/[-_.]+/g, '-')]),
];

/** Red Hat keeps a package of a module as `nodejs:18::npm`. */
const moduleEnd = (name: string): string => name.split('::').at(-1) ?? name;

/** The ids of the packages by their names without modules. */
const withoutModules = (advised: Readonly<Record<string, readonly string[]>> = {}): Ids => {
  const ids = new Map<string, Set<string>>();
  for (const [name, of] of Object.entries(advised))
    ids.set(moduleEnd(name), new Set([...(ids.get(moduleEnd(name)) ?? []), ...of]));
  return ids;
};

/** Ids by which advisories may know the vulnerability of a finding: Red Hat has those of its errata. */
const hasAny = (ids: ReadonlySet<string> | undefined, { vulnerability, aliases = [] }: Finding): boolean =>
  ids !== undefined && [vulnerability, ...aliases].some((id) => ids.has(id));

/** Sums up the consequences of an offered database for images, one image after the other. */
export class Weighing {
  readonly #losses: readonly Losses[];
  readonly #lowered: ReadonlySet<string>;
  readonly #raised: ReadonlySet<string>;
  readonly #packages = new Map<string, LosingPackage>();
  readonly #sums = { ...noConsequences };

  /**
   * @param isAdvisedBy returns a test for the buckets with the advisories of a type of packages
   * @param now ms since the epoch
   */
  constructor(
    comparison: DatabaseComparison,
    private readonly isAdvisedBy: (os: OperatingSystem | undefined, type: string) => (bucket: string) => boolean,
    now: number,
  ) {
    this.#losses = lossesIn(comparison, now);
    this.#lowered = new Set(comparison.lowered);
    this.#raised = new Set(comparison.raised);
  }

  take({ os, findings }: Weighable): void {
    const sums = this.#sums;
    const byType = new Map<string, readonly Losses[]>();
    const lossesOf = (type: string): readonly Losses[] => {
      const known = byType.get(type);
      if (known) return known;
      const isOf = this.isAdvisedBy(os, type);
      const found = this.#losses.filter(({ bucket }) => isOf(bucket.toLowerCase()));
      byType.set(type, found);
      return found;
    };
    const own = os ? lossesOf(os.family) : [];
    let isUncovered = own.some(({ gone }) => gone === 'supported');
    let [closing, weakened] = [0, 0];
    for (const finding of findings) {
      const losses = lossesOf(finding.packageType).filter(({ gone }) => gone !== 'ended');
      isUncovered ||= losses.some(({ gone }) => gone !== undefined);
      if (this.#isClosed(finding, losses)) closing += 1;
      else if (this.#isWeakened(finding, losses)) weakened += 1;
    }
    sums.images += 1;
    sums.findings += findings.length;
    sums.closing += closing;
    sums.weakened += weakened;
    if (closing > 0) sums.changed += 1;
    if (isUncovered) sums.uncovered += 1;
    else if (findings.length > 0 && closing + weakened === findings.length) sums.healthy += 1;
  }

  #isClosed(finding: Finding, losses: readonly Losses[]): boolean {
    for (const { bucket, gone, emptied, removed } of losses)
      for (const name of namesOf(finding)) {
        const isAll = gone !== undefined || emptied.has(name);
        if (!isAll && !hasAny(removed.get(name), finding)) continue;
        const key = `${bucket}\0${name}`;
        const known = this.#packages.get(key);
        if (known) known.closing += 1;
        else this.#packages.set(key, { bucket, package: name, closing: 1, loses: isAll ? 'all' : 'some' });
        return true;
      }
    return false;
  }

  /** @returns true if the advisory of the finding may match less. Then the finding may close as well. */
  #isWeakened(finding: Finding, losses: readonly Losses[]): boolean {
    const names = namesOf(finding);
    if (this.#lowered.has(finding.vulnerability)) this.#sums.lowered += 1;
    else if (this.#raised.has(finding.vulnerability)) this.#sums.raised += 1;
    return losses.some(({ weakened }) => names.some((name) => hasAny(weakened.get(name), finding)));
  }

  get consequences(): Consequences {
    const packages = [...this.#packages.values()].toSorted((a, b) => b.closing - a.closing).slice(0, mostPackages);
    return { ...this.#sums, packages };
  }
}
