import { createHash } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { BlobFailure, putInventory } from '@assay/event-sourcing';
import { inventoryBytes, type AssayEvent, type BlobReference, type Package } from '@assay/events';
import { version } from '@assay/process/version';
import { wrongInCycloneDx, wrongInSarif } from '../../../test/schemas.ts';
import { suite, suites, type ServiceUnderTest } from '../../../test/suite.ts';
import {
  attestationAt,
  declined,
  digestOf,
  findingOf,
  pushFields,
  emitted,
  exampleInventory,
  subscriptionId,
  wholeStory,
} from '../../../../../libs/read-model/test/fixtures.ts';

const { next, close } = suites({});
let assay: ServiceUnderTest;
beforeEach(async () => {
  assay = await next();
});
afterAll(close);

const [sarifType, cycloneDxType, spdxType] = [
  'application/sarif+json',
  'application/vnd.cyclonedx+json',
  'application/spdx+json',
] as const;
const report = (accept?: string, n = 1, query = '') =>
  assay.get(`/assay/images/${digestOf(n)}/findings${query}`, accept === undefined ? {} : { accept });
const sarifOf = async (n = 1, query = '') => {
  const { body } = await report(sarifType, n, query);
  expect(wrongInSarif(body)).toBeNull();
  return body.runs[0];
};
const cycloneDxOf = async (n = 1) => {
  const { body } = await report(cycloneDxType, n);
  expect(await wrongInCycloneDx(body)).toBeNull();
  return body;
};

const unrated = findingOf({
  vulnerability: 'CVE-2026-7',
  package: 'rack',
  packageType: 'gemspec',
  installedVersion: '2.0',
  severity: 'Unknown',
  ratings: [],
  aliases: ['GHSA-1'],
  path: '/app/ä b/Gemfile.lock',
  cwes: ['CWE-79', 'NVD-CWE-noinfo'],
  references: ['javascript:alert(1)', 'https://example.org/a b?x={y}|z'],
});
const exempt = findingOf({
  vulnerability: 'CVE-2026-8',
  severity: 'Critical',
  state: 'exempt',
  ruleId: 'no-base-images',
});
const story = (changes = {}) => wholeStory({ findings: [findingOf(), unrated, exempt], ...changes });

