export { boundsInWords } from './bounds.ts';
export { findSandbox } from './find.ts';
export { defaultLimits, SandboxError } from './sandbox.ts';
export type {
  KillReason,
  Sandbox,
  SandboxBounds,
  SandboxCommand,
  SandboxDriver,
  SandboxErrorCode,
  SandboxLimits,
  SandboxRun,
} from './sandbox.ts';
export { selfTest } from './self-test.ts';
export type { SelfTestCheck, SelfTestReport } from './self-test.ts';
export { checkWalls } from './wall-checks.ts';
export type { WallCheck } from './wall-checks.ts';
