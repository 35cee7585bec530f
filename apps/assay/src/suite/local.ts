import type { Plan } from '@assay/events';

/** A registry that the embedded suite runs itself, to push to. */
export interface LocalRegistrySpec {
  readonly name: string;
  readonly subscriptionId: string;
  readonly subscriptionName: string;
  /** Initial plan of its subscription; without one it is not scanned. */
  readonly plan?: Plan;
  /** 0 for any free port. */
  readonly port: number;
}

export const localSubscription = '00000000-0000-0000-0000-000000000001';
export const otherSubscription = '00000000-0000-0000-0000-000000000002';
export const hardenedSubscription = '00000000-0000-0000-0000-000000000003';

/** The registry of `assay up`, under the plan that assesses any image. */
export const localRegistry = (port: number): LocalRegistrySpec => ({
  name: 'local',
  subscriptionId: localSubscription,
  subscriptionName: 'Local',
  plan: 'Containers',
  port,
});