describe('the form of findings', () => {
  const ofStory = suites({}, ...story());
  afterAll(() => ofStory.close());

  it.each([
    [undefined, 'application/json; charset=utf-8'],
    ['*/*', 'application/json; charset=utf-8'],
    ['application/*', 'application/json; charset=utf-8'],
    ['text/html, application/json;q=0.5', 'application/json; charset=utf-8'],
    [sarifType, 'application/sarif+json; charset=utf-8'],
    [`${sarifType}, application/json;q=0.9`, 'application/sarif+json; charset=utf-8'],
    [`application/json;q=0.1, ${cycloneDxType};q=0.2`, 'application/vnd.cyclonedx+json; version=1.6; charset=utf-8'],
    ['', 'application/json; charset=utf-8'],
    [' ', 'application/json; charset=utf-8'],
    ['application/json; charset=utf-8', 'application/json; charset=utf-8'],
    ['application/json;odata="a;b,c";q=0.5', 'application/json; charset=utf-8'],
    ['APPLICATION/SARIF+JSON;charset=UTF-8', 'application/sarif+json; charset=utf-8'],
    [`${sarifType}; version=2.1.0`, 'application/sarif+json; charset=utf-8'],
    [`${cycloneDxType};charset=utf-8; version="1.6"`, 'application/vnd.cyclonedx+json; version=1.6; charset=utf-8'],
    [spdxType, 'application/spdx+json; version=2.3; charset=utf-8'],
    [`${spdxType}; version=2.3`, 'application/spdx+json; version=2.3; charset=utf-8'],
    [`${cycloneDxType}; version=1.6`, 'application/vnd.cyclonedx+json; version=1.6; charset=utf-8'],
  ])('for `Accept: %s` is %s', async (accept, type) => {
    assay = await ofStory.next();
    expect(await report(accept)).toMatchObject({
      status: 200,
      headers: { 'content-type': type, vary: 'Accept, accept-encoding' },
    });
  });

  it.each([
    'text/html',
    'json',
    ',',
    `${sarifType}; version=2.0.0`,
    'application/xml',
    `${cycloneDxType}; version=1.5`,
    `${spdxType}; version=3.0`,
    'application/json;q=0',
  ])('is refused for `Accept: %s`', async (accept) => {
    assay = await ofStory.next();
    expect(await report(accept)).toMatchObject({
      status: 406,
      body: { error: { code: 'NotAcceptable' } },
      headers: { vary: 'Accept' },
    });
  });

  it.each([sarifType, cycloneDxType, spdxType])('is refused for an image that was not scanned: %s', async (type) => {
    const children = [
      { digest: digestOf(8), kind: 'image', os: 'linux', architecture: 'amd64' },
      { digest: digestOf(9), kind: 'attestation', os: 'unknown', architecture: 'unknown' },
    ];
    await assay.publish(
      attestationAt(9),
      wholeStory({ digest: digestOf(2) })[0]!,
      declined('plan-disabled', { digest: digestOf(3) }),
      ...wholeStory({
        digest: digestOf(4),
        findings: [],
        classified: { status: 'undetermined', reason: 'failed/bad-manifest' },
      }),
      ...wholeStory({ digest: digestOf(5) }),
      declined('image-deleted', { digest: digestOf(5), verdict: 2 }),
      wholeStory({
        digest: digestOf(7),
        push: {
          facts: { kind: 'index', layers: 0, compressedBytes: 0, encrypted: false, foreignLayers: false, children },
        },
      })[0]!,
    );
    const errorOf = async (n: number) => {
      const { status, body } = await report(type, n);
      return [status, body.error.code as string];
    };
    expect(await Promise.all([1, 2, 3, 4, 5, 7].map(errorOf))).toEqual([
      [404, 'ResourceNotFound'],
      [409, 'ImageNotScanned'],
      [409, 'ImageNotScanned'],
      [409, 'ImageNotScanned'],
      [409, 'ImageNotScanned'],
      [409, 'IndexNotScanned'],
    ]);
    expect((await report(type, 7)).body.error.message).toContain(`: ${digestOf(8)}.`);
    expect((await assay.get('/assay/images/latest/findings', { accept: type })).status).toBe(400);
  });
});

it('the schemas refuse other documents', async () => {
  expect(wrongInSarif({ version: '2.1.0', runs: [{ tool: {} }] })).not.toBeNull();
  expect(
    await wrongInCycloneDx({ bomFormat: 'CycloneDX', specVersion: '1.6', components: [{ name: 'x' }] }),
  ).not.toBeNull();
});

