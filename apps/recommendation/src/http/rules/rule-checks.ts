import { badRequest, formatScope, isSubscriptionId, parseScope } from '@assay/arm';
import { callerOf, demand, type ArmRequest, type Operation } from '@assay/http';
import type { RuleBody } from './rule.dto.ts';

/** `Date` accepts 30 February as a day in March. */
const isDay = (time: string): boolean => {
  const at = new Date(time);
  return Number.isFinite(at.getTime()) && at.toISOString().slice(0, 10) === time.slice(0, 10);
};

/** The name of a rule in a path. */
export const ruleIdIn = (text: string): string => {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text)) return text;
  throw badRequest(
    'InvalidRequestContent',
    'A rule is named by at most 64 letters, digits, dots, dashes and underscores.',
    { target: 'rule' },
  );
};

/** The scope in the casing of the answers, if the caller has the permission there. */
export const allowedScope = (request: ArmRequest, operation: Operation, text: string | undefined): string => {
  const scope = text === undefined ? undefined : parseScope(text);
  if (scope?.kind !== 'subscription' && scope?.kind !== 'resource-group' && scope?.kind !== 'registry') {
    throw badRequest(
      'InvalidRequestContent',
      'The scope of a rule is the id of a subscription, a resource group or a registry, for example ' +
        '/subscriptions/00000000-0000-0000-0000-000000000001.',
      { target: 'scope' },
    );
  }
  if (!isSubscriptionId(scope.subscriptionId))
    throw badRequest(
      'InvalidSubscriptionId',
      `The provided subscription identifier '${scope.subscriptionId}' is malformed or invalid.`,
      { target: 'scope' },
    );
  demand(callerOf(request), operation, scope);
  return formatScope(scope);
};

/** A rule without criteria would disable nothing or, misread, everything. */
const checkCriteria = (criteria: RuleBody['criteria'] | undefined): void => {
  if (Object.values(criteria ?? {}).some((value) => value !== undefined && value !== null)) return;
  throw badRequest(
    'InvalidRequestContent',
    'The criteria are empty: give at least one, for example {"vulnerabilities":["CVE-2020-1967"]}.',
    { target: 'criteria' },
  );
};

/**
 * Checks the content of a rule.
 *
 * @param operations that the caller needs in the scope of the rule
 * @param now ms since the epoch
 * @returns the scope in the casing of the answers
 * @throws ArmError 400 for a rule that means nothing or never applies, 403 and 404 as `demand` does
 */
export const checkedScope = (
  { scope: given, criteria, expiresAt }: Pick<RuleBody, 'scope' | 'criteria' | 'expiresAt'>,
  request: ArmRequest,
  operations: readonly [Operation, ...Operation[]],
  now: number,
): string => {
  const [scope = ''] = operations.map((operation) => allowedScope(request, operation, given));
  checkCriteria(criteria);
  if (expiresAt !== undefined && !isDay(expiresAt))
    throw badRequest('InvalidRequestContent', 'expiresAt is not an existing day.', { target: 'expiresAt' });
  if (expiresAt !== undefined && !(Date.parse(expiresAt) > now))
    throw badRequest('InvalidRequestContent', 'expiresAt is not in the future: the rule would never apply.', {
      target: 'expiresAt',
    });
  return scope;
};
