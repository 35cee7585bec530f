import { json, schema, type Description, type Parameters } from '@assay/http';
import { modes, plans, tiers } from '@assay/events';
import { settableModes } from './plan.dto.ts';

const { flag, list, named, oneOf, record, text, time } = schema;

const plan = named(
  'Plan',
  {
    subscriptionId: text,
    plan: oneOf(...plans),
    tier: oneOf(...tiers),
    scans: flag,
    mode: oneOf(...modes),
    modeBy: oneOf('command', 'extension', 'plan'),
    'from?': time,
    'by?': text,
    'why?': text,
  },
  'A plan of a subscription: whether it scans, and how it assesses: `classic` as in 2020, `extended` also ' +
    'hardened images. With both plans on, `extended` applies.',
);

const id = { type: 'string', pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' };
const subscription = (required: boolean): Parameters => ({
  subscription: { description: 'Whose plans.', schema: id, ...(required ? { required } : {}) },
});

export const listed: Description = {
  summary: 'The plans of each subscription and their modes.',
  query: subscription(false),
  answers: { 200: json('All plans.', record({ value: list(plan) })) },
  refuses: { 400: 'The subscription id is malformed.', 404: 'The caller has no right to the subscription.' },
};
export const changed: Description = {
  summary:
    'Switches a plan on or off, or sets how it assesses, regardless of the plan and its extensions (`plan` ' +
    'removes the setting). The answer comes once the change applies. Images are classified again without a ' +
    'pull.',
  path: { name: { description: 'The plan.', schema: oneOf(...plans) } },
  query: subscription(true),
  narrows: {
    anyOf: [
      { required: ['tier'], properties: { tier: oneOf(...tiers) } },
      { required: ['mode'], properties: { mode: oneOf(...settableModes) } },
    ],
  },
  answers: { 200: json('The plan.', plan) },
};
