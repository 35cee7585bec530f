import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planNames } from '@assay/arm';
import { EmbeddedLog } from '@assay/messaging';
import { seed, turnsOf } from '@assay/testing';
import { AssessmentSettings } from './index.ts';
import { estate, otherSubscription, registries } from '../../test/estate.ts';
import { published } from '../../test/published.ts';
import { suite, type ServiceUnderTest } from '../../test/suite.ts';
import { digestOf, subscriptionId, tell } from '../../../../libs/read-model/test/fixtures.ts';

const path = '/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01';
const keys = { classic: 'dbd0cb49-b563-45e7-9724-889e799fa648', mdvm: 'c0b7cfc6-3172-465a-b378-53c7ff2cc0d5' };
const subscriptions = [subscriptionId, otherSubscription];

/** Names that the recommendation has had; published queries look for these. */
const displayNames = {
  resolved: 'Container registry images should have vulnerability findings resolved (powered by Qualys)',
  remediated: 'Vulnerabilities in Azure Container Registry images should be remediated (powered by Qualys)',
  azure: 'Container images in Azure registry should have vulnerability findings resolved',
};

type Row = Record<string, any>;

/** The contents of the tables, as read from the REST API. */
interface Known {
  readonly subs: Row[];
  readonly assessments: Row[];
  readonly pricings: Row[];
  readonly registries: Row[];
  readonly containers: Row[];
}

const columns = [
  'id',
  'name',
  'type',
  'tenantId',
  'kind',
  'location',
  'resourceGroup',
  'subscriptionId',
  'managedBy',
  'sku',
  'plan',
  'properties',
  'tags',
  'identity',
  'zones',
  'extendedLocation',
];
const row = (given: Row): Row => ({
  ...Object.fromEntries(columns.map((name, index) => [name, index < 9 ? '' : null])),
  tenantId: '00000000-0000-0000-0000-000000000000',
  subscriptionId: given.id.split('/')[2].toLowerCase(),
  resourceGroup: (given.id.split('/')[3]?.toLowerCase() === 'resourcegroups'
    ? given.id.split('/')[4]
    : ''
  ).toLowerCase(),
  ...given,
});

const known = async (assay: ServiceUnderTest): Promise<Known> => {
  const list = async (operation: string): Promise<Row[]> =>
    (
      await Promise.all(
        subscriptions.map((id) => assay.all(`/subscriptions/${id}/providers/Microsoft.Security/${operation}`)),
      )
    ).flat();
  const pascal = (id: string) => ({
    Source: 'Azure',
    Id: id,
    ResourceType: 'registries',
    ResourceName: id.split('/').at(-1),
    ResourceProvider: 'Microsoft.ContainerRegistry',
  });
  return {
    subs: (await list('subAssessments?api-version=2019-01-01-preview')).map((one) =>
      row({
        ...one,
        id: one.id.replace('/subAssessments/', '/subassessments/'),
        type: 'microsoft.security/assessments/subassessments',
        location: 'global',
      }),
    ),
    assessments: (await list('assessments?api-version=2020-01-01&$expand=metadata')).map((one) => {
      const { code, cause, description } = one.properties.status;
      return row({
        ...one,
        type: 'microsoft.security/assessments',
        location: 'global',
        properties: {
          ...one.properties,
          resourceDetails: pascal(one.properties.resourceDetails.id),
          links: {
            azurePortal:
              'portal.azure.com/#blade/Microsoft_Azure_Security' + `/RecommendationsBlade/assessmentKey/${one.name}`,
          },
          statusPerInitiative: [
            { policyInitiativeName: 'ASC Default', assessmentStatus: { code, cause, description } },
          ],
        },
      });
    }),
    pricings: subscriptions.flatMap((id) =>
      planNames.map((name) => ({
        id: `/subscriptions/${id}/providers/Microsoft.Security/pricings/${name}`,
        name,
        subscriptionId: id,
        tier:
          (name === 'ContainerRegistry' && id === subscriptionId) || (name === 'Containers' && id === otherSubscription)
            ? 'Standard'
            : 'Free',
      })),
    ),
    registries: Object.values(registries).map((id) => ({
      id,
      name: id.split('/').at(-1),
      tags: id === registries.mine ? { team: 'a' } : {},
    })),
    containers: [
      { id: `/subscriptions/${subscriptionId}`, name: 'Example' },
      { id: `/subscriptions/${otherSubscription}`, name: 'Other' },
    ],
  };
};

