import { givenName, type ConfiguredRegistry } from '@assay/registry';
import { type LocalRegistrySpec } from './local.ts';

/** The local registry takes the name of its subscription from the configuration, if there is one. */
export const namedAs = (spec: LocalRegistrySpec, configured: readonly ConfiguredRegistry[]): LocalRegistrySpec => {
  const name = configured
    .filter(({ subscriptionId }) => subscriptionId.toLowerCase() === spec.subscriptionId)
    .map(givenName)
    .find((one) => one !== undefined);
  return name === undefined ? spec : { ...spec, subscriptionName: name };
};

export const localRegistryOf = (
  { name, subscriptionId, subscriptionName }: LocalRegistrySpec,
  loginServer: string,
  secret: string,
): ConfiguredRegistry => ({
  registryId:
    `/subscriptions/${subscriptionId}/resourceGroups/local/` +
    `providers/Microsoft.ContainerRegistry/registries/${name}`,
  subscriptionId,
  subscriptionName,
  loginServer,
  location: 'local',
  sku: 'Standard',
  cloud: 'AzureCloud',
  networkAccess: 'public',
  plainHttp: true,
  allowAddresses: ['127.0.0.0/8'],
  tags: {},
  secret,
});
