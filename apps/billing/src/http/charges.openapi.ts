import { json, paged, schema, type Description, type Parameters } from '@assay/http';
import { UsageCharged } from '@assay/events';

const { classed, count, list, named, record, text, time } = schema;

const period: Parameters = {
  period: {
    description: 'A calendar month in UTC; without it, all months.',
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
  'An assessment that is chargeable, but has no price on its day.',
);

const line = {
  allOf: [
    classed(UsageCharged),
    record({
      'corrections?': list(record({ chargeId: text, amount: text, 'billedIn?': text, 'by?': text, 'why?': text })),
    }),
  ],
  title: 'ChargeLine',
  description: 'A charge. `corrections` are the lines of any month that give some of it back, or add to it.',
};

export const exported: Description = {
  summary:
    'The charges as FOCUS, the FinOps Open Cost and Usage Specification. The export is recorded in the audit trail ' +
    'before it is sent.',
  headers: { 'x-assay-why': { description: 'The reason, for the audit trail.', schema: text } },
  query: {
    format: { description: 'The format of the export.', schema: { enum: ['focus-csv'] }, required: true },
    profile: {
      description: 'The columns: those of FOCUS 1.2, or also the old ones that the official validator requires.',
      schema: { enum: ['focus-1.2', 'focus-1.0'], default: 'focus-1.2' },
    },
    ...period,
  },
  answers: {
    200: {
      description: 'One line for each charge, below the column names.',
      content: { 'text/csv': text },
      headers: {
        'Content-Disposition': { description: 'A name for the file.', schema: text, required: true },
        'x-assay-charges': { description: 'How many charges the file has.', schema: text, required: true },
        'x-assay-total': {
          description: 'The totals by currency, as in `1160.00 USD, 3.00 EUR`; `0` if there are no charges.',
          schema: text,
          required: true,
        },
        'x-assay-waiting': {
          description: 'The number of chargeable assessments without a price; the file has none of them.',
          schema: text,
          required: true,
        },
      },
    },
  },
  refuses: { 409: 'The file of a closed month is gone, or differs from the kept one.' },
};

export const listed: Description = {
  summary: 'The charges in pages, with their totals on the first one.',
  query: {
    ...period,
    top: {
      description:
        'Number of entries in a page, of `value` and `waiting` together: 100 without it, at most 1000. An image is ' +
        'not divided: one with more entries is a page of its own.',
      schema: { type: 'integer', minimum: 1, maximum: 1000 },
    },
    ...paged,
  },
  refuses: { 409: 'The charges of a closed month differ from those that it was closed with.' },
  answers: {
    200: json(
      'A page of charges, in the order of the store. `totals`, and `waitingTotal`, the number of assessments that ' +
        'wait for a price, are those of all pages, and only the first page has them.',
      record({
        'period?': text,
        'totals?': list(total),
        'waitingTotal?': count,
        value: list(line),
        waiting: list(waiting),
        'nextLink?': schema.link,
      }),
    ),
  },
};
