import { isSubscriptionId, parseScope } from '@assay/arm';
import { jsonList, SettingError } from '@assay/settings';
import type { Grant, Reach } from './caller.ts';
import { roleNamed, roles } from './roles.ts';

/** A role in a scope for every token that has all claims of the principal. */
export interface Assignment extends Grant {
  readonly principal: Readonly<Record<string, string>>;
}

export type Claims = Readonly<Record<string, unknown>>;

/**
 * Reads the assignments in `ASSAY_ROLES`: JSON, or the path of a JSON file.
 * @throws SettingError in one line
 */
export const assignmentsIn = (text: string | undefined): readonly Assignment[] => {
  if (!text?.trim())
    throw new SettingError('ASSAY_OIDC_ISSUER needs ASSAY_ROLES: without a role no caller may do anything');
  return parsed(text.trim()).map((value, at) => assignmentOf((value ?? {}) as Record<string, unknown>, at));
};

const parsed = (text: string): unknown[] => jsonList('ASSAY_ROLES', text, (message) => new SettingError(message));

const assignmentOf = ({ principal, role, scope, cluster }: Record<string, unknown>, at: number): Assignment => {
  const wrong = (name: string, wants: string): never => {
    throw new SettingError(`ASSAY_ROLES[${at}].${name} must be ${wants}`);
  };
  const claims = Object.entries((principal ?? {}) as object);
  if (
    typeof principal !== 'object' ||
    claims.length === 0 ||
    !claims.every(([, value]) => typeof value === 'string' && value !== '')
  )
    wrong('principal', 'claims and their values, such as {"oid":"…"} or {"groups":"…"}');
  const named = typeof role === 'string' ? roleNamed(role) : undefined;
  const reach = typeof scope === 'string' ? reachOf(scope) : undefined;
  const { role: name, may } = named ?? wrong('role', `one of ${roles.map((one) => one.role).join(', ')}`);
  if (cluster !== undefined && (typeof cluster !== 'string' || !may.some((each) => each === 'running/write')))
    wrong('cluster', 'the name of a cluster, beside the role Cluster Reporter');
  return {
    ...(cluster === undefined ? {} : { cluster: cluster as string }),
    principal: principal as Record<string, string>,
    role: name,
    may,
    scope: reach ?? wrong('scope', 'the id of a subscription, a resource group or a registry, or / for all'),
  };
};

const reachOf = (text: string): Reach | undefined => {
  if (text === '/') return 'everything';
  const scope = parseScope(text);
  return scope &&
    scope.kind !== 'management-group' &&
    scope.kind !== 'resource' &&
    isSubscriptionId(scope.subscriptionId)
    ? scope
    : undefined;
};

/** A claim is a string, or a list of strings such as `groups` and `roles`. */
const has = (claims: Claims, [name, value]: readonly [string, string]): boolean => {
  const claim = Object.hasOwn(claims, name) ? claims[name] : undefined;
  return claim === value || (Array.isArray(claim) && claim.includes(value));
};

export const grantsOf = (assignments: readonly Assignment[], claims: Claims): readonly Grant[] =>
  assignments.filter(({ principal }) => Object.entries(principal).every((pair) => has(claims, pair)));
