import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { derivedId } from '@assay/events';
import { suite, suites, type ServiceUnderTest } from '../../../test/suite.ts';
import {
  declined,
  digestOf,
  findingOf,
  planOn,
  pushFields,
  registryId,
  registryObserved,
  emitted,
  subscriptionId,
  wholeSet,
  wholeStory,
} from '../../../../../libs/read-model/test/fixtures.ts';

const key = 'dbd0cb49-b563-45e7-9724-889e799fa648';
const version = 'api-version=2019-01-01-preview';
const path = `/subscriptions/${subscriptionId}/providers/Microsoft.Security/subAssessments?${version}`;
const ofRegistry = `${registryId}/providers/Microsoft.Security/assessments/${key}/subAssessments`;
const finding = (n: number) => findingOf({ vulnerability: `CVE-2026-${1000 + n}` });

const { next, close } = suites({}, registryObserved(), planOn());
let assay: ServiceUnderTest;
beforeEach(async () => {
  assay = await next();
});
afterAll(close);

describe('sub-assessments', () => {
  it('shows a finding in the shape of 2020', async () => {
    await assay.publish(...wholeStory());
    const {
      value: [shown],
      nextLink,
    } = (await assay.get(path)).body;
    expect(nextLink).toBeUndefined();
    const name = derivedId(
      'sub-assessment',
      registryId.toLowerCase(),
      key,
      'team/hello',
      digestOf(1),
      'CVE-2026-1967',
      'libssl3',
      '3.5.1-1',
    );
    expect(shown).toEqual({
      id: `${registryId}/providers/Microsoft.Security/assessments/${key}/subAssessments/${name}`,
      name,
      type: 'Microsoft.Security/assessments/subAssessments',
      properties: {
        id: 'CVE-2026-1967',
        displayName: 'A null pointer is followed (CVE-2026-1967)',
        status: { code: 'Unhealthy', cause: '', severity: 'High', description: 'The resource is unhealthy' },
        remediation: 'Upgrade libssl3 from 3.5.1-1 to 3.5.1-1+deb13u1 or later, rebuild the image and push it again.',
        impact: '4',
        category: 'Debian',
        description: 'A null pointer is followed',
        timeGenerated: '2026-11-24T09:15:03.3730000Z',
        resourceDetails: { source: 'Azure', id: `/repositories/team/hello/images/${digestOf(1)}` },
        additionalData: {
          assessedResourceType: 'ContainerRegistryVulnerability',
          type: 'Vulnerability',
          cvss: { '3.0': { base: 7.5 } },
          patchable: true,
          cve: [{ title: 'CVE-2026-1967', link: 'https://nvd.nist.gov/vuln/detail/CVE-2026-1967' }],
          publishedTime: '2026-11-20T00:00:00.000Z',
          vendorReferences: [{ title: 'dsa-6061', link: 'https://www.debian.org/security/2026/dsa-6061' }],
          repositoryName: 'team/hello',
          imageDigest: digestOf(1),
          registryHost: 'myreg.registry.test',
          imageDetails: { os: 'Linux', osDetails: 'Debian 13.0' },
          threat: '',
          severityKnown: true,
          severity: 'High',
          assaySeverity: 'High',
          packageName: 'libssl3',
          installedVersion: '3.5.1-1',
          fixedVersion: '3.5.1-1+deb13u1',
          firstSeenAt: '2026-11-24T09:15:02.600Z',
        },
      },
    });
  });

  it.each([
    ['the subscription', path],
    ['a doubled slash', `/${path}`],
    ['a decoded slash', path.replace('/subscriptions/', '/%2Fsubscriptions%2F')],
    [
      'another casing',
      path
        .replace('subscriptions', 'Subscriptions')
        .replace('Microsoft.Security/subAssessments', 'microsoft.security/SubAssessments'),
    ],
    ['the resource group', path.replace('/providers', '/resourceGroups/RG1/providers')],
    ['the registry', `${registryId}/providers/Microsoft.Security/subAssessments?${version}`],
    [
      'the registry in another casing',
      `${registryId.toUpperCase()}/providers/Microsoft.Security/subAssessments?${version}`,
    ],
    [
      'a management group',
      `/providers/Microsoft.Management/managementGroups/root/providers/Microsoft.Security/subAssessments?${version}`,
    ],
    ['the assessment of the registry', `${ofRegistry}?${version}`],
    [
      'the assessment across the subscription',
      path.replace('/subAssessments', `/assessments/${key.toUpperCase()}/subAssessments`),
    ],
  ])('are the same list under %s', async (_, url) => {
    await assay.publish(...wholeStory({ findings: [finding(1), finding(2)] }));
    const expected = (await assay.get(path)).body;
    expect(expected.value).toHaveLength(2);
    expect((await assay.get(url)).body).toEqual(expected);
  });

  it('are read to the end page by page, each once and in the order of ids', async () => {
    assay = await suite({ arm: { pageSize: 7 } });
    onTestFinished(assay.close);
    await assay.publish(registryObserved(), planOn());
    for (let n = 1; n <= 4; n += 1)
      await assay.publish(
        ...wholeStory({ digest: digestOf(n), findings: [finding(1), finding(2), finding(3), finding(4), finding(5)] }),
      );
    const pages: number[] = [];
    const ids = (await assay.all(path, pages)).map(({ id }) => id as string);
    expect(pages).toEqual([7, 7, 6]);
    expect(new Set(ids).size).toBe(20);
    expect(ids).toEqual(ids.toSorted());
  });

  it("keep the order of ids when the name of a registry begins with another's", async () => {
    assay = await suite({ arm: { pageSize: 1 } });
    onTestFinished(assay.close);
    const other = `${registryId}-2`;
    await assay.publish(registryObserved(), registryObserved({ registryId: other }), planOn());
    await assay.publish(...wholeStory(), ...wholeStory({ digest: digestOf(2), push: { registryId: other } }));
    const ids = (await assay.all(path)).map(({ id }) => id as string);
    expect(ids).toHaveLength(2);
    expect(ids).toEqual(ids.toSorted());
    expect(await assay.all(`${ofRegistry}?${version}`)).toHaveLength(1);
  });

  it('are the same one by one', async () => {
    await assay.publish(
      ...wholeStory({ findings: [finding(1), finding(2)] }),
      ...wholeStory({ digest: digestOf(2), findings: [] }),
    );
    const listed = (await assay.get(path)).body.value;
    expect(listed).toHaveLength(3);
    for (const one of listed) expect((await assay.get(`${one.id}?${version}`)).body).toEqual(one);
  });

  it('keep their names when the same push is scanned again', async () => {
    const names = async () => (await assay.get(path)).body.value.map(({ name }: { name: string }) => name);
    await assay.publish(...wholeStory({ findings: [finding(1), finding(2)] }));
    const first = await names();
    await assay.publish(...wholeStory({ verdict: 2, findings: [finding(2), finding(1)] }));
    expect(await names()).toEqual(first);
  });

  it('follow the highest classification, in any order', async () => {
    await assay.publish(...wholeStory({ findings: [finding(1)], classified: { classification: 2 } }));
    await assay.publish(
      emitted('finding.classified', { ...pushFields(digestOf(1), 1), classification: 1, ...wholeSet([finding(2)]) }),
    );
    expect((await assay.get(path)).body.value.map(({ properties }: any) => properties.id)).toEqual(['CVE-2026-1001']);
  });

  it('have distinct names when an image has a package twice', async () => {
    const twice = [findingOf({ path: 'a/node_modules/x' }), findingOf({ path: 'b/node_modules/x' })];
    await assay.publish(...wholeStory({ findings: twice }));
    expect(new Set((await assay.get(path)).body.value.map(({ name }: { name: string }) => name)).size).toBe(2);
  });

  it('state that an image is healthy, since no record means not scanned yet', async () => {
    expect((await assay.get(path)).body).toEqual({ value: [] });
    await assay.publish(...wholeStory({ findings: [] }));
    expect((await assay.get(path)).body.value).toMatchObject([
      {
        properties: {
          id: 'healthy',
          status: { code: 'Healthy' },
          additionalData: { imageDigest: digestOf(1), registryHost: 'myreg.registry.test' },
        },
      },
    ]);
  });

  it('are absent for an image that was not scanned', async () => {
    await assay.publish(...wholeStory().slice(0, 3));
    expect((await assay.get(path)).body).toEqual({ value: [] });
  });

  it('do not call an image healthy by a database that is too old', async () => {
    await assay.publish(...wholeStory({ findings: [] }));
    assay.clock.now += 40 * 24 * 3_600_000;
    expect((await assay.get(path)).body.value[0].properties.status).toMatchObject({
      code: 'NotApplicable',
      cause: 'Undetermined',
    });
  });

  it.each([
    ['Critical', 'High', true],
    ['Unknown', 'Medium', false],
    ['Low', 'Low', true],
  ] as const)('show %s as %s, and state whether the severity is known', async (severity, shown, severityKnown) => {
    await assay.publish(...wholeStory({ findings: [findingOf({ severity })] }));
    expect((await assay.get(path)).body.value[0].properties).toMatchObject({
      status: { severity: shown },
      additionalData: { severity, assaySeverity: severity, severityKnown },
    });
  });

  it('keep a disabled finding readable as exempt, beside the healthy record', async () => {
    await assay.publish(...wholeStory({ findings: [findingOf({ state: 'exempt', ruleId: 'no-fix' })] }));
    const statuses = (await assay.get(path)).body.value
      .map(({ properties }: any) => properties.status)
      .toSorted((a: any, b: any) => a.code.localeCompare(b.code));
    expect(statuses).toMatchObject([
      { code: 'Healthy' },
      { code: 'NotApplicable', cause: 'Exempt', severity: 'High', description: expect.stringContaining('no-fix') },
    ]);
  });

  it.each([
    ['no-shell', 'NoShell', /not assessed: no-shell/],
    ['untagged', 'Untagged', /lost its tags.*pulled by its digest/],
  ])('keep the findings of an image that is not applicable, being %s', async (reason, cause, description) => {
    await assay.publish(...wholeStory({ classified: { status: 'not-applicable', reason } }));
    const status = { code: 'NotApplicable', cause, severity: 'High', description: expect.stringMatching(description) };
    expect((await assay.get(path)).body.value).toMatchObject([{ properties: { id: 'CVE-2026-1967', status } }]);
  });

  it('follow a plan that is switched off, and back on', async () => {
    await assay.publish(...wholeStory(), ...wholeStory({ digest: digestOf(2), findings: [] }));
    await assay.publish(
      declined('plan-disabled', { verdict: 2 }),
      declined('plan-disabled', { verdict: 2, digest: digestOf(2) }),
    );
    expect((await assay.get(path)).body.value.map(({ properties }: any) => properties.status)).toMatchObject([
      { code: 'NotApplicable', cause: 'OffByPolicy' },
    ]);
    await assay.publish(
      ...wholeStory({ verdict: 3 }),
      ...wholeStory({ digest: digestOf(2), verdict: 3, findings: [] }),
    );
    expect((await assay.get(path)).body.value.map(({ properties }: any) => properties.status.code).toSorted()).toEqual([
      'Healthy',
      'Unhealthy',
    ]);
  });

  it('are removed with the image', async () => {
    await assay.publish(
      ...wholeStory(),
      declined('image-deleted', { verdict: 2 }),
      ...wholeStory({ digest: digestOf(2) }),
    );
    expect((await assay.get(path)).body.value).toMatchObject([
      { properties: { additionalData: { imageDigest: digestOf(2) } } },
    ]);
    await assay.publish(declined('image-deleted', { digest: digestOf(2), verdict: 2 }));
    expect((await assay.get(path)).body).toEqual({ value: [] });
  });

  it('state when they come from the demonstration database', async () => {
    await assay.publish(
      ...wholeStory({
        classified: { database: { digest: digestOf(9), builtAt: '2020-01-01T00:00:00.000Z', demonstration: true } },
      }),
    );
    expect((await assay.get(path)).body.value[0].properties.additionalData.demonstrationDatabase).toBe(true);
  });

  it('are complete, from any number of pages', async () => {
    const findings = Array.from({ length: 6 }, (_, n) => finding(n));
    const [pushed, approved, started, completed, classified, ...rest] = wholeStory({ findings });
    const page = (n: number) => ({
      ...classified!,
      id: `page-${n}`,
      sequence: `7.${n}`,
      data: { ...classified!.data, page: n, pages: 3, findings: findings.slice(2 * n - 2, 2 * n) },
    });
    await assay.publish(pushed!, approved!, started!, completed!, page(1));
    await assay.publish(page(2));
    expect((await assay.get(path)).body).toEqual({ value: [] });
    expect((await assay.get(`/assay/images/${digestOf(1)}`)).body.placements[0].status).toBe('scanning');
    await assay.publish(page(3), ...rest);
    expect((await assay.get(path)).body.value).toHaveLength(6);
  });
});

