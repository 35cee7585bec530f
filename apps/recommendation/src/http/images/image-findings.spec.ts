import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { severities, type Severity } from '@assay/events';
import { Caller, operations, type Grant } from '@assay/http';
import { asCell, rowsOf } from '../../../test/csv.ts';
import { motleyRegistries, oddNames } from '../../../../../libs/read-model/test/motley.ts';
import { suite, type ServiceUnderTest } from '../../../test/suite.ts';
import {
  digestOf,
  factsAt,
  findingOf,
  subscriptionId,
  wholeStory,
} from '../../../../../libs/read-model/test/fixtures.ts';

interface Found {
  readonly findingId: string;
  readonly vulnerability: string;
  readonly aliases: readonly string[];
  readonly package: string;
  readonly sourcePackage?: string;
  readonly path?: string;
  readonly severity: Severity;
  readonly fixedVersion?: string;
  readonly state: 'active' | 'exempt';
  readonly registryId: string;
  readonly repository: string;
  readonly firstSeenAt: string;
}

const findings = oddNames.flatMap((name, n) =>
  Array.from({ length: 5 }, (_, nth) =>
    findingOf({
      vulnerability: `CVE-2026-${1000 + ((n * 7 + nth * 3) % 17)}${nth === 4 ? name : ''}`,
      package: name,
      sourcePackage: nth === 1 ? `source of ${name}` : undefined,
      path: nth === 2 ? `usr/${name}` : undefined,
      aliases: nth % 2 === 0 ? [`GHSA-${n}`] : [],
      severity: severities[(n + nth) % severities.length]!,
      fixedVersion: (n + nth) % 3 === 0 ? undefined : `1.${nth}`,
      state: (n * nth) % 4 === 1 ? 'exempt' : 'active',
      ruleId: (n * nth) % 4 === 1 ? 'a-rule' : undefined,
      firstSeenAt: `2026-11-${10 + ((n * 3 + nth) % 9)}T00:00:00.000Z`,
    }),
  ),
);

let assay: ServiceUnderTest;
let grants: readonly Grant[] = [{ may: operations, scope: 'everything' }];
let all: Found[];
const base = `/assay/images/${digestOf(1)}/findings`;
beforeAll(async () => {
  assay = await suite({ arm: { access: { identify: () => new Caller('ana', 'here', grants) } } });
  const [one, , two] = motleyRegistries;
  await assay.publish(
    ...wholeStory({ digest: digestOf(1), findings, push: { ...one, repository: 'team/web' } }),
    ...wholeStory({ digest: digestOf(1), findings: findings.slice(7, 20), push: { ...two, repository: '100%_b' } }),
    ...wholeStory({ digest: digestOf(2), findings: findings.slice(0, 3), push: { ...one, repository: 'team/web' } }),
    ...wholeStory({ digest: digestOf(3), findings: [] }),
  );
  all = (await assay.all(`${base}?state=all`)) as Found[];
});
afterAll(() => assay.close());

interface Asked {
  readonly repository?: string | undefined;
  readonly severity?: Severity | undefined;
  readonly fixable?: boolean | undefined;
  readonly state?: 'active' | 'exempt' | 'all' | undefined;
  readonly q?: string | undefined;
}

const isAsked = (found: Found, { repository, severity, fixable, state, q }: Asked, withState = true): boolean =>
  (repository === undefined ||
    (repository === 'team/*' ? found.repository.startsWith('team/') : found.repository === repository)) &&
  (severity === undefined || severities.indexOf(found.severity) <= severities.indexOf(severity)) &&
  (fixable === undefined || (found.fixedVersion !== undefined) === fixable) &&
  (!withState || state === 'all' || found.state === (state ?? 'active')) &&
  (q === undefined ||
    [found.vulnerability, found.package, found.sourcePackage ?? '', found.path ?? '', ...found.aliases].some((text) =>
      text.toLowerCase().includes(q.toLowerCase()),
    ));

const addressOf = (asked: Asked, more: Readonly<Record<string, string>> = {}): string => {
  const given = Object.entries({ ...asked, ...more }).filter(([, value]) => value !== undefined);
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)] as [string, string]));
  return `${base}?${query.toString()}`;
};

const option = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
const asking: fc.Arbitrary<Asked> = fc.record({
  repository: option(fc.constantFrom('team/*', '100%_b')),
  severity: option(fc.constantFrom(...severities)),
  fixable: option(fc.boolean()),
  state: option(fc.constantFrom('active', 'exempt', 'all')),
  q: option(
    fc.constantFrom('TEAM/web', '%', "it's", 'GHSA-3', 'source of', 'usr/', '2026-101', 'GRÖSSE', '\\', '"quoted"'),
  ),
});

const idsOf = (found: readonly Found[]): string[] => found.map(({ findingId }) => findingId);

