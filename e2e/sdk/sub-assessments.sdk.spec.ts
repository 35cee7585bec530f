import { expect, it } from 'vitest';
import { localSubscription } from '../../apps/assay/src/suite/local.ts';
import { all, security } from './clients.ts';

it('the client of today reads every finding of a subscription', async () => {
  const found = await all(security(localSubscription).subAssessments.listAll(`subscriptions/${localSubscription}`));
  expect(found.length).toBeGreaterThan(800);
});
