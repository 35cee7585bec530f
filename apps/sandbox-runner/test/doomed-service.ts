import { findSandbox } from '../src/sandbox/index.ts';

// A service that is killed in the middle of a scan: `doomed-service.ts <program> <marker>`.
const [program, marker] = process.argv.slice(2) as [string, string];
const sandbox = await findSandbox(process.env);
process.stdout.write('ready\n');
await sandbox.run({ program, args: [marker], timeoutMs: 60_000 });
