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
