import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AssessmentSettings } from '../index.ts';
import { suite, type ServiceUnderTest } from '../../../test/suite.ts';
import {
  digestOf,
  findingOf,
  planOn,
  registryObserved,
  wholeStory,
} from '../../../../../libs/read-model/test/fixtures.ts';

const images = 6;
const findingsOfAnImage = 200;
const all = images * findingsOfAnImage;
const subs = "securityresources | where type == 'microsoft.security/assessments/subassessments'";

let assay: ServiceUnderTest;
beforeAll(async () => {
  assay = await suite({
    graph: { quota: 1_000_000, limitMs: 60_000 },
    settings: new AssessmentSettings({ shapes: { '*': ['classic', 'mdvm'] } }),
  });
  await assay.publish(registryObserved(), planOn());
  for (let image = 1; image <= images; image += 1) {
    const findings = Array.from({ length: findingsOfAnImage }, (_, n) =>
      findingOf({
        vulnerability: `CVE-2026-${1000 + n}`,
        package: `package${n % 50}`,
        description: 'What can be said of it. '.repeat(40),
      }),
    );
    await assay.publish(...wholeStory({ digest: digestOf(image), findings }));
  }
});
afterAll(() => assay.close());

const run = async (query: string, options: object = {}) => {
  const { status, body } = await assay.post('/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01', {
    query,
    options,
  });
  expect(status, JSON.stringify(body.error)).toBe(200);
  return body;
};

describe('thousands of findings in both shapes', () => {
  it('fit completely on a page of a thousand', async () => {
    const { count, totalRecords, data } = await run(subs);
    expect([count, totalRecords]).toEqual([1_000, 2 * all]);
    const narrow = (await run(`${subs} | project id`)).data;
    expect(data.map(({ id }: { id: string }) => id)).toEqual(narrow.map(({ id }: { id: string }) => id));
    expect(data.every(({ properties }: any) => properties.description.length > 900)).toBe(true);
  });

  it('are read page by page, each once and in the order of ids, with any skip', async () => {
    const ids: string[] = [];
    for (let token: string | undefined; ;) {
      const { data, $skipToken } = await run(
        `${subs} | project id, properties.displayName`,
        token === undefined ? {} : { $skipToken: token },
      );
      ids.push(...data.map(({ id }: { id: string }) => id));
      token = $skipToken;
      if (token === undefined) break;
    }
    expect(new Set(ids).size).toBe(2 * all);
    expect(ids).toEqual(ids.toSorted());
    for (const skip of [1, all - 3, all + 5])
      expect(
        (await run(`${subs} | project id, properties`, { $top: 7, $skip: skip })).data.map(
          ({ id }: { id: string }) => id,
        ),
      ).toEqual(ids.slice(skip, skip + 7));
    expect(
      (
        await run(`${subs} | where id != '${ids[10]}' | top 20 by id desc | project id, properties`, {
          $top: 5,
          $skip: 3,
        })
      ).data.map(({ id }: { id: string }) => id),
    ).toEqual(ids.toReversed().slice(3, 8));
  });

  it('are taken and sorted again without other rows in between', async () => {
    const query = (columns: string) =>
      `union (${subs} | where name matches regex '^[0-7]'), (${subs} | where name matches regex '^[4-9a-f]') ` +
      `| top 500 by name asc | order by tostring(properties.id) desc, name asc | project name${columns}`;
    const narrow = (await run(`${query('')} | summarize make_list(name)`)).data[0].list_name as string[];
    expect(narrow).toHaveLength(500);
    expect((await run(query(', properties'), { $top: 40 })).data.map(({ name }: { name: string }) => name)).toEqual(
      (await run(query(''), { $top: 40 })).data.map(({ name }: { name: string }) => name),
    );
  });

  it('are searched completely', async () => {
    expect((await run(`${subs} | where * contains 'package49'`)).totalRecords).toBe((2 * all) / 50);
    expect((await run(`${subs} | where * contains 'SAID OF IT' | count`)).data).toEqual([{ Count: 2 * all }]);
  });
});
