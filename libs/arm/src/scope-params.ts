import { present } from '@assay/events';
import { badRequest } from './error.ts';
import { isSubscriptionId, type Scope } from './ids.ts';

/** Names of the scope's parts in routes. */
export interface ScopeParams {
  readonly subscriptionId?: string;
  readonly resourceGroup?: string;
  readonly provider?: string;
  readonly resourceType?: string;
  readonly resource?: string;
  readonly managementGroup?: string;
  /** From a path that names the registry type itself. */
  readonly registry?: string;
}

/** @throws ArmError if the subscription id is not a GUID */
export const checkedSubscription = (subscriptionId: string): string => {
  if (!isSubscriptionId(subscriptionId))
    throw badRequest(
      'InvalidSubscriptionId',
      `The provided subscription identifier '${subscriptionId}' is malformed or invalid.`,
      { target: 'subscriptionId' },
    );
  return subscriptionId.toLowerCase();
};

const same = (a: string | undefined, b: string): boolean => a?.toLowerCase() === b.toLowerCase();

/** Returns the scope from the path's parameters; undefined if the path names none. */
export const scopeOf = ({
  subscriptionId: given,
  resourceGroup,
  provider,
  resourceType,
  resource,
  managementGroup,
  registry,
}: ScopeParams): Scope | undefined => {
  if (managementGroup !== undefined) return { kind: 'management-group', managementGroup };
  if (given === undefined) return undefined;
  const subscriptionId = checkedSubscription(given);
  if (resourceGroup === undefined) return { kind: 'subscription', subscriptionId };
  if (registry !== undefined) return { kind: 'registry', subscriptionId, resourceGroup, registry };
  if (resource === undefined) return { kind: 'resource-group', subscriptionId, resourceGroup };
  if (same(provider, 'Microsoft.ContainerRegistry') && same(resourceType, 'registries'))
    return { kind: 'registry', subscriptionId, resourceGroup, registry: resource };
  return {
    kind: 'resource',
    subscriptionId,
    resourceGroup,
    provider: present(provider, 'provider'),
    type: present(resourceType, 'resource type'),
    name: resource,
  };
};
