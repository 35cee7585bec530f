import { schema, type Parameters, type Schema } from '@assay/http';

const { count, named, number, oneOf, record, text } = schema;

/** Parts of the API document that several routes share. */
export const digest: Schema = { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' };
export const guid: Schema = { type: 'string', format: 'uuid' };
export const statuses = oneOf('queued', 'scanning', 'healthy', 'unhealthy', 'not-applicable', 'undetermined');

export const ofDigest: Parameters = { digest: { description: 'The digest of an image or an index.', schema: digest } };
export const subscription: Parameters = {
  subscription: { description: 'Only images in this subscription.', schema: text },
};
export const where: Parameters = {
  repository: { description: 'Only images in this repository.', schema: text },
  ...subscription,
};

export const prefer: Parameters = {
  Prefer: {
    description:
      '`wait=N` (RFC 7240): delays the answer until it is final, for N seconds at most and never for more than 50.',
    schema: text,
  },
};
export const preferenceApplied: Parameters = {
  'Preference-Applied': { description: 'The delay that was applied.', schema: text },
};

export const why: Parameters = { 'x-assay-why': { description: 'The reason, for the audit trail.', schema: text } };

/** Details of an Azure resource. */
export const resourceDetails = record({ source: oneOf('Azure'), id: text });

export const bySeverity = named(
  'Counts',
  { Critical: count, High: count, Medium: count, Low: count, Unknown: count },
  'Findings by severity.',
);
export const titled = record({ title: text, link: text });
export const score = record({ base: number, 'cvssVectorString?': text });
