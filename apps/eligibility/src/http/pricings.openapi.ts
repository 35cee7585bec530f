import { planNames } from '@assay/arm';
import {
  etag,
  json,
  otherwise,
  preconditions,
  schema,
  type DescribedAnswer,
  type Description,
  type Parameters,
} from '@assay/http';
import { tiers } from '@assay/events';

const { anything, flag, list, mapOf, named, oneOf, record, text, texts, time } = schema;

const pricing = named(
  'Pricing',
  {
    id: text,
    name: oneOf(...planNames),
    type: oneOf('Microsoft.Security/pricings'),
    properties: record({
      pricingTier: oneOf(...tiers),
      'subPlan?': text,
      'extensions?': list(record({ name: text, isEnabled: text, 'additionalExtensionProperties?': mapOf(anything) })),
      'enforce?': text,
      freeTrialRemainingTime: text,
      'enablementTime?': time,
      'deprecated?': flag,
      'replacedBy?': texts,
    }),
  },
  'A plan of a subscription.',
);

const path: Parameters = { name: { description: 'The name of the plan, in any case.', schema: oneOf(...planNames) } };
const one: DescribedAnswer = json('The plan.', pricing, etag);

export const listed: Description = {
  summary: 'The plans of a subscription.',
  answers: { 200: json('All plans.', record({ value: list(pricing) })) },
};
export const shown: Description = { summary: 'A plan of a subscription.', path, answers: { 200: one } };
export const updated: Description = {
  summary:
    'Switches a plan on (`Standard`) or off (`Free`): ContainerRegistry or Containers. `subPlan`, `extensions` ' +
    'and `enforce` are kept and returned unchanged. The answer comes once the change applies.',
  path: {
    name: {
      description: 'A plan that Assay implements.',
      schema: oneOf('ContainerRegistry', 'Containers'),
    },
  },
  headers: { 'x-assay-why': { description: 'The reason, for the audit trail.', schema: text }, ...preconditions },
  answers: { 200: one },
  refuses: { 412: otherwise },
};
