import { Database, Inventory, Scanner, Uncovered, Witness } from '@assay/events';
import { schema, type Parameters, type Schema } from '@assay/http';

const { classed, count, named, number, oneOf, record, text, texts, time } = schema;

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

export const doubts: Schema = {
  ...texts,
  description:
    'Every reason not to trust an absence of findings, in the order in which they decide the status. Empty for a ' +
    'clean bill. Also given for an unhealthy image, which may have more findings than are known.',
};

export const advisoriesAt: Schema = {
  ...time,
  description:
    'When the advisories were built on which the status rests; of an index or several places, the oldest. Absent if ' +
    'the image was not scanned.',
};

export const evidence = named(
  'Evidence',
  {
    scanner: classed(Scanner),
    'inventory?': classed(Inventory),
    'warnings?': texts,
    'uncovered?': classed(Uncovered),
    'witness?': classed(Witness),
    database: classed(Database),
  },
  'The basis of a status: the scanner with the packages in its report, a witness that looked at the image ' +
    'independently of it, with its disagreements, and the advisories with their date. `healthy` needs a witness ' +
    'that agrees.',
);
