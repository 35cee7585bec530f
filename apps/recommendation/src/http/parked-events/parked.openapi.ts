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
  'An event that a service could not handle, or one that came behind such an event.',
);

export const parkedHint = named(
  'ParkedHint',
  { service: text, topic: text, since: place.since },
  'That an event is parked, for who may not read why.',
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
  'What came of an order, as far as it is known.',
);

const path: Parameters = {
  app: { description: 'The service that could not handle it.', schema: oneOf(...flow.map(({ app }) => app), 'view') },
  topic: { description: 'The topic that it lies in.', schema: oneOf(...definitions.map(({ topic }) => topic)) },
  partition: { description: 'The partition.', schema: { ...count, maximum: 999_999 } },
  offset: { description: 'Its offset there.', schema: { ...count, maximum: Number.MAX_SAFE_INTEGER } },
};

const answers = {
  200: json('What came of it.', order),
  202: json('It is ordered; what comes of it is not known yet.', order),
};

export const listed: Description = {
  summary: 'The events that a service could not handle, down the flow.',
  query: paged,
  answers: { 200: json('A page of them.', page(parkedEvent)) },
};
export const shown: Description = {
  summary: 'A parked event, with its record as it lies in the log.',
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
  summary: 'Orders that the event be handled once more.',
  path,
  answers,
  refuses: { 409: 'It waits for another: redrive or drop that one.' },
};
export const dropped: Description = { summary: 'Orders that the event be passed over.', path, answers };
