import { subscribe } from 'node:diagnostics_channel';
import { openRunDirectory } from '../../apps/sandbox-runner/src/sandbox/run/run-directory.ts';
import type { SandboxDriver } from '../../apps/sandbox-runner/src/sandbox/sandbox.ts';
import { Staging } from '../../apps/sandbox-runner/src/sandbox/run/staging.ts';
import type { WallId } from '../../apps/sandbox-runner/src/sandbox/walls/walls.ts';
import { weakened } from './weakened.ts';

export interface Doom {
  readonly driver: SandboxDriver;
  readonly user?: number;
  readonly removed: readonly WallId[];
  readonly program: string;
  readonly input: string;
  readonly marker: string;
  readonly atStart: boolean;
  /** Arguments of the command line that have had no effect yet when the service is killed. */
  readonly late: readonly string[];
}

// A service that is killed in the middle of a scan, or as soon as the scan has a process.
const { removed, program, input, marker, atStart, late, ...place } = JSON.parse(process.argv[2]!) as Doom;
const sandbox = weakened(
  { ...place, staging: new Staging(await openRunDirectory(process.env['ASSAY_RUN_DIRECTORY'])) },
  { removed: new Set(removed), shim: '', late },
);
if (atStart)
  subscribe('child_process', () => {
    setImmediate(() => {
      process.kill(process.pid, 'SIGKILL');
    });
  });
await sandbox.run({ program, args: ['wait', marker], input, timeoutMs: 20_000 });
