import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { severities, type Severity } from '@assay/events';
import { Caller, operations, type Grant } from '@assay/http';
import { languages } from '@assay/read-model/placement/languages';
import { compareVersions, versionsIn } from '../../domain/versions.ts';
import { asCell, rowsOf } from '../../../test/csv.ts';
import { everyFinding, type MotleyFinding } from '../../../test/found.ts';
import { motley, oddNames, otherSubscription } from '../../../../../libs/read-model/test/motley.ts';
import { suite, type ServiceUnderTest } from '../../../test/suite.ts';
import {
  declined,
  digestOf,
  emitted,
  findingOf,
  pushFields,
  subscriptionId,
  wholeStory,
} from '../../../../../libs/read-model/test/fixtures.ts';

const everything: readonly Grant[] = [{ may: operations, scope: 'everything' }];
let assay: ServiceUnderTest;
let grants = everything;
let all: MotleyFinding[];
/** The system of each image. */
let systems: ReadonlyMap<string, string>;
beforeAll(async () => {
  assay = await suite({ arm: { access: { identify: () => new Caller('ana', 'here', grants) } } });
  await assay.publish(
    ...motley(23, 60, 4),
    // The same packages in other systems.
    ...[1, 2, 3].flatMap((n) =>
      wholeStory({
        digest: digestOf(8000 + n),
        findings: [
          findingOf({
            vulnerability: 'CVE-1',
            package: 'libssl3',
            sourcePackage: 'openssl',
            packageType: 'debian',
            fixedVersion: `3.0.${9 + n}-1~deb1${n}u1`,
            installedVersion: '3.0.2-1',
          }),
          findingOf({
            vulnerability: 'CVE-2',
            package: 'openssl',
            sourcePackage: 'openssl',
            packageType: 'debian',
            fixedVersion: `3.0.9-1~deb1${n}u1`,
            installedVersion: '3.0.2-1',
            severity: 'Low',
          }),
          findingOf({
            vulnerability: 'CVE-3',
            package: 'log4j',
            sourcePackage: undefined,
            packageType: 'jar',
            fixedVersion: '2.17.1, 2.12.4',
            installedVersion: `2.${9 + n}.0`,
          }),
        ],
        classified: { os: { family: 'debian', version: `1${n}.1`, endOfLife: false } },
      }),
    ),
  );
  const images = (await assay.all('/assay/images?children=true&top=1000')) as Record<string, any>[];
  systems = new Map(
    images.map(({ registryId, repository, digest, operatingSystem: os }) => [
      `${registryId} ${repository} ${digest}`,
      os ? `${os.family} ${os.version}` : '',
    ]),
  );
  all = await everyFinding(assay);
});
afterAll(() => assay.close());

interface Asked {
  readonly subscription?: string | undefined;
  readonly repository?: string | undefined;
  readonly severity?: Severity | undefined;
  readonly digest?: string | undefined;
}

const isOfSystem = (type: string): boolean => !Object.hasOwn(languages, type);
const nameOf = (found: MotleyFinding): string => found.sourcePackage ?? found.package;
const systemOf = (found: MotleyFinding): string => (isOfSystem(found.packageType) ? systems.get(found.image)! : '');
const groupOf = (found: MotleyFinding): string => [found.packageType, nameOf(found), systemOf(found)].join('\n');
const isAt = (found: MotleyFinding, { subscription, repository, digest }: Asked): boolean =>
  (subscription === undefined || found.registryId.includes(subscription)) &&
  (digest === undefined || found.digest === digest) &&
  (repository === undefined || found.repository === repository);
const isClosable = ({ state, fixedVersion }: MotleyFinding): boolean =>
  state === 'active' && fixedVersion !== undefined;
const countOf = (found: readonly MotleyFinding[], severity: Severity): number =>
  found.filter((each) => each.severity === severity).length;
const bytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** The lines to type have a spec of their own. */
const withoutCommand = (fix: object): object => ({ ...fix, command: undefined });