describe('refusals', () => {
  const ofStory = suites({}, registryObserved(), planOn(), ...wholeStory());
  beforeEach(async () => {
    assay = await ofStory.next();
  });
  afterAll(() => ofStory.close());

  it.each([
    ['a wrong name', `${ofRegistry}/00000000-0000-0000-0000-000000000009?${version}`, 404, 'SubAssessmentNotFound'],
    ['a name that is no GUID', `${ofRegistry}/x?${version}`, 404, 'SubAssessmentNotFound'],
    [
      'a wrong key',
      `${registryId}/providers/Microsoft.Security/assessments/nope/subAssessments?${version}`,
      404,
      'AssessmentNotFound',
    ],
    [
      'a wrong registry',
      `${registryId}2/providers/Microsoft.Security/subAssessments?${version}`,
      404,
      'ResourceNotFound',
    ],
    [
      'another kind of resource',
      `/subscriptions/${subscriptionId}/resourceGroups/rg1/providers/Microsoft.Compute/virtualMachines/vm/providers` +
        `/Microsoft.Security/subAssessments?${version}`,
      404,
      'ResourceNotFound',
    ],
    [
      'a wrong resource group',
      path.replace('/providers', '/resourceGroups/other/providers'),
      404,
      'ResourceGroupNotFound',
    ],
    [
      'a wrong subscription',
      path.replace(subscriptionId, '00000000-0000-0000-0000-00000000000f'),
      404,
      'SubscriptionNotFound',
    ],
    ['what is no subscription', path.replace(subscriptionId, 'not-a-guid'), 400, 'InvalidSubscriptionId'],
    ['no version', path.split('?')[0]!, 400, 'MissingApiVersionParameter'],
    ['an unknown version', path.replace('2019', '2001'), 400, 'InvalidApiVersionParameter'],
    ['a token that nobody gave', `${path}&$skipToken=abc`, 400, 'InvalidSkipToken'],
    [
      'an unknown route',
      `/subscriptions/${subscriptionId}/providers/Microsoft.Security/nothing?${version}`,
      404,
      'ResourceNotFound',
    ],
  ])('name the fault in %s', async (_, url, status, code) => {
    const answer = await assay.get(url);
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
    expect(answer.body.error.message).not.toBe('');
  });
});