describe('SARIF', () => {
  it('has a rule for each vulnerability and a result for each finding', async () => {
    await assay.publish(...story());
    const { tool, results, automationDetails, properties } = await sarifOf();
    expect(tool).toMatchObject({
      driver: { name: 'Assay', version, semanticVersion: version },
      extensions: [{ name: 'trivy', version: '0.74.0' }],
    });
    expect(automationDetails.id).toBe('assay/team/hello/');
    expect(properties).toMatchObject({
      digest: digestOf(1),
      places: [{ repository: 'team/hello', status: 'unhealthy' }],
    });
    const byId = Object.fromEntries(results.map((one: any) => [one.ruleId, one]));
    expect(byId['CVE-2026-1967']).toMatchObject({
      level: 'error',
      message: { text: expect.stringContaining('Upgrade libssl3 from 3.5.1-1 to 3.5.1-1+deb13u1') },
      suppressions: [],
      locations: [
        {
          physicalLocation: { artifactLocation: { uri: 'team/hello' } },
          logicalLocations: [{ name: 'libssl3', kind: 'package' }],
        },
      ],
    });
    expect(byId['CVE-2026-7']).toMatchObject({
      level: 'warning',
      locations: [{ physicalLocation: { artifactLocation: { uri: 'app/%C3%A4%20b/Gemfile.lock' } } }],
    });
    expect(byId['CVE-2026-8'].suppressions).toEqual([
      { kind: 'external', status: 'accepted', justification: "Disabled by the rule 'no-base-images'." },
    ]);
    for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex].id).toBe(ruleId);
    const rules = Object.fromEntries(tool.driver.rules.map((one: any) => [one.id, one]));
    expect(rules['CVE-2026-1967']).toMatchObject({
      helpUri: 'https://security-tracker.debian.org/tracker/CVE-2026-1967',
      properties: { 'security-severity': '7.5' },
    });
    expect(rules['CVE-2026-7']).toMatchObject({
      helpUri: 'https://github.com/advisories/GHSA-1',
      properties: { tags: ['security', 'vulnerability', 'unknown', 'CWE-79', 'NVD-CWE-noinfo'] },
    });
    expect(rules['CVE-2026-7'].properties['security-severity']).toBeUndefined();
    // No source scores it as critical, so the default score of the band is used.
    expect(rules['CVE-2026-8'].properties['security-severity']).toBe('9.5');
  });

  it('keeps the identity of a finding in the next build, and distinguishes two of one name', async () => {
    const twice = [findingOf(), findingOf({ installedVersion: '3.4' })];
    await assay.publish(
      ...wholeStory({ findings: twice }),
      ...wholeStory({ digest: digestOf(2), findings: [findingOf({ installedVersion: '3.5.2' })] }),
    );
    const prints = async (n: number) =>
      (await sarifOf(n)).results.map((one: any) => one.partialFingerprints.primaryLocationLineHash as string);
    const [first, second] = await prints(1);
    expect(first).not.toBe(second);
    expect([first, second]).toContain((await prints(2))[0]);
  });

  it('has no results for a healthy image, and a caveat for an undetermined one', async () => {
    await assay.publish(
      ...wholeStory({ findings: [] }),
      ...wholeStory({
        digest: digestOf(2),
        findings: [],
        classified: { status: 'undetermined', reason: 'operating-system-end-of-life' },
      }),
    );
    expect(await sarifOf()).toMatchObject({
      results: [],
      invocations: [{ executionSuccessful: true, toolExecutionNotifications: [] }],
    });
    expect((await sarifOf(2)).invocations[0].toolExecutionNotifications[0].message.text).toContain(
      'operating-system-end-of-life',
    );
  });

  it('counts a finding once over all placements, and as disabled only if it is so in all', async () => {
    await assay.publish(
      ...story(),
      ...story({
        push: { repository: 'other/repo' },
        findings: [findingOf({ state: 'exempt', ruleId: 'x' }), { ...exempt, state: 'active' as const }],
      }),
    );
    const suppressed = async (query: string) =>
      (await sarifOf(1, query)).results
        .filter((one: any) => one.suppressions.length > 0)
        .map((one: any) => one.ruleId as string);
    expect((await sarifOf()).results).toHaveLength(3);
    expect([
      await suppressed(''),
      await suppressed('?repository=team/hello'),
      await suppressed(`?repository=other/repo&subscription=${subscriptionId}`),
    ]).toEqual([[], ['CVE-2026-8'], ['CVE-2026-1967']]);
    expect((await report(sarifType, 1, '?repository=none')).status).toBe(404);
  });
});

const libssl3 = 'pkg:deb/debian/libssl3@3.5.1-1?arch=amd64&distro=debian-13.0&upstream=openssl';

/** Fields that an example has, and an event has not. */
const absent = (...fields: readonly string[]): object => Object.fromEntries(fields.map((field) => [field, undefined]));

/** The events of a push whose scan names this inventory. */
const naming = (packages: BlobReference | undefined, changes = {}): AssayEvent[] =>
  story(changes).map(
    (event) =>
      (event.topic === 'scan.completed'
        ? { ...event, data: { ...(event.data as object), packages } }
        : event) as AssayEvent,
  );

/** The events of a push whose scan found these packages. */
const storyOf = async (packages: readonly Package[], changes = {}): Promise<AssayEvent[]> =>
  naming(await putInventory(assay.blobs, { os: exampleInventory.os, packages }), changes);

