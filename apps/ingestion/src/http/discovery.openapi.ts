import { json, schema, type Description } from '@assay/http';

const { count, list, named, oneOf, orNull, record, text, time } = schema;

const listing = named(
  'ListingStanding',
  {
    discovery: text,
    subscriptionId: text,
    'subscriptionName?': text,
    state: oneOf('unknown', 'listed', 'failed', 'held', 'confirmed'),
    'listedAt?': time,
    'since?': time,
    'why?': text,
    'registries?': count,
    'restricted?': count,
    'leftOut?': list(record({ registryId: text, loginServer: text, why: text })),
    'webhooks?': count,
    'withoutWebhook?': list(record({ registryId: text, why: text })),
    'gone?': count,
    'known?': count,
  },
  'The listings of a subscription by a discovery; `all` stands for the list of subscriptions itself. `failed`: it ' +
    'could not be read, and nothing changed. `held`: so many registries are gone at once that it needs an order. ' +
    '`listedAt` has the last listing, on the instance that lists. `confirmed`: the order was given, and the next ' +
    'listing follows it. `unknown`: no listing has ended yet.',
);

export const listed: Description = {
  summary: 'The listings of the subscriptions of ASSAY_DISCOVERY that the caller may read.',
  answers: {
    200: json(
      'All listings. `error`: the setting has this mistake, and the last good one counts.',
      record({ value: list(listing), error: orNull(text) }),
    ),
  },
};
export const confirmed: Description = {
  summary: 'Orders that the registries that are gone from a subscription are removed.',
  path: { subscription: { description: 'Its id.', schema: text } },
  body: { 'application/json': record({ why: { ...text, maxLength: 1000, pattern: '\\S' } }) },
  answers: { 200: json('The order is recorded.', record({ value: list(listing) })) },
  refuses: { 409: 'No removal is held in this subscription.' },
};
