import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pushLayout } from '@assay/local-registry';
import { otherSubscription } from '../../apps/assay/src/suite/local.ts';
import { api, endpoint, security, security2 } from './clients.ts';

const { loginServer } = endpoint.registries.find(({ name }) => name === 'other')!;
const [today, former] = [security(otherSubscription).pricings, security2(otherSubscription).pricings];

/** The status of a push to the registry of the subscription. */
const becomes = async (repository: string): Promise<string> => {
  const { digest } = await pushLayout(join(import.meta.dirname, '../images/alpine-3.20.3'), {
    registry: loginServer,
    repository,
    tag: 'v1',
    plainHttp: true,
  });
  for (const until = Date.now() + 30_000; Date.now() < until;) {
    const found = (await api.image(digest).catch(() => undefined))?.placements.find(
      (each) => each.repository === repository,
    );
    if (found && !['queued', 'scanning'].includes(found.status)) return found.status;
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
  throw new Error(`nothing was heard of ${repository}`);
};

describe('the plans of a subscription', () => {
  it('are listed, and got as they are listed', async () => {
    const { value } = await today.list();
    expect(value.map(({ name }) => name)).toContain('ContainerRegistry');
    expect(new Set(value.map(({ pricingTier }) => pricingTier))).toEqual(new Set(['Free']));
    for (const plan of value) expect(await today.get(plan.name!)).toEqual(plan);
    expect((await former.list()).value).toHaveLength(value.length);
  });

  it('switch scanning on and off, for either client', async () => {
    expect(await becomes('before')).toBe('not-applicable');
    expect(await today.update('ContainerRegistry', { pricingTier: 'Standard' })).toMatchObject({
      name: 'ContainerRegistry',
      pricingTier: 'Standard',
      freeTrialRemainingTime: 'PT0S',
    });
    expect(await becomes('while-on')).toBe('unhealthy');
    expect(await former.update('ContainerRegistry', { pricingTier: 'Free' })).toMatchObject({ pricingTier: 'Free' });
    expect(await becomes('after')).toBe('not-applicable');
    expect((await today.get('ContainerRegistry')).pricingTier).toBe('Free');
  });
});