describe('CycloneDX', () => {
  it('has the inventory of the scan and its vulnerabilities', async () => {
    await assay.publish(...story());
    const document = await cycloneDxOf();
    expect(document).toMatchObject({
      specVersion: '1.6',
      metadata: {
        component: { type: 'container', name: 'myreg.registry.test/team/hello', version: digestOf(1) },
        tools: { components: [{ name: 'assay' }, { name: 'trivy', version: '0.74.0' }] },
      },
      components: [
        { type: 'operating-system', name: 'debian', version: '13.0' },
        {
          type: 'library',
          name: 'libssl3',
          version: '3.5.1-1',
          purl: libssl3,
          'bom-ref': libssl3,
          licenses: [{ license: { id: 'Apache-2.0' } }],
        },
      ],
    });
    expect(JSON.stringify(document)).not.toContain('assay:inventory');
    const [system, library] = document.components;
    expect(library.properties.filter(({ name }: any) => name.startsWith('aquasecurity:trivy:Src'))).toEqual([
      { name: 'aquasecurity:trivy:SrcName', value: 'openssl' },
      { name: 'aquasecurity:trivy:SrcVersion', value: '3.5.1' },
      { name: 'aquasecurity:trivy:SrcRelease', value: '1' },
    ]);
    // The packages that it needs are absent.
    expect(document.dependencies).toEqual([
      { ref: document.metadata.component['bom-ref'], dependsOn: [system['bom-ref']] },
      { ref: system['bom-ref'], dependsOn: [libssl3] },
      { ref: libssl3, dependsOn: [] },
    ]);
    expect(document.serialNumber).toBe((await cycloneDxOf()).serialNumber);
    const byId = Object.fromEntries(document.vulnerabilities.map((one: any) => [one.id, one]));
    expect(byId['CVE-2026-1967']).toMatchObject({
      ratings: [
        { source: { name: 'Assay' }, severity: 'high' },
        { source: { name: 'nvd' }, severity: 'high', score: 7.5 },
      ],
      recommendation: expect.stringContaining('Upgrade libssl3'),
      cwes: [476],
      affects: [{ ref: libssl3, versions: [{ version: '3.5.1-1', status: 'affected' }] }],
    });
    expect(byId['CVE-2026-7']).toMatchObject({
      ratings: [{ severity: 'unknown' }],
      cwes: [79],
      advisories: [{ url: 'https://example.org/a%20b?x=%7By%7D%7Cz' }],
    });
    expect(byId['CVE-2026-8'].properties).toContainEqual({ name: 'assay:exempt', value: 'true' });
  });

  it('omits source versions for an event without them, and states that', async () => {
    const purl = 'pkg:deb/debian/libssl3@3.5.1-1';
    await assay.publish(
      ...(await storyOf([{ name: 'libssl3', version: '3.5.1-1', type: 'debian', sourcePackage: 'openssl', purl }])),
    );
    const {
      components: [, library],
    } = await cycloneDxOf();
    expect(library).toMatchObject({
      'bom-ref': purl,
      name: 'libssl3',
      version: '3.5.1-1',
      purl,
      properties: expect.arrayContaining([{ name: 'assay:sourcePackage', value: 'openssl' }]),
    });
    expect(JSON.stringify(library)).not.toMatch(/Src|upstream/);
    // Other scanners would take an empty result for good news.
    expect((await cycloneDxOf()).metadata.properties).toContainEqual({
      name: 'assay:inventory',
      value: expect.stringContaining('without versions of source packages'),
    });
    expect((await report(spdxType)).body.comment).toContain('without versions of source packages');
  });

  it('puts packages below their lock file or the image, and distinguishes two of one name', async () => {
    const semver = { name: 'semver', version: '6.3.1', purl: 'pkg:npm/semver@6.3.1' };
    await assay.publish(
      ...(await storyOf(
        [
          {
            name: 'a',
            version: '1',
            type: 'npm',
            purl: 'pkg:npm/a@1',
            foundIn: 'a.lock',
            dependsOn: ['semver@6.3.1', 'gone@1', 'a@1'],
          },
          { ...semver, type: 'npm', foundIn: 'a.lock', licenses: ['MIT', 'Public domain'] },
          { ...semver, type: 'npm', foundIn: 'b.lock', licenses: ['(MIT OR Apache-2.0)'] },
          { ...semver, type: 'node-pkg', path: 'x/semver', licenses: ['MIT OR ISC', 'MIT'] },
          { name: './local', version: '', type: 'gobinary', purl: '', foundIn: 'bin/x' },
        ],
        { findings: [findingOf({ package: 'semver', packageType: 'npm', installedVersion: '6.3.1', path: 'b.lock' })] },
      )),
    );
    const { components, dependencies, metadata, vulnerabilities } = await cycloneDxOf();
    const refs: string[] = components.map((one: any) => one['bom-ref']);
    expect(new Set(refs).size).toBe(refs.length);
    const [system, a, b, bin, alone, first, inA, inB, local] = refs;
    const needs = Object.fromEntries(dependencies.map(({ ref, dependsOn }: any) => [ref, dependsOn]));
    expect(needs).toEqual({
      [metadata.component['bom-ref']]: [system, a, b, bin, alone],
      [system!]: [],
      [a!]: [first, inA],
      [b!]: [inB],
      [bin!]: [local],
      [first!]: [inA],
      [inA!]: [],
      [inB!]: [],
      [alone!]: [],
      [local!]: [],
    });
    const licensesOf = (ref: string | undefined) => components.find((one: any) => one['bom-ref'] === ref).licenses;
    expect([inA, inB, alone].map(licensesOf)).toEqual([
      [{ license: { id: 'MIT' } }, { license: { name: 'Public domain' } }],
      [{ expression: '(MIT OR Apache-2.0)' }],
      [{ license: { name: 'MIT OR ISC' } }, { license: { id: 'MIT' } }],
    ]);
    expect(vulnerabilities[0].affects).toMatchObject([{ ref: inB }]);
  });

  it('is the same for the same packages, in any order in which the scanner reports them', async () => {
    const packages = ['b', 'a', 'c'].map((name): Package => ({
      name,
      version: '1',
      type: 'debian',
      purl: `pkg:deb/debian/${name}@1`,
    }));
    await assay.publish(...(await storyOf(packages)));
    const before = [await cycloneDxOf(), (await report(spdxType)).body];
    const other = await suite();
    try {
      const named = await putInventory(other.blobs, { os: exampleInventory.os, packages: packages.toReversed() });
      await other.publish(...naming(named));
      const path = `/assay/images/${digestOf(1)}/findings`;
      expect([
        (await other.get(path, { accept: cycloneDxType })).body,
        (await other.get(path, { accept: spdxType })).body,
      ]).toEqual(before);
    } finally {
      await other.close();
    }
  });

  it('has the inventory of the result whose findings are shown', async () => {
    const inventoryOf = (...names: readonly string[]) =>
      putInventory(assay.blobs, {
        os: exampleInventory.os,
        packages: names.map((name) => ({ name, version: '1', type: 'debian', purl: `pkg:deb/debian/${name}@1` })),
      });
    await assay.publish(...naming(await inventoryOf('first')));
    const names = async () => (await cycloneDxOf()).components.slice(1).map((one: any) => one.name);
    expect(await names()).toEqual(['first']);
    // A failed rescan has no packages, and an unclassified result has no findings.
    await assay.publish(
      emitted('scan.completed', {
        ...pushFields(digestOf(1), 1),
        verdict: 2,
        outcome: 'failed',
        reason: 'timeout',
        content: 'none',
        findings: [],
        ...absent('packages', 'result', 'set', 'layers'),
      }),
      emitted('scan.reassessed', { digest: digestOf(1), result: 2, packages: await inventoryOf('first', 'second') }),
    );
    expect(await names()).toEqual(['first']);
    await assay.publish(
      emitted('finding.classified', { ...pushFields(digestOf(1), 1), verdict: 1, classification: 2, result: 2 }),
    );
    expect(await names()).toEqual(['first', 'second']);
  });

  it('is refused when no packages were found, or none are named', async () => {
    const changes = { findings: [], classified: { status: 'undetermined', reason: 'no-packages' } };
    await assay.publish(...(await storyOf([], changes)));
    for (const type of [cycloneDxType, spdxType])
      expect(await report(type)).toMatchObject({ status: 409, body: { error: { code: 'InventoryNotAvailable' } } });
    await assay.publish(...wholeStory({ digest: digestOf(2) }).filter(({ topic }) => topic !== 'scan.completed'));
    expect(await report(cycloneDxType, 2)).toMatchObject({
      status: 409,
      body: { error: { code: 'InventoryNotAvailable' } },
    });
  });
});

