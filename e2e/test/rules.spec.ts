import { expect, it } from 'vitest';
import { recordsOf, TestSuite, type AnsweredPlacement } from './suite.ts';

interface Listed {
  readonly value: readonly {
    readonly properties: { readonly status: { readonly code: string; readonly cause: string } };
  }[];
  readonly nextLink?: string;
}

it('a rule disables findings until it goes, without a scan', async () => {
  const suite = await TestSuite.start();
  const digest = await suite.push('debian-13.0', 'debian', 'v1');
  expect((await suite.settled(digest, 'debian')).status).toBe('unhealthy');
  const { url, token } = suite.suite.endpoint;
  const { subscriptionId } = (await suite.get<{ placements: AnsweredPlacement[] }>(`/assay/images/${digest}`))
    .placements[0]!;
  const scope = `/subscriptions/${subscriptionId}`;
  const send = async (method: string, path: string, body?: object) =>
    (
      await fetch(url + path, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
    ).status;
  const status = async () =>
    (await suite.get<{ placements: AnsweredPlacement[] }>(`/assay/images/${digest}`)).placements[0]!.status;
  const standings = async () => {
    const found = new Set<string>();
    for (
      let path: string | undefined =
        `${scope}/providers/Microsoft.Security/subAssessments?api-version=2019-01-01-preview`;
      path;
    ) {
      const { value, nextLink }: Listed = await suite.get<Listed>(path);
      for (const {
        properties: {
          status: { code, cause },
        },
      } of value)
        found.add(`${code}/${cause}`);
      path = nextLink?.replace(/^https?:\/\/[^/]+/, '');
    }
    return found;
  };
  const before = await suite.findings(digest, 'debian');

  expect(
    await send('PUT', '/assay/rules/all', {
      scope,
      criteria: { cvssBelow: 10, operatingSystems: ['debian'] },
      reason: 'a test',
    }),
  ).toBe(200);
  expect(await send('PUT', '/assay/rules/rest', { scope, criteria: { digests: [digest] }, reason: 'a test' })).toBe(
    200,
  );
  await expect.poll(status).toBe('healthy');
  await expect.poll(standings).toEqual(new Set(['NotApplicable/Exempt', 'Healthy/']));
  const assessments = await suite.get<Listed>(
    `${scope}/providers/Microsoft.Security/assessments?api-version=2020-01-01`,
  );
  expect(
    assessments.value.map(
      ({
        properties: {
          status: { code, cause },
        },
      }) => `${code}/${cause}`,
    ),
  ).toEqual(['NotApplicable/Exempt']);

  expect(await send('DELETE', `/assay/rules/all?${new URLSearchParams({ scope, reason: 'done' }).toString()}`)).toBe(
    204,
  );
  expect(await send('DELETE', `/assay/rules/rest?${new URLSearchParams({ scope, reason: 'done' }).toString()}`)).toBe(
    204,
  );
  await expect.poll(status).toBe('unhealthy');
  await expect.poll(standings).toEqual(new Set(['Unhealthy/']));
  const names = (findings: readonly Record<string, unknown>[]) =>
    findings.map(({ findingId, firstSeenAt }) => `${String(findingId)} ${String(firstSeenAt)}`).toSorted();
  expect(names(await suite.findings(digest, 'debian'))).toEqual(names(before));
  expect(await recordsOf(suite.suite, 'scan.started')).toHaveLength(1);
});
