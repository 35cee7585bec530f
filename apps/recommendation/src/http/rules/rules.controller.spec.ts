import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { RuleChanged } from '@assay/events';
import { suites, type ServiceUnderTest } from '../../../test/suite.ts';
import {
  findingOf,
  planOn,
  registryId,
  registryObserved,
  emitted,
  subscriptionId,
  wholeStory,
} from '../../../../../libs/read-model/test/fixtures.ts';

const scope = `/subscriptions/${subscriptionId}`;
const rule = { scope, criteria: { vulnerabilities: ['CVE-2026-1967'] }, reason: 'not reachable' };
const shown = {
  ruleId: 'quiet',
  ...rule,
  by: 'anybody (assay)',
  since: expect.any(String),
  state: 'in-force',
  exempted: 0,
  fixable: 0,
};

const { next, close } = suites({ arm: { pageSize: 2 } }, registryObserved(), planOn());
let assay: ServiceUnderTest;
beforeEach(async () => {
  assay = await next();
});
afterAll(close);

const request = async (
  method: 'PUT' | 'DELETE',
  url: string,
  payload?: object,
  headers: Record<string, string> = {},
) => {
  const answer = await assay.app.inject({
    method,
    url,
    headers: { 'content-type': 'application/json', 'x-ms-client-request-id': 'request-1', ...headers },
    ...(payload ? { payload } : {}),
  });
  return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json<any>() };
};
const put = (name: string, payload?: object) => request('PUT', `/assay/rules/${name}`, payload);
const recorded = async (): Promise<RuleChanged[]> => {
  const found: RuleChanged[] = [];
  for await (const { records } of assay.log.read('rule.changed', 0, 0, await assay.log.end('rule.changed', 0)))
    found.push(...records.map(({ value }) => JSON.parse(value) as RuleChanged));
  return found;
};