describe('an inventory', () => {
  const inventory = (n = 1, query = '') => assay.get(`/assay/images/${digestOf(n)}/inventory${query}`);

  it('is answered as it is stored, for its digest to be checked', async () => {
    const packages = ['b', 'a'].map((name): Package => ({ name, version: '1', type: 'debian', purl: '' }));
    const { sha256 } = await putInventory(assay.blobs, { os: exampleInventory.os, packages });
    await assay.publish(...(await storyOf(packages)));
    const path = `/assay/images/${digestOf(1)}/inventory`;
    const { statusCode, rawPayload, headers } = await assay.app.inject({ method: 'GET', url: path });
    expect([statusCode, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
    expect(`sha256:${createHash('sha256').update(rawPayload).digest('hex')}`).toBe(sha256);
    expect(rawPayload.equals(inventoryBytes({ os: exampleInventory.os, packages }))).toBe(true);
  });

  it('that is lost is an error with its remedy in each report, never a list without packages', async () => {
    const named = await putInventory(assay.blobs, exampleInventory);
    await assay.publish(...naming(named));
    await assay.blobs.delete(named.dataref);
    for (const answer of [await inventory(), await report(cycloneDxType), await report(spdxType)])
      expect(answer).toMatchObject({
        status: 409,
        body: {
          error: {
            code: 'InventoryLost',
            message: expect.stringMatching(/^inventory-lost: .* stored again when the image is scanned again/),
          },
        },
      });
    expect((await report(sarifType)).status).toBe(200);
    expect((await report()).status).toBe(200);
    await putInventory(assay.blobs, exampleInventory);
    expect((await inventory()).body).toEqual(exampleInventory);
  });

  it('that cannot be read at the moment is answered as such', async () => {
    await assay.publish(...story());
    vi.spyOn(assay.blobs, 'get').mockRejectedValue(new BlobFailure('blobs-unreachable', 'it does not answer'));
    expect(await inventory()).toMatchObject({
      status: 503,
      headers: { 'retry-after': '10' },
      body: { error: { message: expect.stringContaining('it does not answer') } },
    });
  });

  it('is refused for an image that is unknown, elsewhere or not scanned', async () => {
    await assay.publish(...story(), declined('plan-disabled', { digest: digestOf(3) }));
    expect([
      (await inventory(2)).status,
      (await inventory(1, '?repository=none')).status,
      (await inventory(1, '?repository=team/hello')).status,
      (await assay.get('/assay/images/latest/inventory')).status,
    ]).toEqual([404, 404, 200, 400]);
    expect(await inventory(3)).toMatchObject({ status: 409, body: { error: { code: 'ImageNotScanned' } } });
  });
});

describe('SPDX', () => {
  const spdxOf = async () => (await report(spdxType)).body;
  const byName = (document: any, name: string) => document.packages.filter((one: any) => one.name === name);

  it('has the inventory of the scan, with an advisory for each finding', async () => {
    await assay.publish(...story());
    const document = await spdxOf();
    expect(document).toMatchObject({
      spdxVersion: 'SPDX-2.3',
      dataLicense: 'CC0-1.0',
      SPDXID: 'SPDXRef-DOCUMENT',
      name: 'myreg.registry.test/team/hello',
      creationInfo: {
        created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        creators: [`Tool: assay-${version}`, 'Tool: trivy-0.74.0'],
      },
      comment: expect.stringContaining('unhealthy'),
    });
    expect(document.documentNamespace).toBe((await spdxOf()).documentNamespace);
    const [[image], [system], [library]] = ['myreg.registry.test/team/hello', 'debian', 'libssl3'].map((name) =>
      byName(document, name),
    );
    expect(image).toMatchObject({
      versionInfo: digestOf(1),
      primaryPackagePurpose: 'CONTAINER',
      checksums: [{ algorithm: 'SHA256', checksumValue: digestOf(1).slice(7) }],
    });
    expect(system).toMatchObject({ versionInfo: '13.0', primaryPackagePurpose: 'OPERATING-SYSTEM' });
    expect(library).toMatchObject({
      versionInfo: '3.5.1-1',
      sourceInfo: 'built package from: openssl 3.5.1-1',
      licenseDeclared: 'Apache-2.0',
      licenseConcluded: 'NOASSERTION',
      filesAnalyzed: false,
      externalRefs: [
        { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: libssl3 },
        {
          referenceCategory: 'SECURITY',
          referenceType: 'advisory',
          referenceLocator: 'https://security-tracker.debian.org/tracker/CVE-2026-1967',
          comment: expect.stringContaining('High'),
        },
        { comment: expect.stringContaining('disabled by a rule') },
      ],
    });
    expect(library.annotations.map(({ comment }: any) => comment)).toEqual(
      expect.arrayContaining(['PkgID: libssl3@3.5.1-1', 'SrcName: openssl', 'SrcVersion: 3.5.1', 'SrcRelease: 1']),
    );
    expect(document.relationships).toEqual(
      [
        ['SPDXRef-DOCUMENT', 'DESCRIBES', image],
        [image, 'CONTAINS', system],
        [system, 'CONTAINS', library],
      ].map(([from, relationshipType, to]) => ({
        spdxElementId: from.SPDXID ?? from,
        relationshipType,
        relatedSpdxElement: to.SPDXID,
      })),
    );
  });

  it('maps licenses to the SPDX list, and quotes the others', async () => {
    const item = { version: '1', type: 'npm', foundIn: 'a.lock' };
    await assay.publish(
      ...(await storyOf(
        [
          {
            ...item,
            name: 'a',
            purl: 'pkg:npm/a@1',
            licenses: ['mit', 'Public domain', 'MIT OR ISC'],
            dependsOn: ['b@1'],
          },
          { ...item, name: 'b', purl: 'pkg:npm/b@1', licenses: ['Public domain'] },
          { ...item, name: 'c', version: '', purl: '' },
        ],
        { findings: [] },
      )),
    );
    const document = await spdxOf();
    const [{ licenseId }] = document.hasExtractedLicensingInfos;
    expect(document.hasExtractedLicensingInfos).toEqual([
      {
        licenseId: expect.stringMatching(/^LicenseRef-[\w-]+$/),
        name: 'Public domain',
        extractedText: 'Public domain',
      },
    ]);
    const [[a], [b], [c]] = ['a', 'b', 'c'].map((name) => byName(document, name));
    expect([a, b, c].map(({ licenseDeclared }) => licenseDeclared)).toEqual([
      `MIT AND ${licenseId} AND (MIT OR ISC)`,
      licenseId,
      'NOASSERTION',
    ]);
    expect(document.relationships).toContainEqual({
      spdxElementId: a.SPDXID,
      relationshipType: 'DEPENDS_ON',
      relatedSpdxElement: b.SPDXID,
    });
    expect(document.relationships).toContainEqual({
      spdxElementId: byName(document, 'a.lock')[0].SPDXID,
      relationshipType: 'CONTAINS',
      relatedSpdxElement: c.SPDXID,
    });
    expect(c).not.toHaveProperty('versionInfo');
    expect(c).not.toHaveProperty('externalRefs');
    for (const { SPDXID } of document.packages) expect(SPDXID).toMatch(/^SPDXRef-[a-zA-Z0-9.-]+$/);
    expect(new Set(document.packages.map(({ SPDXID }: any) => SPDXID)).size).toBe(document.packages.length);
  });
});