/** Groups rows, with a bag of counts by severity. */
const summary = (subs: readonly Row[], of: (sub: Row) => Row): Row[] => {
  const groups = Map.groupBy(subs, (sub) => JSON.stringify(of(sub)));
  return [...groups].map(([group, members]) => {
    const { severitySummary: _, ...keys } = JSON.parse(group) as Row;
    return {
      ...keys,
      severitySummary: Object.fromEntries(
        [...Map.groupBy(members, ({ properties }) => properties.status.severity ?? '')].map(([severity, all]) => [
          severity,
          all.length,
        ]),
      ),
    };
  });
};
const counted = (subs: readonly Row[], of: (sub: Row) => string): [string, Row[]][] => [...Map.groupBy(subs, of)];
const keyOf = ({ id }: Row): string => id.split('/').at(-3);
const ofShape = ({ subs }: Known, shape: keyof typeof keys): Row[] => subs.filter((sub) => keyOf(sub) === keys[shape]);
const registryOf = (sub: Row): string => sub.id.split('/providers/Microsoft.Security/')[0];
const data = ({ properties }: Row): Row => properties.additionalData;
const filled = {
  '{{REGISTRY}}': 'MyReg',
  '{{REGISTRY_HOST}}': 'myreg.registry.test',
  '{{REPOSITORY}}': 'team/hello',
  '{{DIGEST}}': digestOf(1),
  '{{SUBSCRIPTION}}': subscriptionId,
};
const ofImage = (all: Known): Row[] =>
  ofShape(all, 'classic').filter(
    (sub) =>
      data(sub).registryHost === filled['{{REGISTRY_HOST}}'] &&
      data(sub).repositoryName === filled['{{REPOSITORY}}'] &&
      data(sub).imageDigest === filled['{{DIGEST}}'],
  );
const pick = (properties: Row, ...names: string[]): Row =>
  Object.fromEntries(names.map((name) => [name, properties[name] ?? null]));
const joined = ({ subs, assessments }: Known, text: string): Row[] => {
  const named = new Set(
    assessments
      .filter(({ properties }) => properties.displayName.toLowerCase().includes(text.toLowerCase()))
      .map(({ name }) => name),
  );
  return subs.filter((sub) => named.has(keyOf(sub)));
};

