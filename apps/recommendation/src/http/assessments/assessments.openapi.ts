import { etag, json, otherwise, paged, preconditions, schema, type Description, type Parameters } from '@assay/http';
import { assessmentCodes } from '@assay/events';
import { guid, resourceDetails, why } from '../described.ts';

const { list, mapOf, named, oneOf, page, record, text, texts, time } = schema;

const metadataProperties = named('AssessmentMetadataProperties', {
  displayName: text,
  policyDefinitionId: text,
  description: text,
  remediationDescription: text,
  categories: texts,
  severity: text,
  userImpact: text,
  implementationEffort: text,
  threats: texts,
  'publishDates?': record({ GA: text, public: text }),
  tactics: texts,
  techniques: texts,
  assessmentType: oneOf('BuiltIn'),
});

const metadata = named(
  'AssessmentMetadata',
  { id: text, name: text, type: oneOf('Microsoft.Security/assessmentMetadata'), properties: metadataProperties },
  'The subject of a recommendation, the same for each registry.',
);

const assessment = named(
  'Assessment',
  {
    id: text,
    name: text,
    type: oneOf('Microsoft.Security/assessments'),
    properties: record({
      resourceDetails,
      displayName: text,
      additionalData: mapOf(text),
      'links?': record({ azurePortalUri: text }),
      'metadata?': metadataProperties,
      status: record({
        code: oneOf(...assessmentCodes),
        cause: text,
        description: text,
        'firstEvaluationDate?': time,
        'statusChangeDate?': time,
      }),
      'partnersData?': record({ partnerName: text }),
    }),
  },
  'The recommendation for a registry, or an assessment of a resource by another tool.',
);

const path: Parameters = {
  assessmentName: {
    description: 'The key of a recommendation of Assay, or the GUID of an assessment by another tool.',
    schema: text,
  },
};
const ofOthers: Parameters = {
  assessmentName: { description: 'The GUID of an assessment by another tool.', schema: guid },
};
const expand: Parameters = {
  $expand: {
    description: '`metadata`, `links`, or both with a comma.',
    schema: { type: 'string', pattern: '^(links|metadata)?(, *(links|metadata))*$' },
  },
};

export const listed: Description = {
  summary: 'The recommendations for the registries in a scope, and the assessments by other tools.',
  query: { ...expand, ...paged },
  answers: { 200: json('A page of assessments.', page(assessment)) },
};
export const shown: Description = {
  summary: 'The recommendation for a registry, or an assessment of a resource by another tool.',
  path,
  query: expand,
  answers: { 200: json('The assessment.', assessment, etag) },
};
export const written: Description = {
  summary: 'Stores an assessment by another tool of a registry, a resource group or a subscription.',
  path: ofOthers,
  headers: { ...why, ...preconditions },
  narrows: { properties: { properties: { properties: { additionalData: mapOf(text) } } } },
  answers: {
    200: json('The assessment existed and is changed.', assessment, etag),
    201: json('The assessment is new.', assessment, etag),
  },
  refuses: { 409: 'Assay makes this assessment itself.', 412: otherwise },
};
export const removed: Description = {
  summary: 'Removes an assessment by another tool.',
  path: ofOthers,
  headers: { ...why, ...preconditions },
  answers: {
    200: { description: 'The assessment is removed.' },
    204: { description: 'There was no such assessment.' },
  },
  refuses: { 409: 'Assay makes this assessment itself.', 412: otherwise },
};
export const metadataListed: Description = {
  summary: 'The subjects of the recommendations.',
  answers: { 200: json('All subjects.', record({ value: list(metadata) })) },
};
export const metadataShown: Description = {
  summary: 'The subject of a recommendation.',
  path: { name: { description: 'Its key.', schema: text } },
  answers: { 200: json('The metadata.', metadata) },
};
