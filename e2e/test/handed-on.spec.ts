import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { seed, turnsOf } from '@assay/testing';
import { Api } from '../../apps/assay/src/client/api.ts';
import { findSandbox } from '../../apps/sandbox-runner/src/sandbox/index.ts';
import type { OpenedTrivy } from '../../apps/sandbox-runner/src/scanner/trivy/index.ts';
import { cycloneDx } from '../../apps/recommendation/src/http/reports/cyclonedx.response.ts';
import { spdx } from '../../apps/recommendation/src/http/reports/spdx.response.ts';
import { wrongInCycloneDx, wrongInSarif } from '../../apps/recommendation/test/schemas.ts';
import { normalise } from '../../apps/sandbox-runner/src/scanner/trivy/normalise.ts';
import type { TrivyReport } from '../../apps/sandbox-runner/src/scanner/trivy/report.ts';
import { debian, dpkgPackage, layerOf, layoutOf, vulnerable } from '../../apps/sandbox-runner/test/layouts.ts';
import {
  allImages,
  bareTrivy,
  realTrivy,
  trivyConverting,
  trivyReading,
} from '../../apps/sandbox-runner/test/trivy.ts';
import { shuffled } from '../draw.ts';
import { madeReport, packages, reported } from './made-report.ts';
import { foundIn, packagesIn, propertiesIn, sourcesIn } from './read-back.ts';
import { images, TestSuite } from './suite.ts';

let trivy: OpenedTrivy;
beforeAll(async () => {
  trivy = await realTrivy(await findSandbox({ ...process.env }));
});

describe('what is handed on', () => {
  let suite: TestSuite;
  let close: () => Promise<void>;
  beforeAll(async () => {
    [suite, close] = await TestSuite.lasting();
  });
  afterAll(() => close());

  it.each(shuffled(allImages, seed, String).slice(0, turnsOf(allImages.length)))(
    'of %s makes Trivy find what it finds in the image',
    async (layout) => {
      const digest = await suite.push(layout, layout, 'v1');
      await suite.settled(digest, layout);
      const found = foundIn(await bareTrivy(trivy, join(images, layout)));
      const api = new Api(suite.suite.endpoint.url, suite.suite.endpoint.token);
      const sarif = (await api.report(digest, 'sarif')) as { runs: [{ results: unknown[] }] };
      expect(wrongInSarif(sarif)).toBeNull();
      expect(sarif.runs[0].results).toHaveLength(found.length);
      for (const format of ['cyclonedx', 'spdx'] as const) {
        // An empty list would claim that the image contains nothing.
        if (layout.startsWith('busybox')) {
          await expect(api.report(digest, format)).rejects.toThrow('has found no packages');
          continue;
        }
        const document = await api.report(digest, format);
        expect(JSON.stringify(document)).not.toContain('versions of source packages');
        if (format === 'cyclonedx') expect(await wrongInCycloneDx(document)).toBeNull();
        expect(foundIn(await trivyReading(trivy, document)), format).toEqual(found);
      }
    },
  );
});

/** SPDX has one expression for all licenses of a package, which Trivy cuts at commas. No finding depends on it. */
const withoutLicenses = (lines: readonly string[]): string[] =>
  lines.map((line) => line.split(' | ').toSpliced(-3, 1).join(' | '));

describe('packages of kinds that no image here has', () => {
  it('are read by Trivy in CycloneDX as it reads them in its own', async () => {
    const [ours, its] = [cycloneDx(reported, packages), await trivyConverting(trivy, madeReport, 'cyclonedx')];
    expect(await wrongInCycloneDx(ours)).toBeNull();
    const read = packagesIn(await trivyReading(trivy, ours));
    expect(read).toEqual(packagesIn(await trivyReading(trivy, its)));
    // Trivy ignores a package without a package URL in both formats.
    expect(read).toHaveLength(packages.length - 1);
  });

  it('have the properties that Trivy writes in CycloneDX, and those that this Trivy does not write yet', async () => {
    const [ours, its] = [cycloneDx(reported, packages), await trivyConverting(trivy, madeReport, 'cyclonedx')].map(
      (document) => propertiesIn(document).filter((line) => !/:(LayerDiffID|ContentSet|NVR|Arch)=/.test(line)),
    );
    expect(ours).toEqual(its);
    expect(ours!.length).toBeGreaterThan(60);
    expect(propertiesIn(cycloneDx(reported, packages))).toEqual(
      expect.arrayContaining(
        [
          'ContentSet=rhel-9-for-x86_64-appstream-rpms',
          'ContentSet=rhel-9-for-x86_64-baseos-rpms',
          'NVR=ubi9-container-9.4-1',
          'Arch=x86_64',
        ].map((field) => `nodejs aquasecurity:trivy:${field}`),
      ),
    );
  });

  it('are read by Trivy in SPDX as in CycloneDX', async () => {
    const [ours, its] = [spdx(reported, packages), cycloneDx(reported, packages)];
    expect(withoutLicenses(packagesIn(await trivyReading(trivy, ours)))).toEqual(
      withoutLicenses(packagesIn(await trivyReading(trivy, its))),
    );
  });
});

/**
 * Names with a meaning in a package URL, in JSON, in a license or in an id. Characters that a package list cannot hold
 * are left out: blanks, lines, brackets.
 */
const hostile = [
  'a@b',
  'a?distro=x',
  'a#b',
  'a&upstream=b',
  'a%40b',
  'a/../b',
  '__proto__',
  'SPDXRef-DOCUMENT',
  '<b>',
  '"\\',
  '\u202etxt.exe',
  'a:b',
  'PkgID:x',
  'ä+b~c',
];

it('names in an image that mean something in a document are names there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-handed-on-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { path } = await layoutOf(folder, [
    await layerOf(
      debian(
        vulnerable,
        ...hostile.flatMap((name) => [
          dpkgPackage(name),
          dpkgPackage(`x${name}`, '2:1.0-1', `${name} (3:2.0-1~b)`),
          dpkgPackage(`openssl${name}`, '3.5.1-1', 'openssl'),
        ]),
      ),
    ),
  ]);
  const image = (await bareTrivy(trivy, path)) as TrivyReport;
  const { os: found, packages: all } = normalise(image);
  expect(all.length).toBeGreaterThan(3 * hostile.length - 6);
  expect(foundIn(image).length).toBeGreaterThan(hostile.length);
  const report = {
    ...reported,
    places: [
      {
        ...reported.places[0]!,
        state: { ...reported.places[0]!.state, classified: { ...reported.places[0]!.state.classified, os: found! } },
      },
    ],
  };
  for (const document of [cycloneDx(report, all), spdx(report, all)]) {
    const read = await trivyReading(trivy, document);
    expect(foundIn(read)).toEqual(foundIn(image));
    expect(sourcesIn(read)).toEqual(sourcesIn(image));
  }
});
