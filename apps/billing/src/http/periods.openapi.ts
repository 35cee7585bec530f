import { json, schema, type Description, type Parameters } from '@assay/http';
import { total } from './charges.openapi.ts';

const { count, list, named, oneOf, record, text, time } = schema;

const period = named(
  'BillingPeriod',
  {
    period: text,
    state: oneOf('closing', 'closed'),
    by: text,
    why: text,
    since: time,
    'file?': record({ sha256: text, bytes: count, charges: count, totals: list(total) }),
  },
  'A month that is closed or being closed; once it is closed with the SHA-256 of its export, how many ' +
    'charges it has, and what they come to.',
);

const path: Parameters = {
  period: {
    description: 'A calendar month in UTC that is over.',
    schema: { type: 'string', pattern: '^[1-9]\\d{3}-(0[1-9]|1[0-2])$', examples: ['2026-11'] },
  },
};

export const listed: Description = {
  summary: 'The months of billing that are closed.',
  answers: { 200: json('All of them.', record({ value: list(period) })) },
};
export const closed: Description = {
  summary:
    'Closes a month: its export is made once and kept, and what comes later is on the bill of the next open ' +
    'one. Sent again it goes on, or says what is kept.',
  path,
  answers: { 200: json('It is closed.', period) },
  refuses: { 409: 'The month is not over.' },
};
