import type { KnownRegistry } from '../assessments/assessments.ts';

/** A registry in the form of `Microsoft.ContainerRegistry`: only configured facts, none that only Azure could know. */
export const containerRegistry = ({
  registryId,
  loginServer,
  location,
  sku,
  networkAccess,
  tags,
}: KnownRegistry): object => ({
  id: registryId,
  name: registryId.slice(registryId.lastIndexOf('/') + 1),
  type: 'Microsoft.ContainerRegistry/registries',
  location,
  tags,
  sku: { name: sku, tier: sku },
  properties: {
    loginServer,
    provisioningState: 'Succeeded',
    publicNetworkAccess: networkAccess === 'public' ? 'Enabled' : 'Disabled',
  },
});

/** Operations on registries. */
export const containerRegistryOperations: readonly object[] = [
  {
    name: 'Microsoft.ContainerRegistry/registries/read',
    origin: 'user',
    isDataAction: false,
    display: {
      provider: 'Microsoft Container Registry',
      resource: 'Registries',
      operation: 'Get or list registries',
      description: 'Gets a registry, or lists those of a subscription or a resource group.',
    },
  },
  {
    name: 'Microsoft.ContainerRegistry/operations/read',
    origin: 'user',
    isDataAction: false,
    display: {
      provider: 'Microsoft Container Registry',
      resource: 'Operations',
      operation: 'List operations',
      description: 'Lists the operations on registries.',
    },
  },
];
