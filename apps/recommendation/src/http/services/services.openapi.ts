import { json, schema, type Description } from '@assay/http';

const { list, named, oneOf, record, text } = schema;

const service = named(
  'ServiceStanding',
  {
    name: text,
    'address?': text,
    status: oneOf('ready', 'not-ready', 'unreachable', 'unknown'),
    reasons: list(text),
    notes: list(text),
  },
  'How a service stands: what it says itself, that nobody answers where it should be, or that nobody was asked.',
);

export const listed: Description = {
  summary:
    'How all services stand, in the order of the flow; one with several addresses once for each. Asks the ' +
    'addresses of `ASSAY_SERVICES`, or those in the same process.',
  answers: { 200: json('All of them.', record({ value: list(service) })) },
};
