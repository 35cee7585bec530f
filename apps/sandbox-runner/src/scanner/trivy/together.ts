import type { Package, PackageInventory } from '@assay/events';
import { inventory } from '@assay/sbom';
import { documentOf } from './document.ts';
import { ReportError, type TrivyReport } from './report.ts';

/**
 * Most different packages in one document. With their findings, a report about them has some 25 MB, which is less than
 * an image may have alone.
 */
export const mostPackages = 1_000;

/**
 * Stands for the layers of packages, which differ from image to image. Trivy looks for the layer of a package without
 * one, and then takes its build from there.
 */
const anyLayer = `sha256:${'0'.repeat(64)}`;

/** A package as far as it is the same in several images. It has all by which it is matched. */
const common = ({ licenses: _licenses, dependsOn: _needs, layer, ...fields }: Package): Package => ({
  ...fields,
  ...(layer === undefined ? {} : { layer: anyLayer }),
});

const identityOf = (item: Package): string =>
  JSON.stringify(Object.entries(common(item)).toSorted(([a], [b]) => (a < b ? -1 : 1)));

/** Trivy keeps one finding for each vulnerability, name, version and path. */
const placeOf = ({ type, name, version, path, foundIn }: Package): string =>
  JSON.stringify([type, name, version, path, foundIn]);

/** The identities of packages by their places. Nothing if two share a place: only a match alone keeps these apart. */
const placesOf = (packages: readonly Package[]): ReadonlyMap<string, string> | undefined => {
  const places = new Map(packages.map((item) => [placeOf(item), identityOf(item)]));
  return places.size === packages.length ? places : undefined;
};

const systemOf = ({ os }: PackageInventory): string => JSON.stringify(os ? [os.family, os.version] : []);

/** Inventories for one document, with the packages in it. */
interface Batch {
  readonly inventories: PackageInventory[];
  readonly places: Map<string, string>;
}

const hasRoomFor = ({ places }: Batch, more: ReadonlyMap<string, string>): boolean => {
  let added = 0;
  for (const [place, identity] of more) {
    const present = places.get(place);
    if (present === undefined) added += 1;
    else if (present !== identity) return false;
  }
  return places.size + added <= mostPackages;
};

/** A run of fewer would cost as much as each alone, because one of them is matched alone as well. */
const fewest = 3;

/**
 * Arranges inventories by what one document can hold: one release of one system, and no two packages that differ but
 * have the same name, version and path.
 */
export const arranged = (inventories: readonly PackageInventory[]): readonly (readonly PackageInventory[])[] => {
  const bySystem = new Map<string, Batch[]>();
  const alone: PackageInventory[][] = [];
  for (const each of inventories) {
    const places = placesOf(each.packages);
    if (!places || places.size === 0) {
      alone.push([each]);
      continue;
    }
    const batches = bySystem.get(systemOf(each)) ?? [];
    bySystem.set(systemOf(each), batches);
    let batch = batches.find((one) => hasRoomFor(one, places));
    if (!batch) batches.push((batch = { inventories: [], places: new Map() }));
    batch.inventories.push(each);
    for (const [place, identity] of places) batch.places.set(place, identity);
  }
  const batches = [...bySystem.values()].flat().map((batch) => batch.inventories);
  return [...batches.flatMap((each) => (each.length < fewest ? each.map((one) => [one]) : [each])), ...alone];
};

/** An inventory within a document of several. */
export interface RunShare {
  readonly inventory: PackageInventory;
  /** Its packages, by their references in the document. */
  readonly items: ReadonlyMap<string, Package>;
}

/** Puts each package of arranged inventories once into one document. */
export const sharedDocument = (
  inventories: readonly PackageInventory[],
): { readonly document: object; readonly shares: readonly RunShare[] } => {
  const packages = new Map(
    inventories.flatMap((each) => each.packages.map((item) => [identityOf(item), common(item)] as const)),
  );
  const os = inventories[0]?.os;
  const found = inventory([...packages.values()], os);
  const refs = new Map(found.packages.map(({ ref, item }) => [identityOf(item), ref]));
  return {
    document: documentOf(found),
    shares: inventories.map((each) => ({
      inventory: each,
      items: new Map(each.packages.map((item) => [refs.get(identityOf(item)) ?? '', item])),
    })),
  };
};

/**
 * Checks that each finding can be given to the images that have its package.
 *
 * @throws ReportError if one names no package of the document
 */
export const checkReferences = (report: TrivyReport, shares: readonly RunShare[]): void => {
  const refs = new Set(shares.flatMap(({ items }) => [...items.keys()]));
  const stray = (report.Results ?? [])
    .flatMap(({ Vulnerabilities }) => Vulnerabilities ?? [])
    .find(({ PkgIdentifier }) => !refs.has(PkgIdentifier?.BOMRef ?? ''));
  if (stray)
    throw new ReportError('wrong-artifact', `${stray.VulnerabilityID} of ${stray.PkgName} is of no package of the run`);
};

/** Returns the part of a report that is about one inventory, as if it had been alone. */
export const shareOf = (report: TrivyReport, { items }: RunShare): TrivyReport => {
  const own = <Entry extends object>(entry: Entry, ref: string | undefined): Entry[] => {
    const item = items.get(ref ?? '');
    if (!item) return [];
    return [item.layer === undefined ? entry : { ...entry, Layer: { Digest: item.layer } }];
  };
  return {
    ...report,
    Results: (report.Results ?? []).map((result) => ({
      ...result,
      Packages: (result.Packages ?? []).flatMap((each) => own(each, each.Identifier?.BOMRef)),
      Vulnerabilities: (result.Vulnerabilities ?? []).flatMap((each) => own(each, each.PkgIdentifier?.BOMRef)),
    })),
  };
};