const fixesOf = (asked: Asked): object[] => {
  const { severity: least = 'Unknown' } = asked;
  const closable = all.filter(
    (found) =>
      isAt(found, asked) && isClosable(found) && severities.indexOf(found.severity) <= severities.indexOf(least),
  );
  return [...Map.groupBy(closable, groupOf)]
    .toSorted(
      ([a, one], [b, other]) =>
        severities.reduce((order, each) => order || countOf(other, each) - countOf(one, each), 0) ||
        a.split('\n').reduce((order, part, at) => order || bytes(part, b.split('\n')[at]!), 0),
    )
    .map(([, own]) => {
      const [first] = own;
      const compare = (a: string, b: string): number =>
        compareVersions(a, b, isOfSystem(first!.packageType)) || bytes(a, b);
      const images = new Set(own.map(({ image }) => image));
      const places = new Set(own.map(({ registryId, repository }) => `${registryId}\n${repository}`));
      return {
        package: nameOf(first!),
        type: first!.packageType,
        ...(systemOf(first!) ? { system: systemOf(first!) } : {}),
        packages: [...new Set(own.map((each) => each.package))].toSorted(bytes),
        fixed: own
          .flatMap(({ fixedVersion }) => versionsIn(fixedVersion!))
          .toSorted(compare)
          .at(-1),
        installed: expect.toSatisfy(
          (versions: string[]) =>
            versions.length === Math.min(5, new Set(own.map(({ installedVersion }) => installedVersion)).size) &&
            versions.every((version) => own.some(({ installedVersion }) => installedVersion === version)),
        ),
        closes: own.length,
        of: all.filter(({ image, state }) => state === 'active' && images.has(image)).length,
        images: images.size,
        bySeverity: Object.fromEntries(severities.map((severity) => [severity, countOf(own, severity)])),
        worst: severities.find((severity) => countOf(own, severity) > 0),
        repositories: [...new Set([...places].map((place) => place.split('\n')[1]!))].toSorted(bytes).slice(0, 5),
        repositoryCount: places.size,
      };
    });
};

const addressOf = (asked: object, path = '/assay/fixes'): string =>
  `${path}?${new URLSearchParams(
    Object.entries(asked).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as [string, string]],
    ),
  ).toString()}`;
const option = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

