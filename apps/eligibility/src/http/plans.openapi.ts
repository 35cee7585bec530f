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
  'A plan of a subscription, whether it scans, and how it assesses: `classic` as in 2020, `extended` ' +
    'hardened images too. With both plans on, `extended` holds.',
);

const id = { type: 'string', pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' };
const subscription = (required: boolean): Parameters => ({
  subscription: { description: 'Whose plans.', schema: id, ...(required ? { required } : {}) },
});

export const listed: Description = {
  summary: 'The plans of each subscription, and how they assess.',
  query: subscription(false),
  answers: { 200: json('All of them.', record({ value: list(plan) })) },
  refuses: { 400: 'The subscription is none.', 404: "The subscription is none of the caller's business." },
};
export const changed: Description = {
  summary:
    'Switches a plan on or off, or sets how it assesses, whatever the plan and its extensions say (`plan` ' +
    'takes that back). The answer comes when it is in force; images are classified anew without a pull.',
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
