import type { PlanChanged, PlanExtension, Tier } from '@assay/events';

/** Every plan of a subscription, in the order of the list. Assay uses only the last two. */
export const planNames = [
  'VirtualMachines',
  'SqlServers',
  'AppServices',
  'StorageAccounts',
  'SqlServerVirtualMachines',
  'KubernetesService',
  'ContainerRegistry',
  'KeyVaults',
  'Dns',
  'Arm',
  'OpenSourceRelationalDatabases',
  'Containers',
] as const;

export type PlanName = (typeof planNames)[number];

/** Returns the plan with its canonical casing; `undefined` if there is none of that name. */
export const planNamed = (text: string): PlanName | undefined =>
  planNames.find((name) => name.toLowerCase() === text.toLowerCase());

/** Plans superseded by newer plans. */
const replacements: Partial<Record<PlanName, readonly PlanName[]>> = {
  ContainerRegistry: ['Containers'],
  KubernetesService: ['Containers'],
};

export interface Pricing {
  readonly id: string;
  readonly name: PlanName;
  readonly type: 'Microsoft.Security/pricings';
  readonly properties: {
    readonly pricingTier: Tier;
    readonly subPlan?: string;
    readonly extensions?: readonly PlanExtension[];
    readonly enforce?: string;
    readonly freeTrialRemainingTime: string;
    readonly enablementTime?: string;
    readonly deprecated?: true;
    readonly replacedBy?: readonly string[];
  };
}

/** The settings of a plan besides its tier. */
export type PlanParts = Pick<PlanChanged, 'subPlan' | 'extensions' | 'enforce'>;

/**
 * A plan of a subscription as the API shows it. Settings that were never given are absent: clients take a value that
 * they did not set for a change, and create the plan again.
 */
export const pricingOf = (
  subscriptionId: string,
  plan: PlanName,
  tier: Tier,
  enabledAt?: string,
  { subPlan, extensions, enforce }: PlanParts = {},
): Pricing => ({
  id: `/subscriptions/${subscriptionId}/providers/Microsoft.Security/pricings/${plan}`,
  name: plan,
  type: 'Microsoft.Security/pricings',
  properties: {
    pricingTier: tier,
    freeTrialRemainingTime: 'PT0S',
    ...(subPlan === undefined ? {} : { subPlan }),
    ...(extensions === undefined ? {} : { extensions }),
    ...(enforce === undefined ? {} : { enforce }),
    ...(enabledAt && tier === 'Standard' ? { enablementTime: enabledAt } : {}),
    ...(replacements[plan] ? { deprecated: true, replacedBy: replacements[plan] } : {}),
  },
});
