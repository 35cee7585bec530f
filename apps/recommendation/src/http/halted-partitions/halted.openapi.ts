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
    readUpTo: { ...count, description: 'Next offset of the topic: what was read up to there is in the store.' },
    since: text,
    'code?': text,
    message: text,
    rereads: {
      ...count,
      description:
        'How many records the service reads again where it is ordered to go on: all that it hears in that ' +
        'partition. None is skipped.',
    },
  },
  'A partition of a service that stands still, since the log is no longer what was read of it.',
);

const path: Parameters = {
  app: { description: 'The service.', schema: oneOf(...flow.map(({ app }) => app)) },
  topic: { description: 'The topic that is not what it was.', schema: oneOf(...definitions.map(({ topic }) => topic)) },
  partition: { description: 'The partition of the service.', schema: { ...count, maximum: 999_999 } },
  offset: { description: 'Up to where it had read.', schema: { ...count, maximum: Number.MAX_SAFE_INTEGER } },
};

const outcome = named(
  'ResumeOutcome',
  { target: text, order: text, outcome: oneOf('ordered', 'resumed') },
  'What came of the order, as far as it is known.',
);

export const listed: Description = {
  summary: 'The partitions that stand still, down the flow.',
  query: paged,
  answers: { 200: json('A page of them.', page(haltedPartition)) },
};
export const resumed: Description = {
  summary: 'Orders that the partition be filled anew from the log as it is, and go on.',
  path,
  answers: {
    200: json('It goes on.', outcome),
    202: json('It is ordered; its service has not said yet that it goes on.', outcome),
  },
};
