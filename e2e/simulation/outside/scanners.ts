import type { Scanner } from '@assay/events';

/** Builds of the scanner, by number. */
export const builds = [1, 2, 3, 4] as const;
/** The build that every instance has at first. */
export const firstBuild = 1;
/** A bad build: it overlooks some of what databases give. */
const blindBuild = 2;

export const scannerOf = (build: number): Scanner => ({
  name: 'simulated',
  version: `${build}`,
  digest: `sha256:${build.toString(16).padStart(64, 'e')}`,
});

const blind = scannerOf(blindBuild).digest;

/** True if a build, named by its digest, reports the vulnerability. */
export const isSeen = (build: string, vulnerability: string): boolean =>
  build !== blind || !(vulnerability === 'CVE-2026-2' || vulnerability.startsWith('CVE-2027-'));
