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
  'What a recommendation is about, whatever the registry.',
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
  'What is recommended about a registry, or what somebody else assessed of a resource.',
);

const path: Parameters = {
  assessmentName: {
    description: 'The key of a recommendation of Assay, or the GUID of what somebody else assessed.',
    schema: text,
  },
};
const ofOthers: Parameters = {
  assessmentName: { description: 'The GUID of what somebody else assessed.', schema: guid },
};
const expand: Parameters = {
  $expand: {
    description: '`metadata`, `links`, or both with a comma.',
    schema: { type: 'string', pattern: '^(links|metadata)?(, *(links|metadata))*$' },
  },
};

export const listed: Description = {
  summary: 'What is recommended about the registries in a scope, and what others assessed there.',
  query: { ...expand, ...paged },
  answers: { 200: json('A page of them.', page(assessment)) },
};
export const shown: Description = {
  summary: 'What is recommended about a registry, or what somebody else assessed of a resource.',
  path,
  query: expand,
  answers: { 200: json('The assessment.', assessment, etag) },
};
export const written: Description = {
  summary: 'Keeps what somebody else assessed of a registry, a resource group or a subscription.',
  path: ofOthers,
  headers: { ...why, ...preconditions },
  narrows: { properties: { properties: { properties: { additionalData: mapOf(text) } } } },
  answers: {
    200: json('It was there before, and is changed.', assessment, etag),
    201: json('It is new.', assessment, etag),
  },
  refuses: { 409: 'Assay assesses this itself.', 412: otherwise },
};
export const removed: Description = {
  summary: 'Takes away what somebody else assessed.',
  path: ofOthers,
  headers: { ...why, ...preconditions },
  answers: { 200: { description: 'It is gone.' }, 204: { description: 'There was none.' } },
  refuses: { 409: 'Assay assesses this itself.', 412: otherwise },
};
export const metadataListed: Description = {
  summary: 'What the recommendations are about.',
  answers: { 200: json('All of them.', record({ value: list(metadata) })) },
};
export const metadataShown: Description = {
  summary: 'What a recommendation is about.',
  path: { name: { description: 'Its key.', schema: text } },
  answers: { 200: json('The metadata.', metadata) },
};
