import { derivedId, severities, type Package, type Rating } from '@assay/events';
import type { Report, ReportedFinding, ScannedPlace } from '../view/report.ts';
import { linkIn } from './links.ts';

interface Component {
  readonly type: string;
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly purl?: string;
}

const refOf = ({ purl, type, name, version }: Pick<Package, 'purl' | 'type' | 'name' | 'version'>): string => purl || `${type}:${name}@${version}`;

const library = (item: Package): Component & { properties: object[] } => {
  const { name, version, purl, type, sourcePackage } = item;
  const properties = [{ name: 'assay:type', value: type }, ...(sourcePackage ? [{ name: 'assay:sourcePackage', value: sourcePackage }] : [])];
  return { type: 'library', 'bom-ref': refOf(item), name, version, ...(purl ? { purl } : {}), properties };
};

const image = ({ state: { placement: { loginServer, repository, digest } } }: ScannedPlace): Component & { hashes: object[] } => {
  const name = repository.split('/').at(-1)!;
  const purl = `pkg:oci/${encodeURIComponent(name.toLowerCase())}@${encodeURIComponent(digest)}?repository_url=${encodeURIComponent(`${loginServer}/${repository}`)}`;
  return { type: 'container', 'bom-ref': purl, name: `${loginServer}/${repository}`, version: digest, purl, hashes: [{ alg: 'SHA-256', content: digest.slice('sha256:'.length) }] };
};

const methodOf = (vector: string | undefined): string | undefined => {
  if (vector === undefined) return undefined;
  const version = /^CVSS:(4|3\.1|3)/.exec(vector)?.[1];
  return version ? `CVSSv${version.replace('.', '')}` : /^\(?AV:/.test(vector) ? 'CVSSv2' : 'other';
};

const rating = ({ source, severity, score, vector }: Rating): object => {
  const method = methodOf(vector);
  return { source: { name: source }, severity: severity.toLowerCase(), ...(score === undefined ? {} : { score }), ...(method ? { method } : {}), ...(vector ? { vector } : {}) };
};

/** All findings of one vulnerability. */
const vulnerability = (found: readonly ReportedFinding[], refFor: (finding: ReportedFinding['finding']) => string): object => {
  const findings = found.map(({ finding }) => finding);
  const { vulnerability: id, title, description, ratings, cwes, references, publishedAt, modifiedAt, aliases, severity } = findings.toSorted((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity))[0]!;
  const affected = Map.groupBy(findings, refFor);
  const advisories = [...new Set(references.flatMap((text) => linkIn(text) ?? []))].map((url) => ({ url }));
  return {
    'bom-ref': `vulnerability:${id}`, id, ...(title || description ? { description: title ?? description } : {}), ...(description ? { detail: description } : {}),
    // First what Assay goes by, then every source, none left out.
    ratings: [{ source: { name: 'Assay' }, severity: severity.toLowerCase() }, ...ratings.map(rating)],
    cwes: [...new Set(cwes.flatMap((cwe) => /^CWE-([1-9]\d{0,5})$/.exec(cwe)?.[1] ?? []))].map(Number),
    recommendation: [...new Set(findings.map(({ remediation }) => remediation))].join('\n'), ...(advisories.length > 0 ? { advisories } : {}),
    ...(publishedAt ? { published: publishedAt } : {}), ...(modifiedAt ? { updated: modifiedAt } : {}),
    affects: [...affected].map(([ref, at]) => ({ ref, versions: [...new Set(at.map(({ installedVersion }) => installedVersion))].map((version) => ({ version, status: 'affected' })) })),
    properties: [...aliases.map((value) => ({ name: 'assay:alias', value })), ...(found.every(({ isExempt }) => isExempt) ? [{ name: 'assay:exempt', value: 'true' }] : [])],
  };
};

/** By which name a finding's package goes in the inventory. Versions may be written in two ways, names are not. */
const references = (packages: readonly Package[]) => {
  const exact = new Map(packages.map((item) => [JSON.stringify([item.type, item.name, item.version]), refOf(item)]));
  const named = new Map(packages.map((item) => [JSON.stringify([item.type, item.name]), refOf(item)]));
  return ({ packageType: type, package: name, installedVersion: version }: ReportedFinding['finding']): string =>
    exact.get(JSON.stringify([type, name, version])) ?? named.get(JSON.stringify([type, name])) ?? refOf({ purl: '', type, name, version });
};

/** A report and the inventory of its scan as a CycloneDX 1.6 document: what is in the image, and what is the matter with it. */
export const cycloneDx = ({ places, findings }: Report, inventory: readonly Package[]): object => {
  const [place] = places as [ScannedPlace];
  const { id, time, scanner, database, os } = place.state.classified;
  const components = [...new Map(inventory.map((item) => [refOf(item), library(item)])).values()];
  const refFor = references(inventory);
  const system: Component[] = os ? [{ type: 'operating-system', 'bom-ref': `os:${os.family}@${os.version}`, name: os.family, version: os.version }] : [];
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json', bomFormat: 'CycloneDX', specVersion: '1.6', serialNumber: `urn:uuid:${derivedId('cyclonedx', id)}`, version: 1,
    metadata: {
      timestamp: time, tools: { components: [{ type: 'application', name: 'assay' }, { type: 'application', name: scanner.name, version: scanner.version }] }, component: image(place),
      properties: [
        { name: 'assay:status', value: [place.status, place.reason].filter(Boolean).join('/') }, { name: 'assay:database:digest', value: database.digest }, { name: 'assay:database:builtAt', value: database.builtAt },
        ...(database.demonstration ? [{ name: 'assay:demonstrationDatabase', value: 'true' }] : []),
      ],
    },
    components: [...system, ...components],
    vulnerabilities: [...Map.groupBy(findings, ({ finding }) => finding.vulnerability).values()].map((found) => vulnerability(found, refFor)),
  };
};
