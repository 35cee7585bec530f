import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AssessmentSettings } from '../index.ts';
import { suite, type ServiceUnderTest } from '../../../test/suite.ts';
import {
  declined,
  digestOf,
  findingOf,
  planOn,
  registryId,
  registryObserved,
  emitted,
  subscriptionId,
  wholeStory,
} from '../../../../../libs/read-model/test/fixtures.ts';

const key = 'dbd0cb49-b563-45e7-9724-889e799fa648';
const version = 'api-version=2020-01-01';
const list = `/subscriptions/${subscriptionId}/providers/Microsoft.Security/assessments?${version}`;
const one = `${registryId}/providers/Microsoft.Security/assessments/${key}?${version}`;

let assay: ServiceUnderTest;
beforeEach(async () => {
  assay = await suite();
  await assay.publish(registryObserved(), planOn());
});
afterEach(() => assay.close());

const status = async () => (await assay.get(one)).body.properties.status;
const changed = (
  n: number,
  verdict: number,
  to: 'healthy' | 'unhealthy' | 'undetermined' | 'not-applicable',
  since: string,
) =>
  emitted(
    'recommendation.changed',
    { digest: digestOf(n), verdict, status: to, since },
    { id: `${n} ${verdict} ${to}`, time: since },
  );

describe('the assessment of a registry', () => {
  it('has the shape of 2020', async () => {
    await assay.publish(...wholeStory());
    const expected = {
      id: `${registryId}/providers/Microsoft.Security/assessments/${key}`,
      name: key,
      type: 'Microsoft.Security/assessments',
      properties: {
        resourceDetails: { source: 'Azure', id: registryId },
        displayName: 'Container registry images should have vulnerability findings resolved (powered by Qualys)',
        status: {
          code: 'Unhealthy',
          cause: '',
          description: expect.any(String),
          firstEvaluationDate: '2026-11-24T09:15:03.3730000Z',
          statusChangeDate: '2026-11-24T09:15:03.3730000Z',
        },
        additionalData: {
          subAssessmentsLink: `${registryId}/providers/Microsoft.Security/assessments/${key}/subAssessments`,
          unhealthyImages: '1',
          healthyImages: '0',
          undeterminedImages: '0',
          notApplicableImages: '0',
          waitingImages: '0',
        },
      },
    };
    expect((await assay.get(one)).body).toEqual(expected);
    expect((await assay.get(list)).body).toEqual({ value: [expected] });
  });

  it('shows links and metadata on request', async () => {
    await assay.publish(...wholeStory());
    for (const [path, expand] of [
      [one, 'foo'],
      [one, 'links,foo'],
      [list, 'foo'],
    ] as const) {
      expect(await assay.get(`${path}&$expand=${expand}`)).toMatchObject({
        status: 400,
        body: { error: { code: 'InvalidRequestContent', target: '$expand' } },
      });
    }
    const properties = async (expand: string) => (await assay.get(`${one}&$expand=${expand}`)).body.properties;
    expect((await properties('metadata')).metadata).toMatchObject({
      displayName: expect.stringContaining('Qualys'),
      severity: 'High',
      assessmentType: 'BuiltIn',
    });
    expect((await properties('links,metadata')).links).toHaveProperty('azurePortalUri');
    expect(await properties('links')).not.toHaveProperty('metadata');
  });

  it('dates its status by answers, not by lapses of time', async () => {
    await assay.publish(...wholeStory());
    const before = await status();
    await assay.publish(
      emitted(
        'recommendation.changed',
        {
          digest: digestOf(1),
          verdict: undefined,
          status: 'undetermined',
          reason: 'overdue',
          since: '2026-12-24T00:00:00.000Z',
        } as never,
        { id: 'overdue' },
      ),
      emitted(
        'recommendation.changed',
        { digest: digestOf(1), verdict: 1, status: 'undetermined', reason: 'stale', since: '2026-12-25T00:00:00.000Z' },
        { id: 'stale' },
      ),
    );
    expect(await status()).toEqual(before);
  });

  it('is absent before any image is assessed', async () => {
    await assay.publish(...wholeStory().slice(0, 3));
    expect((await assay.get(list)).body).toEqual({ value: [] });
    expect(await assay.get(one)).toMatchObject({ status: 404, body: { error: { code: 'AssessmentNotFound' } } });
  });

  it('is exempt, not healthy, when every healthy image is so only by rules', async () => {
    const exempt = {
      findings: [
        findingOf({ state: 'exempt', ruleId: 'no-fix' }),
        findingOf({ state: 'exempt', ruleId: 'no-fix', vulnerability: 'CVE-2' }),
      ],
      classified: { classification: 2, cause: 'rule' as const },
    };
    await assay.publish(...wholeStory());
    expect((await status()).code).toBe('Unhealthy');
    await assay.publish(...wholeStory(exempt));
    expect(await status()).toMatchObject({
      code: 'NotApplicable',
      cause: 'Exempt',
      description: 'The healthy image is so only by rules, which disable 2 findings.',
    });
    expect((await assay.get('/assay/registries')).body.value).toMatchObject([
      { status: { cause: 'Exempt' }, images: { healthy: 1 } },
    ]);
    await assay.publish(...wholeStory({ digest: digestOf(2), ...exempt }));
    expect(await status()).toMatchObject({
      cause: 'Exempt',
      description: 'All 2 healthy images are so only by rules, which disable 4 findings.',
    });
    await assay.publish(...wholeStory({ digest: digestOf(3), findings: [] }));
    expect(await status()).toMatchObject({ code: 'Healthy', cause: '' });
  });

  it('changes its status when it becomes exempt, and when it ceases to be', async () => {
    const at = (n: number, verdict: number, exempt: number, since: string) =>
      emitted(
        'recommendation.changed',
        { digest: digestOf(n), verdict, status: 'healthy', exempt, since },
        { id: `${n} ${verdict} exempt`, time: since },
      );
    await assay.publish(
      ...wholeStory({ findings: [] }).slice(0, 5),
      ...wholeStory({ digest: digestOf(2), findings: [] }).slice(0, 5),
    );
    const changedAt = async (event: ReturnType<typeof at>) => {
      await assay.publish(event);
      return (await status()).statusChangeDate as string;
    };
    expect(await changedAt(at(1, 1, 3, '2026-11-24T10:00:00.000Z'))).toBe('2026-11-24T10:00:00.0000000Z');
    expect(await changedAt(at(2, 1, 0, '2026-11-24T11:00:00.000Z'))).toBe('2026-11-24T11:00:00.0000000Z');
    expect(await changedAt(at(1, 2, 0, '2026-11-24T12:00:00.000Z'))).toBe('2026-11-24T11:00:00.0000000Z');
  });

  it('is not healthy while an image is undetermined', async () => {
    await assay.publish(...wholeStory({ findings: [] }));
    expect((await status()).code).toBe('Healthy');
    await assay.publish(
      ...wholeStory({ digest: digestOf(2), findings: [], classified: { status: 'undetermined', reason: 'timed-out' } }),
    );
    expect(await status()).toMatchObject({ code: 'NotApplicable', cause: 'Undetermined' });
    await assay.publish(...wholeStory({ digest: digestOf(3) }));
    expect((await status()).code).toBe('Unhealthy');
  });

  it.each([
    ['the plan is off', () => planOn({ tier: 'Free' }), 'OffByPolicy'],
    [
      'the plan scans no registries',
      () =>
        planOn({
          plan: 'Containers',
          extensions: [{ name: 'ContainerRegistriesVulnerabilityAssessments', isEnabled: 'False' }],
        }),
      'OffByPolicy',
      planOn({ tier: 'Free' }),
    ],
    [
      'the registry is restricted, in extended mode too',
      () => registryObserved({ networkAccess: 'restricted' }),
      'UnsupportedRegistry',
      planOn({ plan: 'Containers', mode: 'extended' }),
    ],
    ['the registry is restricted', () => registryObserved({ networkAccess: 'restricted' }), 'UnsupportedRegistry'],
    [
      'the registry lies in another cloud',
      () => registryObserved({ cloud: 'AzureUSGovernment' }),
      'UnsupportedRegistry',
    ],
  ])('does not apply where %s', async (_, event, cause, before?: ReturnType<typeof planOn>) => {
    await assay.publish(declined('windows-image'), ...(before ? [before] : []), event());
    expect(await status()).toMatchObject({ code: 'NotApplicable', cause });
  });

  it('stays while either plan is on', async () => {
    await assay.publish(...wholeStory(), planOn({ plan: 'Containers', tier: 'Standard' }), planOn({ tier: 'Free' }));
    expect((await status()).code).toBe('Unhealthy');
  });

  it('leaves out deleted images and indexes', async () => {
    await assay.publish(
      ...wholeStory(),
      declined('image-deleted', { verdict: 2 }),
      ...wholeStory({ digest: digestOf(2), findings: [] }),
    );
    expect(await status()).toMatchObject({ code: 'Healthy' });
    await assay.publish(declined('image-deleted', { digest: digestOf(2), verdict: 2 }));
    expect((await assay.get(list)).body).toEqual({ value: [] });
  });

  it('ignores a clock that runs behind: a verdict holds from no earlier than the one before it', async () => {
    await assay.publish(
      ...wholeStory().slice(0, 5),
      changed(1, 1, 'unhealthy', '2026-11-24T10:00:00.000Z'),
      changed(1, 2, 'healthy', '2026-11-24T09:59:00.000Z'),
    );
    expect(await status()).toMatchObject({
      firstEvaluationDate: '2026-11-24T10:00:00.0000000Z',
      statusChangeDate: '2026-11-24T10:00:00.0000000Z',
    });
  });

  it('dates its status change by the order of events, not of their arrival', async () => {
    await assay.publish(...wholeStory().slice(0, 5), ...wholeStory({ digest: digestOf(2) }).slice(0, 5));
    await assay.publish(changed(1, 2, 'healthy', '2026-11-24T12:00:00.000Z'));
    await assay.publish(
      changed(2, 1, 'unhealthy', '2026-11-24T10:00:00.000Z'),
      changed(1, 1, 'unhealthy', '2026-11-24T08:00:00.000Z'),
    );
    // At 12:00 image 1 is healthy and image 2 is not: the registry has been unhealthy all along.
    expect(await status()).toMatchObject({
      firstEvaluationDate: '2026-11-24T08:00:00.0000000Z',
      statusChangeDate: '2026-11-24T08:00:00.0000000Z',
    });
    await assay.publish(changed(2, 2, 'healthy', '2026-11-24T13:00:00.000Z'));
    expect(await status()).toMatchObject({
      firstEvaluationDate: '2026-11-24T08:00:00.0000000Z',
      statusChangeDate: '2026-11-24T13:00:00.0000000Z',
    });
  });

  it('is listed page by page', async () => {
    await assay.close();
    assay = await suite({ arm: { pageSize: 2 } });
    await assay.publish(planOn());
    for (let n = 1; n <= 5; n += 1)
      await assay.publish(
        registryObserved({ registryId: `${registryId}${n}` }),
        ...wholeStory({ digest: digestOf(n), push: { registryId: `${registryId}${n}` } }),
      );
    const ids = (await assay.all(list)).map(({ id }) => id as string);
    expect(ids).toHaveLength(5);
    expect(ids).toEqual(ids.toSorted());
  });
});

