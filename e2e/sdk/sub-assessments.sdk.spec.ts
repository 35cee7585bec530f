import { describe, expect, it } from 'vitest';
import type { SecuritySubAssessment } from '@azure/arm-security';
import { seed, turnsOf } from '@assay/testing';
import { localSubscription } from '../../apps/assay/src/suite/local.ts';
import { shuffled } from '../draw.ts';
import { all, all2, endpoint, inTurns, security, security2 } from './clients.ts';

const key = 'dbd0cb49-b563-45e7-9724-889e799fa648';
const { registryId } = endpoint.registries.find(({ name }) => name === 'local')!;
const subscription = `/subscriptions/${localSubscription}`;
const [today, former] = [security(localSubscription).subAssessments, security2(localSubscription).subAssessments];
/** The records of the demonstration's images, and one record for the healthy image. */
const records = 366 + 232 + 69 + 56 + 56 + 180 + 1;
const ids = (found: readonly { id?: string }[]): string[] => found.map(({ id }) => id!);

describe('the findings of a subscription', () => {
  it('are the same in each form of the scope, with extra leading slashes, and for both clients', async () => {
    const plain = await all(today.listAll(subscription.slice(1)));
    expect(plain).toHaveLength(records);
    expect(new Set(ids(plain)).size).toBe(records);
    expect(await all(today.listAll(subscription))).toEqual(plain);
    const old = await all2(await former.listAll(subscription), (link) => former.listAllNext(link));
    expect(ids(old)).toEqual(ids(plain));
  });

  it('come in pages of a hundred, in one order, with links to where the client came from', async () => {
    const sizes: number[] = [];
    const found: SecuritySubAssessment[] = [];
    for await (const page of today.listAll(subscription).byPage()) {
      sizes.push(page.length);
      found.push(...page);
    }
    expect(sizes).toEqual([...Array.from({ length: Math.floor(records / 100) }, () => 100), records % 100]);
    expect(ids(found)).toEqual(ids(found).toSorted());
    const first = await former.listAll(subscription);
    expect(first.nextLink?.startsWith(`${endpoint.url}/`)).toBe(true);
  });

  it('are those of its resource group and of its registry, and of the one recommendation', async () => {
    const plain = ids(await all(today.listAll(subscription)));
    for (const scope of [
      `${subscription}/resourceGroups/local`,
      `${subscription}/resourceGroups/LOCAL`,
      registryId,
      registryId.slice(1),
    ]) {
      expect(ids(await all(today.listAll(scope))), scope).toEqual(plain);
      expect(ids(await all(today.list(scope, key))), scope).toEqual(plain);
    }
    expect(ids(await all2(await former.list(registryId, key), (link) => former.listNext(link)))).toEqual(plain);
  });

  it('can be read one by one, and equal those of the list', async () => {
    const listed = await all(today.listAll(subscription));
    const drawn = shuffled(listed, seed, ({ name }) => name!).slice(0, turnsOf(listed.length));
    const got = await inTurns(drawn, 8, ({ name }) => today.get(registryId, key, name!));
    expect(got).toEqual(drawn);
    const { name, id } = listed[0]!;
    expect(await former.get(registryId, key, name!)).toMatchObject({ id, name });
  });

  it('have what typed clients look for', async () => {
    const listed = await all(today.listAll(subscription));
    const finding = listed.find(({ idPropertiesId }) => idPropertiesId === 'CVE-2025-15467')!;
    expect(finding).toMatchObject({
      type: 'Microsoft.Security/assessments/subAssessments',
      status: { code: 'Unhealthy', severity: 'High' },
      timeGenerated: expect.any(Date) as Date,
      resourceDetails: {
        source: 'Azure',
        id: expect.stringMatching(/^\/repositories\/.+\/images\/sha256:[0-9a-f]{64}$/) as string,
      },
      additionalData: {
        assessedResourceType: 'ContainerRegistryVulnerability',
        patchable: true,
        imageDigest: expect.stringMatching(/^sha256:/) as string,
        cve: [{ title: 'CVE-2025-15467' }],
      },
    });
    expect(
      listed.filter(({ status }) => status?.code === 'Healthy').map(({ additionalData }) => additionalData),
    ).toMatchObject([{ repositoryName: 'debian' }]);
  });

  it('are none where the plan has never been on', async () => {
    const other = endpoint.registries.find(({ name }) => name === 'other')!;
    expect(
      await all(security(other.subscriptionId).subAssessments.listAll(`subscriptions/${other.subscriptionId}`)),
    ).toEqual([]);
  });
});
