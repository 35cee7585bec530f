import { group, list, setting, text, wholeNumber } from './setting.ts';

const task = 'Control access to the API';

/** One token that allows every operation. */
export const declaredToken = text('ASSAY_API_TOKEN', {
  task,
  summary: 'A token that allows every operation of the API. `assay up` prints the one that it made.',
  default: 'made at the first start of `assay up`',
  production: 'A service with an API starts only with this or `ASSAY_OIDC_ISSUER`.',
});

/** Authentication and roles of the callers of the API. */
export const declaredAccess = group({
  token: declaredToken,
  issuers: list('ASSAY_OIDC_ISSUER', {
    task,
    summary:
      'Issuers of trusted tokens, as in their claim `iss`, with commas between ' + '([Entra ID](access.md#entra-id)).',
    production: 'A service with an API starts only with this or `ASSAY_API_TOKEN`.',
  }),
  audiences: list('ASSAY_OIDC_AUDIENCE', {
    task,
    summary:
      'Accepted audiences, with commas between. The claim `aud` of a token must have one of them. ' +
      '`ASSAY_OIDC_ISSUER` requires it.',
  }),
  algorithms: list('ASSAY_OIDC_ALGORITHMS', {
    task,
    summary: 'Accepted algorithms of signatures, with commas between.',
    default: '`RS256,PS256,ES256`',
  }),
  clockSkewSeconds: wholeNumber('ASSAY_OIDC_CLOCK_SKEW_SECONDS', 60, {
    task,
    summary: 'Seconds by which the clocks of issuer and service may differ.',
    max: 600,
  }),
  roles: text('ASSAY_ROLES', {
    task,
    summary:
      'Roles of callers in scopes: JSON, or the path of a JSON file ([roles](access.md#roles)). ' +
      '`ASSAY_OIDC_ISSUER` requires it.',
  }),
});

/** The request rate of each caller. */
export const declaredRate = group({
  perSecond: wholeNumber('ASSAY_REQUESTS_PER_SECOND', 50, {
    task,
    summary:
      'Requests per second that each instance of a service accepts from a caller. It does not limit the gate and ' +
      'webhooks, nor Resource Graph, which has a quota.',
    max: 1_000_000,
  }),
  burst: wholeNumber('ASSAY_REQUESTS_BURST', 200, {
    task,
    summary: 'Requests that a caller may send at once after a pause.',
    max: 1_000_000,
  }),
});

/** The key that signs the tokens of paged lists, and encrypts positions in the log. */
export const declaredSigningKey = text('ASSAY_SIGNING_KEY', {
  task: 'Serve the API',
  summary:
    'Key that signs the tokens of paged lists, and encrypts positions ([API](api.md#reading-what-was-written)). The ' +
    'same for all replicas of all services with an API.',
  default: 'made at the first start of `assay up`; a random one in each process of a service',
  production:
    'Without it, another replica, and each after a restart, refuses the next page of a list and the place of a ' +
    'stream. A read does not wait for a write at another service.',
});

/** Scheme and host as clients know them, if a proxy in front terminates TLS or has another name. */
export const declaredPublicBase = setting(
  'ASSAY_PUBLIC_BASE',
  {
    task: 'Serve the API',
    summary:
      'Scheme and host in the links of paged lists, and in the webhooks that Assay makes, such as ' +
      '`https://assay.example.com`.',
    default: 'the scheme of the connection and the `Host` of the request',
    production: 'Needed if a proxy in front terminates TLS: links would begin with `http://`.',
  },
  (given) => given?.trim() || undefined,
);
