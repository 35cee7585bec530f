import { json, paged, schema, type Description } from '@assay/http';

const { mapOf, named, oneOf, page, record, text } = schema;

const registry = named(
  'ContainerRegistry',
  {
    id: text,
    name: text,
    type: oneOf('Microsoft.ContainerRegistry/registries'),
    location: text,
    tags: mapOf(text),
    sku: record({ name: text, tier: text }),
    properties: record({
      loginServer: text,
      provisioningState: oneOf('Succeeded'),
      publicNetworkAccess: oneOf('Enabled', 'Disabled'),
    }),
  },
  'A watched registry, as configured.',
);

export const listed: Description = {
  summary: 'The watched registries in a subscription or a resource group.',
  query: paged,
  answers: { 200: json('A page of registries.', page(registry)) },
};
export const shown: Description = {
  summary: 'A watched registry.',
  answers: { 200: json('The registry.', registry) },
};
