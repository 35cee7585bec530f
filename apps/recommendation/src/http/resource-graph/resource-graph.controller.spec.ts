import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { parseScope } from '@assay/arm';
import { Caller, type ArmRequest, type Grant } from '@assay/http';
import { AssessmentSettings } from '../index.ts';
import { estate, otherSubscription, registries } from '../../../test/estate.ts';
import { suite, type ServiceUnderTest } from '../../../test/suite.ts';
import { digestOf, findingOf, subscriptionId, wholeStory } from '../../../../../libs/read-model/test/fixtures.ts';

const route = '/providers/Microsoft.ResourceGraph/resources';
const path = `${route}?api-version=2024-04-01`;
const subs = "securityresources | where type == 'microsoft.security/assessments/subassessments'";

let assay: ServiceUnderTest;
beforeAll(async () => {
  assay = await suite({
    graph: { quota: 1_000_000 },
    settings: new AssessmentSettings({ shapes: { '*': ['classic'], [otherSubscription]: ['mdvm'] } }),
  });
  await assay.publish(...estate());
  await run('resources');
});
afterAll(() => assay.close());

const run = (query: string, body: object = {}) => assay.post(path, { query, ...body });
const data = async (query: string, body: object = {}): Promise<any[]> => {
  const answer = await run(query, body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body.data;
};
const refusal = async (query: string, body: object = {}) => {
  const {
    status,
    body: { error },
  } = await run(query, body);
  return {
    status,
    code: error.code,
    details: error.details.map(({ code }: { code: string }) => code),
    first: error.details.at(-1),
  };
};

describe('tables', () => {
  it.each([
    [
      'securityresources',
      [
        ['microsoft.security/assessments', 3],
        ['microsoft.security/assessments/subassessments', 25],
        ['microsoft.security/pricings', 24],
      ],
    ],
    ['resources', [['microsoft.containerregistry/registries', 3]]],
    [
      'resourcecontainers',
      [
        ['microsoft.resources/subscriptions', 2],
        ['microsoft.resources/subscriptions/resourcegroups', 3],
      ],
    ],
  ])('%s holds the rows of the contract', async (table, expected) => {
    expect((await data(`${table} | summarize count() by type`)).map(({ type, count_ }) => [type, count_])).toEqual(
      expected,
    );
  });

  it('have the same columns in the same order', async () => {
    for (const table of ['securityresources', 'resources', 'resourcecontainers']) {
      const { body } = await run(table, { options: { resultFormat: 'table', $top: 1 } });
      expect(body.data.columns.map(({ name, type }: { name: string; type: string }) => `${name} ${type}`)).toEqual([
        ...['id', 'name', 'type', 'tenantId', 'kind', 'location', 'resourceGroup', 'subscriptionId', 'managedBy'].map(
          (name) => `${name} string`,
        ),
        ...['sku', 'plan', 'properties', 'tags', 'identity', 'zones', 'extendedLocation'].map(
          (name) => `${name} object`,
        ),
      ]);
    }
  });

  it('show a finding as the REST API does, except for the names of collections', async () => {
    const rest = (
      await Promise.all(
        [subscriptionId, otherSubscription].map((id) =>
          assay.all(`/subscriptions/${id}/providers/Microsoft.Security/subAssessments?api-version=2019-01-01-preview`),
        ),
      )
    ).flat();
    const shown = (await data(subs)).map(({ id, name, properties }) => ({
      id: id.replace('/subassessments/', '/subAssessments/'),
      name,
      type: 'Microsoft.Security/assessments/subAssessments',
      properties,
    }));
    expect(shown.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(rest.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
    // Keys are in the same order too, as some callers cut the text.
    expect(new Set(shown.map(({ properties }) => JSON.stringify(Object.keys(properties))))).toEqual(
      new Set(rest.map(({ properties }) => JSON.stringify(Object.keys(properties)))),
    );
  });

  it('write ids in the form that queries use', async () => {
    const [{ id, resourceGroup }] = (await data(`${subs} and id contains 'RG-Two'`)) as [any];
    expect(id).toMatch(
      new RegExp(
        `^${registries.second}/providers/Microsoft\\.Security/assessments/[0-9a-f-]{36}/subassessments/[0-9a-f-]{36}$`,
      ),
    );
    expect(resourceGroup).toBe('rg-two');
  });

  it.each([
    ["extract('.*assessments/(.+?)/.*', 1, id)", "extract('.*assessments/(.+?)/.*', 1, copy)"],
    [
      "extract(@'(?i)providers/Microsoft.Security/assessments/([^/]*)', 1, id)",
      "extract(@'(?i)providers/Microsoft.Security/assessments/([^/]*)', 1, copy)",
    ],
    ["extract('(.+)/providers/Microsoft.Security', 1, id)", "extract('(.+)/providers/Microsoft.Security', 1, copy)"],
    ["tostring(split(id, '/')[2])", "tostring(split(copy, '/')[2])"],
    ["tostring(split(id, '/')[-1])", "tostring(split(copy, '/')[-1])"],
    [
      "tostring(split(id, '/providers/Microsoft.Security/')[0])",
      "tostring(split(copy, '/providers/Microsoft.Security/')[0])",
    ],
    ["tostring(split(id, '/registries/')[1])", "tostring(split(copy, '/registries/')[1])"],
    ["tostring(split(id, 'ies/')[1])", "tostring(split(copy, 'ies/')[1])"],
    ["tostring(array_length(split(id, '/')))", "tostring(array_length(split(copy, '/')))"],
    [
      'tostring(id matches regex ' +
        "'(.+?)/providers/Microsoft.Security/assessments/dbd0cb49-b563-45e7-9724-889e799fa648/')",
      'tostring(copy matches regex ' +
        "'(.+?)/providers/Microsoft.Security/assessments/dbd0cb49-b563-45e7-9724-889e799fa648/')",
    ],
  ])('answer %s by parts of the id as by its text', async (known, text) => {
    // Wrapped in a function that the translator does not optimise.
    expect(
      await data(`${subs} | extend copy = strcat(id, '') | where ${known} != ${text} | project id, ${known}`),
    ).toEqual([]);
    expect((await data(`${subs} | summarize count() by x = ${known}`)).length).toBeGreaterThan(0);
  });
});

describe('a caller of one subscription', () => {
  const only = { subscriptions: [subscriptionId] };

  it.each([
    'securityresources',
    'resources',
    'resourcecontainers',
    `${subs}`,
    "securityresources | where type == 'microsoft.security/pricings'",
    "securityresources | where type == 'microsoft.security/assessments'",
    'securityresources | join kind=inner (securityresources) on type | project subscriptionId, id, ' +
      'subscriptionId1, id1',
    'securityresources | join kind=leftouter (resourcecontainers | project subscriptionId, other = id) on ' +
      'subscriptionId',
    'union securityresources, resources, resourcecontainers',
    'resources | join kind=fullouter (securityresources | project id, x = strcat(subscriptionId)) on id',
    `securityresources | where * contains '${otherSubscription}'`,
    'securityresources | where subscriptionId == "00000000-0000-0000-0000-000000000002" or true',
    'securityresources | summarize make_set(subscriptionId), make_list(id) by tenantId',
    'securityresources | mv-expand properties | project subscriptionId, properties',
  ])('sees nothing of the other one: %s', async (query) => {
    const answer = await run(query, { ...only, facets: [{ expression: 'subscriptionId' }, { expression: 'id' }] });
    expect(answer.status).toBeLessThan(500);
    const text = JSON.stringify(answer.body);
    expect(text).not.toContain(otherSubscription);
    expect(text).not.toContain('otherreg');
  });

  it('counts only its own', async () => {
    expect(
      await data(`${subs} | summarize total = count(), registries = dcount(tostring(split(id, '/')[8]))`, only),
    ).toEqual([{ total: 18, registries: 2 }]);
    expect((await run(subs, only)).body.totalRecords).toBe(18);
  });

  it('may name subscriptions that do not exist, but not only those', async () => {
    const unknown = '00000000-0000-0000-0000-00000000000f';
    expect(await data('resourcecontainers | count', { subscriptions: [unknown, otherSubscription] })).toEqual([
      { Count: 2 },
    ]);
    expect(await refusal('resourcecontainers', { subscriptions: [unknown] })).toMatchObject({
      status: 403,
      code: 'AccessDenied',
    });
  });

  it('cannot use the token of another scope or another query', async () => {
    const { body } = await run(subs, { ...only, options: { $top: 1 } });
    expect(body.$skipToken).toBeDefined();
    const options = { $top: 1, $skipToken: body.$skipToken };
    expect((await run(subs, { ...only, options })).status).toBe(200);
    expect(await refusal(subs, { options })).toMatchObject({ status: 400, details: ['InvalidOptions'] });
    expect(await refusal('resources', { ...only, options })).toMatchObject({
      status: 400,
      details: ['InvalidOptions'],
    });
    expect(await refusal(subs, { ...only, options: { $skipToken: 'abc.def' } })).toMatchObject({
      status: 400,
      details: ['InvalidOptions'],
    });
  });
});

describe('a caller with a role', () => {
  const grants: Readonly<Record<string, readonly Grant[]>> = {
    registry: [{ may: ['findings/read'], scope: parseScope(registries.second)! }],
    group: [
      { may: ['findings/read', 'plans/read'], scope: parseScope(registries.second.split('/').slice(0, 5).join('/'))! },
    ],
    subscription: [{ may: ['findings/read', 'plans/read'], scope: parseScope(`/subscriptions/${subscriptionId}`)! }],
    elsewhere: [{ may: ['findings/read'], scope: parseScope('/subscriptions/00000000-0000-0000-0000-00000000000f')! }],
    billing: [{ may: ['charges/read'], scope: 'everything' }],
  };
  const access = {
    identify: ({ headers }: ArmRequest) =>
      new Caller(String(headers['x-test-role']), 'tests', grants[String(headers['x-test-role'])]!),
  };
  let suiteOfRoles: ServiceUnderTest;
  beforeAll(async () => {
    suiteOfRoles = await suite({
      log: assay.log,
      arm: { access },
      graph: { quota: 1_000_000 },
      settings: new AssessmentSettings({ shapes: { '*': ['classic', 'mdvm'] } }),
    });
    await suiteOfRoles.view.caughtUp();
  });
  afterAll(() => suiteOfRoles.app.close());
  const as = async (role: string, query: string, body: object = {}) =>
    suiteOfRoles.post(path, { query, ...body }, { 'x-test-role': role });

  it.each([
    [
      'registry',
      [
        ['microsoft.containerregistry/registries', 1],
        ['microsoft.resources/subscriptions', 1],
        ['microsoft.resources/subscriptions/resourcegroups', 1],
        ['microsoft.security/assessments', 2],
        ['microsoft.security/assessments/subassessments', 2],
      ],
    ],
    [
      'group',
      [
        ['microsoft.containerregistry/registries', 1],
        ['microsoft.resources/subscriptions', 1],
        ['microsoft.resources/subscriptions/resourcegroups', 1],
        ['microsoft.security/assessments', 2],
        ['microsoft.security/assessments/subassessments', 2],
      ],
    ],
    [
      'subscription',
      [
        ['microsoft.containerregistry/registries', 2],
        ['microsoft.resources/subscriptions', 1],
        ['microsoft.resources/subscriptions/resourcegroups', 2],
        ['microsoft.security/assessments', 4],
        ['microsoft.security/assessments/subassessments', 36],
        ['microsoft.security/pricings', 12],
      ],
    ],
    ['elsewhere', []],
  ])('sees in all tables only its own scope: %s', async (role, expected) => {
    const { body } = await as(
      role,
      'union securityresources, resources, resourcecontainers | summarize count() by type',
    );
    expect(body.data.map(({ type, count_ }: any) => [type, count_])).toEqual(expected);
  });

  it.each(['registry', 'group'])('sees nothing of other registries or subscriptions: %s', async (role) => {
    for (const query of [
      'securityresources',
      'resources',
      'resourcecontainers',
      'securityresources | join kind=inner (union securityresources, resources | project other = id, tenantId) on ' +
        'tenantId',
      "union securityresources, resources, resourcecontainers | where * contains 'reg'",
    ]) {
      const { status, body } = await as(role, query, { facets: [{ expression: 'id' }] });
      expect(status, JSON.stringify(body)).toBe(200);
      expect(JSON.stringify(body)).not.toMatch(/myreg|otherreg|rg1|0000-000000000002/i);
      expect(JSON.stringify(body)).toContain(subscriptionId);
    }
  });

  it('cannot ask for what lies elsewhere, nor go on with the token of another', async () => {
    expect((await as('registry', 'resources', { subscriptions: [otherSubscription] })).body.error.code).toBe(
      'AccessDenied',
    );
    expect((await as('billing', 'resources')).body.error.code).toBe('AuthorizationFailed');
    const { body } = await as('subscription', subs, { options: { $top: 20 } });
    const stolen = await as('registry', subs, { options: { $skipToken: body.$skipToken } });
    expect(JSON.stringify(stolen.body)).not.toMatch(/myreg/);
  });

  it('sees the same through the REST API', async () => {
    const { data: rows } = (await as('group', subs)).body;
    const rest = await suiteOfRoles.app.inject({
      url:
        `/subscriptions/${subscriptionId}/providers/Microsoft.Security` +
        '/subAssessments?api-version=2019-01-01-preview',
      headers: { 'x-test-role': 'group' },
    });
    expect(rows.map(({ name }: { name: string }) => name)).toEqual(
      rest.json().value.map(({ name }: { name: string }) => name),
    );
  });
});

describe('paging', () => {
  const pages = async (
    query: string,
    top: number,
    between: () => Promise<void> = async () => undefined,
  ): Promise<any[]> => {
    const read: any[] = [];
    for (let token: string | undefined; ;) {
      const { body } = await run(query, {
        options: { $top: top, $skip: 0, ...(token === undefined ? {} : { $skipToken: token }) },
      });
      read.push(...body.data);
      token = body.$skipToken;
      if (token === undefined) return read;
      await between();
    }
  };

  it('reads every row once, in the order of ids', async () => {
    const ids = (await pages(subs, 4)).map(({ id }) => id as string);
    expect(ids).toHaveLength(25);
    expect(ids).toEqual(ids.toSorted());
  });

  it('neither repeats nor loses an unchanged row while other rows come and go', async () => {
    let n = 100;
    const before = (await data(subs)).map(({ id }) => id);
    const read = (
      await pages(subs, 6, () =>
        assay.publish(...wholeStory({ digest: digestOf((n += 1)), findings: [findingOf({ package: `x${n}` })] })),
      )
    ).map(({ id }) => id);
    expect(new Set(read).size).toBe(read.length);
    expect(before.filter((id) => !read.includes(id))).toEqual([]);
  });

  it.each([
    ['a query that takes few', `${subs} | take 5`, {}, { count: 5, totalRecords: 5, resultTruncated: 'false' }],
    [
      'more taken than a page holds',
      `${subs} | take 5`,
      { $top: 3 },
      { count: 3, totalRecords: 5, resultTruncated: 'true' },
    ],
    [
      'dynamic columns only',
      `${subs} | project properties, properties.id`,
      { $top: 3 },
      { count: 3, resultTruncated: 'true' },
    ],
  ])('has no next page of %s', async (_, query, options, expected) => {
    const { body } = await run(query, { options });
    expect(body).toMatchObject(expected);
    expect(body).not.toHaveProperty('$skipToken');
  });

  it('skips', async () => {
    const ids = (await data(subs)).map(({ id }) => id);
    expect((await data(subs, { options: { $skip: 5, $top: 2 } })).map(({ id }) => id)).toEqual(ids.slice(5, 7));
    expect(await data(subs, { options: { $skip: 10_000 } })).toEqual([]);
    expect(await data(`${subs} | take 2`, { options: { $skip: 1 } })).toHaveLength(2);
  });

  it.each([
    'securityresources | project id | order by id asc',
    'securityresources | project id, name | order by name desc',
    "securityresources | where properties.status.code == 'Unhealthy' | project id",
  ])('skips rows of every kind: %s', async (query) => {
    const ids = (await data(query)).map(({ id }) => id);
    const read: string[] = [];
    for (let skip = 0; skip < ids.length; skip += 9)
      read.push(...(await data(query, { options: { $skip: skip, $top: 9 } })).map(({ id }) => id));
    expect(read).toEqual(ids);
    expect(await data(query, { options: { $skip: ids.length } })).toEqual([]);
  });
});

describe('facets', () => {
  it('count the rows of the query by an expression', async () => {
    const { body } = await run("securityresources | where type == 'microsoft.security/pricings'", {
      options: { $top: 1 },
      facets: [
        { expression: 'properties.pricingTier' },
        {
          expression: 'subscriptionId',
          options: {
            sortOrder: 'asc',
            sortBy: 'subscriptionId',
            $top: 1,
            filter: "properties.pricingTier == 'Standard'",
          },
        },
        { expression: 'nope' },
        { expression: 'x) | take 1 | project (id' },
        { expression: 'id, name' },
        { expression: 'properties' },
      ],
    });
    expect(body.facets).toEqual([
      {
        expression: 'properties.pricingTier',
        resultType: 'FacetResult',
        totalRecords: 2,
        count: 2,
        data: [
          { properties_pricingTier: 'Free', count: 22 },
          { properties_pricingTier: 'Standard', count: 2 },
        ],
      },
      {
        expression: 'subscriptionId',
        resultType: 'FacetResult',
        totalRecords: 2,
        count: 1,
        data: [{ subscriptionId, count: 1 }],
      },
      ...['nope', 'x) | take 1 | project (id', 'id, name'].map((expression) => ({
        expression,
        resultType: 'FacetError',
        errors: [
          { code: 'NoValidColumns', message: 'No valid columns in facet expression.' },
          { code: 'InvalidColumnNames', message: `Invalid column names: [${expression}].` },
        ],
      })),
      expect.objectContaining({ expression: 'properties', resultType: 'FacetResult' }),
    ]);
  });

  it('name the fault of their options, not of their expression', async () => {
    const { body } = await run('resources', {
      facets: [
        { expression: 'location', options: { filter: 'nope == 1' } },
        { expression: 'location', options: { filter: 'properties' } },
        { expression: 'location', options: { sortBy: 'nope' } },
        { expression: 'location', options: { sortBy: 'count, location' } },
        { expression: 'location', options: { sortBy: "parse_json('[1]')" } },
      ],
    });
    expect(body.facets).toEqual(
      [
        ['UnresolvedColumn', "filter: The column 'nope' does not exist."],
        ['TypeMismatch', 'filter: A condition is expected here, not a dynamic.'],
        ['UnresolvedColumn', "sortBy: The column 'nope' does not exist."],
        ['ParserFailure', 'sortBy: One expression is expected.'],
        ['TypeMismatch', 'Rows cannot be sorted or grouped by a bag or an array.'],
      ].map(([code, message]) => ({
        expression: 'location',
        resultType: 'FacetError',
        errors: [{ code, message }],
      })),
    );
  });

  it('follow the format of the answer', async () => {
    const { body } = await run('resources', {
      options: { resultFormat: 'table' },
      facets: [{ expression: 'location' }],
    });
    expect(body.facets[0].data).toEqual({
      columns: [
        { name: 'location', type: 'string' },
        { name: 'count', type: 'integer' },
      ],
      rows: [
        ['westeurope', 2],
        ['northeurope', 1],
      ],
    });
  });

  it('show dynamic values as text, in columns of that type', async () => {
    const codes = await data(
      `${subs} | summarize count() by code = tostring(properties.status.code) | order by count_ desc`,
    );
    const { body } = await run(subs, {
      options: { resultFormat: 'table', $top: 1 },
      facets: [{ expression: 'properties.status.code' }, { expression: 'properties.nothing' }],
    });
    expect(body.facets).toMatchObject([
      {
        totalRecords: codes.length,
        count: codes.length,
        data: {
          columns: [
            { name: 'properties_status_code', type: 'string' },
            { name: 'count', type: 'integer' },
          ],
          rows: codes.map(({ code, count_ }) => [code, count_]),
        },
      },
      {
        totalRecords: 1,
        data: {
          columns: [
            { name: 'properties_nothing', type: 'string' },
            { name: 'count', type: 'integer' },
          ],
          rows: [['', codes.reduce((sum, { count_ }) => sum + count_, 0)]],
        },
      },
    ]);
  });

  it('keep their counts apart from a column of the same name, and sort by them', async () => {
    const { body } = await run(`${subs} | extend count = tostring(properties.status.code)`, {
      facets: [{ expression: 'count' }],
    });
    const numbers = body.facets[0].data.map(({ count1 }: { count1: number }) => count1);
    expect(numbers).toEqual(numbers.toSorted((a: number, b: number) => b - a));
    expect(body.facets[0].data.map(({ count }: { count: string }) => count)).toContain('Unhealthy');
  });
});

describe('the request', () => {
  it.each([
    '2018-09-01-preview',
    '2019-04-01',
    '2020-04-01-preview',
    '2021-03-01',
    '2021-06-01-preview',
    '2022-10-01',
    '2024-04-01',
  ])('takes api-version %s, with its own format', async (version) => {
    const { status, body } = await assay.post(`${route}?api-version=${version}`, { query: 'resources | count' });
    expect([status, Array.isArray(body.data)]).toEqual([200, version > '2021']);
    for (const [resultFormat, isArray] of [
      ['table', false],
      ['objectArray', true],
    ] as const) {
      expect(
        Array.isArray(
          (
            await assay.post(`${route}?api-version=${version}`, {
              query: 'resources | count',
              options: { resultFormat },
            })
          ).body.data,
        ),
      ).toBe(isArray);
    }
  });

  it('has one management group in the preview of 2020, and a list in later versions', async () => {
    const grouped = await suite({
      settings: new AssessmentSettings({ managementGroups: { platform: [subscriptionId], empty: [] } }),
    });
    onTestFinished(() => grouped.close());
    await grouped.publish(...estate());
    const count = async (version: string, scope: object) => {
      const { status, body } = await grouped.post(`${route}?api-version=${version}`, {
        query: 'resourcecontainers | where type == "microsoft.resources/subscriptions" | project subscriptionId',
        options: { resultFormat: 'objectArray' },
        ...scope,
      });
      return [status, body.data ?? body.error.details[0]?.code ?? body.error.code];
    };
    expect(await count('2020-04-01-preview', { managementGroupId: 'Platform' })).toEqual([200, [{ subscriptionId }]]);
    expect(await count('2020-04-01-preview', { managementGroupId: 'empty' })).toEqual([403, 'AccessDenied']);
    expect(
      await count('2020-04-01-preview', { managementGroupId: 'platform', subscriptions: [subscriptionId] }),
    ).toEqual([400, 'InvalidOptions']);
    expect(await count('2020-04-01-preview', { managementGroupId: 5 })).toEqual([400, 'InvalidOptions']);
    expect(await count('2021-06-01-preview', { managementGroups: ['platform'] })).toEqual([200, [{ subscriptionId }]]);
  });

  it('shows integers of any size exactly, and decimals', async () => {
    const { payload } = await assay.app.inject({
      method: 'POST',
      url: path,
      headers: { 'content-type': 'application/json' },
      payload: {
        query:
          "resources | take 1 | project x = 9007199254740993, v = parse_version('1.2.3.4'), d = " +
          'dynamic([9223372036854775807])',
        options: { resultFormat: 'table' },
      },
    });
    expect(payload).toContain(
      '"data":{"columns":[{"name":"x","type":"integer"},{"name":"v","type":"number"},{"name":"d","type":"object"}],' +
        '"rows":[[9007199254740993,1000000020000000300000004,[9223372036854775807]]]}',
    );
  });

  it.each<[string, object, number, string]>([
    ['no query', {}, 400, 'InvalidQuery'],
    ['an empty query', { query: ' ' }, 400, 'InvalidQuery'],
    ['a query that is no text', { query: 1 }, 400, 'InvalidQuery'],
    [
      'two scopes',
      { query: 'resources', subscriptions: [subscriptionId], managementGroups: ['x'] },
      400,
      'InvalidOptions',
    ],
    ['a subscription that is none', { query: 'resources', subscriptions: ['x'] }, 400, 'InvalidOptions'],
    ...[
      { $top: 0 },
      { $top: 1001 },
      { $top: 1.5 },
      { $top: '5' },
      { $skip: -1 },
      { $skip: 'x' },
      { resultFormat: 'csv' },
      { $skipToken: 5 },
      { authorizationScopeFilter: 'x' },
    ].map(
      (options) =>
        [JSON.stringify(options), { query: 'resources', options }, 400, 'InvalidOptions'] as [
          string,
          object,
          number,
          string,
        ],
    ),
    ['options in a list', { query: 'resources', options: [null] }, 400, 'InvalidOptions'],
    ['facets that are none', { query: 'resources', facets: [1] }, 400, 'InvalidOptions'],
    [
      'options of a facet in a list',
      { query: 'resources', facets: [{ expression: 'location', options: [null, null] }] },
      400,
      'InvalidOptions',
    ],
  ])('is refused with %s', async (_, body, status, code) => {
    const answer = await assay.post(path, body);
    expect([answer.status, answer.body.error.code, answer.body.error.details[0].code]).toEqual([
      status,
      'BadRequest',
      code,
    ]);
  });

  it.each([
    ['no version', route, 400],
    ['an unknown version', `${route}?api-version=2001-01-01`, 400],
    ['changes', '/providers/Microsoft.ResourceGraph/resourceChanges?api-version=2024-04-01', 404],
    ['history', '/providers/Microsoft.ResourceGraph/resourcesHistory?api-version=2024-04-01', 404],
    ['details of changes', '/providers/Microsoft.ResourceGraph/resourceChangeDetails?api-version=2024-04-01', 404],
  ])('is refused with %s', async (_, url, status) => {
    const answer = await assay.post(url, { query: 'resources' });
    expect(answer.status).toBe(status);
    expect(answer.body.error.code).toBeTruthy();
  });

  it('is JSON', async () => {
    const answer = await assay.app.inject({
      method: 'POST',
      url: path,
      headers: { 'content-type': 'text/plain' },
      payload: 'resources',
    });
    expect([answer.statusCode, answer.json().error.code]).toEqual([415, 'UnsupportedMediaType']);
  });
});

describe('hostile queries', () => {
  /** Gives queries one second, so that those which would never end take no longer. */
  let hurried: ServiceUnderTest;
  beforeAll(async () => {
    hurried = await suite({ log: assay.log, graph: { quota: 1_000_000, limitMs: 1_000 } });
    await hurried.view.caughtUp();
  });
  afterAll(() => hurried.app.close());
  const hurry = (query: string) => hurried.post(path, { query });

  beforeEach(async () => {
    expect((await run('resources | count')).status).toBe(200);
  });

  it.each([
    [
      'SQL in a text',
      `${subs} | where name == "'; drop table findings; --" or name == '\\'); delete from images; --'`,
      [],
    ],
    [
      'SQL in a name',
      `${subs} | project ['x"; drop table findings; --'] = 1 | take 1`,
      [{ 'x"; drop table findings; --': 1 }],
    ],
    ['SQL in a path', `${subs} | project x = properties["'), (select 1)) --"].y | take 1`, [{ x: null }]],
    ['SQL in a comment', `${subs} | where name == 'x' // '; drop table findings; --`, []],
    [
      'a name that means something to JavaScript',
      `${subs} | project ['__proto__'] = 'x', constructor = 'y' | take 1`,
      [JSON.parse('{"__proto__":"x","constructor":"y"}')],
    ],
    ['a zero in a text', `resources | where name == 'a\\0b' | count`, [{ Count: 0 }]],
  ])('%s do no harm', async (_, query, expected) => {
    expect(JSON.stringify(await data(query))).toBe(JSON.stringify(expected));
    expect((await data(`${subs} | count`))[0].Count).toBeGreaterThan(0);
  });

  it.each([
    [
      'a nested quantifier',
      `${subs} | extend x = strcat_array(split(properties.description, ''), 'aaaaaaaaaaaaaaaa') | where x matches ` +
        `regex '(a+)+$' | count`,
    ],
    ['a division by zero', 'resources | project 1 / 0, 1.0 / 0, 5 % 0, bin(5, 0), 1h / 0'],
    [
      'numbers that overflow',
      'resources | project 9223372036854775807 * 9223372036854775807, -9223372036854775807 - 5, ' +
        'abs(-9223372036854775807), 1e308 * 1e308',
    ],
    [
      'times out of range',
      'resources | project datetime(9999-12-31) + 1000000d, ago(1000000d), datetime_add("year", 100000, now()), ' +
        'format_datetime(datetime(0001-01-01) - 5d, "yyyy"), tostring(datetime(9999-12-31) + 100d)',
    ],
    [
      'odd texts',
      `resources | project substring(name, -100, 100000), indexof(name, '', -50, -50), url_decode('%zz%'), ` +
        `base64_decode_tostring('***'), toguid('x'), parse_json('{'), split(name, ''), trim('', name), ` +
        `replace_string(name, '', 'x')`,
    ],
    [
      'odd arrays',
      'resources | project array_slice(tags, -100, 100), array_length(name), bag_keys(split(name, "x")), ' +
        'strcat_array(tags, ","), tags[100000], tags[-5], tags["x/~y"], array_concat(tags, tags)',
    ],
    [
      'sets of everything',
      'securityresources | summarize make_set(properties), make_list(properties), make_bag(properties), ' +
        'dcount(properties), take_any(properties), arg_max(id, *)',
    ],
  ])('%s give an answer, or a refusal', async (_, query) => {
    const { status, body } = await run(query);
    expect(status, JSON.stringify(body)).toBeLessThan(500);
  });

  it('refuses a regular expression that RE2 does not support, with its position', async () => {
    for (const pattern of ['(', '(?=a)b', '(a)\\\\1', 'x)', '[z-a]', 'a**']) {
      expect(await refusal(`resources\n| where name matches regex '${pattern}'`)).toMatchObject({
        status: 400,
        details: ['InvalidQuery', 'InvalidRegex'],
        first: { line: 2, characterPositionInLine: 27 },
      });
    }
  });

  it('sorts by scalars in dynamic values, but not by bags', async () => {
    expect(await refusal(`${subs} | order by properties.additionalData.cve`)).toMatchObject({
      status: 400,
      details: ['InvalidQuery', 'TypeMismatch'],
      first: { line: 1, token: 'properties.additionalData.cve' },
    });
    expect(await refusal('resources\n| summarize count() by tags')).toMatchObject({
      status: 400,
      details: ['InvalidQuery', 'TypeMismatch'],
      first: { line: 2, characterPositionInLine: 23, token: 'tags' },
    });
  });

  it.each([
    [
      'a self-join into billions',
      'union securityresources, securityresources, securityresources | extend k = 1 | join kind=inner (union ' +
        'securityresources | extend k = 1) on k | join kind=inner (securityresources | extend k = 1) on k | join ' +
        'kind=inner (securityresources | extend k = 1) on k | summarize dcount(strcat(id, id1, id2, id3))',
    ],
    [
      'a list of millions of ids',
      'securityresources | extend k = 1 | join kind=inner (securityresources | extend k = 1) on k | join ' +
        'kind=inner (securityresources | extend k = 1) on k | join kind=inner (securityresources | extend k = 1) on ' +
        'k | summarize make_list(strcat(id, id1, id2, id3))',
    ],
    ['a path of two thousand steps', `resources | project tags${'.a'.repeat(2_000)}`],
    [
      'three thousand words',
      `${subs} | where name has_any (${Array.from({ length: 3_000 }, (_, n) => `'w${n}'`).join(', ')}) | summarize ` +
        'count() by x = tostring(properties.id)',
    ],
    [
      'rows that grow',
      'resources | extend x = strcat(name, name) ' +
        `${Array.from({ length: 26 }, () => '| extend x = strcat(x, x)').join(' ')} | project x`,
    ],
  ])('%s end by time or by memory', async (_, query) => {
    const { status, body } = await hurry(query);
    expect([200, 400, 504]).toContain(status);
    if (status !== 200) expect(['GatewayTimeout', 'BadRequest']).toContain(body.error.code);
    await expect.poll(async () => (await hurry('securityresources | count')).status).toBe(200);
  });

  it('does not return more bytes than its limit', async () => {
    const small = await suite({ graph: { quota: 1_000_000, limitMs: 60_000, mostBytes: 10_000 } });
    await small.publish(...estate());
    const { status, body } = await small.post(path, { query: 'securityresources' });
    await small.close();
    expect([status, body.error.details.map(({ code }: { code: string }) => code)]).toEqual([
      400,
      ['ResponsePayloadTooLarge'],
    ]);
  });

  it('answers the next query while one is running', async () => {
    const query =
      'securityresources | extend k = 1 | join kind=inner (securityresources | extend k = 1) on k | join ' +
      'kind=inner (securityresources | extend k = 1) on k | join kind=inner (securityresources | extend k = 1) on ' +
      'k | summarize dcount(strcat(id, id1, id2, id3))';
    // On a busy machine a query may be over before any answer. If queries held others up, it always would be.
    const isAnsweredMeanwhile = async () => {
      let isOver = false;
      const slow = hurry(query).finally(() => {
        isOver = true;
      });
      const { status } = await hurried.get(
        `/subscriptions/${subscriptionId}/providers/Microsoft.Security/subAssessments?api-version=2019-01-01-preview`,
      );
      expect(status).toBe(200);
      const meanwhile = !isOver;
      expect((await slow).status).toBeGreaterThanOrEqual(400);
      return meanwhile;
    };
    await expect.poll(isAnsweredMeanwhile).toBe(true);
  });
});

describe('the quota', () => {
  it('is reported in headers, and then enforced with 429', async () => {
    const few = await suite({ graph: { quota: 2, quotaWindowMs: 60_000 }, log: assay.log });
    try {
      const post = () =>
        few.app.inject({
          method: 'POST',
          url: path,
          headers: { 'content-type': 'application/json' },
          payload: { query: 'resources | count' },
        });
      await few.view.caughtUp();
      const first = await post();
      expect(first.headers).toMatchObject({
        'x-ms-user-quota-remaining': '1',
        'x-ms-user-quota-resets-after': expect.stringMatching(/^00:0[01]:\d\d$/),
        'x-ms-tenant-subscription-limit-hit': 'false',
      });
      await post();
      const third = await post();
      expect([third.statusCode, third.json().error.code, third.headers['x-ms-user-quota-remaining']]).toEqual([
        429,
        'RateLimiting',
        '0',
      ]);
      expect(Number(third.headers['retry-after'])).toBeGreaterThan(0);
    } finally {
      await few.app.close();
    }
  });
});
