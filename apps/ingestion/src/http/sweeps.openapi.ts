import { RegistryObserved } from '@assay/events';
import { json, schema, type Description } from '@assay/http';

const { classed, count, list, named, oneOf, record, text, time } = schema;

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
  'The state of the sweep of a registry. `held`: so many images are gone that it needs an order. `confirmed`: ' +
    'the order was given, and the sweep has not run yet. `failed`: the registry, or a part of it, could not be ' +
    'read since. `unknown`: no sweep has ended yet. An entry `untagged-N` is no registry: partition N of ' +
    'recommendation holds that many closings for want of a tag, and an order lets them go. `outcome`, `by` and ' +
    '`why` are those of the last report.',
);

export const listed: Description = {
  summary: 'The state of the sweeps of all registries.',
  answers: { 200: json('All sweeps.', record({ value: list(sweep) })) },
};
export const confirmed: Description = {
  summary:
    'Orders that the missing images of a held sweep are marked as deleted. A registry whose images are back ' +
    'needs no order.',
  path: { registry: { description: 'The login server or `untagged-N`, as in the list.', schema: text } },
  body: { 'application/json': record({ why: { ...text, maxLength: 1000, pattern: '\\S' } }) },
  answers: { 200: json('The order is recorded.', sweep) },
  refuses: { 409: 'No sweep of this registry is held.' },
};
export const removed: Description = {
  summary:
    'Decides on the images of a removed registry. `keep`: their status stays until they are deleted. `close`: they ' +
    'are `not-applicable` with the reason `registry-removed`. A registry that is declared again goes on. Charges stay.',
  path: { registry: { description: 'The login server, as it was in ASSAY_REGISTRIES.', schema: text } },
  body: {
    'application/json': record({ images: oneOf('keep', 'close'), why: { ...text, maxLength: 1000, pattern: '\\S' } }),
  },
  answers: { 200: json('It is recorded.', record({ value: list(classed(RegistryObserved)) })) },
  refuses: { 409: 'The registry is watched, or its images that are to be kept are closed already.' },
};