describe('rules that disable findings', () => {
  it('are created, read at once, changed and removed, with an audit trail in the log', async () => {
    expect(await put('quiet', rule)).toEqual({ status: 200, body: shown });
    expect((await assay.get('/assay/rules')).body).toEqual({ value: [shown] });
    expect(
      (await put('quiet', { ...rule, criteria: { patchable: false }, expiresAt: '2027-01-01T00:00:00Z' })).body,
    ).toMatchObject({ criteria: { patchable: false }, expiresAt: '2027-01-01T00:00:00Z' });
    expect((await assay.get(`/assay/rules/quiet?scope=${scope.toUpperCase()}/`)).body).toMatchObject({
      criteria: { patchable: false },
    });
    expect(await request('DELETE', `/assay/rules/quiet?scope=${scope}&reason=fixed`)).toEqual({
      status: 204,
      body: undefined,
    });
    expect((await assay.get('/assay/rules')).body).toEqual({ value: [] });
    expect((await request('DELETE', `/assay/rules/quiet?scope=${scope}&reason=fixed`)).status).toBe(404);
    expect(
      (await recorded()).map(({ ruleId, scope: at, by, reason, removed }) => [ruleId, at, by, reason, removed]),
    ).toEqual([
      ['quiet', scope, 'anybody (assay)', 'not reachable', false],
      ['quiet', scope, 'anybody (assay)', 'not reachable', false],
      ['quiet', scope, 'anybody (assay)', 'fixed', true],
    ]);
  });

  it('are changed and removed only if unchanged, with a precondition', async () => {
    const [path, at] = [`/assay/rules/quiet`, `/assay/rules/quiet?scope=${scope}`];
    expect((await request('PUT', path, rule, { 'if-match': '*' })).status).toBe(412);
    const made = await Promise.all([1, 2].map(() => request('PUT', path, rule, { 'if-none-match': '*' })));
    expect(made.map(({ status }) => String(status)).toSorted()).toEqual(['200', '412']);
    const {
      headers: { etag },
    } = (await assay.get(at)) as { headers: Record<string, string> };
    expect(etag).toMatch(/^"[\w-]{22}"$/);
    expect((await assay.get(at, { 'if-none-match': etag! })).status).toBe(304);
    expect((await request('PUT', path, { ...rule, reason: 'still not' }, { 'if-match': etag! })).status).toBe(200);
    for (const [method, url, payload] of [
      ['PUT', path, rule],
      ['DELETE', `${at}&reason=x`, undefined],
    ] as const) {
      expect(await request(method, url, payload, { 'if-match': etag! })).toMatchObject({
        status: 412,
        body: { error: { code: 'PreconditionFailed' } },
      });
    }
    expect((await assay.get(at)).body.reason).toBe('still not');
    expect((await request('DELETE', `${at}&reason=x`, undefined, { 'if-match': '*' })).status).toBe(204);
    expect((await recorded()).length).toBe(3);
  });

  it('take null for an absent criterion, and never return it', async () => {
    const sparse = { ...rule, criteria: { patchable: false, vulnerabilities: null, cvssBelow: null }, expiresAt: null };
    expect((await put('quiet', sparse)).body).toMatchObject({ criteria: { patchable: false } });
    const [{ criteria, ...emitted } = {} as RuleChanged] = await recorded();
    expect([criteria, 'expiresAt' in emitted]).toEqual([{ patchable: false }, false]);
    expect((await put('quiet', { ...rule, criteria: { vulnerabilities: null } })).status).toBe(400);
  });

  it.each([
    { cvssBelow: 0 },
    { cvssBelow: 10 },
    { cvssBelow: 6.9 },
    { severityBelow: 'Low' },
    { operatingSystems: ['debian 13'] },
  ])('take %j', async (criteria) => {
    expect(await put('quiet', { ...rule, criteria })).toMatchObject({ status: 200, body: { criteria } });
  });

  it('may have the same name in two scopes', async () => {
    await put('quiet', rule);
    await put('quiet', { ...rule, scope: registryId, reason: 'here, too' });
    expect((await assay.all('/assay/rules')).map(({ scope: at, reason }) => [at, reason])).toEqual([
      [`${scope}/resourceGroups/rg1/providers/Microsoft.ContainerRegistry/registries/myreg`, 'here, too'],
      [scope, 'not reachable'],
    ]);
    await request('DELETE', `/assay/rules/quiet?scope=${registryId}&reason=x`);
    expect((await assay.all('/assay/rules')).map(({ reason }) => reason)).toEqual(['not reachable']);
  });

  it('count the findings that have a fix by now', async () => {
    const exempt = { state: 'exempt' as const, ruleId: 'quiet' };
    const { fixedVersion: _, ...unfixed } = findingOf({ ...exempt, vulnerability: 'CVE-2' });
    const fixable = async (): Promise<unknown> =>
      (await assay.all('/assay/rules')).map(({ ruleId, exempted, fixable: count }) => [ruleId, exempted, count]);
    await put('quiet', rule);
    await put('quieter', rule);
    await assay.publish(...wholeStory({ findings: [unfixed] }));
    expect(await fixable()).toEqual([
      ['quiet', 1, 0],
      ['quieter', 0, 0],
    ]);
    await assay.publish(...wholeStory({ push: { repository: 'other/repo' }, findings: [findingOf(exempt), unfixed] }));
    expect(await fixable()).toEqual([
      ['quiet', 3, 1],
      ['quieter', 0, 0],
    ]);
  });

  it('count the findings that they disable', async () => {
    const exempt = { state: 'exempt' as const, ruleId: 'quiet' };
    await put('quiet', rule);
    await put('other', rule);
    await assay.publish(
      ...wholeStory({
        findings: [
          findingOf(exempt),
          findingOf({ ...exempt, vulnerability: 'CVE-2' }),
          findingOf({ vulnerability: 'CVE-3' }),
        ],
      }),
    );
    expect((await assay.all('/assay/rules')).map(({ ruleId, exempted }) => [ruleId, exempted])).toEqual([
      ['other', 0],
      ['quiet', 2],
    ]);
  });

  it('state what they are about to disable, without what another rule disables', async () => {
    await assay.publish(
      ...wholeStory({
        findings: [
          findingOf({ vulnerability: 'CVE-1', state: 'exempt', ruleId: 'other' }),
          findingOf({ vulnerability: 'CVE-2', state: 'exempt', ruleId: 'quiet' }),
          findingOf({ vulnerability: 'CVE-3' }),
          findingOf({ vulnerability: 'CVE-4' }),
        ],
      }),
    );
    const about = (vulnerabilities: readonly string[], more: object = {}) =>
      put('quiet', { ...rule, criteria: { vulnerabilities }, ...more });
    expect((await about(['CVE-1', 'CVE-2', 'CVE-3'])).body).toMatchObject({ exempted: 2, fixable: 2 });
    expect((await about(['CVE-3'], { expiresAt: '2026-01-01T00:00:00Z' })).body).not.toMatchObject({ exempted: 1 });
    expect((await about(['CVE-9'])).body).toMatchObject({ exempted: 0, fixable: 0 });
  });

  it('have a tag that no finding changes', async () => {
    await put('quiet', rule);
    const tag = async () =>
      (await assay.app.inject({ method: 'GET', url: `/assay/rules/quiet?scope=${scope}` })).headers.etag;
    const before = await tag();
    await assay.publish(...wholeStory({ findings: [findingOf({ state: 'exempt', ruleId: 'quiet' })] }));
    expect((await assay.all('/assay/rules')).map(({ exempted }) => exempted)).toEqual([1]);
    expect([before, await tag()]).toEqual([expect.stringMatching(/^"/), before]);
  });

  it('are listed page by page', async () => {
    for (const name of ['a', 'b', 'c']) await put(name, rule);
    const pages: number[] = [];
    expect((await assay.all('/assay/rules', pages)).map(({ ruleId }) => ruleId)).toEqual(['a', 'b', 'c']);
    expect(pages).toEqual([2, 1]);
  });

  it('state when they have expired', async () => {
    await assay.publish(emitted('rule.changed', { ruleId: 'old', scope, expiresAt: '2026-11-24T09:19:59.000Z' }));
    expect((await assay.get('/assay/rules')).body.value).toMatchObject([{ ruleId: 'old', state: 'expired' }]);
  });

  it.each<[string, string, object | undefined, string]>([
    ['no body', 'a', undefined, 'InvalidRequestContent'],
    ['a list', 'a', [rule], 'InvalidRequestContent'],
    ['no reason', 'a', { ...rule, reason: '' }, 'InvalidRequestContent'],
    ['a word that is not known', 'a', { ...rule, expires: '2027-01-01' }, 'InvalidRequestContent'],
    ['no criterion', 'a', { ...rule, criteria: {} }, 'InvalidRequestContent'],
    [
      'a criterion that is not known',
      'a',
      { ...rule, criteria: { vulnerabilities: ['CVE-1'], severityUnder: 'Low' } },
      'InvalidRequestContent',
    ],
    ['an empty list', 'a', { ...rule, criteria: { digests: [] } }, 'InvalidRequestContent'],
    [
      'too long a list',
      'a',
      { ...rule, criteria: { vulnerabilities: Array.from({ length: 1001 }, (_, n) => `CVE-${n}`) } },
      'InvalidRequestContent',
    ],
    ['a criterion that is null', 'a', { ...rule, criteria: { patchable: null } }, 'InvalidRequestContent'],
    [
      'a severity that nothing is below',
      'a',
      { ...rule, criteria: { severityBelow: 'Unknown' } },
      'InvalidRequestContent',
    ],
    ['a severity in another case', 'a', { ...rule, criteria: { severityBelow: 'high' } }, 'InvalidRequestContent'],
    ...[10.1, -0.1, '7', true].map((cvssBelow): [string, string, object, string] => [
      `a score of ${JSON.stringify(cvssBelow)}`,
      'a',
      { ...rule, criteria: { cvssBelow } },
      'InvalidRequestContent',
    ]),
    ['an answer that is a text', 'a', { ...rule, criteria: { patchable: 'false' } }, 'InvalidRequestContent'],
    ['a digest that is none', 'a', { ...rule, criteria: { digests: ['sha256:1'] } }, 'InvalidRequestContent'],
    ['an empty name', 'a', { ...rule, criteria: { vulnerabilities: [''] } }, 'InvalidRequestContent'],
    ['a name that is none', 'a', { ...rule, criteria: { operatingSystems: [7] } }, 'InvalidRequestContent'],
    ['a text for a list', 'a', { ...rule, criteria: { vulnerabilities: 'CVE-1' } }, 'InvalidRequestContent'],
    ['a reason of spaces', 'a', { ...rule, reason: ' \n' }, 'InvalidRequestContent'],
    ['a name of spaces', 'a', { ...rule, criteria: { vulnerabilities: ['  '] } }, 'InvalidRequestContent'],
    ['a space before a name', 'a', { ...rule, criteria: { operatingSystems: [' debian'] } }, 'InvalidRequestContent'],
    ['a day that there is not', 'a', { ...rule, expiresAt: '2999-02-30T00:00:00Z' }, 'InvalidRequestContent'],
    ['no criteria', 'a', { scope, reason: 'x' }, 'InvalidRequestContent'],
    ['criteria that are a list', 'a', { ...rule, criteria: [{ patchable: true }] }, 'InvalidRequestContent'],
    ['another word for a severity', 'a', { ...rule, criteria: { severityBelow: 'Terrible' } }, 'InvalidRequestContent'],
    ['a past end', 'a', { ...rule, expiresAt: '2026-11-24T09:19:59Z' }, 'InvalidRequestContent'],
    ['an end that is no time', 'a', { ...rule, expiresAt: 'tomorrow' }, 'InvalidRequestContent'],
    ['a scope that is none', 'a', { ...rule, scope: '/everything' }, 'InvalidRequestContent'],
    [
      'a management group',
      'a',
      { ...rule, scope: '/providers/Microsoft.Management/managementGroups/root' },
      'InvalidRequestContent',
    ],
    ['a subscription that is none', 'a', { ...rule, scope: '/subscriptions/x' }, 'InvalidSubscriptionId'],
    ['a scope that is not known', 'a', { ...rule, scope: scope.replace(/1$/, '9') }, 'SubscriptionNotFound'],
    ['a name that is none', 'a%20b', rule, 'InvalidRequestContent'],
  ])('are refused with %s, and nothing is published', async (_, name, body, code) => {
    const { status, body: answer } = await put(name, body);
    expect([status, answer.error.code]).toEqual([code === 'SubscriptionNotFound' ? 404 : 400, code]);
    expect(await recorded()).toEqual([]);
  });

  it.each([
    ['', 'InvalidRequestContent'],
    [`scope=${scope}`, 'InvalidRequestContent'],
    ['scope=/x&reason=y', 'InvalidRequestContent'],
    [`scope=${scope}&reason=y`, 'ResourceNotFound'],
  ])('are not removed by `%s`', async (query, code) => {
    expect((await request('DELETE', `/assay/rules/quiet?${query}`)).body.error.code).toBe(code);
  });
});
