import { asTime, type Build, type OperatingSystem, type Package, type ScannedFinding } from '@assay/events';
import { asText } from '../../domain/text.ts';
import { asSeverity, ratingsOf } from './ratings.ts';
import {
  ReportError,
  type TrivyPackage,
  type TrivyReport,
  type TrivyResult,
  type TrivyVulnerability,
} from './report.ts';

export interface Normalised {
  os?: OperatingSystem;
  findings: ScannedFinding[];
  packages: Package[];
}

/** A larger entry does not fit into a page of an event with room to spare; a broker would refuse it for ever. */
const entryLimit = 512 * 1024;
/**
 * A consumer holds the findings of one image in memory several times over. The memory limits of services in `docker`
 * and `charts` are computed by that. A finding takes two or three KB with its description, so this allows more than
 * 10,000 of them. The count is limited as well, because small findings take more memory than bytes.
 */
const [mostBytes, mostFindings] = [32 * 2 ** 20, 50_000];

/** Keeps the values that are present and not empty. */
const filled = <Key extends string>(values: Record<Key, string | undefined>): Partial<Record<Key, string>> =>
  Object.fromEntries(
    Object.entries<string | undefined>(values).flatMap(([key, value]) => (value ? [[key, asText(value)]] : [])),
  ) as Partial<Record<Key, string>>;

const asTexts = (texts: readonly string[] | null | undefined): string[] => [...new Set((texts ?? []).map(asText))];

/** A version as package managers write it: epoch, version, release. */
const versionOf = (epoch: number | undefined, version = '', release?: string): string =>
  `${epoch ? `${epoch}:` : ''}${version}${release ? `-${release}` : ''}`;

/** Keeps the lists that are not empty. */
const listed = <Key extends string>(
  lists: Record<Key, readonly string[] | null | undefined>,
): Partial<Record<Key, string[]>> =>
  Object.fromEntries(
    Object.entries<readonly string[] | null | undefined>(lists)
      .map(([key, list]) => [key, asTexts(list?.filter(Boolean))] as const)
      .filter(([, texts]) => texts.length > 0),
  ) as Partial<Record<Key, string[]>>;

/** A build without content sets is kept: Trivy takes no advisories for it then. */
const buildOf = ({ BuildInfo }: TrivyPackage): { build?: Build } => {
  if (!BuildInfo) return {};
  const build = {
    ...listed({ contentSets: BuildInfo?.ContentSets }),
    ...filled({ nvr: BuildInfo?.Nvr, architecture: BuildInfo?.Arch }),
  };
  return { build };
};

/** The prefix of a license that has only a text. */
const textMark = /^text:\/\//;

/**
 * For these types the report has one result for the whole image, and each package its own path. For others it has a
 * result for each file.
 */
const gathered: ReadonlySet<string> = new Set(['python-pkg', 'conda-pkg', 'gemspec', 'node-pkg', 'jar']);

const packageOf = (item: TrivyPackage, { Class, Type = '', Target }: TrivyResult): Package => {
  const version = versionOf(item.Epoch, item.Version, item.Release);
  return {
    name: asText(item.Name),
    version: asText(version),
    type: asText(Type),
    purl: asText(item.Identifier?.PURL ?? ''),
    ...filled({
      sourcePackage: item.SrcName,
      sourceVersion: item.SrcVersion && versionOf(item.SrcEpoch, item.SrcVersion, item.SrcRelease),
      id: item.ID === `${item.Name}@${version}` ? undefined : item.ID,
      modularityLabel: item.Modularitylabel,
      path: item.FilePath,
      foundIn: Class === 'lang-pkgs' && !gathered.has(Type) ? Target : undefined,
      layer: item.Layer?.Digest,
    }),
    ...listed({ dependsOn: item.DependsOn, licenses: item.Licenses?.map((license) => license.replace(textMark, '')) }),
    ...buildOf(item),
  };
};

/** Packages of the operating system have no single place; those of a language are where they were found. */
const pathOf = ({ PkgPath }: TrivyVulnerability, { Class, Target }: TrivyResult): string | undefined =>
  PkgPath || (Class === 'os-pkgs' ? undefined : Target);

/** By name and by id, because not every kind of package has an id. */
const sourcesOf = ({ Packages }: TrivyResult): Map<string, string> =>
  new Map(
    (Packages ?? []).flatMap(({ ID, Identifier, SrcName }) =>
      SrcName ? [[`id ${ID}`, SrcName] as const, [`uid ${Identifier?.UID}`, SrcName] as const] : [],
    ),
  );

