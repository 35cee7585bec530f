import { hold, type Ending } from '../input.ts';
import type { Placement } from '../scene/suite-process.ts';
import type { Place } from './pushed.ts';

/** The scan found the vulnerable package that good images hold. */
export const unhealthy: Ending = { status: 'unhealthy' };
/** The scan failed, and the reason states so. */
export const failed: Ending = { status: 'undetermined', reason: /^(failed\/|timed-out$)/ };
/** The image has no operating system whose packages can be judged. */
export const unsupported: Ending = {
  status: 'not-applicable',
  reason: /^(no-operating-system|operating-system-not-supported|no-package-manager|no-shell)$/,
};
/** A system without any packages is suspicious. */
export const noPackages: Ending = { status: 'undetermined', reason: 'no-packages' };
/** Every allowed outcome of a scan: within its limits, and never healthy. */
export const contained: readonly Ending[] = [unhealthy, failed, unsupported, noPackages];

/** The scan finds the vulnerable package in spite of everything around it. */
export const stillFound = async ({
  world,
  digest,
  repository,
}: Placement & Place & { digest: string }): Promise<void> => {
  const packages = (await world.suite.findings(digest, repository)).map((found) => String(found.package));
  hold(packages.includes('libssl3'), `found are only ${packages.join(', ')}`);
};
