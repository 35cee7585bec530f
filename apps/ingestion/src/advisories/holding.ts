import { noConsequences, type Consequences, type LosingPackage } from '@assay/events';

/** The consequences beyond which a database waits for an order. */
export interface HoldLimits {
  /** Packages of images that may lose all of their advisories. Four times as many may lose some. */
  readonly packages: number;
  /** Share of all findings that may close, in percent, without those of the package that loses most. */
  readonly findingsPercent: number;
  /** Share of all images that may lose their last finding, in percent; ten may in any case. */
  readonly healthyPercent: number;
  /** Share of all findings that may be rated lower, or whose advisories may match less, in percent. */
  readonly weakenedPercent: number;
}

/** Up to this number no share counts. */
const few = 10;

const sumOfPackages = (lists: readonly (readonly LosingPackage[])[]): LosingPackage[] => {
  const byName = new Map<string, LosingPackage>();
  for (const each of lists.flat()) {
    const key = `${each.bucket}\0${each.package}`;
    const known = byName.get(key);
    byName.set(key, { ...each, closing: each.closing + (known?.closing ?? 0) });
  }
  return [...byName.values()].toSorted((a, b) => b.closing - a.closing).slice(0, 1000);
};

const { packages: _packages, ...counts } = noConsequences;
const names = Object.keys(counts) as (keyof typeof counts)[];

/** The consequences in all partitions together. */
export const sumOf = (answers: readonly Consequences[]): Consequences => {
  const sum = { ...counts };
  for (const each of answers) for (const name of names) sum[name] += each[name];
  return { ...sum, packages: sumOfPackages(answers.map(({ packages }) => packages)) };
};

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

const isBeyond = (part: number, whole: number, percent: number): boolean => part > few && part * 100 > percent * whole;

/**
 * The reasons for which a database waits for an order, one per line; none if it may be used. An advisory that is
 * withdrawn, a package with a new name, a release whose support ended, and a kernel that loses half of its advisories
 * are no reason: they touch few packages.
 */
export const reasonsToHold = (
  { images, findings, closing, healthy, uncovered, weakened, lowered, raised, packages }: Consequences,
  limits: HoldLimits,
): readonly string[] => {
  const emptied = packages.filter(({ loses }) => loses === 'all');
  const most = packages[0]?.closing ?? 0;
  const named = (list: readonly LosingPackage[]): string =>
    list
      .slice(0, 3)
      .map(({ bucket, package: name }) => `${name} of ${bucket}`)
      .join(', ') + (list.length > 3 ? ', …' : '');
  return [
    ...(uncovered > 0 ? [`it has nothing of the release or a language of ${counted(uncovered, 'image')}`] : []),
    ...(emptied.length > limits.packages
      ? [`${emptied.length} packages of images lose all of their advisories (${named(emptied)})`]
      : []),
    ...(packages.length > 4 * limits.packages
      ? [`${packages.length} packages of images lose advisories (${named(packages)})`]
      : []),
    ...(isBeyond(closing - most, findings, limits.findingsPercent)
      ? [`${closing} of ${findings} findings would close, in more than one package`]
      : []),
    ...(isBeyond(healthy, images, limits.healthyPercent)
      ? [`${healthy} of ${images} images would lose their last finding`]
      : []),
    ...(isBeyond(weakened, findings, limits.weakenedPercent)
      ? [`the advisories of ${weakened} of ${findings} findings would match less`]
      : []),
    ...(isBeyond(lowered - raised, findings, limits.weakenedPercent)
      ? [`${lowered} of ${findings} findings would be rated lower`]
      : []),
  ];
};

/** The consequences in one line: *closes 412 findings in 37 images; 9 would become healthy*. */
export const consequencesIn = ({ closing, changed, healthy, uncovered, weakened }: Consequences): string =>
  [
    `closes ${counted(closing, 'finding')} in ${counted(changed, 'image')}; ${healthy} would become healthy`,
    ...(uncovered > 0 ? [`leaves ${counted(uncovered, 'image')} without advisories`] : []),
    ...(weakened > 0 ? [`weakens ${counted(weakened, 'finding')}`] : []),
  ].join('; ');
