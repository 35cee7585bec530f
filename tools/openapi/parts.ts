import { schema, type Parameters } from '@assay/http';

const { flag, list, named, record, text } = schema;

/** The parts of a scope, at any place in a path. */
export const scopeParameters: Parameters = {
  subscriptionId: {
    description: 'The id of a subscription.',
    schema: { type: 'string', format: 'uuid', examples: ['00000000-0000-0000-0000-000000000001'] },
  },
  resourceGroup: {
    description: 'The name of a resource group.',
    schema: { type: 'string', minLength: 1, examples: ['local'] },
  },
  provider: {
    description: 'The provider of a resource.',
    schema: { type: 'string', minLength: 1, examples: ['Microsoft.ContainerRegistry'] },
  },
  resourceType: {
    description: 'The type of a resource.',
    schema: { type: 'string', minLength: 1, examples: ['registries'] },
  },
  resource: { description: 'The name of a resource.', schema: { type: 'string', minLength: 1, examples: ['local'] } },
  registry: { description: 'The name of a registry.', schema: { type: 'string', minLength: 1, examples: ['local'] } },
  managementGroup: {
    description: 'The name of a management group.',
    schema: { type: 'string', minLength: 1, examples: ['all'] },
  },
};

export const securitySchemes = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description: 'The token of the suite, a shared one, or one of an OIDC issuer.',
  },
  webhook: { type: 'http', scheme: 'bearer', description: 'The secret of the registry.' },
  webhookCode: {
    type: 'apiKey',
    in: 'query',
    name: 'code',
    description: 'The secret of the registry, where no header can be sent.',
  },
  sasKey: { type: 'apiKey', in: 'header', name: 'aeg-sas-key', description: 'The secret of the registry.' },
};

const detail = record({ 'code?': text, 'message?': text, 'target?': text }, { additionalProperties: true });

/** Facts for programs; a 403 has the right that is missing, of type `MissingRight`. */
const additionalInfo = record({
  type: text,
  info: record(
    { 'operation?': text, 'scope?': text, 'partly?': flag, 'roles?': list(text) },
    { additionalProperties: true },
  ),
});

export const errorEnvelope = named(
  'Error',
  {
    error: record({
      code: text,
      message: text,
      'target?': text,
      'details?': list(detail),
      'additionalInfo?': list(additionalInfo),
    }),
  },
  'What every refusal looks like. `additionalInfo` of type `MissingRight`, of a 403: the `operation` that the caller ' +
    'lacks in the `scope`, whether a part of it would do (`partly`), and the `roles` that would help.',
);

/** On every answer, so that its request can be traced. */
export const identifying: Parameters = {
  'x-ms-request-id': { description: 'Our id of the request.', schema: text },
  'x-ms-correlation-request-id': { description: 'The id that the client gave, or ours.', schema: text },
  'x-ms-client-request-id': { description: 'The id that the client gave.', schema: text },
};

/** On every answer from the read model. */
export const readAsOf: Parameters = {
  'x-assay-as-of': {
    description: 'The time up to which the answer is known: while the log cannot be reached, and of each query.',
    schema: { type: 'string', format: 'date-time' },
  },
};

/** On every request with a token. */
export const positioned: Parameters = {
  'x-assay-position': {
    description:
      'The position in the log that an earlier answer named. The answer waits up to ten seconds until it holds what ' +
      'was written up to there, else it is 503. A position of another suite is refused (400, `InvalidPosition`).',
    schema: text,
  },
};

/** On the answer to every request that wrote to the log. */
export const position: Parameters = {
  'x-assay-position': {
    description:
      'The position in the log behind what this request wrote, and what the position of the request stood for. Send ' +
      'it back, and the answer holds that. Its text has no meaning to clients.',
    schema: text,
  },
};

const retryAfter: Parameters = {
  'Retry-After': { description: 'Seconds.', schema: { type: 'string', pattern: '^\\d+$' }, required: true },
};

export const refusals: Readonly<Record<number, { readonly description: string; readonly headers?: Parameters }>> = {
  400: { description: 'The request is none of those that are described.' },
  401: {
    description: 'There is no token, or no good one.',
    headers: { 'WWW-Authenticate': { description: 'Who gives out tokens.', schema: text, required: true } },
  },
  403: { description: 'No role of the caller allows it.' },
  404: { description: 'There is no such thing, or it lies outside of the scopes of the caller.' },
  408: { description: 'The request did not arrive completely in time.' },
  413: { description: 'The body is too large.' },
  415: { description: 'The body is no JSON, or is compressed.' },
  429: { description: 'Too many requests.', headers: retryAfter },
  500: { description: 'A mistake of ours.' },
  503: { description: 'Not just now: starting, stopping, behind the log, or without it.', headers: retryAfter },
};

/** Responses of the common HTTP server of each process. */
const ofServices = { 'id?': text, 'services?': list(record({ name: text, reasons: list(text), notes: list(text) })) };

export const processPaths = {
  '/healthz': {
    get: {
      operationId: 'process.alive',
      tags: ['Health'],
      summary: 'The process is alive.',
      responses: {
        200: {
          description: 'It is.',
          content: { 'application/json': { schema: record({ status: { const: 'ok' }, 'id?': text }) } },
        },
        503: {
          description: 'Only a new start helps it.',
          content: {
            'application/json': { schema: record({ status: { const: 'broken' }, 'id?': text, reasons: list(text) }) },
          },
        },
      },
    },
  },
  '/readyz': {
    get: {
      operationId: 'process.ready',
      tags: ['Health'],
      summary: 'Requests may be sent here.',
      parameters: [
        {
          name: 'verbose',
          in: 'query',
          description: 'Tells how each service in the process stands.',
          allowEmptyValue: true,
          schema: text,
        },
      ],
      responses: {
        200: {
          description: 'They may.',
          content: {
            'application/json': { schema: record({ status: { const: 'ready' }, 'notes?': list(text), ...ofServices }) },
          },
        },
        503: {
          description: 'Not yet, or not any more.',
          content: {
            'application/json': {
              schema: record({ status: { const: 'not ready' }, reasons: list(text), ...ofServices }),
            },
          },
        },
      },
    },
  },
};
