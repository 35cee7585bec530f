import { Injectable, SetMetadata, type CanActivate, type CustomDecorator, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ArmError, notFound, formatScope, scopeOf, type ScopeParams } from '@assay/arm';
import type { ArmRequest } from '../http.ts';
import { isGuarded } from './bearer.ts';
import type { Caller, Reach } from './caller.ts';
import { rolesFor, type Operation } from './roles.ts';

export interface Need {
  /** Absent if every caller with a valid token may ask. */
  readonly operation?: Operation;
  readonly partly: boolean;
}

const key = 'assay:needs';

/** Requires the operation in the whole of the scope that the path names; without a scope, everywhere. */
export const Needs = (operation: Operation): CustomDecorator =>
  SetMetadata(key, { operation, partly: false } satisfies Need);

/** Requires the operation in some part of the scope. The route itself shows that part only. */
export const NeedsSomewhere = (operation: Operation): CustomDecorator =>
  SetMetadata(key, { operation, partly: true } satisfies Need);

/** Requires a valid token and no role. The route itself shows what the roles of its caller allow. */
export const NeedsNoRole = (): CustomDecorator => SetMetadata(key, { partly: true } satisfies Need);

/** Returns the need that the decorators of a route, or of its controller, declare. */
export const needOf = (handler: object): Need | undefined => Reflect.getMetadata(key, handler) as Need | undefined;

/** Returns the sender of a request to a guarded path. */
export const callerOf = ({ caller }: ArmRequest): Caller => {
  if (!caller) throw new Error('the sender of this request was not authenticated');
  return caller;
};

const reachOf = (params: ScopeParams): Reach => {
  const scope = scopeOf(params);
  // An id does not name the members of a management group: the route checks each member.
  return scope === undefined || scope.kind === 'management-group' ? 'everything' : scope;
};

const shown = (reach: Reach): string => (reach === 'everything' ? '/' : formatScope(reach));

/** Answers 404 at the outermost level that the caller does not know, so as not to reveal what exists below it. */
const nothingAt = (reach: Exclude<Reach, 'everything'>, caller: Caller): ArmError => {
  if (reach.kind === 'management-group')
    return notFound('ResourceNotFound', `The resource '${shown(reach)}' could not be found.`);
  const subscription = { kind: 'subscription', subscriptionId: reach.subscriptionId } as const;
  if (reach.kind === 'subscription' || !caller.knows(subscription))
    return notFound(
      'SubscriptionNotFound',
      `The subscription '${reach.subscriptionId}' could not be found.`,
      'subscriptionId',
    );
  if (
    reach.kind === 'resource-group' ||
    !caller.knows({ ...subscription, kind: 'resource-group', resourceGroup: reach.resourceGroup })
  ) {
    return notFound(
      'ResourceGroupNotFound',
      `Resource group '${reach.resourceGroup}' could not be found.`,
      'resourceGroupName',
    );
  }
  return notFound('ResourceNotFound', `The resource '${shown(reach)}' could not be found.`);
};

/**
 * Checks a need; a route whose path names no scope calls this itself.
 * @throws ArmError 404 if the caller has no role in the scope, else 403, whose `MissingRight` names the scope, whether
 *   a part of it would do, and the roles that would help
 */
export const demand = (caller: Caller, operation: Operation, reach: Reach, partly = false): void => {
  if (partly ? caller.maySomewhere(operation, reach) : caller.may(operation, reach)) return;
  if (reach !== 'everything' && !caller.knows(reach)) throw nothingAt(reach, caller);
  const scope = shown(reach);
  throw new ArmError(
    403,
    'AuthorizationFailed',
    `The client '${caller.subject}' does not have authorization to perform action ` +
      `'${operation}' over scope '${scope}'${partly ? ' or a part of it' : ''}.`,
    { additionalInfo: [{ type: 'MissingRight', info: { operation, scope, partly, roles: rolesFor(operation) } }] },
  );
};

/**
 * Lets a request pass if the roles of its sender cover the need of the route. A guarded route without a need is a
 * programming error and stays closed.
 */
@Injectable()
export class NeedsGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return true;
    const request = context.switchToHttp().getRequest<ArmRequest & { readonly params: ScopeParams }>();
    const need = this.reflector.getAllAndOverride<Need | undefined>(key, [context.getHandler(), context.getClass()]);
    if (!need) {
      if (isGuarded(request))
        throw new Error(
          `${context.getClass().name}.${context.getHandler().name} does not declare the permissions of its ` +
            'callers',
        );
      return true;
    }
    // Also refuses requests that were not authenticated because their path did not look guarded.
    const caller = callerOf(request);
    if (need.operation) demand(caller, need.operation, reachOf(request.params), need.partly);
    return true;
  }
}