/**
 * The vendor of the system, if the severity is its own. Trivy puts a vendor's severity of this very package among the
 * ratings of the vulnerability then (`FillInfo` in pkg/vulnerability/vulnerability.go).
 */
const ownSourceOf = ({ SeveritySource, DataSource }: TrivyVulnerability, { Class }: TrivyResult): string | undefined =>
  Class === 'os-pkgs' && SeveritySource === DataSource?.ID ? SeveritySource : undefined;

const findingOf = (
  item: TrivyVulnerability,
  result: TrivyResult,
  sources: ReadonlyMap<string, string>,
): ScannedFinding => ({
  vulnerability: asText(item.VulnerabilityID),
  aliases: asTexts(item.VendorIDs),
  package: asText(item.PkgName),
  packageType: asText(result.Type ?? ''),
  installedVersion: asText(item.InstalledVersion ?? ''),
  ...filled({
    sourcePackage: sources.get(`uid ${item.PkgIdentifier?.UID}`) ?? sources.get(`id ${item.PkgID}`),
    fixedVersion: item.FixedVersion,
    path: pathOf(item, result),
    layer: item.Layer?.Digest || item.Layer?.DiffID,
    title: item.Title,
    description: item.Description,
    ownSource: ownSourceOf(item, result),
    publishedAt: asTime(item.PublishedDate),
    modifiedAt: asTime(item.LastModifiedDate),
  }),
  severity: asSeverity(item.Severity),
  ratings: ratingsOf(item),
  references: asTexts(item.References),
  cwes: asTexts(item.CweIDs),
});

/** Keeps the first of equal items. Keys are JSON, so that no name can forge a separator. */
const distinct = <Item>(items: readonly Item[], key: (item: Item) => unknown[]): Item[] => {
  const seen = new Map<string, Item>();
  for (const item of items) {
    const name = JSON.stringify(key(item));
    if (!seen.has(name)) seen.set(name, item);
  }
  return [...seen.values()];
};

const refuseOversized = (findings: readonly object[], packages: readonly object[]): void => {
  let all = 0;
  for (const item of [...findings, ...packages]) {
    const bytes = Buffer.byteLength(JSON.stringify(item));
    if (bytes > entryLimit) throw new ReportError('oversized-entry', `an entry of the report has ${bytes} bytes`);
    all += bytes;
  }
  if (findings.length <= mostFindings && all <= mostBytes) return;
  throw new ReportError(
    'too-many-findings',
    `${findings.length} findings and ${packages.length} packages are ${Math.ceil(all / 2 ** 20)} ` +
      `MiB; of one image at most ${mostFindings} findings are taken, and ${mostBytes / 2 ** 20} MiB`,
  );
};

/**
 * Trivy reports `none` for a system that it does not know. It is passed on, so that the reader can tell it from an
 * image without a system.
 */
const systemOf = ({ Metadata: { OS } }: TrivyReport): { os?: OperatingSystem } => {
  if (!OS?.Family) return {};
  const { extended } = OS;
  const Name = OS.Name ?? '';
  // The name of the release whose advisories it takes then.
  const version = extended === true && !Name.endsWith('-ESM') ? `${Name}-ESM` : Name;
  return { os: { family: asText(OS.Family), version: asText(version), endOfLife: OS.EOSL === true } };
};

/**
 * Converts the report to the names of our events.
 *
 * @throws ReportError if an entry is larger than an event may be, or all of them are too many to hold; a cut report
 * would be a false one
 */
export const normalise = (report: TrivyReport): Normalised => {
  const results = report.Results ?? [];
  const findings = distinct(
    results.flatMap((result) => {
      const sources = sourcesOf(result);
      return (result.Vulnerabilities ?? []).map((item) => findingOf(item, result, sources));
    }),
    ({ vulnerability, packageType, package: name, installedVersion, path = '' }) => [
      vulnerability,
      packageType,
      name,
      installedVersion,
      path,
    ],
  );
  const packages = distinct(
    results.flatMap((result) => (result.Packages ?? []).map((item) => packageOf(item, result))),
    ({ type, name, version, purl, path, foundIn }) => [type, name, version, purl, path, foundIn],
  );
  refuseOversized(findings, packages);
  return { ...systemOf(report), findings, packages };
};
