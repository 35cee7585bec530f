import { findSandbox } from '../find.ts';

// A service that scans until it is killed, for the doctor: `doomed-scan <program> <marker>`.
const [program, marker] = process.argv.slice(2) as [string, string];
const sandbox = await findSandbox(process.env);
await sandbox.run({ program, args: [marker], timeoutMs: 60_000 });
