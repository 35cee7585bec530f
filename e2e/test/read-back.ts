/** What the comparison reads of Trivy's own report. It knows nothing of how Assay reads it, or of what Assay writes. */
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
 * The findings of a report, a line each, sorted; two reports that found the same have the same lines. All that is said
 * of a finding counts, but for the identifiers that Trivy makes up for itself and the second name of a layer.
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

/** By what a scanner holds a package against advisories, where it lies, and what it needs. */
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
 * The packages of a report, a line each, sorted; two reports that read the same packages have the same lines. Of the
 * system the target is the name of a file.
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

/** Which packages of which sources a report has; how a version is cut into parts does not count. */
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
 * What a CycloneDX document says of its packages and files in Trivy's own words, a line each, sorted, whether the name
 * of a group stands with theirs or apart.
 */
export const propertiesIn = (document: unknown): string[] =>
  (document as { components: readonly Component[] }).components
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
