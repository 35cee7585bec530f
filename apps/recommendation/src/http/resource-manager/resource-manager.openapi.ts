import { json, schema, type Description, type Schema } from '@assay/http';

const { flag, list, named, oneOf, record, text, texts } = schema;

const listed = (summary: string, of: string, item: Schema): Description => ({
  summary,
  answers: { 200: json(`All ${of}.`, record({ value: list(item) })) },
});

const subscriptionShown = named('Subscription', {
  id: text,
  subscriptionId: text,
  tenantId: text,
  displayName: text,
  state: oneOf('Enabled'),
});

const providerShown = named('ResourceProvider', {
  id: text,
  namespace: text,
  registrationState: oneOf('Registered'),
  resourceTypes: list(record({ resourceType: text, locations: texts, apiVersions: texts })),
});

export const tenants = listed(
  'The one tenant: Assay has no others.',
  'tenants',
  named('Tenant', { id: text, tenantId: text, displayName: text }),
);
export const subscriptions = listed(
  'The subscriptions of which the caller may read something.',
  'subscriptions',
  subscriptionShown,
);
export const subscription: Description = {
  summary: 'A subscription.',
  answers: { 200: json('The subscription.', subscriptionShown) },
};
export const locations = listed(
  'The locations of the registries of a subscription.',
  'locations',
  named('Location', {
    id: text,
    subscriptionId: text,
    name: text,
    type: oneOf('Region'),
    displayName: text,
    regionalDisplayName: text,
  }),
);
export const resourceGroups = listed(
  'The resource groups of a subscription that hold a registry.',
  'groups',
  named('ResourceGroup', {
    id: text,
    name: text,
    type: text,
    location: text,
    properties: record({ provisioningState: oneOf('Succeeded') }),
  }),
);
export const providersListed = listed('The parts of Azure that Assay answers for.', 'parts', providerShown);
export const provider: Description = {
  summary: 'A part of Azure that Assay answers for.',
  path: { namespace: { description: 'Its name, such as `Microsoft.Security`, in any case.', schema: text } },
  answers: { 200: json('The part.', providerShown) },
};
export const operations = listed(
  'What can be done in a part of Azure.',
  'operations',
  named('Operation', {
    name: text,
    origin: text,
    isDataAction: flag,
    display: record({ provider: text, resource: text, operation: text, description: text }),
  }),
);
export const cloud: Description = {
  summary: 'The addresses of this cloud, for clients of Azure that are given only one of them.',
  answers: {
    200: json(
      'The addresses.',
      named('Cloud', {
        name: text,
        resourceManager: text,
        portal: text,
        authentication: record({ loginEndpoint: text, audiences: texts, tenant: text, identityProvider: text }),
        microsoftGraphResourceId: text,
        suffixes: record({ acrLoginServer: text }),
      }),
    ),
  },
};
