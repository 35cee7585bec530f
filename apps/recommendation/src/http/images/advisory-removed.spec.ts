import { afterEach, beforeEach, expect, it } from 'vitest';
import { rowsOf } from '../../../test/csv.ts';
import { suite, type ServiceUnderTest } from '../../../test/suite.ts';
import {
  digestOf,
  findingOf,
  planOn,
  registryId,
  registryObserved,
  wholeStory,
} from '../../../../../libs/read-model/test/fixtures.ts';

let assay: ServiceUnderTest;
beforeEach(async () => {
  assay = await suite();
});
afterEach(() => assay.close());

const advisoryRemoved = { at: '2026-11-25T00:00:00.000Z', database: digestOf(9) };
const kept = findingOf({ vulnerability: 'CVE-1', advisoryRemoved });

it('a finding whose advisory is gone has that in every form', async () => {
  const findings = [kept, findingOf({ vulnerability: 'CVE-2' })];
  await assay.publish(registryObserved(), planOn(), ...wholeStory({ findings }));
  const image = `/assay/images/${digestOf(1)}`;
  const removals = (of: any[]): unknown[] => of.map((each) => each.advisoryRemoved);
  expect(removals((await assay.get(`${image}/findings`)).body.value)).toEqual([advisoryRemoved, undefined]);
  expect(removals((await assay.get(`${image}/sets`)).body.sets[0].findings)).toEqual([advisoryRemoved, undefined]);
  const csv = await assay.app.inject({ url: `${image}/findings?format=csv` });
  expect(rowsOf(csv.body).map((row) => row.advisoryRemovedAt)).toEqual([advisoryRemoved.at, '']);
  const query = `securityresources | where isnotnull(properties.additionalData.advisoryRemovedAt)
    | project id = tostring(properties.id)`;
  expect(
    (await assay.post('/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01', { query })).body.data,
  ).toEqual([{ id: 'CVE-1' }]);
  const key = 'dbd0cb49-b563-45e7-9724-889e799fa648';
  const below = `assessments/${key}/subAssessments?api-version=2019-01-01-preview`;
  const { value } = (await assay.get(`${registryId}/providers/Microsoft.Security/${below}`)).body;
  const of2020 = value.map(({ properties }: any) => [properties.id, properties.additionalData.advisoryRemovedAt]);
  expect(new Map(of2020)).toEqual(
    new Map([
      ['CVE-1', advisoryRemoved.at],
      ['CVE-2', undefined],
    ]),
  );
});
