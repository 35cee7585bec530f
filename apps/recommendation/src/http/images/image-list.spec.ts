import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeMark, severities, type Severity } from '@assay/events';
import { Caller, operations, type Grant } from '@assay/http';
import { asCell, cellsOf, rowsOf } from '../../../test/csv.ts';
import { motley, motleyRegistries, oddNames, otherSubscription } from '../../../../../libs/read-model/test/motley.ts';
import { suite, type ServiceUnderTest } from '../../../test/suite.ts';
import {
  dataOf,
  digestOf,
  findingOf,
  soon,
  subscriptionId,
  wholeStory,
} from '../../../../../libs/read-model/test/fixtures.ts';
import { shownStatuses } from '@assay/read-model/placement/status';

interface Shown {
  readonly registryId: string;
  readonly loginServer: string;
  readonly subscriptionId: string;
  readonly repository: string;
  readonly digest: string;
  readonly tags: readonly string[];
  readonly status: string;
  readonly reason?: string;
  readonly since?: string;
  readonly bySeverity?: Readonly<Record<Severity, number>>;
  readonly fixable?: number;
  readonly exempt?: number;
  readonly deleted: boolean;
  readonly children?: readonly { readonly digest: string }[];
  /** Of an index, the findings of all images below it. */
  readonly found: readonly Found[];
}

interface Found {
  readonly vulnerability: string;
  readonly severity: Severity;
  readonly fixedVersion?: string;
  readonly state: string;
  readonly registryId: string;
  readonly repository: string;
}

let assay: ServiceUnderTest;
let grants: readonly Grant[];
const everything: readonly Grant[] = [{ may: operations, scope: 'everything' }];
beforeAll(async () => {
  grants = everything;
  assay = await suite({ arm: { access: { identify: () => new Caller('ana', 'here', grants) } } });
  await assay.publish(...motley(7, 110, 60));
});
afterAll(() => assay.close());

const keyOf = ({ registryId, repository, digest }: Pick<Shown, 'registryId' | 'repository' | 'digest'>): string =>
  `${registryId} ${repository} ${digest}`;

/** Every image as it is shown, those below an index, too, with its findings. */
const everyImage = async (): Promise<Shown[]> => {
  const images = (await assay.all('/assay/images?children=true')) as Shown[];
  const byKey = new Map(images.map((image) => [keyOf(image), image]));
  const found = new Map<string, Found[]>();
  for (const digest of new Set(images.map((image) => image.digest)))
    found.set(digest, (await assay.all(`/assay/images/${digest}/findings?state=all`)) as Found[]);
  const foundIn = (image: Shown, depth = 0): readonly Found[] =>
    image.children
      ? image.children.flatMap(({ digest }) => {
          const child = depth > 3 ? undefined : byKey.get(keyOf({ ...image, digest }));
          return child ? foundIn(child, depth + 1) : [];
        })
      : image.status === 'not-applicable'
        ? []
        : found
            .get(image.digest)!
            .filter((each) => each.registryId === image.registryId && each.repository === image.repository);
  // Findings below an index that is not applicable are none of that index.
  return images.map((image) => ({ ...image, found: image.status === 'not-applicable' ? [] : foundIn(image) }));
};

/** The images that are below none of the others in a list. */
const topOf = (images: readonly Shown[]): Shown[] => {
  const below = new Set(
    images.flatMap((index) =>
      index.deleted ? [] : (index.children ?? []).map(({ digest }) => keyOf({ ...index, digest })),
    ),
  );
  return images.filter((image) => image.tags.length > 0 || !below.has(keyOf(image)));
};

interface Asked {
  readonly subscription?: string | undefined;
  readonly registry?: string | undefined;
  readonly repository?: string | undefined;
  readonly status?: readonly string[] | undefined;
  readonly reason?: readonly string[] | undefined;
  readonly severity?: Severity | undefined;
  readonly fixable?: boolean | undefined;
  readonly vulnerability?: string | undefined;
  readonly q?: string | undefined;
  readonly children?: boolean | undefined;
}