/** The result of each query, computed in plain code over the rows. */
const meanings: Readonly<Record<string, (all: Known) => Row[]>> = {
  Q1: (all) =>
    joined(all, 'Container registry images should have vulnerability findings resolved').map(
      ({ id, name, properties, resourceGroup, subscriptionId: subscription, tenantId }) => ({
        assessmentKey: keyOf({ id }),
        subassessmentKey: name,
        id,
        properties,
        resourceGroup,
        subscriptionId: subscription,
        tenantId,
        ...pick(properties, 'description', 'displayName'),
        resourceId: properties.resourceDetails.id,
        resourceSource: 'Azure',
        category: properties.category ?? null,
        severity: properties.status.severity ?? null,
        code: properties.status.code,
        ...pick(properties, 'timeGenerated', 'remediation', 'impact'),
        vulnId: properties.id,
        additionalData: properties.additionalData,
      }),
    ),
  Q3: (all) =>
    ofShape(all, 'mdvm').map((sub) => ({
      ...sub,
      assessmentKey: keys.mdvm,
      timeGenerated: sub.properties.timeGenerated,
    })),
  Q5: (all) =>
    summary(ofShape(all, 'classic'), (sub) => ({
      registryResourceId: registryOf(sub),
      registryName: registryOf(sub).split('/').at(-1),
      repository: data(sub).repositoryName,
      imageDigest: data(sub).imageDigest,
      scanStatus: sub.properties.status.code,
    })),
  Q7: (all) =>
    ofShape(all, 'classic').map((sub) => ({
      subassessmentKey: sub.name,
      health: sub.properties.status.code,
      severity: sub.properties.status.severity ?? null,
      vulnId: sub.properties.id,
      ...pick(sub.properties, 'displayName', 'description', 'remediation', 'category', 'impact', 'timeGenerated'),
      registryName: registryOf(sub).split('/').at(-1),
      repository: data(sub).repositoryName,
      imageDigest: data(sub).imageDigest,
      ...pick(sub, 'resourceGroup', 'subscriptionId', 'tenantId'),
      registryResourceId: registryOf(sub),
    })),
  Q9: (all) =>
    summary(ofShape(all, 'classic'), (sub) => ({
      registryResourceId: registryOf(sub),
      repository: data(sub).repositoryName,
      imageDigest: data(sub).imageDigest,
      scanStatus: sub.properties.status.code,
    })),
  Q11: (all) =>
    ofImage(all).map(({ properties }) => ({
      id: properties.id,
      severity: properties.status.severity ?? null,
      description: properties.description,
      cve: properties.additionalData.cve,
    })),
  Q13: (all) =>
    ofImage(all).map(({ properties }) => ({
      registry: 'myreg.registry.test',
      repository: 'team/hello',
      digest: digestOf(1),
      scanStatus: properties.status.code,
      scanFindingSeverity: properties.status.severity ?? '',
      id: properties.id,
      patchable: properties.additionalData.patchable,
    })),
  Q15: (all) =>
    counted(ofShape(all, 'mdvm'), ({ properties }) => properties.status.severity ?? '').map(([severity, rows]) => ({
      severity,
      image: '',
      count_: rows.length,
    })),
  Q17: (all) =>
    ofShape(all, 'mdvm').map((sub) => {
      const { artifactDetails } = data(sub);
      return {
        ...sub,
        imageDigest: artifactDetails.digest,
        repositoryName: artifactDetails.repositoryName,
        registry: artifactDetails.registryHost,
        imageTag: artifactDetails.tags[0] ?? '',
        cveId: sub.properties.displayName,
        severity: sub.properties.status.severity ?? '',
        patchable: null,
        description: sub.properties.description,
      };
    }),
  Q19: ({ subs }) =>
    subs
      .filter(({ properties }) => properties.id.startsWith('CVE-'))
      .map((sub) => ({
        ...pick(sub, 'id', 'subscriptionId', 'resourceGroup'),
        assessmentKey: keyOf(sub),
        cveId: sub.properties.id,
        displayName: sub.properties.displayName,
        severity: sub.properties.status.severity,
        resourceId: sub.properties.resourceDetails.id,
        assessedType: data(sub).assessedResourceType,
        cvss: data(sub).cvss?.['3.0']?.base ?? null,
        patchable: data(sub).patchable ?? null,
        repo: data(sub).repositoryName ?? '',
        digest: data(sub).imageDigest ?? '',
      })),
  Q21: (all) =>
    ofImage(all)
      .filter(({ properties }) => properties.status.code === 'Unhealthy')
      .map(({ properties }) => ({
        Severity: properties.status.severity,
        'CVE Score 3.0': String(properties.additionalData.cvss['3.0']?.base ?? ''),
        Category: properties.category,
        Name: properties.displayName,
        Description: properties.description,
        Remediation: properties.remediation,
        Impact: properties.impact,
        'CVE ID': JSON.stringify(properties.additionalData.cve),
        'Image Published Time': properties.additionalData.publishedTime ?? '',
        'Container Registry': 'myreg.registry.test',
        'Image Repository': 'team/hello',
        'Image Digest': digestOf(1),
        additionalJsonData: properties.additionalData,
      }))
      .toSorted((a, b) => (a['CVE Score 3.0'] > b['CVE Score 3.0'] ? -1 : 1)),
  Q23: (all) =>
    counted(joined(all, displayNames.remediated), ({ properties }) => properties.status.severity ?? '').map(
      ([severity, rows]) => ({ severity, count_: rows.length }),
    ),
  Q25: (all) =>
    counted(
      joined(all, displayNames.azure).filter(({ properties }) => properties.status.code !== 'Healthy'),
      ({ properties }) => properties.status.severity ?? '',
    ).map(([severity, rows]) => ({
      severity,
      dcount_VulnId: new Set(rows.map(({ properties }) => properties.id)).size,
    })),
  Q27: (all) => {
    const subs = joined(all, displayNames.azure);
    return subs.length === 0
      ? []
      : [{ ResourceType: 'microsoft.containerregistry', count: new Set(subs.map(registryOf)).size }];
  },
  Q29: ({ assessments }) =>
    counted(assessments, ({ properties }) => `${properties.displayName}/${properties.status.code}`).map(([, rows]) => ({
      recommendationName: rows[0]!.properties.displayName,
      recommendationState: rows[0]!.properties.status.code,
      numberOfResources: rows.length,
    })),
  Q31: ({ pricings, containers }) =>
    pricings.map(({ name, subscriptionId: subId, tier }) => ({
      name: containers.find(({ id }) => id.endsWith(subId))!.name,
      subId,
      Azure_Defender_plan: name,
      Status: tier,
    })),
  Q33: ({ pricings }) =>
    [...new Set(pricings.filter(({ tier }) => tier === 'Free').map(({ subscriptionId: id }) => id))].map((id) => ({
      subscriptionId: id,
    })),
  Q35: ({ assessments }) =>
    assessments
      .filter(
        ({ properties: { status } }) =>
          status.code === 'Unhealthy' && status.statusChangeDate > status.firstEvaluationDate,
      )
      .map((one) => ({
        ...one,
        assessmentStatusCode: 'Unhealthy',
        firstEvaluationDate: one.properties.status.firstEvaluationDate,
        statusChangeDate: one.properties.status.statusChangeDate,
      })),
  Q37: (all) => [{ legacy_subassessment_rows: ofShape(all, 'mdvm').length }],
  Q39: ({ registries: all }) =>
    all.map(({ id, name, tags }) => ({ recommendationId: 'cr-004', name, id, tags, param1: '' })),
  Q41: () => [],
  Q43: ({ containers }) => [{ Count: containers.length }],
  Q45: ({ registries: all }) =>
    all.map(({ id, name, tags }) => ({ recommendationId: 'cr-010', name, id, tags, param1: '' })),
};

