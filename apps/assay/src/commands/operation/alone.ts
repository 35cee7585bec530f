import { existsSync } from 'node:fs';
import { runningSuite } from '../../client/connection.ts';
import { shownPath, type dataOf, type Shell } from '../../shell.ts';
import { Failure } from '../../terminal/failure.ts';

/**
 * Checks that a data folder has a log, and that no suite runs on it.
 * @throws Failure otherwise
 */
export const refuseUnlessAlone = async (shell: Shell, data: ReturnType<typeof dataOf>): Promise<void> => {
  if (!existsSync(data.log))
    throw new Failure(
      'no-suite',
      `there is no log in ${shownPath(shell, data.path)}`,
      'give the --data folder of a suite that has run',
    );
  if (await runningSuite(data))
    throw new Failure(
      'no-suite',
      `a suite is running on ${shownPath(shell, data.path)}`,
      'stop it first: only one process may use its stores',
    );
};
