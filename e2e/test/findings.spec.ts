import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seed, turnsOf } from '@assay/testing';
import { findSandbox } from '../../apps/sandbox-runner/src/sandbox/index.ts';
import type { OpenedTrivy } from '../../apps/sandbox-runner/src/scanner/trivy/index.ts';
import { allImages, bareTrivy, realTrivy } from '../../apps/sandbox-runner/test/trivy.ts';
import { shuffled } from '../draw.ts';
import { images, TestSuite } from './suite.ts';

interface Bare {
  Results?: {
    Vulnerabilities?: {
      VulnerabilityID: string;
      PkgName: string;
      InstalledVersion: string;
      FixedVersion?: string;
      Severity: string;
    }[];
  }[];
}

const capitalised = (severity: string): string => severity.charAt(0) + severity.slice(1).toLowerCase();

/** The identity of each finding, with its other values. */
const linesOf = (rows: readonly (readonly (string | undefined)[])[]): string[] =>
  rows.map((row) => row.map((cell) => cell ?? '').join(' | ')).toSorted();

/** The number of findings of each image by the demonstration database. */
const counts: Readonly<Record<(typeof allImages)[number], number>> = {
  'alpine-3.10.3': 22,
  'alpine-3.20.3': 56,
  'alpine-3.7.3': 2,
  'alpine-3.9.6': 14,
  'busybox-1.37.0-glibc': 0,
  'debian-10.13': 0,
  'debian-11.0': 228,
  'debian-13.0': 232,
  'debian-13.8': 0,
  'debian-bullseye-20230109-slim': 175,
  'debian-buster-10.1': 71,
  'distroless-java17-debian11': 137,
  'distroless-python3-debian11': 292,
  'distroless-python3-debian13': 180,
  'distroless-static-debian11': 0,
  'nginx-1.22.1-alpine': 69,
  'nginx-1.23.3': 366,
  'node-12-bullseye': 705,
  'php-apache-bullseye': 2586,
  'postgres-13-bullseye': 493,
  'postgres-17-trixie': 757,
  'python-3.13-trixie': 684,
  'web-trixie': 2199,
};

/** The statuses of images without findings, under the plan that assesses all of them. */
const without = {
  'busybox-1.37.0-glibc': 'not-applicable/no-operating-system',
  'debian-10.13': 'undetermined/operating-system-end-of-life',
  'debian-13.8': 'healthy',
  'distroless-static-debian11': 'undetermined/operating-system-end-of-life',
};

const [some, none] = [true, false].map((has) => allImages.filter((layout) => counts[layout]! > 0 === has)) as [
  string[],
  string[],
];
/** Every image without findings, for each has a status of its own; of the others those that the seed draws. */
const drawn = [...none, ...shuffled(some, seed, String).slice(0, turnsOf(some.length))];

describe('findings', () => {
  let suite: TestSuite;
  let trivy: OpenedTrivy;
  let close: () => Promise<void>;
  beforeAll(async () => {
    [suite, close] = await TestSuite.lasting();
    trivy = await realTrivy(await findSandbox({ ...process.env }));
  });
  afterAll(() => close());

  it('are looked for in every image', () => {
    expect(Object.keys(counts).toSorted()).toEqual(allImages);
    expect(none.toSorted()).toEqual(Object.keys(without));
  });

  it.each(drawn)('of %s are what bare Trivy finds, one by one, and decide its status', async (layout) => {
    const count = counts[layout as keyof typeof counts]!;
    const digest = await suite.push(layout, layout, 'v1');
    const { status, reason } = await suite.settled(digest, layout);
    expect([status, ...(reason ? [reason] : [])].join('/')).toBe(
      count > 0 ? 'unhealthy' : without[layout as keyof typeof without],
    );
    const bare = (await bareTrivy(trivy, join(images, layout))) as Bare;
    const expected = linesOf(
      (bare.Results ?? []).flatMap(({ Vulnerabilities = [] }) =>
        Vulnerabilities.map((found) => [
          found.VulnerabilityID,
          found.PkgName,
          found.InstalledVersion,
          found.FixedVersion,
          capitalised(found.Severity),
        ]),
      ),
    );
    const shown = linesOf(
      (await suite.findings(digest, layout)).map(
        (found) =>
          [found.vulnerability, found.package, found.installedVersion, found.fixedVersion, found.severity] as string[],
      ),
    );
    expect(shown).toEqual(expected);
    expect(shown).toHaveLength(count);
  });
});