describe('fixes', () => {
  it('are by filter what a look at each finding gives, with all numbers', () =>
    fc.assert(
      fc.asyncProperty(
        fc.record({
          subscription: option(fc.constantFrom(subscriptionId, otherSubscription)),
          repository: option(fc.constantFrom(...oddNames)),
          severity: option(fc.constantFrom(...severities)),
        }),
        fc.constantFrom(5, 100),
        async (asked, top) => {
          const expected = fixesOf(asked);
          const { value, total, nextLink } = (await assay.get(addressOf({ ...asked, top }))).body;
          expect((nextLink ? await assay.all(addressOf({ ...asked, top })) : value).map(withoutCommand)).toEqual(
            expected,
          );
          expect(total).toBe(expected.length);
        },
      ),
      { numRuns: 20 },
    ));

  it('name the source package, and the highest version of each system by itself', async () => {
    const { value } = (await assay.get('/assay/fixes?top=1000')).body;
    expect(
      value
        .filter((fix: Record<string, string>) => ['openssl', 'log4j'].includes(fix.package!))
        .map(({ package: name, system, fixed, closes, installed }: Record<string, unknown>) => [
          name,
          system,
          fixed,
          closes,
          installed,
        ])
        .toSorted(),
    ).toEqual([
      ['log4j', undefined, '2.17.1', 3, ['2.12.0', '2.11.0', '2.10.0']],
      ['openssl', 'debian 11.1', '3.0.10-1~deb11u1', 2, ['3.0.2-1']],
      ['openssl', 'debian 12.1', '3.0.11-1~deb12u1', 2, ['3.0.2-1']],
      ['openssl', 'debian 13.1', '3.0.12-1~deb13u1', 2, ['3.0.2-1']],
    ]);
  });

  it('each lead to the images that they close something in', async () => {
    const { value } = (await assay.get('/assay/fixes?top=1000')).body;
    for (const fix of value.slice(0, 25) as Record<string, any>[]) {
      const { body } = await assay.get(
        addressOf({ fix: `${fix.package}@${fix.fixed}`, top: 1000, children: true }, '/assay/images'),
      );
      const closed = all.filter(
        (found) =>
          isClosable(found) &&
          nameOf(found) === fix.package &&
          all.some(
            (other) =>
              isClosable(other) &&
              groupOf(other) === groupOf(found) &&
              versionsIn(other.fixedVersion!).includes(fix.fixed),
          ) &&
          versionsIn(found.fixedVersion!).some(
            (version) => compareVersions(version, fix.fixed, isOfSystem(found.packageType)) <= 0,
          ),
      );
      expect(
        body.value
          .filter(({ kind }: { kind: string }) => kind !== 'index')
          .map(({ registryId, repository, digest }: MotleyFinding) => `${registryId} ${repository} ${digest}`)
          .toSorted(),
      ).toEqual([...new Set(closed.map(({ image }) => image))].toSorted());
      expect(body.total).toBeGreaterThanOrEqual(fix.images);
    }
  });

  it('with an older version lead to what that one closes', async () => {
    const total = async (query: string): Promise<number> => (await assay.get(`/assay/images?${query}`)).body.total;
    expect(await total('fix=openssl@3.0.9-1~deb12u1')).toBe(1);
    expect(await total('fix=openssl@3.0.9-1~deb12u1&severity=medium')).toBe(0);
    expect(await total('fix=openssl@3.0.11-1~deb12u1&severity=medium')).toBe(1);
    expect(await total('fix=openssl@9')).toBe(0);
    const { status, body } = await assay.get('/assay/images?fix=openssl');
    expect([status, body.error.code, body.error.target]).toEqual([400, 'InvalidRequestContent', 'fix']);
  });

  it('are by digest those of one image, with its numbers alone', async () => {
    for (const digest of new Set(all.slice(0, 200).map((found) => found.digest)))
      expect((await assay.get(addressOf({ digest, top: 1000 }))).body.value.map(withoutCommand)).toEqual(
        fixesOf({ digest }),
      );
    expect((await assay.get(addressOf({ digest: digestOf(7777) }))).body).toEqual({
      value: [],
      total: 0,
      unknownImages: expect.any(Number),
      untaggedImages: 0,
    });
    for (const none of ['latest', '']) {
      const { status, body } = await assay.get(`/assay/fixes?digest=${none}`);
      expect([status, body.error?.target], none).toEqual([400, 'digest']);
    }
  });

  it('are one CSV with the same rows, in which no name is a formula', async () => {
    const { body } = await assay.app.inject({ url: '/assay/fixes?format=csv' });
    const listed = (await assay.all('/assay/fixes')) as Record<string, any>[];
    expect(rowsOf(body)).toEqual(
      listed.map((fix) =>
        expect.objectContaining({
          package: asCell(fix.package),
          fixed: fix.fixed,
          closes: String(fix.closes),
          critical: String(fix.bySeverity.Critical),
          repositories: asCell(fix.repositories.join(' ')),
        }),
      ),
    );
  });

  it('are only about what the caller may read', async () => {
    grants = [{ may: operations, scope: { kind: 'subscription', subscriptionId: otherSubscription } }];
    try {
      expect((await assay.get('/assay/fixes?top=1000')).body.value.map(withoutCommand)).toEqual(
        fixesOf({ subscription: otherSubscription }),
      );
      expect((await assay.get('/assay/images?fix=openssl@3.0.11-1~deb12u1')).body.total).toBe(0);
    } finally {
      grants = everything;
    }
  });

  it('close none of an image that is not applicable, and of the last known ones once it waits for a scan', async () => {
    const own = await suite();
    const digest = digestOf(1);
    const numbers = async (): Promise<unknown[]> => {
      const [fixes, vulnerabilities, images, { ages }] = await Promise.all(
        ['fixes', 'vulnerabilities', 'images?vulnerability=CVE-2026-1', 'trends'].map(
          async (path) => (await own.get(`/assay/${path}`)).body,
        ),
      );
      const open = (ages as { critical: number }[]).reduce((sum, { critical }) => sum + critical, 0);
      const { bySeverity } = (await own.get('/assay/images')).body.value[0];
      const of = fixes.value.map((fix: { closes: number; of: number }) => [fix.closes, fix.of]);
      return [of, vulnerabilities.total, images.total, open, bySeverity?.Critical, fixes.unknownImages];
    };
    await own.publish(
      ...wholeStory({
        findings: [findingOf({ vulnerability: 'CVE-2026-1', severity: 'Critical', fixedVersion: '2' })],
      }),
    );
    expect(await numbers()).toEqual([[[1, 1]], 1, 1, 1, 1, 0]);
    await own.publish(declined('plan-disabled', { digest, verdict: 2 }));
    expect(await numbers()).toEqual([[], 0, 0, 0, undefined, 0]);
    await own.publish(emitted('scan.approved', { ...pushFields(digest, 1), verdict: 3, kind: 'scan' }));
    expect(await numbers()).toEqual([[[1, 1]], 1, 1, 1, 1, 1]);
    await own.close();
  });

  it('are none without findings', async () => {
    const empty = await suite();
    expect((await empty.get('/assay/fixes')).body).toEqual({
      value: [],
      total: 0,
      unknownImages: 0,
      untaggedImages: 0,
    });
    await empty.close();
  });
});
