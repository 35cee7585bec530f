import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { severities, type Severity } from '@assay/events';
import { Caller, operations, type Grant } from '@assay/http';
import { asCell, rowsOf } from '../../../test/csv.ts';
import { everyFinding, type MotleyFinding } from '../../../test/found.ts';
import { motley, oddNames, otherSubscription } from '../../../../../libs/read-model/test/motley.ts';
import { suite, type ServiceUnderTest } from '../../../test/suite.ts';
import { digestOf, findingOf, subscriptionId, wholeStory } from '../../../../../libs/read-model/test/fixtures.ts';

const everything: readonly Grant[] = [{ may: operations, scope: 'everything' }];
let assay: ServiceUnderTest;
let grants = everything;
let all: MotleyFinding[];
beforeAll(async () => {
  assay = await suite({ arm: { access: { identify: () => new Caller('ana', 'here', grants) } } });
  await assay.publish(
    ...motley(11, 40, 4),
    ...oddNames.flatMap((name, n) =>
      wholeStory({
        digest: digestOf(8000 + n),
        findings: [findingOf({ vulnerability: `CVE ${name}`, package: 'curl', title: `About ${name}` })],
      }),
    ),
  );
  all = await everyFinding(assay);
});
afterAll(() => assay.close());

interface Asked {
  readonly subscription?: string | undefined;
  readonly repository?: string | undefined;
  readonly severity?: Severity | undefined;
  readonly fixable?: boolean | undefined;
  readonly state?: 'active' | 'exempt' | 'all' | undefined;
  readonly q?: string | undefined;
}

const isAsked = (found: MotleyFinding, { subscription, repository, severity, fixable, state, q }: Asked): boolean =>
  (subscription === undefined || found.registryId.includes(subscription)) &&
  (repository === undefined || found.repository === repository) &&
  (severity === undefined || severities.indexOf(found.severity) <= severities.indexOf(severity)) &&
  (fixable === undefined || (found.fixedVersion !== undefined) === fixable) &&
  (state === 'all' || found.state === (state ?? 'active')) &&
  (q === undefined ||
    [found.vulnerability, found.package, found.sourcePackage ?? '', found.title ?? '', ...found.aliases].some((text) =>
      text.toLowerCase().includes(q.toLowerCase()),
    ));

const bytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
const worst = (found: readonly MotleyFinding[]): number =>
  Math.min(...found.map(({ severity }) => severities.indexOf(severity)));
const imagesOf = (found: readonly MotleyFinding[]): number => new Set(found.map(({ image }) => image)).size;

/** The list as it must be, in the usual order. The state chooses the findings; `exempt` is of all states. */
const listOf = (asked: Asked): object[] =>
  [
    ...Map.groupBy(
      all.filter((found) => isAsked(found, asked)),
      ({ vulnerability }) => vulnerability,
    ),
  ]
    .toSorted(([a, one], [b, other]) => worst(one) - worst(other) || other.length - one.length || bytes(a, b))
    .map(([id, own]) => {
      const every = all.filter((found) => found.vulnerability === id && isAsked(found, { ...asked, state: 'all' }));
      const packages = [...new Set(own.map((each) => each.package))].toSorted(bytes);
      return {
        id,
        severity: severities[worst(own)],
        findings: own.length,
        images: imagesOf(own),
        exempt: imagesOf(every) - imagesOf(every.filter(({ state }) => state === 'active')),
        fixable: imagesOf(own.filter(({ fixedVersion }) => fixedVersion !== undefined)),
        packages: packages.slice(0, 5),
        packageCount: packages.length,
        since: own.map(({ firstSeenAt }) => firstSeenAt).toSorted()[0],
      };
    });

const addressOf = (asked: object, path = '/assay/vulnerabilities'): string =>
  `${path}?${new URLSearchParams(
    Object.entries(asked).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as [string, string]],
    ),
  ).toString()}`;

/** Paths may have `%2F` for a slash, so a slash that belongs to a name is encoded twice. */
const addressOfOne = (id: string): string => `/assay/vulnerabilities/${encodeURIComponent(id.replaceAll('/', '%2F'))}`;

const option = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
const asking: fc.Arbitrary<Asked> = fc.record({
  subscription: option(fc.constantFrom(subscriptionId, otherSubscription)),
  repository: option(fc.constantFrom(...oddNames)),
  severity: option(fc.constantFrom(...severities)),
  fixable: option(fc.boolean()),
  state: option(fc.constantFrom('active', 'exempt', 'all')),
  q: option(fc.constantFrom('TEAM', '%', '_', "it's", 'GHSA-100', 'about', '2026-1003', 'GRÖSSE', '\\', 'curl')),
});

