import { describe, expect, inject, it } from 'vitest';
import { localSubscription } from '../../apps/assay/src/suite/local.ts';
import { all, graph, graph4, security } from './clients.ts';

const findings = "securityresources | where type == 'microsoft.security/assessments/subassessments'";
const [today, former] = [graph(), graph4()];
const subscriptions = [localSubscription];

interface Listed {
  readonly id?: string;
  readonly status?: { readonly severity?: string };
}
const listed = (): Promise<Listed[]> =>
  all(security(localSubscription).subAssessments.listAll(`subscriptions/${localSubscription}`));
const severitiesOf = (items: readonly Listed[]) =>
  Object.fromEntries(
    [...Map.groupBy(items, ({ status }) => status?.severity ?? '')].map(([severity, of]) => [severity, of.length]),
  );

describe('queries of Resource Graph', () => {
  it('count what the REST API lists, for both clients', async () => {
    const query = `${findings} | summarize count() by severity = tostring(properties.status.severity)`;
    const expected = severitiesOf(await listed());
    for (const client of [today, former]) {
      const { data, totalRecords, resultTruncated } = await client.resources({
        query,
        subscriptions,
        options: { resultFormat: 'objectArray' },
      });
      expect(
        Object.fromEntries(
          (data as { severity: string; count_: number }[]).map(({ severity, count_ }) => [severity, count_]),
        ),
      ).toEqual(expected);
      expect([totalRecords, resultTruncated]).toEqual([Object.keys(expected).length, 'false']);
    }
  });

  it('are read page by page to the end, each row once', async () => {
    const query = `${findings} | project id, name | order by id asc`;
    const read = async (
      page: (
        skipToken: string | undefined,
      ) => Promise<{ readonly data?: unknown; readonly skipToken?: string | undefined }>,
    ): Promise<string[]> => {
      const ids: string[] = [];
      for (let token: string | undefined, first = true; first || token; first = false) {
        const { data, skipToken } = await page(token);
        ids.push(...(data as { id: string }[]).map(({ id }) => id));
        token = skipToken;
      }
      return ids;
    };
    const options = { top: 400, resultFormat: 'objectArray' } as const;
    const whole = await read((skipToken) =>
      today.resources({ query, subscriptions, options: { ...options, ...(skipToken ? { skipToken } : {}) } }),
    );
    expect(
      await read((skipToken) =>
        former.resources({ query, subscriptions, options: { ...options, ...(skipToken ? { skipToken } : {}) } }),
      ),
    ).toEqual(whole);
    expect(whole.map((id) => id.toLowerCase()).toSorted()).toEqual(
      (await listed()).map(({ id }) => id!.toLowerCase()).toSorted(),
    );
  });

  it('come as a table, and with facets', async () => {
    const { data, facets } = await former.resources({
      query: "resourcecontainers | where type == 'microsoft.resources/subscriptions' | project name, subscriptionId",
      subscriptions,
      options: { resultFormat: 'table' },
      facets: [{ expression: 'name' }],
    });
    expect(data).toMatchObject({
      columns: [
        { name: 'name', type: 'string' },
        { name: 'subscriptionId', type: 'string' },
      ],
      rows: [[expect.any(String), localSubscription]],
    });
    expect(facets).toMatchObject([{ expression: 'name', resultType: 'FacetResult', totalRecords: 1 }]);
  });

  it('get 400 if they are wrong, and 401 with a wrong token', async () => {
    await expect(today.resources({ query: 'securityresources\n| wher x', subscriptions })).rejects.toMatchObject({
      name: 'RestError',
      statusCode: 400,
      code: 'BadRequest',
    });
    await expect(
      former.resources({ query: 'securityresources | project nothing', subscriptions }),
    ).rejects.toMatchObject({ statusCode: 400, code: 'BadRequest' });
    await expect(graph('wrong').resources({ query: 'resources' })).rejects.toMatchObject({ statusCode: 401 });
  });

  it('show the reader of one subscription nothing of another', async () => {
    const query = 'union resources, securityresources, resourcecontainers | summarize count() by subscriptionId';
    const of = async (token?: string) =>
      (
        (await graph(token).resources({ query, options: { resultFormat: 'objectArray' } })).data as {
          subscriptionId: string;
        }[]
      ).map(({ subscriptionId }) => subscriptionId);
    expect((await of()).length).toBeGreaterThan(1);
    expect(await of(inject('readersToken'))).toEqual([localSubscription]);
  });
});
