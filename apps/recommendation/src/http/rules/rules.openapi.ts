import { etag, json, otherwise, paged, preconditions, schema, type Description, type Parameters } from '@assay/http';
import { RuleCriteria } from '@assay/events';

const { classed, count, named, oneOf, page, text, time } = schema;

const rule = named(
  'Rule',
  {
    ruleId: text,
    scope: text,
    criteria: classed(RuleCriteria),
    reason: text,
    by: text,
    since: time,
    'expiresAt?': time,
    state: oneOf('in-force', 'expired'),
    exempted: count,
    fixable: count,
  },
  'A rule that disables findings, and the number of findings that it disables (the answer to a `PUT`: is about to ' +
    'disable). `fixable` of these have a fix by now, ' +
    'so that the rule may end.',
);

export const rulePath: Parameters = {
  rule: {
    description: 'Its name in the scope.',
    schema: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' },
  },
};
const one = '[^/]+';
export const scopeId = {
  type: 'string',
  pattern:
    `^/subscriptions/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(/resourceGroups/${one}(/providers` +
    `/Microsoft[.]ContainerRegistry/registries/${one})?)?$`,
};

const scope: Parameters = {
  scope: { description: 'The id of a subscription, a resource group or a registry.', schema: scopeId, required: true },
};

export const listed: Description = {
  summary: 'The rules that disable findings.',
  query: paged,
  answers: { 200: json('A page of rules.', page(rule)) },
};
export const shown: Description = {
  summary: 'A rule.',
  path: rulePath,
  query: scope,
  answers: { 200: json('The rule.', rule, etag) },
};
export const written: Description = {
  summary: 'Creates a rule, or changes the one of that name in that scope. Unknown words are refused.',
  path: rulePath,
  headers: preconditions,
  narrows: { properties: { scope: scopeId, criteria: { minProperties: 1 } } },
  answers: { 200: json('The rule, as it applies.', rule, etag) },
  refuses: { 412: otherwise },
};
export const removed: Description = {
  summary: 'Removes a rule: its findings count again, without a new scan.',
  path: rulePath,
  headers: preconditions,
  refuses: { 412: otherwise },
  query: {
    ...scope,
    reason: {
      description: 'The reason, for the audit trail.',
      schema: { type: 'string', minLength: 1, maxLength: 1000, pattern: '\\S' },
      required: true,
    },
  },
  answers: { 204: { description: 'The rule is removed.' } },
};