const globbed = (pattern: string, text: string): boolean => {
  const [first = '', ...others] = pattern.split('*');
  if (others.length === 0) return pattern === text;
  if (!text.startsWith(first)) return false;
  let rest = text.slice(first.length);
  const last = others.pop()!;
  for (const part of others) {
    const found = rest.indexOf(part);
    if (found < 0) return false;
    rest = rest.slice(found + part.length);
  }
  return rest.endsWith(last);
};

/** Each condition by what is shown. */
const isAsked = (image: Shown, asked: Asked, withStatus = true): boolean => {
  const { subscription, registry, repository, status, reason, severity, fixable, vulnerability, q } = asked;
  const name = `${image.loginServer}/${image.repository}`;
  const active = image.found.filter(({ state }) => state === 'active');
  const meets = (each: Found): boolean =>
    (severity === undefined || severities.indexOf(each.severity) <= severities.indexOf(severity)) &&
    (fixable === undefined || (each.fixedVersion !== undefined) === fixable) &&
    (vulnerability === undefined || each.vulnerability === vulnerability);
  const isAboutActive = severity !== undefined || fixable !== undefined;
  // An index has the counts of one image, which answer for either of these alone.
  const isCounted = image.children && vulnerability === undefined && (severity === undefined || fixable === undefined);
  const counted =
    severity === undefined
      ? (image.fixable ?? 0)
      : severities
          .slice(0, severities.indexOf(severity) + 1)
          .reduce((sum, each) => sum + (image.bySeverity?.[each] ?? 0), 0);
  return (
    (subscription === undefined || image.subscriptionId === subscription) &&
    (registry === undefined ||
      [image.registryId, image.loginServer, image.registryId.split('/').at(-1)!].some(
        (each) => each.toLowerCase() === registry.toLowerCase(),
      )) &&
    (repository === undefined || globbed(repository, image.repository)) &&
    (q === undefined ||
      [
        `${name}@${image.digest}`,
        ...image.tags.map((tag) => `${name}:${tag}`),
        ...(image.children ?? []).map(({ digest }) => digest),
      ].some((each) => each.toLowerCase().includes(q.toLowerCase()))) &&
    ((!isAboutActive && vulnerability === undefined) ||
      (isCounted && fixable !== false ? counted > 0 : (isAboutActive ? active : image.found).some(meets))) &&
    (!withStatus ||
      ((status === undefined || status.includes(image.status)) &&
        (reason === undefined ||
          reason.some((each) => image.reason === each || image.reason?.startsWith(`${each}/`) === true))))
  );
};

const addressOf = (asked: Asked, more: Readonly<Record<string, string>> = {}): string => {
  const given = Object.entries({ ...asked, ...more }).filter(([, value]) => value !== undefined);
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)] as [string, string]));
  return `/assay/images?${query.toString()}`;
};

/** Mostly absent, so that what is left is not always empty. */
const option = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const asking: fc.Arbitrary<Asked> = fc.record({
  subscription: option(fc.constantFrom(subscriptionId, otherSubscription)),
  registry: option(
    fc.constantFrom(
      ...motleyRegistries.flatMap(({ registryId, loginServer }) => [registryId, loginServer.toUpperCase()]),
      'one',
      'ONE-MORE',
    ),
  ),
  repository: option(
    fc.constantFrom(...oddNames, 'team/*', '*', '*_[a-c]*', '100%*', 'team/web?x', '*.*', '*e*b*', 'größe/*'),
  ),
  status: option(fc.subarray([...shownStatuses], { minLength: 1 })),
  reason: option(
    fc.subarray(['parked', 'overdue', 'stale', 'failed', 'failed/bad-manifest', 'scanner-recalled', 'image-deleted'], {
      minLength: 1,
    }),
  ),
  severity: option(fc.constantFrom(...severities)),
  fixable: option(fc.boolean()),
  vulnerability: option(fc.constantFrom('CVE-2026-1000', 'CVE-2026-1003', "' or 1=1 --")),
  children: option(fc.boolean()),
  q: option(
    fc.constantFrom(
      'TEAM/web',
      '%',
      '_',
      '\\',
      'latest_100%',
      ':v1',
      '@sha256:',
      "it's",
      'GRÖSSE',
      'one/',
      '.test/team',
    ),
  ),
});

