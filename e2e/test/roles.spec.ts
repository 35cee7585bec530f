import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operations, roles, type Operation } from '@assay/http';
import { TestIssuer } from '../../libs/http/test/issuer.ts';
import { localSubscription, otherSubscription } from '../../apps/assay/src/suite/local.ts';
import { recordsOf, TestSuite } from './suite.ts';

/** The table for operators: the permissions of each role. */
const written = (() => {
  const lines = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8').split('\n');
  const from = lines.findIndex((line) => line.startsWith('| role |'));
  const table = lines.slice(from, lines.indexOf('', from));
  const cells = (line: string): string[] =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  const [, ...names] = cells(table[0]!);
  return new Map(
    table.slice(2).map((line) => {
      const [role, ...marks] = cells(line);
      return [role!, new Set(names.filter((_, column) => marks[column] === 'yes'))] as const;
    }),
  );
})();

const group = `/subscriptions/${localSubscription}/resourceGroups/local`;
const registry = `${group}/providers/Microsoft.ContainerRegistry/registries/local`;
const other = `/subscriptions/${otherSubscription}`;
/** From the outside in. */
const grants = {
  everything: '/',
  subscription: `/subscriptions/${localSubscription}`,
  'resource group': group,
  registry,
  'another subscription': other,
};
const principal = (role: string, scope: string): string => `${role} of ${scope}`;
const assignments = [
  ...Object.entries(grants).flatMap(([name, scope]) =>
    roles.map(({ role }) => ({ principal: { groups: principal(role, name) }, role, scope })),
  ),
  { principal: { groups: 'prod' }, role: 'Cluster Reporter', scope: '/', cluster: 'prod' },
];

let issuer: TestIssuer;
let suite: TestSuite;
let digest: string;
let closing: () => Promise<void>;
beforeAll(async () => {
  issuer = await TestIssuer.start();
  [suite, closing] = await TestSuite.lasting({
    other: true,
    env: { ASSAY_OIDC_ISSUER: issuer.issuer, ASSAY_OIDC_AUDIENCE: 'assay', ASSAY_ROLES: JSON.stringify(assignments) },
  });
  digest = await suite.push('alpine-3.20.3', 'web', 'v1');
  await suite.push('alpine-3.20.3', 'web', 'v1', 1);
  await suite.charged(digest, 'web');
});
afterAll(async () => {
  await closing();
  await issuer.close();
});

interface Answer {
  readonly status: number;
  readonly code?: string;
  readonly body: any;
}

