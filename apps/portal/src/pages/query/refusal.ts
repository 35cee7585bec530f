import { ApiFailure } from '../../api/failure.ts';

/** Place of an error in the text of a query. */
export interface QueryPosition {
  /** From 1. */
  readonly line: number;
  /** From 0. */
  readonly column: number;
  readonly token: string;
}

/** The service does not take the query, and why. */
export class QueryRefused extends ApiFailure {
  constructor(
    failure: ApiFailure,
    /** Code of the reason, such as `ParserFailure`. */
    readonly reason: string,
    readonly explanation: string,
    readonly position: QueryPosition | undefined,
  ) {
    super(failure.status, failure.code, failure.message, failure.requestId, failure.traceId);
  }
}

interface Detail {
  readonly code?: string;
  readonly message?: string;
  readonly line?: number;
  readonly characterPositionInLine?: number;
  readonly token?: string;
}

/** The failure of a query, with its place in the text if the service named it. */
export const refusalOf = (failure: ApiFailure, body: unknown): ApiFailure => {
  const { details = [] } = (body as { error?: { details?: readonly Detail[] } } | undefined)?.error ?? {};
  const detail = details.findLast(({ message }) => message !== undefined);
  if (failure.status !== 400 || detail === undefined) return failure;
  const { code = failure.code, message = failure.message, line, characterPositionInLine: column, token = '' } = detail;
  return new QueryRefused(
    failure,
    code,
    message,
    line === undefined || column === undefined ? undefined : { line, column, token },
  );
};
