import { hold, type Ending } from '../input.ts';
import type { Placement } from '../scene/suite-process.ts';
import type { Place } from './pushed.ts';

/** The vulnerable package that good images hold was found. */
export const unhealthy: Ending = { status: 'unhealthy' };
/** The scan had no result, and says so. */
export const failed: Ending = { status: 'undetermined', reason: /^(failed\/|timed-out$)/ };
/** The image is of no system whose packages can be judged. */
export const unsupported: Ending = {
  status: 'not-applicable',
  reason: /^(no-operating-system|operating-system-not-supported|no-package-manager|no-shell)$/,
};
/** No packages were found where there is a system, which is a doubt. */
export const noPackages: Ending = { status: 'undetermined', reason: 'no-packages' };
/** Whatever a scanner makes of it: within its limits, and never healthy. */
export const contained: readonly Ending[] = [unhealthy, failed, unsupported, noPackages];

/** The vulnerable package is found in spite of all that lies around it. */
export const stillFound = async ({
  world,
  digest,
  repository,
}: Placement & Place & { digest: string }): Promise<void> => {
  const packages = (await world.suite.findings(digest, repository)).map((found) => String(found.package));
  hold(packages.includes('libssl3'), `found are only ${packages.join(', ')}`);
};
