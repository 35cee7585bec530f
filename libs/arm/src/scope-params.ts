import { badRequest } from './error.ts';
import { isSubscriptionId, type Scope } from './ids.ts';

/** How routes name the parts of a scope. */
export interface ScopeParams {
  readonly subscriptionId?: string;
  readonly resourceGroup?: string;
  readonly provider?: string;
  readonly resourceType?: string;
  readonly resource?: string;
  readonly managementGroup?: string;
  /** Of a path that names the type of a registry by itself. */
  readonly registry?: string;
}

/** @throws ArmError where the subscription's id is none */
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

/** The scope that the router found in a path; undefined where the path names none. */
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
  return { kind: 'resource', subscriptionId, resourceGroup, provider: provider!, type: resourceType!, name: resource };
};
