import type { KillReason, SandboxRun } from '../sandbox/sandbox.ts';
import type { FailureCode } from './scanner.ts';

export interface ScanFault {
  code: FailureCode;
  message: string;
}

const killCodes: Record<Exclude<KillReason, 'cancelled'>, FailureCode> = {
  timeout: 'timeout',
  stdout: 'too-much-output',
  stderr: 'too-much-diagnostics',
  memory: 'out-of-memory',
  processes: 'too-many-processes',
};

/** The reason why we, or the filter, stopped a program in the sandbox; undefined if neither did. */
export const stoppedFor = (
  { killedFor, securityViolation, wallMs }: Pick<SandboxRun, 'killedFor' | 'securityViolation' | 'wallMs'>,
  program: string,
): ScanFault | undefined => {
  if (killedFor && killedFor !== 'cancelled')
    return {
      code: killCodes[killedFor],
      message: `the ${program} was stopped after ${Math.round(wallMs)} ms (${killedFor})`,
    };
  return securityViolation
    ? { code: 'security-violation', message: `the ${program} made a forbidden system call and was stopped` }
    : undefined;
};
