import { derivedId, type Package } from '@assay/events';
import { version } from '@assay/process/version';
import type { FindingsReport, ReportedFinding, ScannedPlace } from './findings-report.ts';
import { advisoryLink } from './advisory.ts';
import { DocumentEntries } from './entries.ts';
import { imagePurl, inventory, trivyFields, type Application, type DocumentInventory, type Listed } from '@assay/sbom';
import { licenseIn } from './licenses.ts';

/** SPDX requires this for a field whose value was not determined. */
const unknown = 'NOASSERTION';

/** Trivy reads the kind of an element from the beginning of its id. */
const idOf = (kind: 'ContainerImage' | 'OperatingSystem' | 'Application' | 'Package', ref: string): string =>
  `SPDXRef-${kind}-${derivedId('spdx', kind, ref)}`;

/** SPDX times have no fractions of a second. */
const secondOf = (time: string): string => time.replace(/\.\d+Z$/, 'Z');

const licenseRef = (text: string): string => `LicenseRef-${derivedId('license', text)}`;

/**
 * All licenses of a package as one expression. Licenses that are not in the SPDX list are quoted elsewhere in the
 * document.
 */
const declared = (texts: readonly string[] = []): string => {
  const all = texts.map((text) => {
    const license = licenseIn(text);
    return 'id' in license
      ? license.id
      : 'name' in license
        ? licenseRef(text)
        : texts.length > 1
          ? `(${license.expression})`
          : license.expression;
  });
  return all.length === 0 ? unknown : all.join(' AND ');
};

const quoted = (packages: readonly Listed[]): object[] =>
  [
    ...new Set(packages.flatMap(({ item: { licenses = [] } }) => licenses).filter((text) => 'name' in licenseIn(text))),
  ].map((text) => ({ licenseId: licenseRef(text), name: text, extractedText: text }));

const common = (SPDXID: string, name: string, versionInfo: string | undefined): Record<string, unknown> => ({
  SPDXID,
  name,
  ...(versionInfo ? { versionInfo } : {}),
  downloadLocation: unknown,
  filesAnalyzed: false,
  licenseConcluded: unknown,
  licenseDeclared: unknown,
  copyrightText: unknown,
});

const locator = (purl: string): object[] =>
  purl ? [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }] : [];

/** SPDX 2.3 has no vulnerabilities, only links to advisories. */
const advisories = (found: readonly ReportedFinding[] = []): object[] =>
  found.flatMap(({ finding, isExempt }) => {
    const referenceLocator = advisoryLink(finding);
    const comment =
      `${finding.vulnerability} (${finding.severity}${isExempt ? ', disabled by a rule' : ''}). ` +
      `${finding.remediation}`;
    return referenceLocator === undefined
      ? []
      : [{ referenceCategory: 'SECURITY', referenceType: 'advisory', referenceLocator, comment }];
  });

const annotations = (fields: ReturnType<typeof trivyFields>, annotationDate: string): object[] =>
  fields.map(([name, value]) => ({
    annotationDate,
    annotationType: 'OTHER',
    annotator: `Tool: assay-${version}`,
    comment: `${name}: ${value}`,
  }));

const library = (listed: Listed, found: readonly ReportedFinding[] | undefined, at: string): object => {
  const {
    ref,
    purl,
    item: { name, version: versionInfo, sourcePackage, sourceVersion, licenses },
  } = listed;
  const externalRefs = [...locator(purl), ...advisories(found)];
  return {
    ...common(idOf('Package', ref), name, versionInfo),
    supplier: unknown,
    primaryPackagePurpose: 'LIBRARY',
    licenseDeclared: declared(licenses),
    ...(sourcePackage && sourceVersion ? { sourceInfo: `built package from: ${sourcePackage} ${sourceVersion}` } : {}),
    ...(externalRefs.length > 0 ? { externalRefs } : {}),
    annotations: annotations(trivyFields(listed), at),
  };
};

