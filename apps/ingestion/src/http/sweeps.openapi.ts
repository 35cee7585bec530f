import { json, schema, type Description } from '@assay/http';

const { count, list, named, oneOf, record, text, time } = schema;

const sweep = named(
  'SweepStanding',
  {
    registryId: text,
    loginServer: text,
    state: oneOf('unknown', 'clear', 'failed', 'held', 'confirmed'),
    'gone?': count,
    'known?': count,
    'since?': time,
    'outcome?': text,
    'by?': text,
    'why?': text,
  },
  'How the sweep of a registry stands: `held` where it found so many images gone that it asks for ' +
    'an order, `confirmed` where that was given and the sweep has not been done yet, `failed` where ' +
    'the registry, or some of it, could not be read since then, `unknown` where no sweep has ended ' +
    'yet. `outcome`, `by` and `why` say what was said of it last.',
);

export const listed: Description = {
  summary: 'How the sweeps of all registries stand.',
  answers: { 200: json('All of them.', record({ value: list(sweep) })) },
};
export const confirmed: Description = {
  summary:
    'Orders that the images which a held sweep found gone are said to be deleted. A registry that is ' +
    'back needs no order.',
  path: { registry: { description: 'The login server, as in the list.', schema: text } },
  body: { 'application/json': record({ why: { ...text, maxLength: 1000, pattern: '\\S' } }) },
  answers: { 200: json('It is ordered.', sweep) },
  refuses: { 409: 'No sweep of this registry is held.' },
};
