import type { Plan } from '@assay/events';
import { givenName, type ConfiguredRegistry } from '@assay/registry';

/** A registry that the embedded suite runs itself, to push to. */
export interface LocalRegistrySpec {
  readonly name: string;
  readonly subscriptionId: string;
  readonly subscriptionName: string;
  /** The plan that its subscription begins with; without one it is not scanned. */
  readonly plan?: Plan;
  /** 0 for any free one. */
  readonly port: number;
}

export const localSubscription = '00000000-0000-0000-0000-000000000001';
export const otherSubscription = '00000000-0000-0000-0000-000000000002';
export const hardenedSubscription = '00000000-0000-0000-0000-000000000003';

/** The registry that `assay up` brings along, under the plan that counts what is found whatever the image. */
export const localRegistry = (port: number): LocalRegistrySpec => ({
  name: 'local',
  subscriptionId: localSubscription,
  subscriptionName: 'Local',
  plan: 'Containers',
  port,
});

/** What comes along with the suite has no name of its own where the configuration gives its subscription one. */
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
  registryId: `/subscriptions/${subscriptionId}/resourceGroups/local/providers/Microsoft.ContainerRegistry/registries/${name}`,
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
