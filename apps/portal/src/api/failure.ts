/** The right that a caller lacks, as a 403 names it. */
export interface MissingRight {
  readonly operation: string;
  /** `/` for every subscription. */
  readonly scope: string;
  /** True if the right in a part of the scope would do. */
  readonly partly: boolean;
  /** The roles that would help, the smallest first. */
  readonly roles: readonly string[];
}

/** The API's reason for a refusal. */
interface Envelope {
  readonly error?: {
    readonly code?: string;
    readonly message?: string;
    readonly additionalInfo?: readonly { readonly type: string; readonly info: unknown }[];
  };
}

/** An answer that is not the one that was asked for, or none. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';

  /**
   * @param status of the answer; 0 if none arrived
   * @param code of the API, such as `AuthorizationFailed`
   * @param requestId by which the service's log has the request
   * @param traceId of the trace that the service recorded, if any
   * @param missing of a 403
   */
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly requestId?: string,
    readonly traceId?: string,
    readonly missing?: MissingRight,
  ) {
    super(message);
  }

  /** True if the same request may succeed later. */
  get mayPass(): boolean {
    return this.status === 0 || this.status === 503 || this.status === 429;
  }
}

/** The failure that an answer stands for. */
export const failureOf = (response: Response, body: unknown): ApiFailure => {
  const { error = {} } = (typeof body === 'object' && body !== null ? body : {}) as Envelope;
  return new ApiFailure(
    response.status,
    error.code ?? String(response.status),
    error.message ?? response.statusText,
    response.headers.get('x-ms-request-id') ?? undefined,
    /^00-([0-9a-f]{32})-/.exec(response.headers.get('traceparent') ?? '')?.[1],
    error.additionalInfo?.find(({ type }) => type === 'MissingRight')?.info as MissingRight | undefined,
  );
};
