import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definitionOf, type DataOf } from '@assay/events';
import { seed, turnsOf } from '@assay/testing';
import { Api } from '../../apps/assay/src/client/api.ts';
import { findSandbox } from '../../apps/sandbox-runner/src/sandbox/index.ts';
import type { OpenedTrivy } from '../../apps/sandbox-runner/src/scanner/index.ts';
import { cycloneDx } from '../../apps/recommendation/src/http/cyclonedx.shape.ts';
import type { Report } from '../../apps/recommendation/src/view/report.ts';
import { wrongInCycloneDx } from '../../apps/recommendation/test/schemas.ts';
import { normalise } from '../../apps/sandbox-runner/src/scanner/trivy/normalise.ts';
import { allImages, bareTrivy, realTrivy, trivyConverting, trivyReading } from '../../apps/sandbox-runner/test/trivy.ts';
import { shuffled } from '../draw.ts';
import { madeReport } from './made-report.ts';
import { foundIn, packagesIn } from './read-back.ts';
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
    for (const format of ['cyclonedx'] as const) {
      // An empty list would say that there is nothing in it.
      if (layout.startsWith('busybox')) await expect(api.report(digest, format)).rejects.toThrow('has found no packages');
      else expect(foundIn(await trivyReading(trivy, await api.report(digest, format))), format).toEqual(found);
    }
  });
});

/** As a suite has it that scanned the report's image and found nothing in it. */
const reported = (): Report => {
  const { page: _, pages: __, findings: ___, ...classified } = definitionOf('finding.classified')!.examples[1] as DataOf<'finding.classified'>;
  const os = normalise(madeReport as never).os!;
  return { digest: classified.digest, places: [{ status: 'healthy', state: { placement: classified, classified: { ...classified, id: 'an id', time: '2026-11-24T09:15:02.500Z', os } } } as never], findings: [] };
};

describe('packages of kinds that no image here has', () => {
  const packages = normalise(madeReport as never).packages;

  it('are read by Trivy in CycloneDX as it reads them in its own', async () => {
    const [ours, its] = [cycloneDx(reported(), packages), await trivyConverting(trivy, madeReport, 'cyclonedx')];
    expect(await wrongInCycloneDx(ours)).toBeNull();
    const read = packagesIn(await trivyReading(trivy, ours));
    expect(read).toEqual(packagesIn(await trivyReading(trivy, its)));
    // Without a package URL it is nothing to Trivy in either.
    expect(read).toHaveLength(packages.length - 1);
  });
});
