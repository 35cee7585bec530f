import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findSandbox } from '../../apps/sandbox-runner/src/sandbox/index.ts';
import { bareTrivy, realTrivy } from '../../apps/sandbox-runner/test/trivy.ts';
import { images, TestSuite } from './suite.ts';

interface Bare { Results?: { Vulnerabilities?: { VulnerabilityID: string; PkgName: string; InstalledVersion: string; FixedVersion?: string; Severity: string }[] }[] }

const word = (severity: string): string => severity.charAt(0) + severity.slice(1).toLowerCase();

/** What identifies a finding, and what is said of it. */
const told = (rows: readonly (readonly (string | undefined)[])[]): string[] => rows.map((row) => row.map((cell) => cell ?? '').join(' | ')).toSorted();

it('shows what bare Trivy finds on the same layouts, finding by finding, also of images that do not count', async () => {
  const suite = await TestSuite.start();
  const trivy = await realTrivy(await findSandbox({ ...process.env }));
  const pushed = [['debian-13.8', 0], ['nginx-1.23.3', 366], ['debian-13.0', 232], ['nginx-1.22.1-alpine', 69], ['alpine-3.20.3', 56], ['distroless-python3-debian13', 180], ['busybox-1.37.0-glibc', 0]] as const;
  for (const [layout, count] of pushed) {
    const digest = await suite.push(layout, layout.toLowerCase(), 'v1');
    await suite.settled(digest, layout.toLowerCase());
    const bare = await bareTrivy(trivy, join(images, layout)) as Bare;
    const expected = told((bare.Results ?? []).flatMap(({ Vulnerabilities = [] }) => Vulnerabilities.map((found) => [found.VulnerabilityID, found.PkgName, found.InstalledVersion, found.FixedVersion, word(found.Severity)])));
    const shown = told((await suite.findings(digest, layout.toLowerCase())).map((found) => [found.vulnerability, found.package, found.installedVersion, found.fixedVersion, found.severity] as string[]));
    expect(shown, layout).toEqual(expected);
    expect(shown, layout).toHaveLength(count);
  }
});
