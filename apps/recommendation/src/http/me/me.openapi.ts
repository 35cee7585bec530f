import { json, operations, schema, type Description } from '@assay/http';

const { flag, link, list, named, oneOf, record, text } = schema;

const me = named(
  'Me',
  {
    name: text,
    roles: list(record({ role: text, scope: text })),
    operations: list(oneOf(...operations)),
    everywhere: list(oneOf(...operations)),
    version: text,
    authentication: oneOf('development', 'oidc'),
    'issuer?': text,
    demonstration: flag,
    links: record({ 'dashboards?': link, 'traces?': text }),
  },
  'The caller. `operations` are allowed in some scope of `roles`, those of `everywhere` in all. With the shared ' +
    'token, or without authentication, the role is `Operator`. `authentication` is `oidc` if callers sign in at an ' +
    '`issuer`. `demonstration`: results come from the demonstration database, which knows only the images of the ' +
    'demonstration. `links` lead to tools of the operator, for callers with `services/read`: `traces` has ' +
    '`{traceId}` in the place of an id.',
);

export const shown: Description = {
  summary: 'The caller and the permissions of the caller.',
  answers: { 200: json('The caller.', me) },
};
