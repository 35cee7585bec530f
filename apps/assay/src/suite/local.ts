import type { Plan } from '@assay/events';
import { givenName, type ConfiguredRegistry } from '@assay/registry';

/** A registry that the embedded suite runs itself, to push to. */
export interface LocalRegistrySpec {
  readonly name: string;
  readonly subscriptionId: string;
  readonly subscriptionName: string;
  /** Initial plan of its subscription; without one it is not scanned. */
  readonly plan?: Plan;
  /** 0 for any free port. */
  readonly port: number;
}

export const localSubscription = '00000000-0000-0000-0000-000000000001';
export const otherSubscription = '00000000-0000-0000-0000-000000000002';
export const hardenedSubscription = '00000000-0000-0000-0000-000000000003';

/** The registry of `assay up`, under the plan that assesses any image. */
export const localRegistry = (port: number): LocalRegistrySpec => ({
  name: 'local',
  subscriptionId: localSubscription,
  subscriptionName: 'Local',
  plan: 'Containers',
  port,
});

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
