import type { Severity } from '@assay/events';
import { severity2020 } from '../../domain/azure/severity.ts';
import type { FindingRecord, PlainFinding } from './sub-assessments.ts';

const impacts: Readonly<Record<Severity, string>> = { Critical: '5', High: '4', Medium: '3', Unknown: '3', Low: '2' };

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The best base score of each CVSS version in the shape, by vector. A score without a vector counts as version 3. */
const cvssOf = ({ ratings }: PlainFinding): Record<string, { base: number }> => {
  const best: Record<string, { base: number }> = {};
  for (const { score, vector } of ratings) {
    const version =
      vector === undefined || vector.startsWith('CVSS:3')
        ? '3.0'
        : vector.startsWith('AV:') || vector.startsWith('(AV:')
          ? '2.0'
          : undefined;
    if (score === undefined || version === undefined) continue;
    best[version] = { base: Math.max(score, best[version]?.base ?? 0) };
  }
  return best;
};

const cves = ({ vulnerability, aliases }: PlainFinding): { title: string; link: string }[] =>
  [...new Set([vulnerability, ...aliases])]
    .filter((id) => id.startsWith('CVE-'))
    .map((title) => ({ title, link: `https://nvd.nist.gov/vuln/detail/${title}` }));

/** Titles a reference by the last part of its address. */
export const referenceTitle = (link: string): string =>
  link
    .replace(/[?#].*$/, '')
    .split('/')
    .filter(Boolean)
    .at(-1) ?? link;

const osDetails = ({ osFamily, osVersion }: FindingRecord): string =>
  [capital(osFamily ?? 'unknown'), osVersion].filter(Boolean).join(' ');

/** Data of the image, common to both kinds of record. */
const imageData = (record: FindingRecord): object => ({
  repositoryName: record.repository,
  imageDigest: record.digest,
  registryHost: record.loginServer,
  imageDetails: { os: 'Linux', osDetails: osDetails(record) },
  threat: '',
  ...(record.demonstration ? { demonstrationDatabase: true } : {}),
});

const healthy = (record: FindingRecord): object => ({
  id: 'healthy',
  displayName: 'The image has no vulnerability findings',
  status: record.status,
  remediation: '',
  impact: '1',
  category: capital(record.osFamily ?? 'unknown'),
  description: 'The image was scanned, and nothing has to be fixed.',
  additionalData: {
    assessedResourceType: 'ContainerRegistryVulnerability',
    type: 'Information Gathered',
    cvss: {},
    patchable: false,
    cve: [],
    vendorReferences: [],
    ...imageData(record),
  },
});

const vulnerable = (record: FindingRecord, finding: PlainFinding): object => {
  const { code, cause, description } = record.status;
  return {
    id: finding.vulnerability,
    displayName: finding.title
      ? `${finding.title} (${finding.vulnerability})`
      : `${finding.vulnerability} in ${finding.package}`,
    status: { code, cause, severity: severity2020(finding.severity), description },
    remediation: finding.remediation,
    impact: impacts[finding.severity],
    category: capital(finding.packageType),
    description: finding.description ?? finding.title ?? '',
    additionalData: {
      assessedResourceType: 'ContainerRegistryVulnerability',
      type: 'Vulnerability',
      cvss: cvssOf(finding),
      patchable: record.patchable,
      cve: cves(finding),
      ...(finding.publishedAt ? { publishedTime: finding.publishedAt } : {}),
      vendorReferences: finding.references.map((link) => ({ title: referenceTitle(link), link })),
      ...imageData(record),
      severityKnown: finding.severity !== 'Unknown',
      severity: finding.severity,
      assaySeverity: finding.severity,
      packageName: finding.package,
      installedVersion: finding.installedVersion,
      ...(finding.fixedVersion ? { fixedVersion: finding.fixedVersion } : {}),
      ...(finding.path ? { path: finding.path } : {}),
      firstSeenAt: finding.firstSeenAt,
      ...(finding.advisoryRemoved ? { advisoryRemovedAt: finding.advisoryRemoved.at } : {}),
    },
  };
};

/** Properties of a record in the shape of 2020. */
export const classicProperties = (record: FindingRecord): object =>
  record.finding ? vulnerable(record, record.finding) : healthy(record);
