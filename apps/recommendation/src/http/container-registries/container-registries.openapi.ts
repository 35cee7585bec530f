import { json, paged, schema, type Description } from '@assay/http';

const { flag, list, mapOf, named, oneOf, page, record, text } = schema;

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
  'A registry that is watched, as its configuration tells of it.',
);

const operation = named('ContainerRegistryOperation', {
  name: text,
  origin: text,
  isDataAction: flag,
  display: record({ provider: text, resource: text, operation: text, description: text }),
});

export const listed: Description = {
  summary: 'The registries that are watched in a subscription or a resource group.',
  query: paged,
  answers: { 200: json('A page of them.', page(registry)) },
};
export const shown: Description = {
  summary: 'A registry that is watched.',
  answers: { 200: json('The registry.', registry) },
};
export const operationsListed: Description = {
  summary: 'What can be done with registries here: they are read, and changed by configuration alone.',
  answers: { 200: json('All of them.', record({ value: list(operation) })) },
};
