import { describe, expect, it } from 'vitest';
import { localSubscription } from '../../apps/assay/src/suite/local.ts';
import { all, endpoint, security, security2 } from './clients.ts';

const key = 'dbd0cb49-b563-45e7-9724-889e799fa648';
const { registryId } = endpoint.registries.find(({ name }) => name === 'local')!;
const [today, former] = [security(localSubscription), security2(localSubscription)];

describe('the recommendation on a registry', () => {
  it('is listed in each form of the scope, and got as it is listed', async () => {
    const [listed, ...others] = await all(today.assessments.list(`subscriptions/${localSubscription}`));
    expect(others).toEqual([]);
    expect(listed).toMatchObject({
      id: `${registryId}/providers/Microsoft.Security/assessments/${key}`,
      name: key,
      status: { code: 'Unhealthy' },
      resourceDetails: { source: 'Azure', id: registryId },
    });
    for (const scope of [
      `/subscriptions/${localSubscription}`,
      `/subscriptions/${localSubscription}/resourceGroups/local`,
      registryId,
    ])
      expect(await all(today.assessments.list(scope))).toEqual([listed]);
    expect(await today.assessments.get(registryId, key)).toEqual(listed);
    expect(await former.assessments.list(`/subscriptions/${localSubscription}`)).toMatchObject([{ id: listed!.id }]);
  });

  it('is expanded where that is asked for, and only then', async () => {
    const plain = await today.assessments.get(registryId, key);
    expect([plain.metadata, plain.links]).toEqual([undefined, undefined]);
    const { metadata } = await today.assessments.get(registryId, key, { expand: 'metadata' });
    expect(metadata).toMatchObject({
      displayName: plain.displayName,
      severity: 'High',
      assessmentType: 'BuiltIn',
      categories: ['Compute'],
    });
    expect((await today.assessments.get(registryId, key, { expand: 'links' })).links?.azurePortalUri).toContain(key);
    expect((await former.assessments.get(registryId, key, { expand: 'metadata' })).metadata).toMatchObject({
      severity: 'High',
    });
  });

  it('differs from others in its metadata, everywhere and in a subscription', async () => {
    const [listed, ...others] = await all(today.assessmentsMetadata.list());
    expect(others).toEqual([]);
    expect(listed).toMatchObject({
      name: key,
      severity: 'High',
      publishDates: { ga: '08/02/2020', public: '11/04/2019' },
    });
    expect(await today.assessmentsMetadata.get(key)).toEqual(listed);
    const [own] = await all(today.assessmentsMetadata.listBySubscription());
    expect(own).toEqual({ ...listed, id: `/subscriptions/${localSubscription}${listed!.id}` });
    expect(await today.assessmentsMetadata.getInSubscription(key)).toEqual(own);
    expect(await former.assessmentsMetadata.list()).toMatchObject([{ name: key, displayName: listed!.displayName }]);
    expect(await former.assessmentsMetadata.get(key)).toMatchObject({ name: key });
  });

  it('stands beside assessments that other tools write, change and remove', async () => {
    const other = '3f2b6ad8-0b3a-4a52-9d4c-0d8f4c8a1b11';
    const written = await today.assessments.createOrUpdate(registryId, other, {
      status: { code: 'Unhealthy', cause: 'unsigned' },
      resourceDetails: { source: 'Azure' },
      additionalData: { images: '2' },
    });
    expect(written).toMatchObject({
      name: other,
      status: { code: 'Unhealthy', cause: 'unsigned' },
      additionalData: { images: '2' },
    });
    expect(await all(today.assessments.list(registryId))).toHaveLength(2);
    expect(
      await former.assessments.createOrUpdate(registryId, other, {
        status: { code: 'Healthy' },
        resourceDetails: { source: 'Azure' },
      } as never),
    ).toMatchObject({ status: { code: 'Healthy' } });
    expect((await today.assessments.get(registryId, other)).status).toMatchObject({ code: 'Healthy' });
    const about = { displayName: 'Images are signed', severity: 'Low', assessmentType: 'CustomerManaged' } as const;
    await today.assessments.createOrUpdate(registryId, other, {
      status: { code: 'Healthy' },
      resourceDetails: { source: 'Azure' },
      metadata: about,
      partnersData: { partnerName: 'Signers', secret: 'hush' },
    });
    const named = await today.assessments.get(registryId, other);
    expect([named.displayName, named.partnersData]).toEqual(['Images are signed', { partnerName: 'Signers' }]);
    await former.assessments.deleteMethod(registryId, other);
    await today.assessments.delete(registryId, other);
    expect(await all(today.assessments.list(registryId))).toHaveLength(1);
  });
});
