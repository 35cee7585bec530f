/** Why a registry could not be read, as words that events and operators see (`inspection-failed/<code>`). */
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
 * Whether it is worth while to try again by and by (`soon`), now and then since somebody may mend it (`later`), or not
 * at all.
 */
export type Patience = 'soon' | 'later' | 'never';

/** Codes after which the very same request may succeed later, with nothing changed on either side. */
const passing: readonly RegistryErrorCode[] = ['unreachable', 'timeout', 'rate-limited', 'aborted'];

/** What a digest names is the same for ever. */
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

/** The world failed, or a registry is hostile. Its message never holds bytes that came from the registry. */
export class RegistryError extends Error {
  readonly code: RegistryErrorCode;
  readonly retriable: boolean;
  readonly patience: Patience;
  /** How long the registry asked us to wait, ms; at most an hour. */
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

/** What a registry sent, fit for a message or a log line: printable ASCII only, and short. */
export const printable = (text: string): string => JSON.stringify(text.slice(0, 80)).replace(/[^\x20-\x7e]/g, '?');

/** What was thrown below us (sockets, DNS, undici) in our words. Our own errors may come wrapped. */
export const asRegistryError = (thrown: unknown): RegistryError => {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if (error instanceof RegistryError) return error;
  }
  const code = codeOf(thrown);
  return new RegistryError('unreachable', `the connection failed (${code})`, {
    cause: thrown,
    ...(isToMend.test(code) ? { patience: 'later' } : {}),
  });
};

/** A certificate that is none of those we trust, or an answer that is no HTTP: that does not pass by itself. */
const isToMend =
  /CERT|SELF_SIGNED|UNABLE_TO_|^ERR_TLS|^ERR_SSL|^EPROTO$|^HPE_|HTTPParserError|HEADERS_OVERFLOW|RES_CONTENT_LENGTH_MISMATCH/;

const codeOf = (thrown: unknown): string => {
  const { code, name } = thrown as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : String(name);
};
