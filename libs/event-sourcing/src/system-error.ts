/**
 * What the operating system refused, of whatever was asked: no room, too many open files, a disk that does not read. It
 * says nothing of what was to be done, and may pass.
 */
export interface SystemError extends Error {
  /** As `ENOSPC`. */
  readonly code: string;
  readonly syscall: string;
}

export const isSystemError = (error: unknown): error is SystemError => {
  const { code, syscall } = (error ?? {}) as Partial<SystemError>;
  return error instanceof Error && typeof syscall === 'string' && /^E[A-Z0-9]+$/.test(code ?? '');
};
