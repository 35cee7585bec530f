import { json, paged, schema, type Description, type Parameters } from '@assay/http';
import { definitions, flow } from '@assay/events';

const { count, flag, mapOf, named, oneOf, page, record, text, texts } = schema;

const place = {
  target: text,
  service: text,
  topic: text,
  'key?': text,
  'id?': text,
  since: { ...text, description: 'When; empty where its sender gave no time.' },
  'code?': text,
  message: text,
};

export const parkedEvent = named(
  'ParkedEvent',
  { ...place, 'waitsFor?': text, 'repositories?': texts },
  'An event that a service could not handle, or one behind such an event.',
);

export const parkedHint = named(
  'ParkedHint',
  { service: text, topic: text, since: place.since },
  'A parked event, for callers without the right to read the reason.',
);

const order = named(
  'OrderOutcome',
  {
    target: text,
    order: text,
    outcome: oneOf('ordered', 'parked', 'redriven', 'dropped'),
    'code?': text,
    'message?': text,
  },
  'The result of an order, as far as it is known.',
);

const path: Parameters = {
  app: { description: 'The service that could not handle it.', schema: oneOf(...flow.map(({ app }) => app), 'view') },
  topic: { description: 'The topic of the event.', schema: oneOf(...definitions.map(({ topic }) => topic)) },
  partition: { description: 'The partition.', schema: { ...count, maximum: 999_999 } },
  offset: { description: 'Its offset in the partition.', schema: { ...count, maximum: Number.MAX_SAFE_INTEGER } },
};

const answers = {
  200: json('The result of the order.', order),
  202: json('The order is recorded; its result is not known yet.', order),
};

export const listed: Description = {
  summary: 'The events that a service could not handle, in the order of the flow.',
  query: paged,
  answers: { 200: json('A page of parked events.', page(parkedEvent)) },
};
export const shown: Description = {
  summary: 'A parked event, with its record in the log.',
  path,
  answers: {
    200: json(
      'The event.',
      named('ParkedRecord', {
        ...place,
        'waitsFor?': text,
        'repositories?': texts,
        'record?': record({ 'key?': text, headers: mapOf(text), bytes: count, value: text, 'truncated?': flag }),
      }),
    ),
  },
};
export const redriven: Description = {
  summary: 'Orders that the event is handled again.',
  path,
  answers,
  refuses: { 409: 'The event waits for another: redrive or drop that one.' },
};
export const dropped: Description = { summary: 'Orders that the event is skipped.', path, answers };
