import { HttpException } from '@nestjs/common';

export interface ErrorDetail {
  readonly code: string;
  readonly message: string;
  readonly target?: string;
  /** Details of a query error carry more: line, token, the expected syntax. */
  readonly [more: string]: unknown;
}

/** Facts for programs beside the message, as `ErrorAdditionalInfo` of Azure Resource Manager has them. */
export interface ErrorAdditionalInfo {
  readonly type: string;
  readonly info: Readonly<Record<string, unknown>>;
}

/** The JSON shape of every answer that is not 2xx; newer clients fail with a TypeError on any other. */
export interface ErrorEnvelope {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly target?: string;
    readonly details: readonly ErrorDetail[];
    readonly additionalInfo?: readonly ErrorAdditionalInfo[];
  };
}

export interface ArmErrorOptions {
  readonly target?: string;
  readonly details?: readonly ErrorDetail[];
  readonly additionalInfo?: readonly ErrorAdditionalInfo[];
  readonly headers?: Readonly<Record<string, string>>;
}

export const envelope = (
  code: string,
  message: string,
  { target, details = [], additionalInfo }: ArmErrorOptions = {},
): ErrorEnvelope => ({
  error: {
    code,
    message,
    ...(target === undefined ? {} : { target }),
    details,
    ...(additionalInfo === undefined ? {} : { additionalInfo }),
  },
});

/** A refusal with the codes of Azure Resource Manager. A permanent refusal is never a 5xx: clients retry those. */
export class ArmError extends HttpException {
  readonly target: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    readonly code: string,
    message: string,
    options: ArmErrorOptions = {},
  ) {
    super(envelope(code, message, options), status);
    this.message = message;
    this.target = options.target;
    this.headers = options.headers ?? {};
  }
}

export const notFound = (code: string, message: string, target?: string): ArmError =>
  new ArmError(404, code, message, target === undefined ? {} : { target });

export const badRequest = (code: string, message: string, options: ArmErrorOptions = {}): ArmError =>
  new ArmError(400, code, message, options);

/** A temporary refusal: clients with the usual policy retry it by themselves. */
export const unavailable = (message: string, retryAfterSeconds = 1): ArmError =>
  new ArmError(503, 'ServiceUnavailable', message, { headers: { 'retry-after': String(retryAfterSeconds) } });

/** Codes for refusals from other code: body parsers, the router, the framework. */
export const codeOfStatus = (status: number): string =>
  codes[status] ?? (status >= 500 ? 'InternalServerError' : 'BadRequest');

const codes: Readonly<Record<number, string>> = {
  400: 'InvalidRequestContent',
  401: 'AuthenticationFailed',
  403: 'AuthorizationFailed',
  404: 'ResourceNotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  408: 'RequestTimeout',
  409: 'Conflict',
  412: 'PreconditionFailed',
  413: 'RequestEntityTooLarge',
  414: 'UriTooLong',
  415: 'UnsupportedMediaType',
  429: 'TooManyRequests',
  431: 'RequestHeaderFieldsTooLarge',
  500: 'InternalServerError',
  503: 'ServiceUnavailable',
  504: 'GatewayTimeout',
};
