import { json, operations, schema, type Description } from '@assay/http';

const { flag, list, named, oneOf, record, text } = schema;

const me = named(
  'Me',
  {
    name: text,
    roles: list(record({ role: text, scope: text })),
    operations: list(oneOf(...operations)),
    version: text,
    authentication: oneOf('development', 'oidc'),
    'issuer?': text,
    demonstration: flag,
  },
  'The caller. `operations` are allowed in some scope of `roles`. With the shared token, or without authentication, ' +
    'the role is `Operator`. `authentication` is `oidc` if callers sign in at an `issuer`. `demonstration`: results ' +
    'come from the demonstration database, which knows only the images of the demonstration.',
);

export const shown: Description = {
  summary: 'The caller and the permissions of the caller.',
  answers: { 200: json('The caller.', me) },
};
