import { at, derivedId, severities, type Package, type Rating } from '@assay/events';
import type { FindingsReport, ReportedFinding, ScannedPlace } from '../../read-model/report.ts';
import {
  imagePurl,
  inventory,
  trivyFields,
  type Application,
  type DocumentInventory,
  type Listed,
} from './inventory.ts';
import { licenseIn } from './licenses.ts';
import { linkIn } from './links.ts';

interface Component {
  readonly type: string;
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  readonly [more: string]: unknown;
}

interface Property {
  readonly name: string;
  readonly value: string;
}

/** Trivy reads properties with this prefix as its own. */
const ofTrivy = (fields: readonly (readonly [name: string, value: string])[]): Property[] =>
  fields.map(([name, value]) => ({ name: `aquasecurity:trivy:${name}`, value }));

/** CycloneDX allows an expression only on its own; among other licenses it is given as a name. */
const licenses = (texts: readonly string[] = []): { licenses?: object[] } => {
  const all = texts.map(licenseIn);
  const [first, ...others] = all;
  if (!first) return {};
  return {
    licenses:
      others.length === 0 && 'expression' in first
        ? all
        : all.map((license) => ({ license: 'expression' in license ? { name: license.expression } : license })),
  };
};

const library = (listed: Listed): Component => {
  const {
    ref,
    purl,
    item: { name, version, type, sourcePackage, licenses: texts },
  } = listed;
  const properties = [
    { name: 'assay:type', value: type },
    ...(sourcePackage ? [{ name: 'assay:sourcePackage', value: sourcePackage }] : []),
    ...ofTrivy(trivyFields(listed)),
  ];
  return { type: 'library', 'bom-ref': ref, name, version, ...(purl ? { purl } : {}), ...licenses(texts), properties };
};

const image = ({ state: { placement } }: ScannedPlace): Component => {
  const purl = imagePurl(placement);
  return {
    type: 'container',
    'bom-ref': purl,
    name: `${placement.loginServer}/${placement.repository}`,
    version: placement.digest,
    purl,
    hashes: [{ alg: 'SHA-256', content: placement.digest.slice('sha256:'.length) }],
  };
};

const system = ({ ref, os: { family, version } }: NonNullable<DocumentInventory['system']>): Component => ({
  type: 'operating-system',
  'bom-ref': ref,
  name: family,
  version,
  properties: ofTrivy([
    ['Type', family],
    ['Class', 'os-pkgs'],
  ]),
});

const application = ({ ref, type, path }: Application): Component => ({
  type: 'application',
  'bom-ref': ref,
  name: path,
  properties: ofTrivy([
    ['Type', type],
    ['Class', 'lang-pkgs'],
  ]),
});

const refs = (packages: readonly Listed[]): string[] => packages.map(({ ref }) => ref);

/**
 * The tree of containment, plus the needs of each package. Trivy takes system packages to be another system's unless
 * all of them are below the system.
 */
const dependencies = (root: Component, { system: os, applications, others, needs }: DocumentInventory): object[] => [
  {
    ref: root['bom-ref'],
    dependsOn: [...(os ? [os.ref] : []), ...applications.map(({ ref }) => ref), ...refs(others)],
  },
  ...(os ? [{ ref: os.ref, dependsOn: refs(os.packages) }] : []),
  ...applications.map(({ ref, packages }) => ({ ref, dependsOn: refs(packages) })),
  ...[...needs].map(([ref, dependsOn]) => ({ ref, dependsOn })),
];

const methodOf = (vector: string | undefined): string | undefined => {
  if (vector === undefined) return undefined;
  const version = /^CVSS:(4|3\.1|3)/.exec(vector)?.[1];
  return version ? `CVSSv${version.replace('.', '')}` : /^\(?AV:/.test(vector) ? 'CVSSv2' : 'other';
};

const rating = ({ source, severity, score, vector }: Rating): object => {
  const method = methodOf(vector);
  return {
    source: { name: source },
    severity: severity.toLowerCase(),
    ...(score === undefined ? {} : { score }),
    ...(method ? { method } : {}),
    ...(vector ? { vector } : {}),
  };
};

/** All findings of one vulnerability. */
const vulnerability = (
  found: readonly ReportedFinding[],
  refFor: (finding: ReportedFinding['finding']) => string,
): object => {
  const findings = found.map(({ finding }) => finding);
  const {
    vulnerability: id,
    title,
    description,
    ratings,
    cwes,
    references,
    publishedAt,
    modifiedAt,
    aliases,
    severity,
  } = at(
    findings.toSorted((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity)),
    0,
  );
  const affected = Map.groupBy(findings, refFor);
  const advisories = [...new Set(references.flatMap((text) => linkIn(text) ?? []))].map((url) => ({ url }));
  return {
    'bom-ref': `vulnerability:${id}`,
    id,
    ...(title || description ? { description: title ?? description } : {}),
    ...(description ? { detail: description } : {}),
    // First the severity that Assay uses, then the ratings of all sources.
    ratings: [{ source: { name: 'Assay' }, severity: severity.toLowerCase() }, ...ratings.map(rating)],
    cwes: [...new Set(cwes.flatMap((cwe) => /^CWE-([1-9]\d{0,5})$/.exec(cwe)?.[1] ?? []))].map(Number),
    recommendation: [...new Set(findings.map(({ remediation }) => remediation))].join('\n'),
    ...(advisories.length > 0 ? { advisories } : {}),
    ...(publishedAt ? { published: publishedAt } : {}),
    ...(modifiedAt ? { updated: modifiedAt } : {}),
    affects: [...affected].map(([ref, at]) => ({
      ref,
      versions: [...new Set(at.map(({ installedVersion }) => installedVersion))].map((version) => ({
        version,
        status: 'affected',
      })),
    })),
    properties: [
      ...aliases.map((value) => ({ name: 'assay:alias', value })),
      ...(found.every(({ isExempt }) => isExempt) ? [{ name: 'assay:exempt', value: 'true' }] : []),
    ],
  };
};

/** A report and the inventory of its scan as a CycloneDX 1.6 document: the packages and their vulnerabilities. */
export const cycloneDx = ({ places, findings }: FindingsReport, items: readonly Package[]): object => {
  const [place] = places as [ScannedPlace];
  const { id, time, scanner, database, os } = place.state.classified;
  const found = inventory(items, os);
  const root = image(place);
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${derivedId('cyclonedx', id)}`,
    version: 1,
    metadata: {
      timestamp: time,
      tools: {
        components: [
          { type: 'application', name: 'assay' },
          { type: 'application', name: scanner.name, version: scanner.version },
        ],
      },
      component: root,
      properties: [
        { name: 'assay:status', value: [place.status, place.reason].filter(Boolean).join('/') },
        { name: 'assay:database:digest', value: database.digest },
        { name: 'assay:database:builtAt', value: database.builtAt },
        ...(database.demonstration ? [{ name: 'assay:demonstrationDatabase', value: 'true' }] : []),
        ...(found.lack ? [{ name: 'assay:inventory', value: found.lack }] : []),
      ],
    },
    components: [
      ...(found.system ? [system(found.system)] : []),
      ...found.applications.map(application),
      ...found.packages.map(library),
    ],
    dependencies: dependencies(root, found),
    vulnerabilities: [...Map.groupBy(findings, ({ finding }) => finding.vulnerability).values()].map((each) =>
      vulnerability(each, found.refFor),
    ),
  };
};