const types: Readonly<Record<string, string>> = {
  string: 'string',
  long: 'integer',
  int: 'integer',
  real: 'number',
  bool: 'boolean',
  datetime: 'string',
  dynamic: 'object',
};
const fill = (text: string): string =>
  Object.entries(filled).reduce((query, [name, value]) => query.replaceAll(name, value), text);
const unordered = (rows: readonly Row[]): string[] =>
  rows
    .map((one) =>
      JSON.stringify(one, (_, value: unknown) =>
        value && typeof value === 'object' && !Array.isArray(value)
          ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
          : value,
      ),
    )
    .toSorted();

/**
 * The names under which a query is also run in other spellings. Running all of them takes long, and the rows differ
 * only in joins.
 */
const isRead = (query: number, name: string): boolean => {
  const names = Object.keys(displayNames);
  return (names.indexOf(name) + query + seed) % names.length < turnsOf(names.length);
};

describe.each(Object.entries(displayNames))(
  'published queries, where the recommendation is named as it was: %s',
  (called, displayName) => {
    const read = published.filter((_, index) => isRead(index, called));

    let assay: ServiceUnderTest;
    let all: Known;
    beforeAll(async () => {
      const log = new EmbeddedLog(':memory:', 4);
      await tell(log, ...estate());
      assay = await suite({
        log,
        graph: { quota: 100_000 },
        settings: new AssessmentSettings({
          displayNames: { classic: displayName, mdvm: new AssessmentSettings().displayNames.mdvm },
          shapes: { '*': ['classic'], [otherSubscription]: ['classic', 'mdvm'] },
        }),
      });
      await assay.view.caughtUp();
      all = await known(assay);
      await run('resources');
    });
    afterAll(() => assay.close());

    const run = async (query: string, options: object = {}): Promise<Row> => {
      const { status, body } = await assay.post(path, { query, options });
      expect(status, JSON.stringify(body)).toBe(200);
      return body as Row;
    };

    it.each(published)('$name gives the expected rows, in both formats', async ({ name, text, columns: named }) => {
      const query = fill(text);
      const { data: rows, count, totalRecords, resultTruncated } = await run(query);
      const expected = meanings[name]!(all);
      expect(unordered(rows as Row[])).toEqual(unordered(expected));
      expect([count, totalRecords, resultTruncated]).toEqual([expected.length, expected.length, 'false']);
      const table = (await run(query, { resultFormat: 'table' })).data as {
        columns: { name: string; type: string }[];
        rows: unknown[][];
      };
      expect(table.columns.map((column) => `${column.name} (${column.type})`).join(', ')).toBe(
        named.replaceAll(/\((\w+)\)/g, (whole, type: string) => `(${types[type] ?? whole})`),
      );
      expect(
        table.rows.map((cells) => Object.fromEntries(cells.map((value, index) => [table.columns[index]!.name, value]))),
      ).toEqual(rows);
    });

    it.each(read.filter(({ name }) => name !== 'Q11'))(
      '$name gives the same rows when read one by one, and then five by five',
      async ({ text }) => {
        const query = fill(text);
        const whole = (await run(query)).data as Row[];
        const read: Row[] = [];
        for (let token: string | undefined; ;) {
          const $top = read.length < 5 ? 1 : 5;
          const page = await run(query, { $top, $skip: 0, ...(token === undefined ? {} : { $skipToken: token }) });
          read.push(...(page.data as Row[]));
          expect(page.totalRecords).toBe(whole.length);
          token = page.$skipToken as string | undefined;
          if (token === undefined) break;
        }
        expect(read).toEqual(whole);
      },
    );

    it.each(read)(
      '$name gives the same rows with other blanks, and with comments between its operators',
      async ({ text }) => {
        const query = fill(text);
        const whole = await run(query);
        // Works for queries whose string literals contain no line breaks or bars, as these.
        const spaced = query
          .split('\n')
          .map((line) => line.replace(/^(\s*)\|/, '$1// between | operators\n\t|\t'))
          .join('\r\n');
        expect(await run(spaced)).toEqual(whole);
      },
    );
  },
);
