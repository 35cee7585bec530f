import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seed, turnsOf } from '@assay/testing';
import { Api } from '../../apps/assay/src/client/api.ts';
import { findSandbox } from '../../apps/sandbox-runner/src/sandbox/index.ts';
import type { OpenedTrivy } from '../../apps/sandbox-runner/src/scanner/index.ts';
import { cycloneDx } from '../../apps/recommendation/src/http/cyclonedx.shape.ts';
import { spdx } from '../../apps/recommendation/src/http/spdx.shape.ts';
import { wrongInCycloneDx } from '../../apps/recommendation/test/schemas.ts';
import { allImages, bareTrivy, realTrivy, trivyConverting, trivyReading } from '../../apps/sandbox-runner/test/trivy.ts';
import { shuffled } from '../draw.ts';
import { madeReport, packages, reported } from './made-report.ts';
import { foundIn, packagesIn, propertiesIn } from './read-back.ts';
import { images, TestSuite } from './suite.ts';

let trivy: OpenedTrivy;
beforeAll(async () => { trivy = await realTrivy(await findSandbox({ ...process.env })); });

describe('what is handed on', () => {
  let suite: TestSuite;
  let close: () => Promise<void>;
  beforeAll(async () => { [suite, close] = await TestSuite.lasting(); });
  afterAll(() => close());

  it.each(shuffled(allImages, seed, String).slice(0, turnsOf(allImages.length)))('of %s makes Trivy find what it finds in the image', async (layout) => {
    const digest = await suite.push(layout, layout, 'v1');
    await suite.settled(digest, layout);
    const found = foundIn(await bareTrivy(trivy, join(images, layout)));
    const api = new Api(suite.suite.endpoint.url, suite.suite.endpoint.token);
    for (const format of ['cyclonedx', 'spdx'] as const) {
      // An empty list would say that there is nothing in it.
      if (layout.startsWith('busybox')) await expect(api.report(digest, format)).rejects.toThrow('has found no packages');
      else expect(foundIn(await trivyReading(trivy, await api.report(digest, format))), format).toEqual(found);
    }
  });
});

/** SPDX has one expression for all licenses of a package, which Trivy cuts at commas; nothing is found by them. */
const withoutLicenses = (lines: readonly string[]): string[] => lines.map((line) => line.split(' | ').toSpliced(-3, 1).join(' | '));

describe('packages of kinds that no image here has', () => {
  it('are read by Trivy in CycloneDX as it reads them in its own', async () => {
    const [ours, its] = [cycloneDx(reported, packages), await trivyConverting(trivy, madeReport, 'cyclonedx')];
    expect(await wrongInCycloneDx(ours)).toBeNull();
    const read = packagesIn(await trivyReading(trivy, ours));
    expect(read).toEqual(packagesIn(await trivyReading(trivy, its)));
    // Without a package URL it is nothing to Trivy in either.
    expect(read).toHaveLength(packages.length - 1);
  });

  it('have in CycloneDX what Trivy writes of them itself, but for the second name of a layer and what this Trivy does not write yet', async () => {
    const [ours, its] = [cycloneDx(reported, packages), await trivyConverting(trivy, madeReport, 'cyclonedx')].map((document) => propertiesIn(document).filter((line) => !/:(LayerDiffID|ContentSet|NVR|Arch)=/.test(line)));
    expect(ours).toEqual(its);
    expect(ours!.length).toBeGreaterThan(60);
    expect(propertiesIn(cycloneDx(reported, packages))).toEqual(expect.arrayContaining(['ContentSet=rhel-9-for-x86_64-appstream-rpms', 'ContentSet=rhel-9-for-x86_64-baseos-rpms', 'NVR=ubi9-container-9.4-1', 'Arch=x86_64'].map((field) => `nodejs aquasecurity:trivy:${field}`)));
  });

  it('are read by Trivy in SPDX as in CycloneDX', async () => {
    const [ours, its] = [spdx(reported, packages), cycloneDx(reported, packages)];
    expect(withoutLicenses(packagesIn(await trivyReading(trivy, ours)))).toEqual(withoutLicenses(packagesIn(await trivyReading(trivy, its))));
  });
});
