import { afterEach, describe, expect, it } from 'vitest';
import { assessmentSettings } from '../../settings.ts';
import { AssessmentSettings } from '../index.ts';
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

const classicKey = 'dbd0cb49-b563-45e7-9724-889e799fa648';
const mdvmKey = 'c0b7cfc6-3172-465a-b378-53c7ff2cc0d5';
const other = '00000000-0000-0000-0000-000000000002';
const version = 'api-version=2019-01-01-preview';
const below = (scope: string, path: string): string => `${scope}/providers/Microsoft.Security/${path}?${version}`;
const root = '/providers/Microsoft.Management/managementGroups/root';
const scope = `/subscriptions/${subscriptionId}`;

let assay: ServiceUnderTest;
const started = async (shapes: AssessmentSettings['shapes'], pageSize = 100): Promise<void> => {
  assay = await suite({ settings: new AssessmentSettings({ shapes }), arm: { pageSize } });
  await assay.publish(registryObserved(), planOn());
};
afterEach(() => assay.close());
const findings = Array.from({ length: 5 }, (_, n) => findingOf({ vulnerability: `CVE-2026-${1000 + n}` }));

describe('the shape of 2023', () => {
  it('shows a finding as its contract requires', async () => {
    await started({ '*': ['mdvm'] });
    await assay.publish(
      ...wholeStory({
        findings: [
          findingOf({
            cwes: ['CWE-787'],
            modifiedAt: '2026-11-21T00:00:00.000Z',
            severity: 'Critical',
            ratings: [
              { source: 'nvd', severity: 'High', score: 7.5, vector: 'CVSS:3.1/AV:N' },
              { source: 'nvd', severity: 'Medium', score: 5, vector: 'AV:N/AC:L/Au:N/C:N/I:N/A:P' },
            ],
          }),
        ],
      }),
    );
    const {
      value: [shown],
    } = (await assay.get(below(registryId, `assessments/${mdvmKey}/subAssessments`))).body;
    expect(shown).toEqual({
      id: `${registryId}/providers/Microsoft.Security/assessments/${mdvmKey}/subAssessments/${shown.name}`,
      name: expect.stringMatching(/^[0-9a-f-]{36}$/),
      type: 'Microsoft.Security/assessments/subAssessments',
      properties: {
        id: 'CVE-2026-1967',
        displayName: 'CVE-2026-1967',
        status: { code: 'Unhealthy', severity: 'Critical' },
        description: 'A null pointer is followed',
        timeGenerated: '2026-11-24T09:15:03.3730000Z',
        remediation: 'Create new image with updated package libssl3 with version 3.5.1-1+deb13u1 or higher.',
        resourceDetails: { source: 'Azure', id: `/repositories/team/hello/images/${digestOf(1)}` },
        additionalData: {
          assessedResourceType: 'AzureContainerRegistryVulnerability',
          cvssV30Score: 7.5,
          artifactDetails: {
            repositoryName: 'team/hello',
            registryHost: 'myreg.registry.test',
            digest: digestOf(1),
            tags: ['v1'],
            artifactType: 'ContainerImage',
            mediaType: 'application/vnd.oci.image.manifest.v1+json',
            lastPushedToRegistryUTC: '2026-11-24T09:15:03.1230000Z',
          },
          softwareDetails: {
            packageName: 'libssl3',
            category: 'OS',
            language: '',
            vendor: 'debian',
            version: '3.5.1-1',
            fixedVersion: '3.5.1-1+deb13u1',
            fixStatus: 'FixAvailable',
            evidence: [],
            osDetails: { osPlatform: 'linux', osVersion: 'debian_linux_13.0' },
          },
          vulnerabilityDetails: {
            cveId: 'CVE-2026-1967',
            severity: 'Critical',
            publishedDate: '2026-11-20T00:00:00.000Z',
            lastModifiedDate: '2026-11-21T00:00:00.000Z',
            cvss: {
              '2.0': { base: 5, cvssVectorString: 'AV:N/AC:L/Au:N/C:N/I:N/A:P' },
              '3.0': { base: 7.5, cvssVectorString: 'CVSS:3.1/AV:N' },
            },
            cpe: {
              uri: 'cpe:2.3:a:debian:libssl3:*:*:*:*:*:debian_linux_13.0:*:*',
              part: 'Applications',
              vendor: 'debian',
              product: 'libssl3',
              version: '*',
              update: '*',
              edition: '*',
              language: '*',
              softwareEdition: '*',
              targetSoftware: 'debian_linux_13.0',
              targetHardware: '*',
              other: '*',
            },
            weaknesses: { cwe: [{ id: 'CWE-787' }] },
            references: [{ title: 'dsa-6061', link: 'https://www.debian.org/security/2026/dsa-6061' }],
            workarounds: [],
          },
        },
      },
    });
    expect((await assay.get(below(registryId, `assessments/${mdvmKey}/subAssessments/${shown.name}`))).body).toEqual(
      shown,
    );
    expect((await assay.get(below(registryId, `assessments/${classicKey}/subAssessments`))).body.error.code).toBe(
      'AssessmentNotFound',
    );
  });

  it('handles packages of a language, and omits unknown facts', async () => {
    await started({ '*': ['mdvm'] });
    const {
      fixedVersion: _,
      publishedAt: __,
      ...bare
    } = findingOf({
      package: '@scope/left:pad',
      packageType: 'node-pkg',
      path: 'app/package.json',
      severity: 'Unknown',
      ratings: [],
      references: [],
    });
    await assay.publish(...wholeStory({ findings: [bare as never] }));
    const { additionalData, status, remediation } = (await assay.get(below(scope, 'subAssessments'))).body.value[0]
      .properties;
    expect([status, remediation]).toEqual([
      { code: 'Unhealthy', severity: 'Unknown' },
      'No fixed version of @scope/left:pad is published yet.',
    ]);
    expect(additionalData.softwareDetails).toMatchObject({
      category: 'Language',
      language: 'javascript',
      vendor: 'node-pkg',
      fixedVersion: '',
      fixStatus: 'NoFixAvailable',
      evidence: ['app/package.json'],
    });
    expect(additionalData.vulnerabilityDetails).toMatchObject({
      cvss: { '2.0': null, '3.0': null },
      cpe: { uri: 'cpe:2.3:a:node-pkg:\\@scope\\/left\\:pad:*:*:*:*:*:debian_linux_13.0:*:*' },
    });
    expect(additionalData).not.toHaveProperty('cvssV30Score');
    expect(additionalData.vulnerabilityDetails).not.toHaveProperty('publishedDate');
  });

  it('shows that an image is healthy, and that a finding is disabled', async () => {
    await started({ '*': ['mdvm'] });
    await assay.publish(...wholeStory({ findings: [findingOf({ state: 'exempt', ruleId: 'quiet' })] }));
    const { value } = (await assay.get(below(scope, 'subAssessments'))).body;
    expect(new Set(value.map(({ properties: { id, status } }: any) => JSON.stringify([id, status])))).toEqual(
      new Set([
        JSON.stringify([
          'CVE-2026-1967',
          { code: 'NotApplicable', cause: 'Exempt', description: "Disabled by the rule 'quiet'.", severity: 'High' },
        ]),
        JSON.stringify(['healthy', { code: 'Healthy' }]),
      ]),
    );
  });
});