describe.each([
  ['soon after the pushes', soon],
  ['after the deadlines', soon + 3_600_000],
  ['after the limit of a database', soon + 40 * 24 * 3_600_000],
])('the list of images %s', (_, now) => {
  let every: Shown[];
  beforeAll(async () => {
    assay.clock.now = now;
    every = await everyImage();
  });

  it('shows by filter, total and counts what a filter of the whole list shows', () =>
    fc.assert(
      fc.asyncProperty(asking, fc.constantFrom(31, 400, 400, 1000), async (asked, top) => {
        const images = asked.children ? every : topOf(every);
        const matching = images.filter((image) => isAsked(image, asked));
        const first = (await assay.get(addressOf(asked, { top: String(top) }))).body;
        const listed: Shown[] = first.nextLink ? await assay.all(addressOf(asked, { top: String(top) })) : first.value;
        expect(listed.map(keyOf)).toEqual(matching.map(keyOf));
        expect(listed.map(({ status, reason }) => [status, reason])).toEqual(
          matching.map(({ status, reason }) => [status, reason]),
        );
        const counts = Object.fromEntries(
          shownStatuses.map((status) => [
            status,
            images.filter((image) => image.status === status && isAsked(image, asked, false)).length,
          ]),
        );
        const { total, all, hidden, unknown } = first;
        expect({ total, all, counts: first.counts, hidden, unknown }).toEqual({
          total: matching.length,
          all: images.length,
          counts,
          hidden: matching.reduce((sum, { exempt = 0 }) => sum + exempt, 0),
          unknown: images.filter(
            (image) =>
              ['undetermined', 'queued', 'scanning'].includes(image.status) &&
              isAsked(image, { ...asked, severity: undefined, fixable: undefined, vulnerability: undefined }, false),
          ).length,
        });
      }),
      { numRuns: 25 },
    ));

  it('has images in every status, by each of these reasons', () => {
    expect([...new Set(every.map(({ status }) => status))].toSorted()).toEqual(
      expect.arrayContaining(
        ['healthy', 'not-applicable', 'undetermined', 'unhealthy'].slice(now > soon + 4e6 ? 1 : 0),
      ),
    );
  });
});

describe('the list of images behind a mark', () => {
  it('goes by the database that the mark names, but not for what it excepts', async () => {
    const marked = await suite();
    await marked.publish(...motley(7, 60, 20));
    marked.clock.now = soon + 40 * 24 * 3_600_000;
    const statuses = async (): Promise<Shown[]> => (await marked.get('/assay/images?top=1000')).body.value;
    const before = await statuses();
    const stale = before.filter(({ reason, bySeverity }) => reason === 'stale' && bySeverity);
    const { scanner, database } = dataOf('finding.classified');
    const newer = { ...database, digest: digestOf(77), builtAt: new Date(marked.clock.now - 3_600_000).toISOString() };
    const except = [{ digest: stale[0]!.digest, reason: 'failed' }];
    const encoded = encodeMark({
      id: 'mark',
      source: '/assay/classifier',
      time: newer.builtAt,
      sequence: '9.1',
      data: {
        scanner: scanner.name,
        database: newer,
        announced: 3,
        except,
        registries: [{ registryId: motleyRegistries[2].registryId.toLowerCase(), reason: 'failed' }],
      },
    });
    for (let partition = 0; partition < 4; partition += 1)
      await marked.log.append([{ ...encoded, topic: 'finding.classified', partition }]);
    await marked.view.caughtUp();
    const after = await statuses();
    const healthy = (images: readonly Shown[]): string[] =>
      images.filter(({ status }) => status === 'healthy').map(keyOf);
    expect(healthy(after).length).toBeGreaterThan(healthy(before).length);
    for (const status of shownStatuses) {
      const { body } = await marked.get(`/assay/images?status=${status}&top=1000`);
      const expected = after.filter((image) => image.status === status);
      expect([body.value.map(keyOf), body.total, body.counts[status]]).toEqual([
        expected.map(keyOf),
        expected.length,
        expected.length,
      ]);
    }
    const excepted = after.filter(
      ({ digest, registryId }) => digest === except[0]!.digest || registryId === motleyRegistries[2].registryId,
    );
    expect(
      excepted.filter((image) => stale.some((one) => keyOf(one) === keyOf(image))).map(({ reason }) => reason),
    ).toEqual(
      stale
        .filter(
          ({ digest, registryId }) => digest === except[0]!.digest || registryId === motleyRegistries[2].registryId,
        )
        .map(() => 'stale'),
    );
    await marked.close();
  });
});

