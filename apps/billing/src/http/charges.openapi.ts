import { json, schema, type Description, type Parameters } from '@assay/http';
import { UsageCharged } from '@assay/events';

const { classed, count, list, named, record, text, time } = schema;

const period: Parameters = {
  period: {
    description: 'A calendar month in UTC; all of them without it.',
    schema: { type: 'string', pattern: '^[1-9]\\d{3}-(0[1-9]|1[0-2])$', examples: ['2026-11'] },
  },
};

export const total = record({ currency: text, amount: text, charges: count }, { title: 'Total' });

const waiting = named(
  'WaitingCharge',
  {
    subscriptionId: text,
    registryId: text,
    loginServer: text,
    repository: text,
    digest: text,
    pushId: text,
    scanId: text,
    chargedFor: time,
  },
  'An assessment that is to be paid for, and whose day has no price.',
);

export const exported: Description = {
  summary: 'The charges as FOCUS, the FinOps Open Cost and Usage Specification.',
  query: {
    format: { description: 'The form of the export.', schema: { enum: ['focus-csv'] }, required: true },
    profile: {
      description: 'Which columns: those of FOCUS 1.2, or besides the old ones that the official validator asks for.',
      schema: { enum: ['focus-1.2', 'focus-1.0'], default: 'focus-1.2' },
    },
    ...period,
  },
  answers: {
    200: {
      description: 'A line for each charge, below the names of the columns.',
      content: { 'text/csv': text },
      headers: {
        'Content-Disposition': { description: 'A name for the file.', schema: text, required: true },
        'x-assay-charges': { description: 'How many charges the file has.', schema: text, required: true },
        'x-assay-total': {
          description: 'What they come to, by currency, as in `1160.00 USD, 3.00 EUR`; `0` where there is none.',
          schema: text,
          required: true,
        },
        'x-assay-waiting': {
          description: 'How many assessments are to be paid for and have no price yet; none of them is in the file.',
          schema: text,
          required: true,
        },
      },
    },
  },
  refuses: { 409: 'The file of a closed month is gone, or is not what was kept.' },
};

export const listed: Description = {
  summary: 'The charges and what they come to.',
  query: period,
  refuses: { 409: 'The charges of a closed month are not those that it was closed with.' },
  answers: {
    200: json(
      'What was charged.',
      record({ 'period?': text, totals: list(total), value: list(classed(UsageCharged)), waiting: list(waiting) }),
    ),
  },
};
