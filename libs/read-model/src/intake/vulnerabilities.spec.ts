import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DataOf, Rating } from '@assay/events';
import { described, digestOf, emitted, findingOf, imageStory, wholeStory } from '../../test/fixtures.ts';
import { suite, type ServiceUnderTest } from '../../../../apps/recommendation/test/suite.ts';
import { descriptionsOf, withRatings } from './vulnerabilities.ts';

let assay: ServiceUnderTest;
beforeEach(async () => {
  assay = await suite();
});
afterEach(() => assay.close());

const subAssessments =
  '/subscriptions/00000000-0000-0000-0000-000000000001/providers/Microsoft.Security/subAssessments' +
  '?api-version=2019-01-01-preview';
const finding = async (n = 1): Promise<any> => (await assay.get(`/assay/images/${digestOf(n)}/findings`)).body.value[0];
const rating = (source: string, more: Partial<Rating> = {}): Rating => ({ source, severity: 'High', ...more });
const vulnerability = 'CVE-2026-1967';

describe('a description', () => {
  it('may come before the findings and after them', async () => {
    const story = wholeStory();
    await assay.publish(...imageStory());
    expect(await finding()).toMatchObject({ vulnerability, references: [], cwes: [], ratings: [] });
    expect(await finding()).not.toHaveProperty('title');
    await assay.publish(story.find(({ topic }) => topic === 'vulnerability.described')!);
    expect(await finding()).toMatchObject({ title: 'A null pointer is followed', cwes: ['CWE-476'] });
    await assay.publish(...imageStory({ digest: digestOf(2) }));
    expect(await finding(2)).toMatchObject({ title: 'A null pointer is followed' });
  });

  it('that is missing hides nothing: the id of the vulnerability stands for its title', async () => {
    await assay.publish(...imageStory());
    const [{ properties }] = (await assay.get(subAssessments)).body.value;
    expect(properties).toMatchObject({
      id: vulnerability,
      displayName: `${vulnerability} in libssl3`,
      status: { code: 'Unhealthy', severity: 'High' },
      description: '',
    });
    expect((await assay.get(`/assay/images/${digestOf(1)}/gate`)).body.decision).toBe('deny');
    const { data } = (
      await assay.post('/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01', {
        query: "securityresources | where type == 'microsoft.security/assessments/subassessments' | project properties",
      })
    ).body;
    expect(data).toMatchObject([{ properties: { id: properties.id, displayName: properties.displayName } }]);
  });

  const describe = ({ by = 1, ...changes }: { by?: number } & Partial<DataOf<'vulnerability.described'>>) =>
    emitted('vulnerability.described', {
      vulnerability,
      references: [],
      cwes: [],
      database: { digest: digestOf(900 + by), builtAt: '2026-11-24T06:00:00.000Z', demonstration: false },
      ...changes,
    });

  it('is replaced by that of another database, but for ratings of the source that this leaves out', async () => {
    await assay.publish(
      ...imageStory(),
      describe({ title: 'Old', ratings: [rating('debian', { score: 1 }), rating('nvd', { score: 2 })] }),
      describe({ by: 2, title: 'New', without: 'debian', ratings: [rating('redhat', { score: 3 })] }),
    );
    expect(await finding()).toMatchObject({
      title: 'New',
      ratings: [rating('debian', { score: 1 }), rating('redhat', { score: 3 })],
    });
    await assay.publish(describe({ by: 3, ratings: [] }));
    expect((await finding()).ratings).toEqual([]);
    expect(await assay.view.read((query) => query('select count(*)::integer as n from vulnerabilities'))).toEqual([
      { n: 1 },
    ]);
  });

  it('is not replaced by another of the same database, which only adds the ratings that it left out', async () => {
    const [debian, alpine] = [rating('debian', { score: 1 }), rating('alpine', { score: 2 })];
    await assay.publish(
      ...imageStory(),
      describe({ title: 'Old', ratings: [debian, alpine] }),
      describe({ by: 2, title: 'First', without: 'debian', ratings: [alpine] }),
      describe({ by: 2, title: 'Hostile', without: 'debian', ratings: [rating('alpine', { score: 9 })] }),
    );
    expect(await finding()).toMatchObject({ title: 'First', ratings: [alpine, debian] });
    const [news, hostile] = [rating('debian', { score: 3 }), rating('debian', { score: 9 })];
    await assay.publish(
      describe({ by: 2, title: 'Hostile', without: 'alpine', ratings: [news, rating('nvd', { score: 9 })] }),
      describe({ by: 2, title: 'Hostile', without: 'nvd', ratings: [hostile] }),
    );
    expect(await finding()).toMatchObject({ title: 'First', ratings: [alpine, news] });
  });

  it('of a vulnerability that no image has is kept', async () => {
    await assay.publish(described(findingOf()));
    expect([...(await assay.view.read((query) => descriptionsOf(query, [vulnerability, 'CVE-1']))).keys()]).toEqual([
      vulnerability,
    ]);
  });
});

it('own ratings of a finding replace all of their source, and the list is sorted by source', () => {
  const shared = [rating('debian', { score: 1 }), rating('debian', { score: 2 }), rating('nvd')];
  expect(withRatings(shared, [rating('debian', { score: 9 })])).toEqual([
    rating('debian', { score: 9 }),
    rating('nvd'),
  ]);
  expect(withRatings(shared, [rating('redhat')])).toEqual([...shared, rating('redhat')]);
  expect(withRatings([], [])).toEqual([]);
});
