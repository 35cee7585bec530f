export { describeBounds, summarizeBounds } from './run/bounds.ts';
export { findSandbox } from './find.ts';
export { SandboxError } from './sandbox.ts';
export type { Sandbox, SandboxCommand, SandboxDriver, SandboxRun } from './sandbox.ts';
export { selfTest } from './walls/self-test.ts';
export type { SelfTestReport } from './walls/self-test.ts';
export { checkWalls } from './walls/wall-checks.ts';
export type { WallCheck } from './walls/wall-checks.ts';
