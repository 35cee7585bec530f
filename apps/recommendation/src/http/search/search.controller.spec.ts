import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Caller, operations, type Grant } from '@assay/http';
import { digestOf, findingOf, subscriptionId, wholeStory } from '../../../../../libs/read-model/test/fixtures.ts';
import { suite, type ServiceUnderTest } from '../../../test/suite.ts';

const everything: readonly Grant[] = [{ may: operations, scope: 'everything' }];
let assay: ServiceUnderTest;
let grants = everything;
beforeAll(async () => {
  assay = await suite({ arm: { access: { identify: () => new Caller('ana', 'here', grants) } } });
  const log4j = (vulnerability: string, name: string) =>
    findingOf({ vulnerability, package: name, sourcePackage: undefined, packageType: 'jar', title: undefined });
  await assay.publish(
    ...wholeStory({ digest: digestOf(1), findings: [log4j('CVE-1', 'log4j-core'), log4j('CVE-2', 'log4j-api')] }),
    ...wholeStory({ digest: digestOf(2), findings: [log4j('CVE-1', 'log4j-core')] }),
    ...wholeStory({
      digest: digestOf(3),
      findings: [
        findingOf({
          vulnerability: 'CVE-3',
          package: 'libc6',
          sourcePackage: 'glibc',
          aliases: ['DSA-6101-1'],
          title: undefined,
        }),
      ],
    }),
  );
});
afterAll(() => assay.close());

const search = async (query: string): Promise<any> => (await assay.get(`/assay/search?${query}`)).body;

describe('the search', () => {
  it('finds packages with the number of their images and vulnerabilities, in any case', async () => {
    expect(await search('q=LOG4J')).toMatchObject({
      packages: {
        value: [
          { package: 'log4j-core', images: 2, vulnerabilities: 1 },
          { package: 'log4j-api', images: 1, vulnerabilities: 1 },
        ],
        total: 2,
        images: 2,
      },
      vulnerabilities: { value: [{ id: 'CVE-1' }, { id: 'CVE-2' }], total: 2 },
      images: { value: [], total: 0 },
      unknownImages: 0,
    });
  });

  it('counts the hits beyond the first', async () => {
    const { packages, vulnerabilities } = await search('q=log4j&top=1');
    expect([packages.value.length, packages.total, packages.images]).toEqual([1, 2, 2]);
    expect([vulnerabilities.value.length, vulnerabilities.total]).toEqual([1, 2]);
  });

  it('finds a package by its source, and a vulnerability by that and by an alias', async () => {
    const { packages, vulnerabilities } = await search('q=glibc');
    expect(packages.value).toEqual([{ package: 'libc6', sourcePackage: 'glibc', images: 1, vulnerabilities: 1 }]);
    expect(vulnerabilities.value).toMatchObject([{ id: 'CVE-3' }]);
    expect((await search('q=dsa-6101-1')).vulnerabilities.value).toMatchObject([{ id: 'CVE-3' }]);
  });

  it('finds images and registries by name', async () => {
    const [{ loginServer, repository, digest }] = (await assay.get('/assay/images')).body.value;
    const { images, registries } = await search(`q=${loginServer.slice(0, 5)}`);
    expect(images.total).toBe(3);
    expect(images.value).toContainEqual({ loginServer, repository, digest, tags: expect.any(Array) });
    expect(registries.value.map((each: { loginServer: string }) => each.loginServer)).toEqual(
      registries.total === 0 ? [] : [loginServer],
    );
  });

  it.each([
    ['log4j-core', [digestOf(1), digestOf(2)]],
    ['*LOG4J*', [digestOf(1), digestOf(2)]],
    ['glibc', [digestOf(3)]],
    ['log4j', []],
  ])('leads to the images with the package %s', async (name, digests) => {
    const { body } = await assay.get(`/assay/images?package=${encodeURIComponent(name)}`);
    expect(body.value.map(({ digest }: { digest: string }) => digest).toSorted()).toEqual([...digests].toSorted());
  });

  it('finds nothing that the caller may not read, and needs a text', async () => {
    grants = [{ may: operations, scope: { kind: 'subscription', subscriptionId: subscriptionId.replace(/.$/, 'f') } }];
    const none = await search('q=log4j');
    grants = everything;
    expect([none.packages.total, none.packages.images, none.vulnerabilities.total]).toEqual([0, 0, 0]);
    expect((await assay.get('/assay/search?q=%20')).status).toBe(400);
    expect((await assay.get('/assay/search')).status).toBe(400);
  });
});
