import {
  canonical,
  isDigest,
  type Finding,
  type Package,
  type ScannedFinding,
  type VulnerabilityDescribed,
} from '@assay/events';

/** Version of the form in which findings are written. Raised with every change of what one scanned finding becomes. */
export const findingForm = 1;

/** The words of a scanner about a vulnerability, which hold for every package. */
export type VulnerabilityDescription = Omit<VulnerabilityDescribed, 'scanner' | 'database'>;

/** A scanned set: what is particular to the image, and the descriptions of its vulnerabilities. */
export interface Halves {
  /** In canonical order. */
  readonly findings: readonly Finding[];
  /** Digests of layers, sorted. Findings name them by position. */
  readonly layers: readonly string[];
  readonly descriptions: readonly VulnerabilityDescription[];
}

/** An image has at most some hundred layers. Each page of an event repeats them, and brokers limit it. */
const mostLayers = 1_000;

/** The layers of packages count too, so that a finding that comes or goes does not move those of the others. */
const layersOf = (findings: readonly ScannedFinding[], packages: readonly Pick<Package, 'layer'>[]): string[] =>
  [...new Set([...packages, ...findings].flatMap(({ layer }) => (isDigest(layer) ? [layer] : [])))]
    .toSorted()
    .slice(0, mostLayers);

const findingOf = (scanned: ScannedFinding, positions: ReadonlyMap<string | undefined, number>): Finding => {
  const { aliases, sourcePackage, fixedVersion, path, ownSource, ratings } = scanned;
  const own = ratings.filter(({ source }) => source === ownSource);
  const scores = ratings.flatMap(({ score }) => score ?? []);
  const layer = positions.get(scanned.layer);
  return {
    vulnerability: scanned.vulnerability,
    ...(aliases.length > 0 ? { aliases: [...aliases] } : {}),
    package: scanned.package,
    packageType: scanned.packageType,
    ...(sourcePackage === undefined ? {} : { sourcePackage }),
    installedVersion: scanned.installedVersion,
    ...(fixedVersion === undefined ? {} : { fixedVersion }),
    ...(path === undefined ? {} : { path }),
    ...(layer === undefined ? {} : { layer }),
    severity: scanned.severity,
    ...(own.length > 0 ? { ratings: own } : {}),
    ...(scores.length > 0 ? { score: Math.max(...scores) } : {}),
  };
};

const descriptionOf = ({
  vulnerability,
  title,
  description,
  references,
  cwes,
  ratings,
  ownSource,
  publishedAt,
  modifiedAt,
}: ScannedFinding): VulnerabilityDescription => ({
  vulnerability,
  ...(title === undefined ? {} : { title }),
  ...(description === undefined ? {} : { description }),
  references: [...references],
  cwes: [...cwes],
  ratings: ratings.filter(({ source }) => source !== ownSource),
  ...(ownSource === undefined ? {} : { without: ownSource }),
  ...(publishedAt === undefined ? {} : { publishedAt }),
  ...(modifiedAt === undefined ? {} : { modifiedAt }),
});

/** Splits scanned findings into what is particular to the image, and what is the same for every image. */
export const halvesOf = (scanned: readonly ScannedFinding[], packages: readonly Pick<Package, 'layer'>[]): Halves => {
  const layers = layersOf(scanned, packages);
  const positions = new Map<string | undefined, number>(layers.map((layer, position) => [layer, position]));
  const descriptions = new Map<string, VulnerabilityDescription>();
  for (const each of scanned) {
    const key = JSON.stringify([each.vulnerability, each.ownSource]);
    if (!descriptions.has(key)) descriptions.set(key, descriptionOf(each));
  }
  return {
    findings: canonical(scanned.map((each) => findingOf(each, positions))),
    layers,
    descriptions: [...descriptions.values()],
  };
};