describe('both shapes', () => {
  it('stand side by side, each with its own names, in the order of ids, on pages of any size', async () => {
    await started({ '*': ['classic', 'mdvm'] });
    await assay.publish(
      ...wholeStory({ findings }),
      ...wholeStory({ digest: digestOf(2), findings: findings.slice(0, 2) }),
    );
    const whole = await assay.all(below(scope, 'subAssessments'));
    const ids = whole.map(({ id }) => (id as string).toLowerCase());
    expect(ids).toHaveLength(14);
    expect(ids).toEqual(ids.toSorted());
    expect(new Set(whole.map(({ name }) => name as string)).size).toBe(14);
    for (const one of whole) expect((await assay.get(`${one.id}?${version}`)).body).toEqual(one);
    for (const key of [classicKey, mdvmKey]) {
      const own = await assay.all(below(scope, `assessments/${key}/subAssessments`));
      expect(own).toEqual(whole.filter(({ id }) => (id as string).includes(key)));
      expect(
        (
          await assay.get(
            `${registryId}/providers/Microsoft.Security/assessments/${key}/subAssessments` +
              `/${own[0].name as string}?${version}`,
          )
        ).status,
      ).toBe(200);
    }
    await assay.close();
    await started({ '*': ['classic', 'mdvm'] }, 3);
    await assay.publish(
      ...wholeStory({ findings }),
      ...wholeStory({ digest: digestOf(2), findings: findings.slice(0, 2) }),
    );
    const pages: number[] = [];
    expect((await assay.all(below(scope, 'subAssessments'), pages)).map(({ id }) => id as string)).toEqual(
      whole.map(({ id }) => id as string),
    );
    expect(pages).toEqual([3, 3, 3, 3, 2]);
  });

  it('are two recommendations on a registry, with two metadata entries', async () => {
    await started({ '*': ['classic', 'mdvm'] });
    await assay.publish(...wholeStory());
    const { value } = (await assay.get(below(scope, 'assessments'))).body;
    expect(
      value.map(
        ({
          name,
          properties: {
            displayName,
            status: { code },
          },
        }: any) => [name, /powered by (.*)\)/.exec(displayName as string)![1], code],
      ),
    ).toEqual([
      [mdvmKey, 'Microsoft Defender Vulnerability Management', 'Unhealthy'],
      [classicKey, 'Qualys', 'Unhealthy'],
    ]);
    for (const one of value) expect((await assay.get(`${one.id}?${version}`)).body).toEqual(one);
    const { value: kinds } = (await assay.get(`/providers/Microsoft.Security/assessmentMetadata?${version}`)).body;
    expect(kinds.map(({ name }: any) => name)).toEqual([mdvmKey, classicKey]);
    expect(
      (await assay.get(`/providers/Microsoft.Security/assessmentMetadata/${mdvmKey}?${version}`)).body.properties
        .policyDefinitionId,
    ).toContain('090c7b07');
  });

  it('are chosen by subscription', async () => {
    const elsewhere = registryId.replace(subscriptionId, other);
    await started({ '*': ['classic'], [other]: ['mdvm'] });
    await assay.publish(
      registryObserved({ registryId: elsewhere, subscriptionId: other }),
      planOn({ subscriptionId: other }),
      ...wholeStory(),
      ...wholeStory({ digest: digestOf(2), push: { registryId: elsewhere, subscriptionId: other } }),
    );
    const keysOf = async (path: string) =>
      (await assay.all(path)).map(({ id }) =>
        (/subscriptions\/[0-9-]+(\d)\/.*assessments\/(....)/.exec(id as string) ?? []).slice(1).join(' '),
      );
    expect(await keysOf(below(root, 'subAssessments'))).toEqual(['1 dbd0', '2 c0b7']);
    expect(await keysOf(below(root, 'assessments'))).toEqual(['1 dbd0', '2 c0b7']);
    expect(await keysOf(below(root, `assessments/${mdvmKey}/subAssessments`))).toEqual(['2 c0b7']);
    expect(await keysOf(below(scope, `assessments/${mdvmKey}/subAssessments`))).toEqual([]);
    expect((await assay.get(below(registryId, `assessments/${mdvmKey}`))).status).toBe(404);
    expect((await assay.get(below(elsewhere, `assessments/${mdvmKey}`))).status).toBe(200);
    const [{ name }] = await assay.all(below(elsewhere, 'subAssessments'));
    expect(
      (
        await assay.get(
          below(
            elsewhere,
            `assessments/${classicKey}/subAssessments` +
              `/${(name as string).slice(0, -1)}${(Number.parseInt((name as string).at(-1)!, 16) ^ 1).toString(16)}`,
          ),
        )
      ).status,
    ).toBe(404);
  });
});

describe('the setting of shapes', () => {
  it('is one word for all subscriptions, or one for each', async () => {
    await started({});
    const of = (text: string) => assessmentSettings.read({ ASSAY_ASSESSMENT_SHAPES: text });
    expect([
      of('both').shapesOf(other),
      of('mdvm').shapesOf(other),
      assessmentSettings.read({}).shapesOf(other),
    ]).toEqual([['mdvm', 'classic'], ['mdvm'], ['classic']]);
    expect(of(`{"*":"mdvm","${other.toUpperCase()}":"classic"}`).shapesOf(other)).toEqual(['classic']);
    expect(of(`{"${other}":"both"}`).shapesOf(subscriptionId)).toEqual(['classic']);
    for (const wrong of ['qualys', '[]', '{"x":"both"}', '{"*":"toString"}', '{"*":1}', '{'])
      expect(() => of(wrong)).toThrow(/^ASSAY_ASSESSMENT_SHAPES /);
  });
});
