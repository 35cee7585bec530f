import { digestPattern, repositoryPattern, tagPattern } from '@assay/events';
import { json, schema, type Description, type Schema } from '@assay/http';

const { anything, count, mapOf, named, oneOf, record, text } = schema;

export const receipt = named(
  'Receipt',
  { accepted: count, ignored: mapOf(count) },
  'The number of accepted notifications, and why others were ignored.',
);

const pattern = ({ source }: RegExp): Schema => ({ type: 'string', pattern: source });
/** Some senders write null or an empty text where others omit a field. */
const orNone = (of: Schema): Schema => ({ anyOf: [{ type: 'null' }, { const: '' }, of] });
const name: Schema = { ...text, minLength: 1 };
const about = { repository: { ...pattern(repositoryPattern), maxLength: 255 }, 'tag?': orNone(pattern(tagPattern)) };
const sent = { id: name, 'timestamp?': anything, request: record({ host: name }, { additionalProperties: true }) };

const acrNotification: Schema = {
  title: 'AcrNotification',
  type: 'object',
  description: 'A webhook request of Azure Container Registry. An action that is not about an image needs no target.',
  anyOf: [
    record({
      action: oneOf('push'),
      target: record({ ...about, digest: pattern(digestPattern), 'mediaType?': anything }),
      ...sent,
    }),
    record({
      action: oneOf('delete'),
      target: record({ ...about, 'digest?': orNone(pattern(digestPattern)), 'mediaType?': anything }),
      ...sent,
    }),
    record({ action: { ...text, not: { enum: ['push', 'delete'] } } }),
  ],
};

export const acr: Description = {
  summary: 'The webhook of an Azure Container Registry.',
  security: ['webhook'],
  body: { 'application/json': acrNotification },
  answers: { 202: json('The notification is in the log, or is ignored for the given reason.', receipt) },
};

export const distribution: Description = {
  summary:
    'Notifications of a CNCF distribution registry. A request with the right secret is accepted or ignored, ' +
    'never refused: the sender would repeat a refused one for ever.',
  security: ['webhook'],
  body: { 'application/json': anything, 'application/vnd.docker.distribution.events.v2+json': anything },
  answers: { 202: json('The result of each event.', receipt) },
};

const nonEmpty = { type: 'string', minLength: 1 };
const gridEvent = named(
  'EventGridEvent',
  {
    id: nonEmpty,
    topic: nonEmpty,
    'subject?': anything,
    eventType: nonEmpty,
    'eventTime?': anything,
    'data?': anything,
  },
  'An event in the schema of Event Grid.',
);
const cloudEvent = named(
  'CloudEvent',
  {
    specversion: oneOf('1.0'),
    id: nonEmpty,
    source: nonEmpty,
    type: nonEmpty,
    'time?': anything,
    'subject?': anything,
    'data?': anything,
  },
  'CloudEvents 1.0.',
);

const ways = ['webhook', 'sasKey', 'webhookCode'];
const refuses = {
  403: 'The origin is not accepted, or the token has the role for no registry.',
  404:
    'An event is about a registry that is not onboarded, or that has another secret; nothing of the request is ' +
    'accepted.',
};

export const gridEvents: Description = {
  summary: 'Events of Event Grid, in its own schema or as CloudEvents, and the validation of a subscription.',
  security: ways,
  headers: { 'aeg-event-type': { description: '`SubscriptionValidation` for the handshake.', schema: text } },
  body: {
    'application/json': schema.either(schema.list(gridEvent), cloudEvent),
    'application/cloudevents+json': cloudEvent,
    'application/cloudevents-batch+json': schema.list(cloudEvent),
  },
  answers: {
    200: json(
      'The result of each event, or the code that confirms the subscription.',
      schema.either(receipt, record({ validationResponse: text })),
    ),
  },
  refuses,
};

const origin = { description: 'The origin that asks to send events.', schema: nonEmpty };

export const gridWelcome: Description = {
  summary: 'The handshake of CloudEvents.',
  security: ways,
  headers: { 'WebHook-Request-Origin': { ...origin, required: true } },
  answers: {
    200: {
      description: 'Events of the origin are welcome.',
      headers: {
        Allow: { description: 'The methods.', schema: text, required: true },
        'WebHook-Allowed-Origin': { ...origin, required: true },
        'WebHook-Allowed-Rate': {
          description: 'The accepted number of requests a minute.',
          schema: text,
          required: true,
        },
      },
    },
  },
  refuses: { 403: refuses[403] },
};
