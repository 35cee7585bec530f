export { describeBounds, summarizeBounds } from './bounds.ts';
export { findSandbox } from './find.ts';
export { SandboxError } from './sandbox.ts';
export type { Sandbox, SandboxCommand, SandboxDriver, SandboxRun } from './sandbox.ts';
export { selfTest } from './self-test.ts';
export type { SelfTestReport } from './self-test.ts';
export { checkWalls } from './wall-checks.ts';
export type { WallCheck } from './wall-checks.ts';
