/** Reasons why a registry could not be read. Events and operators see them (`inspection-failed/<code>`). */
export type RegistryErrorCode =
  | 'unreachable'
  | 'timeout'
  | 'rate-limited'
  | 'aborted'
  | 'unauthorized'
  | 'gone'
  | 'unsupported'
  | 'forbidden-address'
  | 'forbidden-redirect'
  | 'forbidden-realm'
  | 'content-encoding'
  | 'digest-mismatch'
  | 'bad-manifest'
  | 'bad-config'
  | 'bad-descriptor'
  | 'bad-reference'
  | 'bad-answer'
  | 'ambiguous'
  | 'too-large'
  | 'index-too-deep'
  | 'foreign-layer'
  | 'encrypted'
  | 'not-an-image'
  | 'unsupported-media-type';

/**
 * When a retry is worthwhile: `soon` with backoff, `later` at long intervals since an operator may fix the cause, or
 * `never`.
 */
export type Patience = 'soon' | 'later' | 'never';

/** Codes after which the same request may succeed later without any change. */
const passing: readonly RegistryErrorCode[] = ['unreachable', 'timeout', 'rate-limited', 'aborted'];

/** Codes that are final: the content of a digest never changes. */
const lasting: readonly RegistryErrorCode[] = [
  'bad-manifest',
  'bad-config',
  'bad-descriptor',
  'bad-reference',
  'ambiguous',
  'too-large',
  'index-too-deep',
  'foreign-layer',
  'encrypted',
  'not-an-image',
  'unsupported-media-type',
];

/** An I/O failure or a hostile registry. The message never holds raw bytes from the registry. */
export class RegistryError extends Error {
  readonly code: RegistryErrorCode;
  readonly retriable: boolean;
  readonly patience: Patience;
  /** The pause that the registry requested, ms; at most an hour. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: RegistryErrorCode,
    message: string,
    options: { cause?: unknown; retryAfterMs?: number; patience?: Patience } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'RegistryError';
    this.code = code;
    this.retriable = passing.includes(code);
    this.patience = options.patience ?? (passing.includes(code) ? 'soon' : lasting.includes(code) ? 'never' : 'later');
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Makes text from a registry safe for a message or a log line: printable ASCII only, and short. */
export const printable = (text: string): string => JSON.stringify(text.slice(0, 80)).replace(/[^\x20-\x7e]/g, '?');

/** Converts an error of a lower layer (sockets, DNS, undici). Our own errors may be wrapped in another error. */
export const asRegistryError = (thrown: unknown): RegistryError => {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if (error instanceof RegistryError) return error;
  }
  const code = codeOf(thrown);
  return new RegistryError('unreachable', `the connection failed (${code})`, {
    cause: thrown,
    ...(isPersistent.test(code) ? { patience: 'later' } : {}),
  });
};

/** Codes of an untrusted certificate or of an answer that is not HTTP. Such a failure is not transient. */
const isPersistent = new RegExp(
  'CERT|SELF_SIGNED|UNABLE_TO_|^ERR_TLS|^ERR_SSL|^EPROTO$|^HPE_' +
    '|HTTPParserError|HEADERS_OVERFLOW|RES_CONTENT_LENGTH_MISMATCH',
);

const codeOf = (thrown: unknown): string => {
  const { code, name } = thrown as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : String(name);
};
