import type { ConfiguredRegistry } from '@assay/registry';

/** A registry that the embedded suite runs itself, to push to. */
export interface LocalRegistrySpec {
  readonly name: string;
  readonly subscriptionId: string;
  readonly subscriptionName: string;
  readonly plan: 'Standard' | 'Free';
  /** 0 for any free one. */
  readonly port: number;
}

export const localSubscription = '00000000-0000-0000-0000-000000000001';
export const otherSubscription = '00000000-0000-0000-0000-000000000002';

/** The registry that `assay up` brings along. */
export const localRegistry = (port: number): LocalRegistrySpec => ({ name: 'local', subscriptionId: localSubscription, subscriptionName: 'Local', plan: 'Standard', port });

export const localRegistryOf = ({ name, subscriptionId, subscriptionName }: LocalRegistrySpec, loginServer: string, secret: string): ConfiguredRegistry => ({
  registryId: `/subscriptions/${subscriptionId}/resourceGroups/local/providers/Microsoft.ContainerRegistry/registries/${name}`,
  subscriptionId, subscriptionName, loginServer, location: 'local', sku: 'Standard', cloud: 'AzureCloud', networkAccess: 'public', plainHttp: true, allowAddresses: ['127.0.0.0/8'], tags: {}, secret,
});
