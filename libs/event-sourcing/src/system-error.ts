/**
 * An error of the operating system: no space, too many open files, an unreadable disk. It has no cause in the request
 * itself, and may pass.
 */
export interface SystemError extends Error {
  /** For example `ENOSPC`. */
  readonly code: string;
  readonly syscall: string;
}

export const isSystemError = (error: unknown): error is SystemError => {
  const { code, syscall } = (error ?? {}) as Partial<SystemError>;
  return error instanceof Error && typeof syscall === 'string' && /^E[A-Z0-9]+$/.test(code ?? '');
};
