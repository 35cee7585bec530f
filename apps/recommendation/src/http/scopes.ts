import { Inject, Injectable, Optional } from '@nestjs/common';
import { present } from '@assay/events';
import { formatScope, notFound, scopeOf, type Scope, type ScopeParams } from '@assay/arm';
import { callerOf, type ArmRequest } from '@assay/http';
import { isKnown } from './assessments/assessments.ts';
import type { RunQuery } from '@assay/read-model/store/duckdb';
import { narrowed, prefixOf, readableBy } from '@assay/read-model/store/readable';
import { AssessmentSettings } from './assessments/settings.ts';

/** Every form of a scope in a path. */
const scopePaths = [
  'subscriptions/:subscriptionId',
  'subscriptions/:subscriptionId/resourceGroups/:resourceGroup',
  'subscriptions/:subscriptionId/resourceGroups/:resourceGroup/providers/:provider/:resourceType/:resource',
  'providers/Microsoft.Management/managementGroups/:managementGroup',
] as const;

/** The paths of an operation of Microsoft.Security at every scope. */
export const atEveryScope = (operation: string): string[] =>
  scopePaths.map((scope) => `${scope}/providers/Microsoft.Security/${operation}`);

/** Like `atEveryScope`, without management groups, which are no resources. */
export const atEveryResource = (operation: string): string[] =>
  atEveryScope(operation).filter((path) => !path.startsWith('providers/'));

/** A scope that exists, and the prefixes of the keys of its registries that the caller may read. */
export interface KnownScope {
  readonly scope: Scope;
  readonly prefixes: readonly string[];
}

const same = (a: string | undefined, b: string): boolean => a?.toLowerCase() === b.toLowerCase();

@Injectable()
export class Scopes {
  readonly #settings: AssessmentSettings;

  constructor(@Optional() @Inject(AssessmentSettings) settings?: AssessmentSettings) {
    this.#settings = settings ?? new AssessmentSettings();
  }

  /** The scope of a path. If it does not exist, answers 404 for its outermost part that is missing. */
  async known(query: RunQuery, params: ScopeParams, request: ArmRequest): Promise<KnownScope> {
    const { scope, prefixes } = await this.knownScope(query, present(scopeOf(params), 'scope of the path'));
    return { scope, prefixes: narrowed(prefixes, readableBy(callerOf(request))) };
  }

  /** Like `known`, without regard to the caller. */
  async knownScope(query: RunQuery, scope: Scope): Promise<KnownScope> {
    if (scope.kind === 'management-group') return { scope, prefixes: this.#prefixesOf(scope.managementGroup) };
    const subscription = { kind: 'subscription', subscriptionId: scope.subscriptionId } as const;
    if (
      this.#settings.subscriptions[scope.subscriptionId] === undefined &&
      !(await isKnown(query, prefixOf(subscription), scope.subscriptionId))
    )
      throw notFound(
        'SubscriptionNotFound',
        `The subscription '${scope.subscriptionId}' could not be found.`,
        'subscriptionId',
      );
    if (scope.kind === 'subscription') return { scope, prefixes: [prefixOf(scope)] };
    if (
      !(await isKnown(
        query,
        prefixOf({ kind: 'resource-group', subscriptionId: scope.subscriptionId, resourceGroup: scope.resourceGroup }),
        undefined,
      ))
    ) {
      throw notFound(
        'ResourceGroupNotFound',
        `Resource group '${scope.resourceGroup}' could not be found.`,
        'resourceGroupName',
      );
    }
    if (
      scope.kind !== 'resource-group' &&
      (scope.kind === 'resource' || !(await isKnown(query, prefixOf(scope), undefined)))
    ) {
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
