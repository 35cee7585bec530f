/**
 * Reasons why a registry could not be read, each with its meaning. Events and operators see them
 * (`inspection-failed/<code>`), and the schemas of the events list them.
 */
export const registryFailures = {
  unreachable: 'the registry does not answer',
  timeout: 'the registry took too long',
  'rate-limited': 'the registry limits the number of requests',
  aborted: 'the connection was cut',
  unauthorized: 'the registry refuses the credentials',
  gone: 'the registry has no such image',
  unsupported: 'the registry does not support the request',
  'forbidden-address': 'the registry leads to an address that is not allowed',
  'forbidden-redirect': 'the registry leads to a host that is not allowed',
  'forbidden-realm': 'the registry sends to a token service that is not allowed',
  'content-encoding': 'the registry encodes what must have a digest',
  'digest-mismatch': 'the bytes do not have the digest that was asked for',
  'bad-manifest': 'the manifest is not valid',
  'bad-config': 'the configuration of the image is not valid',
  'bad-descriptor': 'a descriptor is not valid',
  'bad-reference': 'the name of the image is not valid',
  'bad-answer': 'the answer of the registry is not valid',
  ambiguous: 'the manifest can be read in two ways',
  'too-large': 'a part of the image is too large',
  'index-too-deep': 'indexes list each other too deep',
  'foreign-layer': 'a layer lies outside of the registry',
  encrypted: 'a layer is encrypted',
  'not-an-image': 'the manifest is not that of an image',
  'unsupported-media-type': 'the media type is not supported',
} as const;
export type RegistryErrorCode = keyof typeof registryFailures;

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
  const refusal = refusalOfProxy(thrown);
  if (refusal !== undefined)
    return new RegistryError('unreachable', `the proxy refuses the connection (${refusal})${remedies[refusal] ?? ''}`, {
      cause: thrown,
      ...(Number(refusal) < 500 ? { patience: 'later' } : {}),
    });
  const remedy = isUntrusted.test(code) ? ': name the file of its authority in ASSAY_REGISTRY_CA' : '';
  return new RegistryError('unreachable', `the connection failed (${code})${remedy}`, {
    cause: thrown,
    ...(isPersistent.test(code) ? { patience: 'later' } : {}),
  });
};

/** The status with which a proxy refused, if it did. undici gives it in the message only. */
const refusalOfProxy = (thrown: unknown): string | undefined => {
  const { message = '' } = thrown as { message?: string };
  const [, status] =
    /^Proxy response \((\d{3})\)/.exec(message) ?? /^Proxy Authentication Required \((407)\)/.exec(message) ?? [];
  return status;
};

const remedies: Readonly<Record<string, string>> = {
  403: ': let it pass this host, or name the host in NO_PROXY',
  407: ': give its user and password in HTTPS_PROXY, http://user:password@host:port',
};

/** Codes of a certificate whose authority is not known. */
const isUntrusted = /SELF_SIGNED|UNABLE_TO_/;

/** Codes of an untrusted certificate or of an answer that is not HTTP. Such a failure is not transient. */
const isPersistent = new RegExp(
  'CERT|SELF_SIGNED|UNABLE_TO_|^ERR_TLS|^ERR_SSL|^EPROTO$|^HPE_' +
    '|HTTPParserError|HEADERS_OVERFLOW|RES_CONTENT_LENGTH_MISMATCH',
);

/** The code of an error, or else its name. */
export const codeOf = (thrown: unknown): string => {
  const { code, name } = thrown as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : String(name);
};
