/** A service that could not be started: what happened, and what a person can do about it, in one line. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: 'service-missing' | 'service-failed' | 'service-silent' | 'service-busy';

  constructor(code: ServiceError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
