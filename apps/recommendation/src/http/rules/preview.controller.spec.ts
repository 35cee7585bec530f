import { isDeepStrictEqual } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Caller, roleNamed, type ArmRequest } from '@assay/http';
import { suite, type ServiceUnderTest } from '../../../test/suite.ts';
import {
  digestOf,
  findingOf,
  planOn,
  registryId,
  registryObserved,
  subscriptionId,
  wholeStory,
} from '../../../../../libs/read-model/test/fixtures.ts';

const scope = `/subscriptions/${subscriptionId}`;
const rule = { scope, criteria: { vulnerabilities: [findingOf().vulnerability] } };

let assay: ServiceUnderTest;
beforeEach(async () => {
  const identify = ({ headers }: ArmRequest) =>
    new Caller('ana', 'here', [
      { may: roleNamed(String(headers['x-test-role'] ?? 'Security Reader'))!.may, scope: 'everything' },
    ]);
  assay = await suite({ arm: { access: { identify } } });
  await assay.publish(registryObserved(), planOn());
});
afterEach(() => assay.close());

const preview = (body: object, query = '', headers: Record<string, string> = {}) =>
  assay.post(`/assay/rules/quiet/preview${query}`, body, headers);

const hello = { registryId, repository: 'team/hello', tags: ['v1'], findings: 1 };
const hasSame =
  (wanted: readonly { readonly digest: string }[]) =>
  (found: readonly { readonly digest: string }[]): boolean =>
    isDeepStrictEqual(
      found.toSorted((a, b) => a.digest.localeCompare(b.digest)),
      wanted,
    );

describe('the preview of a rule', () => {
  it('counts the findings that the rule would disable, and names the images that would change', async () => {
    const other = findingOf({ vulnerability: 'CVE-2026-2', severity: 'Low' });
    await assay.publish(...wholeStory(), ...wholeStory({ digest: digestOf(2), findings: [findingOf(), other] }));
    const { severity } = findingOf();
    expect(await preview(rule)).toEqual({
      status: 200,
      body: {
        ruleId: 'quiet',
        scope,
        replaces: false,
        matches: { findings: 2, images: 2, bySeverity: expect.objectContaining({ [severity]: 2, Low: 0 }) },
        hides: {
          findings: 2,
          images: 2,
          bySeverity: expect.objectContaining({ [severity]: 2, Low: 0 }),
          places: expect.toSatisfy(hasSame([digestOf(1), digestOf(2)].map((digest) => ({ ...hello, digest })))),
        },
        shows: { findings: 0, images: 0, bySeverity: expect.objectContaining({ [severity]: 0 }) },
        statuses: [
          {
            before: 'unhealthy',
            after: 'healthy',
            count: 1,
            images: [{ registryId, repository: 'team/hello', digest: digestOf(1) }],
          },
        ],
        maxSeverity: 'none',
        gateChanges: 1,
        gates: [{ registryId, repository: 'team/hello', digest: digestOf(1), before: 'deny', after: 'allow' }],
        asOf: '2026-11-24T09:20:00.000Z',
      },
    });
    expect((await preview(rule, '?maxSeverity=low')).body.gates).toMatchObject([
      { digest: digestOf(1), after: 'allow' },
      { digest: digestOf(2), after: 'allow' },
    ]);
    expect((await preview({ ...rule, criteria: { severityBelow: 'Low' } })).body).toMatchObject({
      matches: { findings: 0 },
      statuses: [],
      gates: [],
    });
    expect(await assay.log.end('rule.changed', 0)).toBe(0);
  });

  it('names twenty images at most, and counts all', async () => {
    const stories = Array.from({ length: 25 }, (_, n) => wholeStory({ digest: digestOf(n + 1) })).flat();
    await assay.publish(...stories);
    const { body } = await preview(rule);
    expect([body.gateChanges, body.gates.length, body.statuses[0].count, body.statuses[0].images.length]).toEqual([
      25, 20, 25, 20,
    ]);
    expect(body.gates.map(({ digest }: { digest: string }) => digest)).toEqual(
      Array.from({ length: 20 }, (_, n) => digestOf(n + 1)),
    );
  });

  it('is of the moment in which the log was lost', async () => {
    await assay.publish(...wholeStory());
    const asOf = '2026-11-24T09:16:00.000Z';
    assay.view.freshness = async () => ({ state: 'cut-off', asOf });
    expect((await preview(rule)).body).toMatchObject({
      asOf,
      statuses: [{ after: 'healthy' }],
      gates: [{ before: 'deny', after: 'unknown' }],
    });
  });

  it.each([
    ['Security Admin', 200],
    ['Security Reader', 200],
    ['ACR Reader', 403],
    ['AcrPull', 403],
    ['Billing Reader', 403],
  ])('answers a caller with the role %s with %i', async (role, status) => {
    expect((await preview(rule, '', { 'x-test-role': role })).status).toBe(status);
  });

  it.each<[string, object, string, string]>([
    ['no criterion', { scope, criteria: {} }, '', 'InvalidRequestContent'],
    ['no criteria', { scope }, '', 'InvalidRequestContent'],
    ['a word that is not known', { ...rule, expires: '2027-01-01' }, '', 'InvalidRequestContent'],
    ['a past end', { ...rule, expiresAt: '2026-11-24T09:19:59Z' }, '', 'InvalidRequestContent'],
    ['a scope that is none', { ...rule, scope: '/x' }, '', 'InvalidRequestContent'],
    ['a scope that is not known', { ...rule, scope: scope.replace(/1$/, '9') }, '', 'SubscriptionNotFound'],
    ['a severity that is none', rule, '?maxSeverity=worst', 'InvalidRequestContent'],
  ])('is refused with %s', async (_, body, query, code) => {
    const answer = await preview(body, query);
    expect([answer.status, answer.body.error.code]).toEqual([code === 'SubscriptionNotFound' ? 404 : 400, code]);
  });
});
