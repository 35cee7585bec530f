import { subscribe } from 'node:diagnostics_channel';
import { findSandbox } from '../src/sandbox/index.ts';

// A service that is killed during a scan, or while it starts one: `doomed-service.ts <program> <marker> [at-start]`.
const [program, marker, when] = process.argv.slice(2) as [string, string, string?];
const sandbox = await findSandbox(process.env);
// As soon as there is a process, long before its walls stand.
if (when === 'at-start')
  subscribe('child_process', () => {
    setImmediate(() => {
      process.kill(process.pid, 'SIGKILL');
    });
  });
await sandbox.run({ program, args: [marker], timeoutMs: 60_000 });
