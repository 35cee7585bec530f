import { json, paged, schema, type Description, type Parameters } from '@assay/http';
import { definitions, flow } from '@assay/events';

const { count, named, oneOf, page, text } = schema;

const haltedPartition = named(
  'HaltedPartition',
  {
    target: text,
    service: text,
    topic: text,
    partition: count,
    readUpTo: { ...count, description: 'The next offset of the topic: the store has the records before it.' },
    since: text,
    'code?': text,
    message: text,
    rereads: {
      ...count,
      description:
        'The number of records that the service reads again if it is ordered to continue: all of that partition ' +
        'that it consumes. None is skipped.',
    },
  },
  'A partition of a service at a standstill, since the log differs from what the service read of it.',
);

const path: Parameters = {
  app: { description: 'The service.', schema: oneOf(...flow.map(({ app }) => app)) },
  topic: { description: 'The topic that differs.', schema: oneOf(...definitions.map(({ topic }) => topic)) },
  partition: { description: 'The partition of the service.', schema: { ...count, maximum: 999_999 } },
  offset: { description: 'Up to where it had read.', schema: { ...count, maximum: Number.MAX_SAFE_INTEGER } },
};

const outcome = named(
  'ResumeOutcome',
  { target: text, order: text, outcome: oneOf('ordered', 'resumed') },
  'The result of the order, as far as it is known.',
);

export const listed: Description = {
  summary: 'The partitions at a standstill, in the order of the flow.',
  query: paged,
  answers: { 200: json('A page of partitions.', page(haltedPartition)) },
};
export const resumed: Description = {
  summary: 'Orders that the partition is rebuilt from the log as it is, and continues.',
  path,
  answers: {
    200: json('The partition continues.', outcome),
    202: json('The order is recorded; the service has not continued yet.', outcome),
  },
};