describe('the list of images', () => {
  let images: Shown[];
  beforeAll(async () => {
    assay.clock.now = soon;
    images = topOf(await everyImage());
  });

  const bytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
  const place = (a: Shown, b: Shown): number =>
    bytes(`${a.registryId.toLowerCase()}/`, `${b.registryId.toLowerCase()}/`) ||
    bytes(a.repository, b.repository) ||
    bytes(a.digest, b.digest);
  const bySeverities = (a: Shown, b: Shown): number =>
    severities.reduce((order, each) => order || (a.bySeverity?.[each] ?? -1) - (b.bySeverity?.[each] ?? -1), 0);
  const orders: Readonly<Record<string, (a: Shown, b: Shown) => number>> = {
    critical: bySeverities,
    severity: bySeverities,
    fixable: (a, b) => (a.fixable ?? -1) - (b.fixable ?? -1),
    since: (a, b) => Date.parse(a.since ?? '1969-01-01') - Date.parse(b.since ?? '1969-01-01'),
    repository: (a, b) => bytes(a.repository, b.repository),
    status: (a, b) =>
      (shownStatuses as readonly string[]).indexOf(a.status) - (shownStatuses as readonly string[]).indexOf(b.status),
  };

  it.each(Object.keys(orders).flatMap((name) => [name, `-${name}`]))('is sorted by %s, page by page', async (sort) => {
    const order = orders[sort.replace('-', '')]!;
    const sign = sort.startsWith('-') ? -1 : 1;
    const expected = images.toSorted((a, b) => sign * order(a, b) || place(a, b));
    expect((await assay.all(`/assay/images?sort=${sort}&top=57`)).map(keyOf)).toEqual(expected.map(keyOf));
  });

  it('is one CSV with the same rows, in which no name is a formula', async () => {
    for (const [address, accept] of [
      ['/assay/images?sort=-critical&format=csv', 'application/json'],
      ['/assay/images?sort=-critical', 'text/csv'],
    ] as const) {
      const { statusCode, headers, body } = await assay.app.inject({ url: address, headers: { accept } });
      expect([statusCode, headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8; header=present']);
      const listed = (await assay.all('/assay/images?sort=-critical')) as Shown[];
      expect(rowsOf(body)).toEqual(
        listed.map((image) =>
          expect.objectContaining({
            registryId: image.registryId,
            digest: image.digest,
            repository: asCell(image.repository),
            tags: image.tags.join(' '),
            status: image.status,
            reason: image.reason ?? '',
            since: image.since === undefined ? '' : new Date(image.since).toISOString(),
            critical: String(image.bySeverity?.Critical ?? ''),
            unknown: String(image.bySeverity?.Unknown ?? ''),
            fixable: String(image.fixable ?? (image.bySeverity ? 0 : '')),
            exempt: String(image.exempt ?? (image.bySeverity ? 0 : '')),
          }),
        ),
      );
    }
  });

  it('has only what the caller may read, in its numbers, too', async () => {
    grants = [
      { may: operations, scope: { kind: 'registry', subscriptionId, resourceGroup: 'rg1', registry: 'one' } },
      { may: ['gate/read'], scope: 'everything' },
    ];
    try {
      const own = images.filter(({ loginServer }) => loginServer === 'one.registry.test');
      const { body } = await assay.get('/assay/images?top=1000');
      expect(body.value.map(keyOf)).toEqual(own.map(keyOf));
      expect([body.total, body.all]).toEqual([own.length, own.length]);
      expect(Object.values<number>(body.counts).reduce((sum, count) => sum + count, 0)).toBe(own.length);
      const csv = await assay.app.inject({ url: '/assay/images?format=csv' });
      expect(cellsOf(csv.body)).toHaveLength(own.length + 1);
      expect((await assay.get(`/assay/images?subscription=${otherSubscription}`)).body).toMatchObject({
        value: [],
        total: 0,
        all: own.length,
      });
    } finally {
      grants = everything;
    }
  });

  it.each([
    ['status', 'fine', 'unhealthy, undetermined, scanning, queued, not-applicable, healthy'],
    ['status', 'healthy,', undefined],
    ['status', 'healthy,worse', 'unhealthy'],
    ['status', '', 'unhealthy'],
    ['status', ',', 'unhealthy'],
    ['severity', '', 'critical'],
    ['severity', 'awful', 'critical, high, medium, low, unknown'],
    ['fixable', 'yes', 'true, false'],
    ['sort', '-size', 'critical, severity, fixable, since, repository, status'],
    ['top', '0', '1 to 1000'],
    ['top', '1001', '1 to 1000'],
    ['top', '1e2', '1 to 1000'],
    ['format', 'xml', 'csv, json'],
    ['q', 'x'.repeat(3000), '2000'],
  ])('answers %s=%s by what is allowed', async (name, value, allowed) => {
    const { status, body } = await assay.get(`/assay/images?${name}=${encodeURIComponent(value)}`);
    if (allowed === undefined) return expect(status).toBe(200);
    expect([status, body.error.code, body.error.target]).toEqual([400, 'InvalidRequestContent', name]);
    return expect(body.error.message).toContain(allowed);
  });

  it('refuses a token of another order', async () => {
    const { nextLink } = (await assay.get('/assay/images?top=3&sort=-critical')).body;
    const token = new URL(nextLink).searchParams.get('$skipToken')!;
    const answer = await assay.get(`/assay/images?top=3&sort=repository&$skipToken=${encodeURIComponent(token)}`);
    expect([answer.status, answer.body.error.code]).toEqual([400, 'InvalidSkipToken']);
  });

  it('is empty without images, with all numbers', async () => {
    const empty = await suite();
    expect((await empty.get('/assay/images')).body).toEqual({
      value: [],
      total: 0,
      all: 0,
      counts: Object.fromEntries(shownStatuses.map((status) => [status, 0])),
      hidden: 0,
      unknown: 0,
      untagged: 0,
    });
    await empty.close();
  });

  it('answers a poll of an unchanged list with 304', async () => {
    const { headers } = await assay.get('/assay/images?top=5');
    const again = await assay.get('/assay/images?top=5', { 'if-none-match': String(headers.etag) });
    expect(again.status).toBe(304);
  });

  it('counts a severity and a fix of one and the same finding', async () => {
    const one = await suite();
    await one.publish(
      ...wholeStory({
        digest: digestOf(1),
        findings: [
          findingOf({ vulnerability: 'CVE-1', severity: 'Critical', fixedVersion: undefined }),
          findingOf({ vulnerability: 'CVE-2', severity: 'Low', fixedVersion: '2' }),
        ],
      }),
    );
    const total = async (query: string): Promise<number> => (await one.get(`/assay/images?${query}`)).body.total;
    expect([await total('severity=high&fixable=true'), await total('severity=low&fixable=true')]).toEqual([0, 1]);
    expect([await total('vulnerability=CVE-1&fixable=true'), await total('vulnerability=CVE-2&fixable=true')]).toEqual([
      0, 1,
    ]);
    await one.close();
  });
});
