/**
 * The parts of Trivy's own report that the comparison reads. They are independent of how Assay reads a report, and of
 * what it writes.
 */
interface Read {
  readonly Results?:
    | readonly {
        readonly Class?: string;
        readonly Type?: string;
        readonly Target?: string;
        readonly Packages?: readonly Readonly<Record<string, unknown>>[] | null;
        readonly Vulnerabilities?: readonly Readonly<Record<string, unknown>>[] | null;
      }[]
    | null;
}

const textOf = (value: unknown): string =>
  Array.isArray(value)
    ? value.map(textOf).toSorted().join(', ')
    : typeof value === 'string'
      ? value
      : (JSON.stringify(value) ?? '');

/**
 * The findings of a report, a line each, sorted; two reports with the same findings have the same lines. Every value of
 * a finding counts, except for the identifiers that Trivy makes up itself and the second name of a layer.
 */
export const foundIn = (report: unknown): string[] =>
  ((report as Read).Results ?? [])
    .flatMap(({ Class, Type, Vulnerabilities }) =>
      (Vulnerabilities ?? []).map((found) =>
        JSON.stringify({
          Class,
          Type,
          ...found,
          PkgIdentifier: undefined,
          Layer: (found['Layer'] as { Digest?: string } | undefined)?.Digest,
        }),
      ),
    )
    .toSorted();

/** The fields by which a scanner matches a package with advisories, and its place and dependencies. */
const matching = [
  'ID',
  'Name',
  'Version',
  'Release',
  'Epoch',
  'Arch',
  'SrcName',
  'SrcVersion',
  'SrcRelease',
  'SrcEpoch',
  'Modularitylabel',
  'FilePath',
] as const;

/**
 * The packages of a report, a line each, sorted; two reports with the same packages have the same lines. For system
 * packages, the target is the name of a file.
 */
export const packagesIn = (report: unknown): string[] =>
  ((report as Read).Results ?? [])
    .flatMap(({ Class, Type, Target, Packages }) =>
      (Packages ?? []).map((item) =>
        [
          Class,
          Type,
          Class === 'os-pkgs' ? '' : Target,
          ...matching.map((field) => item[field]),
          item['DependsOn'],
          item['Licenses'],
          (item['Layer'] as { Digest?: string } | undefined)?.Digest,
          item['BuildInfo'],
        ]
          .map(textOf)
          .join(' | '),
      ),
    )
    .toSorted();

/** The packages of a report with their sources. The way a version is split into parts does not count. */
export const sourcesIn = (report: unknown): string[] =>
  ((report as Read).Results ?? [])
    .flatMap(({ Packages }) =>
      (Packages ?? []).map((item) =>
        [item['ID'], item['Name'], item['SrcName'], item['SrcEpoch'], item['SrcVersion'], item['SrcRelease']]
          .map(textOf)
          .join(' | '),
      ),
    )
    .toSorted();

interface Component {
  readonly type?: string;
  readonly name?: string;
  readonly group?: string;
  readonly version?: string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

/**
 * The properties, in Trivy's own vocabulary, of packages and files in a CycloneDX document. One line each, sorted; a
 * group may be part of the name or separate.
 */
export const propertiesIn = (document: unknown): string[] =>
  [...(document as { components: Iterable<Component> }).components]
    .filter(({ type }) => type === 'library' || type === 'application')
    .flatMap(({ group, name, properties = [] }) =>
      properties
        .filter((property) => property.name.startsWith('aquasecurity:trivy:'))
        .map(
          (property) =>
            `${[group, name?.replace(':', '/')].filter(Boolean).join('/')} ${property.name}=${property.value}`,
        ),
    )
    .toSorted();
