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
    'inScope?': record({ charges: count, totals: list(total) }),
  },
  'A month that is closed or being closed. A closed month has the SHA-256 of its export, the number of charges ' +
    'and the totals. `inScope` has those of the `subscription` of the request.',
);

const path: Parameters = {
  period: {
    description: 'A past calendar month in UTC.',
    schema: { type: 'string', pattern: '^[1-9]\\d{3}-(0[1-9]|1[0-2])$', examples: ['2026-11'] },
  },
};

export const listed: Description = {
  summary: 'The closed months.',
  query: {
    subscription: { description: 'Adds the sums of this subscription, from the lines of each file.', schema: text },
  },
  refuses: { 409: 'With `subscription`: the file of a closed month is gone, or differs from the kept one.' },
  answers: { 200: json('All closed months.', record({ value: list(period) })) },
};
export const closed: Description = {
  summary:
    'Closes a month: its export is made once and kept, and later charges are on the bill of the next open ' +
    'month. Sent again, it continues the closing or returns the kept state.',
  path,
  answers: { 200: json('The month is closed.', period) },
  refuses: { 409: 'The month is not over, or its sum is not the `total` of the request.' },
};
