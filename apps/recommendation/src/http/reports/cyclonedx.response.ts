import { at, derivedId, severities, type Package, type Rating } from '@assay/events';
import type { FindingsReport, ReportedFinding, ScannedPlace } from './findings-report.ts';
import {
  applicationComponent,
  containment,
  imagePurl,
  inventory,
  libraryComponent,
  systemComponent,
  type Component,
  type Listed,
} from '@assay/sbom';
import { licenseIn } from './licenses.ts';
import { DocumentEntries } from './entries.ts';
import { linkIn } from './links.ts';

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

/** As Trivy reads it, with licenses, and what Assay calls it. */
const library = (listed: Listed): Component => {
  const {
    item: { type, sourcePackage, licenses: texts },
  } = listed;
  const { properties, ...head } = libraryComponent(listed);
  const own = [
    { name: 'assay:type', value: type },
    ...(sourcePackage ? [{ name: 'assay:sourcePackage', value: sourcePackage }] : []),
  ];
  return { ...head, ...licenses(texts), properties: [...own, ...properties] };
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
    components: new DocumentEntries(function* () {
      if (found.system) yield systemComponent(found.system);
      yield* found.applications.map(applicationComponent);
      for (const each of found.packages) yield library(each);
    }),
    dependencies: containment(root['bom-ref'], found),
    vulnerabilities: [...Map.groupBy(findings, ({ finding }) => finding.vulnerability).values()].map((each) =>
      vulnerability(each, found.refFor),
    ),
  };
};
