import { json, schema, type Description, type Parameters } from '@assay/arm';
import { UsageCharged } from '@assay/events';

const { classed, count, list, record, text } = schema;

const period: Parameters = { period: { description: 'A calendar month in UTC; all of them without it.', schema: { type: 'string', pattern: '^[1-9]\\d{3}-(0[1-9]|1[0-2])$', examples: ['2026-11'] } } };

export const exported: Description = {
  summary: 'The charges as FOCUS, the FinOps Open Cost and Usage Specification.',
  query: { format: { description: 'The form of the export.', schema: { enum: ['focus-csv'] }, required: true }, ...period },
  answers: { 200: {
    description: 'A line for each charge, below the names of the columns.', content: { 'text/csv': text },
    headers: { 'Content-Disposition': { description: 'A name for the file.', schema: text, required: true } },
  } },
};

export const listed: Description = {
  summary: 'The charges and what they come to.', query: period,
  answers: { 200: json('What was charged.', record({ 'period?': text, totals: list(record({ currency: text, amount: text, charges: count }, { title: 'Total' })), value: list(classed(UsageCharged)) })) },
};
