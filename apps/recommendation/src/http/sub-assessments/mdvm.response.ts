import { armTime } from '@assay/arm';
import type { AzureStatus } from '@assay/read-model/placement/azure';
import type { FindingRecord, PlainFinding } from './sub-assessments.ts';
import { languages } from '@assay/read-model/placement/languages';
import { referenceTitle } from './classic.response.ts';

const osVersion = ({ osFamily, osVersion: version }: FindingRecord): string =>
  osFamily ? `${osFamily}_linux${version ? `_${version}` : ''}` : '';

/** A part of a CPE 2.3 formatted string: other characters are escaped with a backslash. */
const cpePart = (text: string): string => text.toLowerCase().replace(/[^a-z0-9._-]/g, (sign) => `\\${sign}`) || '*';

const cpe = (vendor: string, product: string, system: string): object => {
  const any = {
    version: '*',
    update: '*',
    edition: '*',
    language: '*',
    softwareEdition: '*',
    targetSoftware: system || '*',
    targetHardware: '*',
    other: '*',
  };
  return {
    uri: `cpe:2.3:a:${cpePart(vendor)}:${cpePart(product)}:*:*:*:*:*:${cpePart(system)}:*:*`,
    part: 'Applications',
    vendor,
    product,
    ...any,
  };
};

interface Score {
  readonly base: number;
  readonly cvssVectorString: string;
}

/** The best base score of a CVSS version, by vector. A score without a vector counts as version 3. */
const score = ({ ratings }: PlainFinding, isOf: (vector: string | undefined) => boolean): Score | null =>
  ratings.reduce<Score | null>(
    (best, { score: base, vector }) =>
      base === undefined || !isOf(vector) || (best !== null && best.base >= base)
        ? best
        : { base, cvssVectorString: vector ?? '' },
    null,
  );

const cvss3 = (finding: PlainFinding): Score | null =>
  score(finding, (vector) => vector === undefined || vector.startsWith('CVSS:3'));
const cvss2 = (finding: PlainFinding): Score | null =>
  score(finding, (vector) => vector !== undefined && /^\(?AV:/.test(vector));

const artifactDetails = ({ repository, loginServer, digest, artifact }: FindingRecord): object => ({
  repositoryName: repository,
  registryHost: loginServer,
  digest,
  tags: artifact?.tags ?? [],
  artifactType: 'ContainerImage',
  mediaType: artifact?.mediaType ?? '',
  ...(artifact ? { lastPushedToRegistryUTC: armTime(artifact.pushedAt) } : {}),
});

const fixOf = (patchable: boolean): string => (patchable ? 'FixAvailable' : 'NoFixAvailable');

const assessedResourceType = 'AzureContainerRegistryVulnerability';
const demonstration = (record: FindingRecord): object => (record.demonstration ? { demonstrationDatabase: true } : {});

const healthy = (record: FindingRecord): object => ({
  id: 'healthy',
  displayName: 'The image has no vulnerability findings',
  status: shownStatus(record.status),
  remediation: '',
  description: 'The image was scanned, and nothing has to be fixed.',
  additionalData: { assessedResourceType, artifactDetails: artifactDetails(record), ...demonstration(record) },
});

/** Omits an empty cause and its description. */
const shownStatus = ({ code, cause, description }: AzureStatus): object => ({
  code,
  ...(cause ? { cause, description } : {}),
});

const vulnerable = (record: FindingRecord, finding: PlainFinding): object => {
  const {
    package: packageName,
    packageType,
    installedVersion: version,
    fixedVersion,
    vulnerability,
    severity,
    publishedAt,
    modifiedAt,
  } = finding;
  const ofSystem = packageType === record.osFamily;
  const system = osVersion(record);
  return {
    id: vulnerability,
    displayName: vulnerability,
    status: { ...shownStatus(record.status), severity },
    remediation: fixedVersion
      ? `Create new image with updated package ${packageName} with version ${fixedVersion} or higher.`
      : `No fixed version of ${packageName} is published yet.`,
    description: finding.description ?? finding.title ?? '',
    additionalData: {
      assessedResourceType,
      ...(record.cvss3 === undefined ? {} : { cvssV30Score: record.cvss3 }),
      artifactDetails: artifactDetails(record),
      softwareDetails: {
        packageName,
        category: ofSystem ? 'OS' : 'Language',
        language: ofSystem ? '' : (languages[packageType] ?? packageType),
        vendor: packageType,
        version,
        fixedVersion: fixedVersion ?? '',
        fixStatus: fixOf(record.patchable),
        evidence: finding.path ? [finding.path] : [],
        osDetails: { osPlatform: 'linux', osVersion: system },
      },
      vulnerabilityDetails: {
        cveId: vulnerability,
        severity,
        ...(publishedAt ? { publishedDate: publishedAt } : {}),
        ...(modifiedAt ? { lastModifiedDate: modifiedAt } : {}),
        cvss: { '2.0': cvss2(finding), '3.0': cvss3(finding) },
        cpe: cpe(packageType, packageName, system),
        weaknesses: { cwe: finding.cwes.map((id) => ({ id })) },
        references: finding.references.map((link) => ({ title: referenceTitle(link), link })),
        workarounds: [],
      },
      ...demonstration(record),
    },
  };
};

/**
 * Properties of a record in the shape of 2023 (Microsoft Defender Vulnerability Management). Whether there is an
 * exploit is not known, so it is left out.
 */
export const mdvmProperties = (record: FindingRecord): object =>
  record.finding ? vulnerable(record, record.finding) : healthy(record);
