import { type Sandbox, type SandboxDriver } from '../src/sandbox/index.ts';
export declare const driversHere: readonly SandboxDriver[];
export declare const announceDrivers: () => void;
export declare const sandboxBy: (driver: SandboxDriver, env?: NodeJS.ProcessEnv) => Promise<Sandbox>;
