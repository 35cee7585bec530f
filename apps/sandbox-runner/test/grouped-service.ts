import { readFileSync } from 'node:fs';
import { openGroups } from '../src/sandbox/run/cgroup.ts';

// A service that is started in a group. It looks for its group twice, as a process may, and prints its place.
const findGroup = async (): Promise<string> => {
  const found = await openGroups(process.env.ASSAY_SANDBOX_CGROUP).catch((error: Error) => ({ why: error.message }));
  return 'why' in found ? found.why : found.groups.path;
};
const [first, second] = [await findGroup(), await findGroup()];
process.stdout.write(
  JSON.stringify({ first, second, membership: /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'latin1'))?.[1] }),
);
