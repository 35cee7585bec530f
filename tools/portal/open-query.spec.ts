import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { severities } from '@assay/events';
import {
  imagesQuery,
  ruleQuery,
  vulnerabilitiesQuery,
  vulnerabilityQuery,
  type ImageListValues,
} from '../../apps/portal/src/kql/lists.ts';
import type { ListQuery } from '../../apps/portal/src/kql/kql.ts';
import { AssessmentSettings } from '../../apps/recommendation/src/http/index.ts';
import { everyFinding, type MotleyFinding } from '../../apps/recommendation/test/found.ts';
import { motley, motleyRegistries, oddNames, otherSubscription } from '../../libs/read-model/test/motley.ts';
import { suite, type ServiceUnderTest } from '../../apps/recommendation/test/suite.ts';

let assay: ServiceUnderTest;
let all: MotleyFinding[];
/** The images whose status is by a result. One on its way still has the records of its last result. */
let results: ReadonlySet<string>;
beforeAll(async () => {
  assay = await suite({
    graph: { quota: 1_000_000 },
    settings: new AssessmentSettings({ shapes: { '*': ['classic'], [otherSubscription]: ['classic', 'mdvm'] } }),
  });
  await assay.publish(...motley(29, 70, 4));
  all = await everyFinding(assay);
  results = new Set(placed((await listed(noFilter)).filter(hasResult)));
});
afterAll(() => assay.close());

type Row = Readonly<Record<string, any>>;

const rowsOf = async ({ query, lacks }: ListQuery): Promise<readonly Row[]> => {
  if (query === undefined) throw new Error(`it lacks ${lacks.join(', ')}`);
  const { status, body } = await assay.post('/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01', {
    query,
    options: { $top: 1000, resultFormat: 'objectArray' },
  });
  expect(status, `${query}\n${JSON.stringify(body)}`).toBe(200);
  return body.data as Row[];
};

const placed = (rows: readonly Row[]): string[] =>
  rows
    .map(({ registry, loginServer, repository, digest }) => `${registry ?? loginServer}/${repository}@${digest}`)
    .toSorted();

const settled = (rows: readonly Row[]): string[] => placed(rows).filter((image) => results.has(image));

const noFilter: ImageListValues = {
  status: [],
  severity: '',
  fixable: false,
  repository: '',
  registry: '',
  vulnerability: '',
  reason: '',
  fix: '',
  package: '',
  q: '',
};

/** The images of the list. An index has no records. */
const listed = async (values: ImageListValues): Promise<Row[]> => {
  const { status, fixable, ...texts } = values;
  const query = new URLSearchParams({
    ...Object.fromEntries(Object.entries(texts as Record<string, string>).filter(([, value]) => value !== '')),
    ...(fixable ? { fixable: 'true' } : {}),
    ...(status.length > 0 ? { status: status.join() } : {}),
    children: 'true',
    top: '1000',
  });
  const images = (await assay.get(`/assay/images?${query.toString()}`)).body.value as Row[];
  return images.filter(({ kind }) => kind !== 'index');
};

const hasResult = ({ status }: Row): boolean => status === 'healthy' || status === 'unhealthy';

const option = <T>(arbitrary: fc.Arbitrary<T>, none: T): fc.Arbitrary<T> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(none) }, { weight: 1, arbitrary });

const anyValues = fc.record<ImageListValues>({
  status: fc.constantFrom<readonly string[]>([], ['unhealthy'], ['healthy'], ['unhealthy', 'healthy']),
  severity: option(fc.constantFrom(...severities.map((severity) => severity.toLowerCase())), ''),
  fixable: fc.boolean(),
  repository: option(fc.constantFrom(...oddNames, 'team/*', '*', '*[a-c]*', '"*'), ''),
  registry: option(
    fc.constantFrom(...motleyRegistries.flatMap(({ registryId, loginServer }) => [registryId, loginServer, 'One'])),
    '',
  ),
  vulnerability: option(fc.constantFrom('CVE-2026-1000', 'cve-2026-1003'), ''),
  reason: fc.constant(''),
  fix: fc.constant(''),
  package: fc.constant(''),
  q: option(fc.constantFrom('TEAM/', '"', '\\', '/✓', 'registry.test/', 'sha256:0'), ''),
});

describe('the query of a list', () => {
  it('answers the images of the list that have a result, with any filters', () => {
    let found = 0;
    return fc
      .assert(
        fc.asyncProperty(anyValues, async (values) => {
          const [rows, images] = [await rowsOf(imagesQuery(values)), await listed(values)];
          expect(settled(rows)).toEqual(placed(images.filter(hasResult)));
          found += rows.length;
        }),
        { numRuns: 25 },
      )
      .then(() => expect(found).toBeGreaterThan(50));
  });

  it('is left out for a filter without a column, which it names', () => {
    expect(imagesQuery({ ...noFilter, status: ['undetermined'], reason: 'stale', fix: 'a@1', package: 'b' })).toEqual({
      lacks: ['status', 'reason', 'fix', 'package'],
    });
  });

  it.each(['active', 'exempt', 'all'])('answers the vulnerabilities of the list: %s', async (state) => {
    for (const severity of ['', 'high'])
      for (const fixable of [false, true])
        for (const q of ['', '100', 'TEAM']) {
          const rows = await rowsOf(vulnerabilitiesQuery({ severity, fixable, state, q }));
          const query = new URLSearchParams({
            state,
            top: '1000',
            ...(severity === '' ? {} : { severity }),
            ...(fixable ? { fixable: 'true' } : {}),
            ...(q === '' ? {} : { q }),
          });
          const list = (await assay.get(`/assay/vulnerabilities?${query.toString()}`)).body.value as Row[];
          expect(rows.map((row) => row['vulnerability'] as string).toSorted()).toEqual(
            list.map(({ id }) => id as string).toSorted(),
          );
        }
  });

  it('answers the images with one vulnerability', async () => {
    for (const id of new Set(all.map(({ vulnerability }) => vulnerability))) {
      const images = all
        .filter(({ vulnerability }) => vulnerability === id)
        .map(({ image }) => image.split(' ').at(-1));
      const rows = await rowsOf(vulnerabilityQuery(id));
      expect(new Set(rows.map(({ digest }) => digest as string))).toEqual(new Set(images));
    }
  });

  it('answers the findings that a rule disables, in its scope', async () => {
    for (const scope of [`/subscriptions/${otherSubscription}`, motleyRegistries[0].registryId]) {
      const disabled = all.filter(({ state, registryId }) => state === 'exempt' && registryId.includes(scope));
      expect(disabled.length).toBeGreaterThan(0);
      expect((await rowsOf(ruleQuery({ scope, ruleId: 'a-rule' }))).length).toBe(disabled.length);
    }
    expect(await rowsOf(ruleQuery({ scope: motleyRegistries[0].registryId, ruleId: 'a-r' }))).toEqual([]);
  });
});
