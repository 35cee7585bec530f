import { hold, type FinalStatus } from '../input.ts';
import type { ShownPlacement } from '../scene/suite-process.ts';
import type { InputPlace } from './pushed.ts';

/** The scan found the vulnerable package that good images hold. */
export const unhealthy: FinalStatus = { status: 'unhealthy' };
/** The scan failed, and the reason states so. */
export const failed: FinalStatus = { status: 'undetermined', reason: /^(failed\/|timed-out$)/ };
/** The image has no operating system whose packages can be judged. */
export const unsupported: FinalStatus = {
  status: 'not-applicable',
  reason: /^(no-operating-system|operating-system-not-supported|no-package-manager|no-shell)$/,
};
/** A system without any packages is suspicious. */
export const noPackages: FinalStatus = { status: 'undetermined', reason: 'no-packages' };
/** Every allowed outcome of a scan: within its limits, and never healthy. */
export const contained: readonly FinalStatus[] = [unhealthy, failed, unsupported, noPackages];

/** The scan finds the vulnerable package in spite of everything around it. */
export const stillFound = async ({
  world,
  digest,
  repository,
}: ShownPlacement & InputPlace & { digest: string }): Promise<void> => {
  const packages = (await world.suite.findings(digest, repository)).map((found) => String(found.package));
  hold(packages.includes('libssl3'), `found are only ${packages.join(', ')}`);
};
