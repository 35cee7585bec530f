import { describe, expect, inject, it } from 'vitest';
import { localSubscription, otherSubscription } from '../../apps/assay/src/suite/local.ts';
import { all, endpoint, security, security2 } from './clients.ts';

const key = 'dbd0cb49-b563-45e7-9724-889e799fa648';
const unknownSubscription = '00000000-0000-0000-0000-0000000000ff';
const { registryId } = endpoint.registries.find(({ name }) => name === 'local')!;
const [today, former] = [security(localSubscription), security2(localSubscription)];

describe.each<[string, number, string, () => Promise<unknown>, () => Promise<unknown>]>([
  [
    'an unknown finding',
    404,
    'SubAssessmentNotFound',
    () => today.subAssessments.get(registryId, key, unknownSubscription),
    () => former.subAssessments.get(registryId, key, unknownSubscription),
  ],
  [
    'an unknown recommendation',
    404,
    'AssessmentNotFound',
    () => today.assessments.get(registryId, unknownSubscription),
    () => former.assessments.get(registryId, unknownSubscription),
  ],
  [
    'unknown metadata',
    404,
    'AssessmentMetadataNotFound',
    () => today.assessmentsMetadata.get(unknownSubscription),
    () => former.assessmentsMetadata.get(unknownSubscription),
  ],
  [
    'an unknown subscription',
    404,
    'SubscriptionNotFound',
    () => all(today.subAssessments.listAll(`subscriptions/${unknownSubscription}`)),
    () => former.subAssessments.listAll(`/subscriptions/${unknownSubscription}`),
  ],
  [
    'no subscription at all',
    400,
    'InvalidSubscriptionId',
    () => all(today.subAssessments.listAll('subscriptions/x')),
    () => former.subAssessments.listAll('/subscriptions/x'),
  ],
  [
    'an unknown resource group',
    404,
    'ResourceGroupNotFound',
    () => all(today.assessments.list(`subscriptions/${localSubscription}/resourceGroups/x`)),
    () => former.assessments.list(`/subscriptions/${localSubscription}/resourceGroups/x`),
  ],
  [
    'an unknown plan',
    404,
    'PricingNotFound',
    () => today.pricings.get('Toasters'),
    () => former.pricings.get('Toasters'),
  ],
  [
    'an unknown tier',
    400,
    'InvalidRequestContent',
    () => today.pricings.update('Containers', { pricingTier: 'Gold' }),
    () => former.pricings.update('Containers', { pricingTier: 'Gold' as never }),
  ],
  [
    'an unknown operation',
    404,
    'ResourceNotFound',
    () => today.alerts.getSubscriptionLevel('x', 'y'),
    () => former.alerts.getSubscriptionLevelAlert('x'),
  ],
  [
    'a wrong token',
    401,
    'InvalidAuthenticationToken',
    () => security(localSubscription, 'wrong').pricings.list(),
    () => security2(localSubscription, 'wrong').pricings.list(),
  ],
])('%s', (_, statusCode, code, callToday, callFormer) => {
  it(`is ${statusCode} ${code} for the client of today`, () =>
    expect(callToday()).rejects.toMatchObject({ name: 'RestError', statusCode, code }));
  it(`is ${statusCode} ${code} for the client of 2020`, () =>
    expect(callFormer()).rejects.toMatchObject({ statusCode, code }));
});

describe('a caller that may only read, and only one subscription', () => {
  const token = inject('readersToken');
  const [reader, formerReader] = [security(localSubscription, token), security2(localSubscription, token)];
  const refused = (statusCode: number, code: string) => ({ statusCode, code });

  it('reads it', async () => {
    expect(await all(reader.assessments.list(`subscriptions/${localSubscription}`))).toHaveLength(1);
    expect((await formerReader.subAssessments.listAll(`/subscriptions/${localSubscription}`)).length).toBe(100);
  });

  it('switches no plan', async () => {
    await expect(reader.pricings.update('Containers', { pricingTier: 'Free' })).rejects.toMatchObject(
      refused(403, 'AuthorizationFailed'),
    );
    await expect(formerReader.pricings.update('Containers', { pricingTier: 'Free' })).rejects.toMatchObject(
      refused(403, 'AuthorizationFailed'),
    );
  });

  it('finds no other subscription', async () => {
    await expect(all(reader.subAssessments.listAll(`subscriptions/${otherSubscription}`))).rejects.toMatchObject(
      refused(404, 'SubscriptionNotFound'),
    );
    await expect(security2(otherSubscription, token).pricings.list()).rejects.toMatchObject(
      refused(404, 'SubscriptionNotFound'),
    );
  });
});