const request = async (groups: readonly string[], method: string, path: string, body?: object): Promise<Answer> => {
  const response = await fetch(`${suite.suite.endpoint.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${await issuer.token({ sub: 'ana', groups })}`,
      'content-type': 'application/json',
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  const answer = text.startsWith('{') ? (JSON.parse(text) as { error?: { code: string } }) : text;
  return {
    status: response.status,
    body: answer,
    ...(typeof answer === 'object' && answer.error ? { code: answer.error.code } : {}),
  };
};

const security = 'providers/Microsoft.Security';
const rule = (scope: string) => ({ scope, criteria: { vulnerabilities: ['CVE-1999-0001'] }, reason: 'a test' });

interface Target {
  readonly scope: string;
  readonly level: keyof typeof grants;
  readonly call: readonly [method: string, path: string, body?: object | undefined];
}

const at = (level: Target['level'], scope: string, method: string, path: string, body?: object): Target => ({
  level,
  scope,
  call: [method, path, body],
});
const plan = (subscription: string): string =>
  `/subscriptions/${subscription}/${security}/pricings/Containers?api-version=2022-03-01`;
const free = { properties: { pricingTier: 'Free' } };
/** The initial plan, so that images of other tests stay scanned. */
const standard = { properties: { pricingTier: 'Standard' } };
const plansOf = (subscription: string, name = ''): string => `/assay/plans${name}?subscription=${subscription}`;
const setMode = { mode: 'plan', why: 'a test' };

/** The target of each operation, scope by scope. */
const targets: Readonly<Record<Operation, readonly Target[]>> = {
  'findings/read': [
    at('registry', registry, 'GET', `${registry}/${security}/subAssessments?api-version=2019-01-01-preview`),
    at(
      'registry',
      registry,
      'GET',
      `${registry}/${security}/assessments/dbd0cb49-b563-45e7-9724-889e799fa648?api-version=2020-01-01`,
    ),
    at('registry', registry, 'GET', `${registry}?api-version=2025-11-01`),
    at(
      'another subscription',
      other,
      'GET',
      `${other}/providers/Microsoft.ContainerRegistry/registries?api-version=2025-11-01`,
    ),
    at('another subscription', other, 'GET', `${other}/${security}/subAssessments?api-version=2019-01-01-preview`),
    at('another subscription', other, 'GET', `${other}/${security}/assessments?api-version=2020-01-01`),
  ],
  'gate/read': ['gate', 'statement'].map((route) =>
    at('registry', registry, 'GET', `/assay/images/sha256:${'0'.repeat(64)}/${route}`),
  ),
  'assessments/write': [
    ['registry', registry],
    ['resource group', group],
    ['subscription', grants.subscription],
    ['another subscription', other],
  ].map(([level, scope]) =>
    at(
      level as Target['level'],
      scope!,
      'PUT',
      `${scope}/${security}/assessments/3f2b6ad8-0b3a-4a52-9d4c-0d8f4c8a1b11?api-version=2020-01-01`,
      { properties: { status: { code: 'Healthy' } } },
    ),
  ),
  'plans/read': [
    at('subscription', grants.subscription, 'GET', plan(localSubscription)),
    at('another subscription', other, 'GET', plan(otherSubscription)),
    at('subscription', grants.subscription, 'GET', plansOf(localSubscription)),
    at('another subscription', other, 'GET', plansOf(otherSubscription)),
  ],
  'plans/write': [
    at('subscription', grants.subscription, 'PUT', plan(localSubscription), standard),
    at('another subscription', other, 'PUT', plan(otherSubscription), free),
    at('subscription', grants.subscription, 'PUT', plansOf(localSubscription, '/Containers'), setMode),
    at('another subscription', other, 'PUT', plansOf(otherSubscription, '/Containers'), setMode),
  ],
  'rules/read': [
    at('registry', registry, 'GET', `/assay/rules/kept?scope=${registry}`),
    at('subscription', grants.subscription, 'GET', `/assay/rules/kept?scope=${grants.subscription}`),
    at('another subscription', other, 'GET', `/assay/rules/kept?scope=${other}`),
  ],
  'rules/write': [
    at('registry', registry, 'PUT', '/assay/rules/kept', rule(registry)),
    at('subscription', grants.subscription, 'PUT', '/assay/rules/kept', rule(grants.subscription)),
    at('another subscription', other, 'PUT', '/assay/rules/kept', rule(other)),
  ],
  'charges/read': [
    at('registry', registry, 'GET', '/assay/charges'),
    at('registry', registry, 'GET', '/assay/export?format=focus-csv'),
  ],
  'charges/write': [at('everything', '/', 'POST', '/assay/periods/2020-02/close', { why: 'a test' })],
  'notifications/write': [
    at('registry', registry, 'POST', '/ingest/eventgrid', [
      {
        id: 'x',
        topic: registry,
        subject: '',
        eventType: 'Microsoft.ContainerRegistry.ImageDeleted',
        eventTime: '2026-11-25T00:00:00Z',
        data: { target: { repository: 'nothing/here' } },
      },
    ]),
  ],
  'parked/read': [at('everything', '/', 'GET', '/assay/parked')],
  'scanners/read': [at('everything', '/', 'GET', '/assay/scanners')],
  'running/write': [at('everything', '/', 'POST', '/assay/running', { cluster: 'prod', images: [] })],
  'sweeps/read': [at('everything', '/', 'GET', '/assay/sweeps')],
  'sweeps/write': [
    at('everything', '/', 'POST', '/assay/sweeps/nowhere.example/confirm', { why: 'a test' }),
    at('everything', '/', 'POST', '/assay/sweeps/nowhere.example/removed', { images: 'keep', why: 'a test' }),
    at('everything', '/', 'POST', '/assay/discovery/nowhere/confirm', { why: 'a test' }),
  ],
  'services/read': ['services', 'seals'].map((route) => at('everything', '/', 'GET', `/assay/${route}`)),
  'scanners/write': [
    at('everything', '/', 'POST', `/assay/scanners/sha256:${'0'.repeat(64)}/recall`, { why: 'a test' }),
  ],
  'parked/write': [
    at('everything', '/', 'POST', '/assay/parked/classifier/scan.completed/0/0/redrive', { why: 'a test' }),
  ],
};

const levels = Object.keys(grants) as (keyof typeof grants)[];
/** `holds`: one scope contains the other. `touches`: either contains the other. */
const holds = (granted: keyof typeof grants, of: Target['level']): boolean =>
  granted === 'everything' ||
  granted === of ||
  (granted !== 'another subscription' && of !== 'another subscription' && levels.indexOf(granted) < levels.indexOf(of));
const touches = (granted: keyof typeof grants, of: Target['level']): boolean =>
  holds(granted, of) || holds(of, granted);

it('the table in the docs is the one in the code', () => {
  expect([...written].map(([role, may]) => ({ role, may: [...may] }))).toEqual(
    roles.map(({ role, may }) => ({ role, may: [...may] })),
  );
});

describe.each(roles.map(({ role }) => role))('%s', (role) => {
  describe.each(operations)('%s', (operation) => {
    it.each(levels)('with its role in %s', async (granted) => {
      for (const { level, scope, call } of targets[operation]) {
        const { status, code } = await request([principal(role, granted)], ...call);
        const label = `${call[0]} ${call[1]}`;
        // Lists over all scopes are for callers that may read anywhere. They show no more than that, as tested below.
        const isAnywhere = operation === 'charges/read' || operation === 'gate/read';
        const allowed = written.get(role)!.has(operation) && (isAnywhere || holds(granted, level));
        if (allowed) expect([200, 201, 404], label).toContain(status);
        // The role of an event's sender is checked first; then its registry.
        else if (operation === 'notifications/write')
          expect([status, code], label).toEqual(
            written.get(role)!.has(operation) && granted !== 'everything'
              ? [404, 'RegistryNotFound']
              : [403, 'AuthorizationFailed'],
          );
        else if (scope === '/' || isAnywhere || touches(granted, level))
          expect([status, code], label).toEqual([403, 'AuthorizationFailed']);
        // The path of these requests names no scope. A caller without the permission anywhere is refused before the
        // scope is read.
        else if (/^\/assay\/(rules|plans)\b/.test(call[1]) && !written.get(role)!.has(operation))
          expect([status, code], label).toEqual([403, 'AuthorizationFailed']);
        else
          expect([status, code], label).toEqual([
            404,
            expect.stringMatching(/^(Subscription|ResourceGroup|Resource)NotFound$/) as string,
          ]);
        // Allowed targets exist, except for the parked event and the image of a statement.
        const isThere = !call[1].endsWith('/statement');
        if (
          allowed &&
          isThere &&
          operation !== 'parked/write' &&
          operation !== 'sweeps/write' &&
          operation !== 'rules/read'
        )
          expect(status, label).toBeLessThan(300);
      }
    });
  });
});

it('a cluster reports for itself alone, if its role names it', async () => {
  const report = async (cluster: string) => {
    const images = [{ digest: `sha256:${'1'.repeat(64)}` }];
    const { status, code } = await request(['prod'], 'POST', '/assay/running', { cluster, images });
    return [status, code];
  };
  expect([await report('prod'), await report('edge')]).toEqual([
    [200, undefined],
    [403, 'AuthorizationFailed'],
  ]);
});

describe('a list', () => {
  const reader = (scope: keyof typeof grants) => [principal('Security Reader', scope)];
  const images = async (groups: readonly string[]): Promise<string[]> =>
    ((await request(groups, 'GET', '/assay/images')).body as { value: { subscriptionId: string }[] }).value.map(
      ({ subscriptionId }) => subscriptionId,
    );

  it('shows what its caller may read, and nothing of the rest', async () => {
    expect(await images(reader('everything'))).toEqual([localSubscription, otherSubscription]);
    for (const scope of ['subscription', 'resource group', 'registry'] as const)
      expect(await images(reader(scope))).toEqual([localSubscription]);
    expect(await images(reader('another subscription'))).toEqual([otherSubscription]);
    expect(await images([...reader('registry'), ...reader('another subscription')])).toEqual([
      localSubscription,
      otherSubscription,
    ]);
    const managed = async (scope: keyof typeof grants): Promise<string[]> =>
      (
        (
          await request(
            reader(scope),
            'GET',
            `${grants.subscription}/providers/Microsoft.ContainerRegistry/registries?api-version=2025-11-01`,
          )
        ).body as { value: { id: string }[] }
      ).value.map(({ id }) => id);
    expect([await managed('everything'), await managed('registry')]).toEqual([[registry], [registry]]);
    const registries = (await request(reader('registry'), 'GET', '/assay/registries')).body as {
      value: { registryId: string }[];
    };
    expect(registries.value.map(({ registryId }) => registryId)).toEqual([registry]);
  });

  it('of a subscription shows a reader of one registry that one, and of a management group likewise', async () => {
    const list = async (groups: readonly string[], scope: string): Promise<number> =>
      (
        (await request(groups, 'GET', `${scope}/${security}/subAssessments?api-version=2019-01-01-preview`)).body as {
          value: object[];
        }
      ).value.length;
    expect(await list(reader('registry'), grants.subscription)).toBe(56);
    expect(await list(reader('registry'), '/providers/Microsoft.Management/managementGroups/all')).toBe(56);
    expect(await list(reader('another subscription'), '/providers/Microsoft.Management/managementGroups/all')).toBe(0);
  });

  it('of charges has those of the scope, and so has their export', async () => {
    const charges = async (scope: keyof typeof grants): Promise<number> =>
      ((await request([principal('Billing Reader', scope)], 'GET', '/assay/charges')).body as { value: object[] }).value
        .length;
    expect([await charges('everything'), await charges('registry'), await charges('another subscription')]).toEqual([
      1, 1, 0,
    ]);
    expect(
      (
        (await request([principal('Billing Reader', 'another subscription')], 'GET', '/assay/export?format=focus-csv'))
          .body as string
      )
        .trim()
        .split('\n'),
    ).toHaveLength(1);
  });

  it('of rules has those of the scope', async () => {
    for (const scope of [grants.subscription, registry, other])
      expect(
        (await request([principal('Security Admin', 'everything')], 'PUT', '/assay/rules/listed', rule(scope))).status,
      ).toBe(200);
    const scopes = async (granted: keyof typeof grants): Promise<string[]> =>
      (
        (await request(reader(granted), 'GET', '/assay/rules')).body as { value: { ruleId: string; scope: string }[] }
      ).value
        .filter(({ ruleId }) => ruleId === 'listed')
        .map(({ scope }) => scope);
    expect([await scopes('everything'), await scopes('registry'), await scopes('another subscription')]).toEqual([
      [registry, grants.subscription, other],
      [registry],
      [other],
    ]);
  });
});

describe('one image', () => {
  const get = (groups: readonly string[], more = '') => request(groups, 'GET', `/assay/images/${digest}${more}`);

  it('is shown in the places that its caller may read', async () => {
    const places = async (scope: keyof typeof grants): Promise<string[]> =>
      (
        (await get([principal('ACR Reader', scope)])).body as { placements: { subscriptionId: string }[] }
      ).placements.map(({ subscriptionId }) => subscriptionId);
    expect(await places('everything')).toEqual([localSubscription, otherSubscription]);
    expect(await places('registry')).toEqual([localSubscription]);
    expect(await places('another subscription')).toEqual([otherSubscription]);
    expect(
      ((await get([principal('ACR Reader', 'another subscription')], '/findings')).body as { value: object[] }).value,
    ).toEqual([]);
  });

  it('is let through, and reported, by what is known of it there', async () => {
    const [here, there] = [
      await get([principal('ACR Reader', 'registry')], '/gate'),
      await get([principal('ACR Reader', 'another subscription')], '/gate'),
    ];
    expect([
      JSON.stringify(here.body).includes(otherSubscription),
      JSON.stringify(there.body).includes(localSubscription),
    ]).toEqual([false, false]);
    expect(here.body).toMatchObject({ decision: 'deny' });
    expect(there.body).not.toMatchObject({ decision: 'deny' });
    const report = async (scope: keyof typeof grants): Promise<number> =>
      (
        await fetch(`${suite.suite.endpoint.url}/assay/images/${digest}/findings`, {
          headers: {
            authorization: `Bearer ${await issuer.token({ groups: [principal('ACR Reader', scope)], sub: 'ana' })}`,
            accept: 'application/sarif+json',
          },
        })
      ).status;
    expect([await report('registry'), await report('another subscription')]).toEqual([200, 409]);
  });

  it('passes the gate for a caller that may pull it, and shows that caller nothing else', async () => {
    const puller = (scope: keyof typeof grants) => [principal('AcrPull', scope)];
    expect((await get(puller('registry'), '/gate')).body).toMatchObject({
      decision: 'deny',
      places: [{ subscriptionId: localSubscription }],
    });
    expect((await get(puller('another subscription'), '/gate')).body).not.toMatchObject({ decision: 'deny' });
    for (const more of ['', '/findings', '/timeline', '/why'])
      expect(await get(puller('everything'), more), more).toMatchObject({ status: 403, code: 'AuthorizationFailed' });
    for (const role of ['ACR Reader', 'Security Reader'])
      expect((await get([principal(role, 'registry')], '/findings')).status, role).toBe(200);
  });

  it('shows its history there, and its charge to callers that may read charges', async () => {
    const topics = async (groups: readonly string[]): Promise<string[]> =>
      ((await get(groups, '/timeline')).body as { events: { topic: string }[] }).events.map(({ topic }) => topic);
    expect(await topics([principal('ACR Reader', 'registry')])).toEqual(
      expect.arrayContaining(['image.pushed', 'scan.completed', 'recommendation.changed']),
    );
    expect(await topics([principal('ACR Reader', 'registry')])).not.toContain('usage.charged');
    expect(await topics([principal('ACR Reader', 'another subscription')])).toEqual([
      'image.pushed',
      'scan.declined',
      'recommendation.changed',
    ]);
    const both = [principal('ACR Reader', 'registry'), principal('Billing Reader', 'subscription')];
    expect(await topics(both)).toContain('usage.charged');
    const steps = async (groups: readonly string[]): Promise<string[]> =>
      ((await get(groups, '/why')).body as { places: { steps: { step: string; title: string }[] }[] }).places.flatMap(
        (place) => place.steps.map(({ step, title }) => (step === 'charge' ? title : step)),
      );
    expect(await steps([principal('ACR Reader', 'registry')])).toEqual([
      'notification',
      'push',
      'verdict',
      'scan',
      'classification',
      'recommendation',
      'Charge not shown',
    ]);
    expect(await steps([principal('ACR Reader', 'another subscription')])).toEqual([
      'notification',
      'push',
      'verdict',
      'recommendation',
      'Charge not shown',
    ]);
    expect((await steps(both)).at(-1)).toMatch(/harged 0\.29 USD$/);
    const charge = async (groups: readonly string[]): Promise<unknown> =>
      ((await get(groups)).body as { placements: { charge?: { amount: string } }[] }).placements[0]!.charge?.amount;
    expect([await charge([principal('ACR Reader', 'registry')]), await charge(both)]).toEqual([undefined, '0.29']);
  });
});

it('the event of a write names its caller, action, time and reason', async () => {
  const response = await fetch(`${suite.suite.endpoint.url}${plan(otherSubscription)}`, {
    method: 'PUT',
    body: JSON.stringify(free),
    headers: {
      authorization:
        'Bearer ' +
        `${await issuer.token({ sub: 'ana', groups: [principal('Security Admin', 'another subscription')] })}`,
      'content-type': 'application/json',
      'x-assay-why': 'the budget is spent',
    },
  });
  expect(response.status).toBe(200);
  const [last] = (await recordsOf(suite.suite, 'plan.changed')).toReversed();
  expect(last!.data).toMatchObject({
    subscriptionId: otherSubscription,
    plan: 'Containers',
    tier: 'Free',
    by: `ana (${issuer.issuer})`,
    why: 'the budget is spent',
    from: expect.stringMatching(/Z$/) as string,
  });
});

it("no caller gets in without a token, and the suite's own opens everything", async () => {
  const { url, token } = suite.suite.endpoint;
  const answer = await fetch(`${url}/assay/images`);
  expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
    401,
    `Bearer authorization_uri="${issuer.issuer}", error="invalid_token", ` +
      'error_description="Authentication failed. The Authorization header is missing."',
  ]);
  expect((await fetch(`${url}/assay/parked`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
});
