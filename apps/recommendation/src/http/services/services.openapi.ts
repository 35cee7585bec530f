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
  'The state of a service: its own report, `unreachable` without an answer, or `unknown` without an address.',
);

export const listed: Description = {
  summary:
    'The state of all services, in the order of the flow; a service with several addresses once for each. Asks ' +
    'the addresses of `ASSAY_SERVICES`, or the services in the same process.',
  answers: { 200: json('All services.', record({ value: list(service) })) },
};