it('plans in Resource Graph have the same members as over REST', async () => {
  const given = {
    subPlan: 'P1',
    enforce: 'False',
    extensions: [
      { name: 'AgentlessDiscoveryForKubernetes', isEnabled: 'True', additionalExtensionProperties: { a: 'b' } },
    ],
  };
  const shown = async () => {
    const { body } = await assay.post('/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01', {
      query:
        "securityresources | where type == 'microsoft.security/pricings' and name == 'Containers' | project properties",
    });
    return body.data[0].properties as object;
  };
  await assay.publish(planOn({ plan: 'Containers' }));
  expect(Object.keys(await shown()).toSorted()).toEqual(['enablementTime', 'freeTrialRemainingTime', 'pricingTier']);
  await assay.publish(planOn({ plan: 'Containers', ...given }));
  expect(await shown()).toMatchObject({ pricingTier: 'Standard', ...given });
});

describe('the metadata of the assessment', () => {
  it.each(['', `/subscriptions/${subscriptionId}`])('is listed and read below "%s"', async (scope) => {
    const base = `${scope}/providers/Microsoft.Security/assessmentMetadata`;
    const { value } = (await assay.get(`${base}?${version}`)).body;
    expect(value).toMatchObject([
      {
        id: `${base}/${key}`,
        name: key,
        type: 'Microsoft.Security/assessmentMetadata',
        properties: { policyDefinitionId: expect.stringContaining('5f0f936f') },
      },
    ]);
    expect((await assay.get(`${base}/${key.toUpperCase()}?${version}`)).body).toEqual(value[0]);
    expect(await assay.get(`${base}/x?${version}`)).toMatchObject({
      status: 404,
      body: { error: { code: 'AssessmentMetadataNotFound' } },
    });
  });
});

describe('an installation', () => {
  it('may set its display name and the members of its management groups', async () => {
    await assay.close();
    assay = await suite({
      settings: new AssessmentSettings({
        displayNames: { classic: 'Mine', mdvm: 'Theirs' },
        managementGroups: { ours: [subscriptionId], others: ['00000000-0000-0000-0000-000000000002'] },
      }),
    });
    await assay.publish(registryObserved(), planOn(), ...wholeStory());
    const of = (group: string) =>
      assay.get(
        `/providers/Microsoft.Management/managementGroups/${group}/providers/Microsoft.Security/assessments?${version}`,
      );
    expect((await of('Ours')).body.value).toMatchObject([{ properties: { displayName: 'Mine' } }]);
    expect((await of('others')).body).toEqual({ value: [] });
    expect((await of('nobody')).status).toBe(404);
  });
});
