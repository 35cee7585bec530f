/** A service that could not be started: the cause and the remedy, in one line. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: 'service-missing' | 'service-failed' | 'service-silent' | 'service-busy';

  constructor(code: ServiceError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The innermost cause of a Java program's end; of other programs, their last output. In one line. */
export const causeIn = (output: string): string => {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const cause =
    lines.findLast((line) => /^(Caused by: |Exception in |[a-z.]+\.[A-Za-z$]+(Exception|Error): )/.test(line)) ??
    lines.slice(-2).join(' | ');
  return cause.slice(0, 500).replace(/\.$/, '') || 'it said nothing';
};
