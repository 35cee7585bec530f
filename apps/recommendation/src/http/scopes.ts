import { Inject, Injectable, Optional } from '@nestjs/common';
import { badRequest, formatScope, isSubscriptionId, notFound, type Scope } from '@assay/arm';
import { isKnown } from '../view/assessments.ts';
import type { Query } from '../view/duckdb.ts';
import { prefixOf } from '../view/sub-assessments.ts';
import { AssessmentSettings } from './settings.ts';

/** Every form in which a scope stands in a path. */
const scopePaths = [
  'subscriptions/:subscriptionId',
  'subscriptions/:subscriptionId/resourceGroups/:resourceGroup',
  'subscriptions/:subscriptionId/resourceGroups/:resourceGroup/providers/:provider/:resourceType/:resource',
  'providers/Microsoft.Management/managementGroups/:managementGroup',
] as const;

/** The paths of an operation of Microsoft.Security at every scope. */
export const atEveryScope = (operation: string): string[] => scopePaths.map((scope) => `${scope}/providers/Microsoft.Security/${operation}`);

export interface ScopeParams {
  readonly subscriptionId?: string;
  readonly resourceGroup?: string;
  readonly provider?: string;
  readonly resourceType?: string;
  readonly resource?: string;
  readonly managementGroup?: string;
}

/** A scope that exists, and what the keys of the registries in it begin with. */
export interface KnownScope {
  readonly scope: Scope;
  readonly prefixes: readonly string[];
}

const same = (a: string | undefined, b: string): boolean => a?.toLowerCase() === b.toLowerCase();

export const scopeOf = ({ subscriptionId, resourceGroup, provider, resourceType, resource, managementGroup }: ScopeParams): Scope => {
  if (managementGroup !== undefined) return { kind: 'management-group', managementGroup };
  if (!isSubscriptionId(subscriptionId!)) throw badRequest('InvalidSubscriptionId', `The provided subscription identifier '${subscriptionId}' is malformed or invalid.`, { target: 'subscriptionId' });
  const subscription = subscriptionId!.toLowerCase();
  if (resourceGroup === undefined) return { kind: 'subscription', subscriptionId: subscription };
  if (resource === undefined) return { kind: 'resource-group', subscriptionId: subscription, resourceGroup };
  if (same(provider, 'Microsoft.ContainerRegistry') && same(resourceType, 'registries')) return { kind: 'registry', subscriptionId: subscription, resourceGroup, registry: resource };
  return { kind: 'resource', subscriptionId: subscription, resourceGroup, provider: provider!, type: resourceType!, name: resource };
};

@Injectable()
export class Scopes {
  readonly #settings: AssessmentSettings;

  constructor(@Optional() @Inject(AssessmentSettings) settings?: AssessmentSettings) {
    this.#settings = settings ?? new AssessmentSettings();
  }

  /** The scope of a path. One that does not exist is answered with 404, from the outside in. */
  known(query: Query, params: ScopeParams): Promise<KnownScope> {
    return this.knownScope(query, scopeOf(params));
  }

  async knownScope(query: Query, scope: Scope): Promise<KnownScope> {
    if (scope.kind === 'management-group') return { scope, prefixes: this.#prefixesOf(scope.managementGroup) };
    const subscription = { kind: 'subscription', subscriptionId: scope.subscriptionId } as const;
    if (!await isKnown(query, prefixOf(subscription), scope.subscriptionId)) throw notFound('SubscriptionNotFound', `The subscription '${scope.subscriptionId}' could not be found.`, 'subscriptionId');
    if (scope.kind === 'subscription') return { scope, prefixes: [prefixOf(scope)] };
    if (!await isKnown(query, prefixOf({ kind: 'resource-group', subscriptionId: scope.subscriptionId, resourceGroup: scope.resourceGroup }), undefined)) {
      throw notFound('ResourceGroupNotFound', `Resource group '${scope.resourceGroup}' could not be found.`, 'resourceGroupName');
    }
    if (scope.kind !== 'resource-group' && (scope.kind === 'resource' || !await isKnown(query, prefixOf(scope), undefined))) {
      throw notFound('ResourceNotFound', `The resource '${formatScope(scope)}' could not be found.`);
    }
    return { scope, prefixes: [prefixOf(scope)] };
  }

  #prefixesOf(group: string): readonly string[] {
    const members = Object.entries(this.#settings.managementGroups);
    if (members.length === 0) return [''];
    const [, subscriptions] = members.find(([name]) => same(name, group)) ?? [];
    if (!subscriptions) throw notFound('ResourceNotFound', `The management group '${group}' could not be found.`);
    return subscriptions.map((subscriptionId) => prefixOf({ kind: 'subscription', subscriptionId }));
  }
}