describe('the findings of an image', () => {
  it('are all there, in each place', () => {
    expect(all).toHaveLength(findings.length + 13);
  });

  it('are by filter, total and count of exempt ones what a filter of the whole list shows', () =>
    fc.assert(
      fc.asyncProperty(asking, fc.constantFrom(9, 100), async (asked, top) => {
        const matching = all.filter((found) => isAsked(found, asked));
        const { value, total, exempt, nextLink } = (await assay.get(addressOf(asked, { top: String(top) }))).body;
        const listed = nextLink ? await assay.all(addressOf(asked, { top: String(top) })) : value;
        expect(idsOf(listed)).toEqual(idsOf(matching));
        expect({ total, exempt }).toEqual({
          total: matching.length,
          exempt: all.filter((found) => found.state === 'exempt' && isAsked(found, asked, false)).length,
        });
      }),
      { numRuns: 25 },
    ));

  const bytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
  const orders: Readonly<Record<string, (a: Found, b: Found) => number>> = {
    severity: (a, b) => severities.indexOf(b.severity) - severities.indexOf(a.severity),
    vulnerability: (a, b) => bytes(a.vulnerability, b.vulnerability),
    package: (a, b) => bytes(a.package, b.package),
    fixable: (a, b) => Number(a.fixedVersion !== undefined) - Number(b.fixedVersion !== undefined),
    since: (a, b) => bytes(a.firstSeenAt, b.firstSeenAt),
  };

  it.each(Object.keys(orders).flatMap((name) => [name, `-${name}`]))('are sorted by %s, page by page', async (sort) => {
    const order = orders[sort.replace('-', '')]!;
    const sign = sort.startsWith('-') ? -1 : 1;
    expect(idsOf(await assay.all(`${base}?state=all&sort=${sort}&top=20`))).toEqual(
      idsOf(all.toSorted((a, b) => sign * order(a, b))),
    );
  });

  it('are one CSV with the same rows, in which no name is a formula', async () => {
    for (const [address, accept] of [
      [`${base}?state=active&sort=-severity&format=csv`, 'application/json'],
      [`${base}?state=active&sort=-severity`, 'text/csv'],
    ] as const) {
      const { headers, body } = await assay.app.inject({ url: address, headers: { accept } });
      expect(headers['content-type']).toBe('text/csv; charset=utf-8; header=present');
      const listed = (await assay.all(`${base}?state=active&sort=-severity`)) as Found[];
      expect(
        rowsOf(body).map((row) => [row.vulnerability, row.package, row.severity, row.repository, row.path]),
      ).toEqual(
        listed.map((found) => [
          found.vulnerability,
          asCell(found.package),
          found.severity,
          found.repository,
          asCell(found.path ?? ''),
        ]),
      );
    }
  });

  it('are only those that the caller may read', async () => {
    grants = [{ may: operations, scope: { kind: 'registry', subscriptionId, resourceGroup: 'rg1', registry: 'one' } }];
    try {
      const { value, total } = (await assay.get(`${base}?state=all&top=1000`)).body;
      expect([value.length, total]).toEqual([findings.length, findings.length]);
      const { statusCode } = await assay.app.inject({ url: `/assay/images/${digestOf(3)}/findings?format=csv` });
      expect(statusCode).toBe(404);
    } finally {
      grants = [{ may: operations, scope: 'everything' }];
    }
  });

  it('are none for a healthy image, and unknown for an image that is not there', async () => {
    expect((await assay.get(`/assay/images/${digestOf(3)}/findings`)).body).toEqual({ value: [], total: 0, exempt: 0 });
    expect((await assay.get(`/assay/images/${digestOf(4)}/findings`)).status).toBe(404);
    expect((await assay.get(`${base}?repository=elsewhere`)).status).toBe(404);
  });

  it('have no total while an image has no result, and no CSV, which would claim that there are none', async () => {
    const [queued, index, failed] = [10, 11, 12].map(digestOf) as [string, string, string];
    const [one, , two] = motleyRegistries;
    await assay.publish(
      wholeStory({ digest: queued, push: { ...one, repository: 'queued' } })[0]!,
      wholeStory({
        digest: index,
        push: {
          ...one,
          repository: 'index',
          facts: factsAt('', '', { kind: 'index', children: [{ digest: digestOf(3), kind: 'image' }] }),
        },
      })[0]!,
      ...wholeStory({
        digest: failed,
        findings: [],
        push: { ...one, repository: 'failed' },
        classified: { status: 'undetermined', reason: 'failed/bad-manifest' },
      }),
      wholeStory({ digest: digestOf(2), push: { ...two, repository: 'queued' } })[0]!,
    );
    for (const [digest, code] of [
      [queued, 'ImageNotScanned'],
      [index, 'IndexNotScanned'],
      [failed, 'ImageNotScanned'],
    ] as const) {
      expect((await assay.get(`/assay/images/${digest}/findings`)).body).toEqual({ value: [] });
      const csv = await assay.get(`/assay/images/${digest}/findings?format=csv`);
      expect([csv.status, csv.body.error.code]).toEqual([409, code]);
    }
    const both = (await assay.get(`/assay/images/${digestOf(2)}/findings`)).body;
    expect([both.value.length, both.total, both.exempt]).toEqual([3, undefined, undefined]);
    const scanned = (await assay.get(`/assay/images/${digestOf(2)}/findings?repository=team/web`)).body;
    expect(scanned.total).toBe(3);
    expect((await assay.app.inject({ url: `/assay/images/${digestOf(2)}/findings?format=csv` })).statusCode).toBe(200);
  });

  it.each([
    ['severity', 'awful', 'critical, high, medium, low, unknown'],
    ['state', 'gone', 'active, exempt, all'],
    ['sort', 'size', 'severity, vulnerability, package, fixable, since'],
    ['format', 'xml', 'json, sarif, cyclonedx, spdx, csv'],
  ])('answer %s=%s by what is allowed', async (name, value, allowed) => {
    const { status, body } = await assay.get(`${base}?${name}=${value}`);
    expect([status, body.error.code, body.error.target]).toEqual([400, 'InvalidRequestContent', name]);
    expect(body.error.message).toContain(allowed);
  });

  it('are a report by its name, too', async () => {
    const { headers } = await assay.app.inject({ url: `${base}?format=sarif` });
    expect(headers['content-type']).toContain('application/sarif+json');
  });
});