const application = ({ ref, type, path }: Application, at: string): object => ({
  ...common(idOf('Application', ref), path, undefined),
  primaryPackagePurpose: 'APPLICATION',
  annotations: annotations(
    [
      ['Type', type],
      ['Class', 'lang-pkgs'],
    ],
    at,
  ),
});

const system = ({ ref, os }: NonNullable<DocumentInventory['system']>): object => ({
  ...common(idOf('OperatingSystem', ref), os.family, os.version),
  primaryPackagePurpose: 'OPERATING-SYSTEM',
});

const image = (place: ScannedPlace, id: string): object => {
  const { loginServer, repository, digest } = place.state.placement;
  return {
    ...common(id, `${loginServer}/${repository}`, digest),
    primaryPackagePurpose: 'CONTAINER',
    checksums: [{ algorithm: 'SHA256', checksumValue: digest.slice('sha256:'.length) }],
    externalRefs: locator(imagePurl(place.state.placement)),
  };
};

function* relationships(
  root: string,
  { system: os, applications, others, packages, needs }: DocumentInventory,
): Iterable<object> {
  const related = (from: string, relationshipType: string, to: readonly string[]): object[] =>
    to.map((relatedSpdxElement) => ({ spdxElementId: from, relationshipType, relatedSpdxElement }));
  const ids = (listed: readonly { readonly ref: string }[]): string[] => listed.map(({ ref }) => idOf('Package', ref));
  yield* related('SPDXRef-DOCUMENT', 'DESCRIBES', [root]);
  yield* related(root, 'CONTAINS', [
    ...(os ? [idOf('OperatingSystem', os.ref)] : []),
    ...applications.map(({ ref }) => idOf('Application', ref)),
    ...ids(others),
  ]);
  if (os) yield* related(idOf('OperatingSystem', os.ref), 'CONTAINS', ids(os.packages));
  for (const each of applications) yield* related(idOf('Application', each.ref), 'CONTAINS', ids(each.packages));
  for (const { ref } of packages)
    yield* related(
      idOf('Package', ref),
      'DEPENDS_ON',
      (needs.get(ref) ?? []).map((needed) => idOf('Package', needed)),
    );
}

/** Caveats for readers, for which SPDX has no field. */
const comment = (
  {
    status,
    reason,
    state: {
      classified: { database },
    },
  }: ScannedPlace,
  { lack }: DocumentInventory,
): string =>
  `Assay: ${[status, reason].filter(Boolean).join('/')}. Compared with the database ${database.digest} of ` +
  `${database.builtAt}${database.demonstration ? ', which is for demonstrations and knows little' : ''}.` +
  `${lack ? ` The packages are ${lack}.` : ''}`;

/** A report and the inventory of its scan as an SPDX 2.3 document: the packages, with links to their advisories. */
export const spdx = ({ places, findings }: FindingsReport, items: readonly Package[]): object => {
  const [place] = places as [ScannedPlace];
  const { id, time, scanner, os } = place.state.classified;
  const at = secondOf(time);
  const found = inventory(items, os);
  const byRef = Map.groupBy(findings, ({ finding }) => found.refFor(finding));
  const root = idOf('ContainerImage', place.state.placement.digest);
  const others = quoted(found.packages);
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `${place.state.placement.loginServer}/${place.state.placement.repository}`,
    documentNamespace: `urn:uuid:${derivedId('spdx', id)}`,
    creationInfo: { created: at, creators: [`Tool: assay-${version}`, `Tool: ${scanner.name}-${scanner.version}`] },
    comment: comment(place, found),
    packages: new DocumentEntries(function* () {
      yield image(place, root);
      if (found.system) yield system(found.system);
      for (const each of found.applications) yield application(each, at);
      for (const each of found.packages) yield library(each, byRef.get(each.ref), at);
    }),
    relationships: new DocumentEntries(() => relationships(root, found)),
    ...(others.length > 0 ? { hasExtractedLicensingInfos: others } : {}),
  };
};
