import { json, paged, schema, type Description, type Parameters } from '@assay/http';
import { severities } from '@assay/events';
import { guid, resourceDetails, score, titled } from '../described.ts';

const { either, flag, list, mapOf, named, number, oneOf, orNull, page, record, text, texts, time } = schema;

/** Data of an image in the shape of 2020, and of a finding if there is one. */
const classicData = named(
  'ContainerRegistryVulnerability',
  {
    assessedResourceType: oneOf('ContainerRegistryVulnerability'),
    type: text,
    cvss: mapOf(record({ base: number })),
    patchable: flag,
    cve: list(titled),
    'publishedTime?': time,
    vendorReferences: list(titled),
    repositoryName: text,
    imageDigest: text,
    registryHost: text,
    imageDetails: record({ os: text, osDetails: text }),
    threat: text,
    'demonstrationDatabase?': flag,
    'severityKnown?': flag,
    'severity?': oneOf(...severities),
    'assaySeverity?': oneOf(...severities),
    'packageName?': text,
    'installedVersion?': text,
    'fixedVersion?': text,
    'path?': text,
    'firstSeenAt?': time,
    'advisoryRemovedAt?': time,
  },
  'The shape of 2020.',
);

const cpe = record({
  uri: text,
  part: text,
  vendor: text,
  product: text,
  version: text,
  update: text,
  edition: text,
  language: text,
  softwareEdition: text,
  targetSoftware: text,
  targetHardware: text,
  other: text,
});

const mdvmData = named(
  'AzureContainerRegistryVulnerability',
  {
    assessedResourceType: oneOf('AzureContainerRegistryVulnerability'),
    'cvssV30Score?': number,
    artifactDetails: record({
      repositoryName: text,
      registryHost: text,
      digest: text,
      tags: texts,
      artifactType: text,
      mediaType: text,
      'lastPushedToRegistryUTC?': time,
    }),
    'softwareDetails?': record({
      packageName: text,
      category: oneOf('OS', 'Language'),
      language: text,
      vendor: text,
      version: text,
      fixedVersion: text,
      fixStatus: oneOf('FixAvailable', 'NoFixAvailable'),
      evidence: texts,
      osDetails: record({ osPlatform: text, osVersion: text }),
    }),
    'vulnerabilityDetails?': record({
      cveId: text,
      severity: oneOf(...severities),
      'publishedDate?': time,
      'lastModifiedDate?': time,
      cvss: record({ '2.0': orNull(score), '3.0': orNull(score) }),
      cpe,
      weaknesses: record({ cwe: list(record({ id: text })) }),
      references: list(titled),
      workarounds: { type: 'array', maxItems: 0 },
    }),
    'demonstrationDatabase?': flag,
  },
  'The shape of 2023, of Microsoft Defender Vulnerability Management.',
);

export const subAssessment = named(
  'SubAssessment',
  {
    id: text,
    name: guid,
    type: oneOf('Microsoft.Security/assessments/subAssessments'),
    properties: record({
      id: text,
      displayName: text,
      description: text,
      remediation: text,
      'impact?': text,
      'category?': text,
      timeGenerated: time,
      resourceDetails,
      status: record({
        code: oneOf('Healthy', 'Unhealthy', 'NotApplicable'),
        'cause?': text,
        'description?': text,
        'severity?': oneOf(...severities),
      }),
      additionalData: either(classicData, mdvmData),
    }),
  },
  'A finding in an image, or the fact that there is none (`id` is `healthy`).',
);

const path: Parameters = {
  assessmentName: { description: 'The key of a recommendation of Assay.', schema: text },
  subAssessmentName: { description: 'The name of a finding.', schema: text },
};

export const listed: Description = {
  summary: 'The findings of every image in a scope.',
  path,
  query: paged,
  answers: { 200: json('A page of findings.', page(subAssessment)) },
};
export const shown: Description = {
  summary: 'A finding.',
  path,
  answers: { 200: json('The finding.', subAssessment) },
};