describe('the list of vulnerabilities', () => {
  it('has by filter what a look at each finding gives, with all numbers', () =>
    fc.assert(
      fc.asyncProperty(asking, fc.constantFrom(4, 100), async (asked, top) => {
        const expected = listOf(asked);
        const { value, total, nextLink } = (await assay.get(addressOf({ ...asked, top }))).body;
        const listed = nextLink ? await assay.all(addressOf({ ...asked, top })) : value;
        expect(listed).toEqual(expected.map((row) => expect.objectContaining(row)));
        expect(total).toBe(expected.length);
      }),
      { numRuns: 25 },
    ));

  it.each(['id', '-id', 'since', '-since', 'images', '-images', 'findings', '-findings', 'severity'])(
    'is sorted by %s, page by page',
    async (sort) => {
      const key = sort.replace('-', '');
      const sign = sort.startsWith('-') ? -1 : 1;
      const listed = (await assay.all(`/assay/vulnerabilities?sort=${sort}&top=7`)) as Record<
        string,
        string | number
      >[];
      const value = (row: Record<string, string | number>) =>
        key === 'severity' ? -severities.indexOf(row.severity as Severity) : row[key]!;
      for (const [at, row] of listed.slice(1).entries()) {
        const [before, after] = [value(listed[at]!), value(row)];
        const order = typeof before === 'number' ? before - Number(after) : bytes(before, String(after));
        expect(sign * order).toBeLessThanOrEqual(0);
      }
      expect(listed.map(({ id }) => String(id)).toSorted()).toEqual(
        [...new Set(all.map((each) => each.vulnerability))].toSorted(),
      );
    },
  );

  it('has aliases and the title', async () => {
    const { value } = (await assay.get('/assay/vulnerabilities?q=About%20team/API')).body;
    expect(value).toMatchObject([{ id: 'CVE team/API', title: 'About team/API', aliases: findingOf().aliases }]);
    const [one] = (await assay.get('/assay/vulnerabilities?q=GHSA-1003')).body.value;
    expect(one).toMatchObject({ id: 'CVE-2026-1003', aliases: ['GHSA-1003'] });
  });

  it('is one CSV with the same rows, in which no name is a formula', async () => {
    const { body } = await assay.app.inject({ url: '/assay/vulnerabilities?format=csv' });
    const listed = (await assay.all('/assay/vulnerabilities')) as Record<string, any>[];
    expect(rowsOf(body)).toEqual(
      listed.map((row) =>
        expect.objectContaining({
          id: asCell(row.id),
          images: String(row.images),
          exempt: String(row.exempt),
          packages: asCell(row.packages.join(' ')),
          title: row.title ?? '',
        }),
      ),
    );
  });

  it.each([
    ['severity', 'awful', 'critical, high, medium, low, unknown'],
    ['state', 'gone', 'active, exempt, all'],
    ['sort', 'size', 'severity, images, findings, since, id'],
    ['top', '-1', '1 to 1000'],
  ])('answers %s=%s by what is allowed', async (name, value, allowed) => {
    const { status, body } = await assay.get(`/assay/vulnerabilities?${name}=${value}`);
    expect([status, body.error.code, body.error.target]).toEqual([400, 'InvalidRequestContent', name]);
    expect(body.error.message).toContain(allowed);
  });

  it('counts the images without a result, by place alone', async () => {
    const images = (await assay.all('/assay/images?top=1000')) as Record<string, string>[];
    for (const [query, place] of [
      ['', ''],
      ['severity=critical&q=nothing', ''],
      [`subscription=${otherSubscription}&state=active`, otherSubscription],
    ] as const)
      expect((await assay.get(`/assay/vulnerabilities?${query}`)).body.unknownImages).toBe(
        images.filter(
          ({ status, registryId }) =>
            ['undetermined', 'queued', 'scanning'].includes(status!) && registryId!.includes(place),
        ).length,
      );
  });

  it('is empty without findings', async () => {
    const empty = await suite();
    expect((await empty.get('/assay/vulnerabilities')).body).toEqual({
      value: [],
      total: 0,
      unknownImages: 0,
      untaggedImages: 0,
    });
    await empty.close();
  });
});

describe('one vulnerability', () => {
  const placeOf = ({
    registryId,
    repository,
    digest,
    package: name,
    installedVersion,
    fixedVersion,
    state,
  }: MotleyFinding) => [registryId, repository, digest, name, installedVersion, fixedVersion, state].join(' | ');

  it.each(['CVE-2026-1003', ...oddNames.map((name) => `CVE ${name}`)])(
    'has all its findings, page by page: %s',
    async (id) => {
      const own = all.filter(({ vulnerability }) => vulnerability === id);
      const path = addressOfOne(id);
      const images = imagesOf(own.filter(({ state }) => state === 'active'));
      const found: MotleyFinding[] = [];
      for (let url: string | undefined = `${path}?state=all&top=5`; url;) {
        const { status, body } = await assay.get(url);
        expect([status, body.id, body.total, body.imageCount]).toEqual([200, id, own.length, images]);
        expect(body.exempt).toBe(imagesOf(own) - images);
        expect(body.severity).toBe(severities[worst(own)]);
        found.push(...body.images);
        url = body.nextLink?.replace(/^https?:\/\/[^/]+/, '');
      }
      expect(found.map(placeOf).toSorted()).toEqual(own.map(placeOf).toSorted());
      const active = (await assay.get(`${path}?state=active&top=1000`)).body;
      expect(active.images.map(placeOf).toSorted()).toEqual(
        own
          .filter(({ state }) => state === 'active')
          .map(placeOf)
          .toSorted(),
      );
      expect([active.total, active.imageCount]).toEqual([active.images.length, images]);
      const there = active.images.filter(({ registryId }: MotleyFinding) => registryId.includes(otherSubscription));
      const scoped = await assay.get(`${path}?subscription=${otherSubscription}`);
      expect(scoped.body.imageCount).toBe(
        new Set(there.map((found: MotleyFinding) => [found.registryId, found.repository, found.digest].join(' '))).size,
      );
    },
  );

  it('has its description, ratings and references, and the tags of the images', async () => {
    const one = findingOf({ vulnerability: 'CVE described', description: 'What it is' });
    await assay.publish(...wholeStory({ digest: digestOf(9000), findings: [one], push: { tags: ['v1', 'v2'] } }));
    const { body } = await assay.get('/assay/vulnerabilities/CVE%20described');
    expect(body).toMatchObject({
      title: one.title,
      description: one.description,
      references: one.references,
      cwes: one.cwes,
      ratings: expect.arrayContaining([expect.objectContaining({ source: expect.any(String) })]),
      images: [{ digest: digestOf(9000), tags: ['v1', 'v2'], state: 'active' }],
    });
  });

  it.each(['ghsa-AAAA-bbbb-cccc', 'GHSA-AAAA-BBBB-CCCC', 'cve-2026-aliased', 'CVE-2026-ALIASED'])(
    'is found by its id and by its aliases, in any case: %s',
    async (name) => {
      const findings = [findingOf({ vulnerability: 'GHSA-aaaa-bbbb-cccc', aliases: ['CVE-2026-ALIASED'] })];
      await assay.publish(...wholeStory({ digest: digestOf(9001), findings, push: { repository: 'aliased' } }));
      const { status, body } = await assay.get(`/assay/vulnerabilities/${name}`);
      expect([status, body.id, body.images?.length]).toEqual([200, 'GHSA-aaaa-bbbb-cccc', 1]);
      const images = (await assay.get(`/assay/images?vulnerability=${name}`)).body;
      expect(images.value.map(({ digest }: { digest: string }) => digest)).toEqual([digestOf(9001)]);
      expect((await assay.get('/assay/images?vulnerability=CVE-2026-ALIASE')).body.total).toBe(0);
    },
  );

  it('is one even if it is an alias of another one, too: its id comes first', async () => {
    const [own, other] = [
      findingOf({ vulnerability: 'CVE-2026-OWN', aliases: [] }),
      findingOf({ vulnerability: 'CVE-2026-OTHER', aliases: ['CVE-2026-OWN'] }),
    ];
    await assay.publish(
      ...[own, other].flatMap((finding, n) =>
        wholeStory({ digest: digestOf(9002 + n), findings: [finding], push: { repository: 'own' } }),
      ),
    );
    const { body } = await assay.get('/assay/vulnerabilities/cve-2026-own');
    expect([body.id, body.imageCount, body.images.length]).toEqual(['CVE-2026-OWN', 2, 2]);
  });

  it('is not there for a caller who may read none of its images', async () => {
    grants = [{ may: operations, scope: { kind: 'subscription', subscriptionId: otherSubscription } }];
    try {
      const others = all.filter(
        ({ registryId, state }) => registryId.includes(otherSubscription) && state === 'active',
      );
      const listed = (await assay.all('/assay/vulnerabilities')) as { readonly id: string }[];
      expect(listed.map(({ id }) => id).toSorted()).toEqual(
        [...new Set(others.map((each) => each.vulnerability))].toSorted(),
      );
      expect((await assay.get(addressOfOne('CVE team/API'))).status).toBe(404);
      const { body } = await assay.get('/assay/vulnerabilities/CVE-2026-1003?top=1000');
      const own = others.filter(({ vulnerability }) => vulnerability === 'CVE-2026-1003');
      expect([body.images.length, body.total, body.imageCount]).toEqual([own.length, own.length, imagesOf(own)]);
    } finally {
      grants = everything;
    }
  });

  it('is 404 if no image has it, with the number of images without a result', async () => {
    const { unknownImages } = (await assay.get('/assay/vulnerabilities')).body;
    const { status, body } = await assay.get('/assay/vulnerabilities/CVE-0');
    expect([status, body.error.code]).toEqual([404, 'ResourceNotFound']);
    expect(unknownImages).toBeGreaterThan(0);
    expect(body.error.message).toBe(
      `No finding of 'CVE-0' is known in the images that you may read; ${unknownImages} of them have no final result.`,
    );
  });
});
