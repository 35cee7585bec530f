/** Meanings of the exit codes. Printed below every `--help`. */
export const exitCodes = {
  done: { code: 0, means: 'done, for every status of the image' },
  failed: { code: 1, means: 'something failed, or is not as expected' },
  usage: { code: 2, means: 'wrong usage, or a wrong setting' },
  'not-found': { code: 3, means: 'there is no such image, layout, service or parked event' },
  'no-suite': { code: 4, means: 'no suite answers, or its data or port is in use' },
  'no-scanner': { code: 5, means: 'scanner, database or sandbox is missing or unfit' },
  'not-in-time': { code: 6, means: 'not finished within --timeout, or within two minutes' },
  'failing-status': { code: 7, means: 'the status is one of --fail-on' },
  refused: { code: 8, means: 'a runner refuses the database: its canary did not pass' },
} as const;

export type ExitReason = keyof typeof exitCodes;

/** A command cannot do what was requested. Carries the remedy. */
export class Failure extends Error {
  override readonly name = 'Failure';

  constructor(
    readonly reason: ExitReason,
    message: string,
    readonly remedy?: string,
  ) {
    super(message);
  }
}

/** The result does not come until an operator does what the message requires. */
export class NeedsOperator extends Failure {
  constructor(message: string) {
    super('failed', message, 'it continues once that is done, not before');
  }
}

interface ErrorFields {
  readonly message?: string;
  readonly code?: unknown;
  readonly remedy?: unknown;
  readonly cause?: unknown;
}

/** Maps codes of foreign errors to exit codes and remedies. */
const reasons: readonly { readonly code: RegExp; readonly reason: ExitReason; readonly remedy?: string }[] = [
  { code: /^data-in-use$/, reason: 'no-suite' },
  {
    code: /^EADDRINUSE$/,
    reason: 'no-suite',
    remedy: 'stop the process that uses the port, or give --port or --registry-port (0 for any free one)',
  },
  { code: /^EACCES$/, reason: 'failed', remedy: 'give a folder with write access, or a port above 1023' },
  { code: /^ENOSPC$/, reason: 'failed', remedy: 'the disk is full: make room, or give another --data folder' },
  { code: /^(scanner|database|sandbox)-/, reason: 'no-scanner', remedy: 'run `assay doctor`' },
  { code: /^(invalid-)?configuration/, reason: 'usage' },
  // A port that `fetch` refuses. That error has no code.
  { code: /^bad port$/, reason: 'no-suite', remedy: 'clients refuse that port: check the address' },
  { code: /^ENOTFOUND$/, reason: 'no-suite', remedy: 'there is no such host: check the spelling' },
  {
    code: /^EAI_AGAIN$/,
    reason: 'no-suite',
    remedy: 'no name server answers for that host: check the network and the spelling',
  },
  { code: /^CERT_HAS_EXPIRED$/, reason: 'failed', remedy: 'its certificate has expired: renew it' },
  {
    code: /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    reason: 'failed',
    remedy: 'its certificate is for another name: use the name in the certificate',
  },
  {
    code: /CERT|UNABLE_TO_VERIFY/,
    reason: 'failed',
    remedy: 'set NODE_EXTRA_CA_CERTS to the PEM file of its certificate authority (`assay up --https` prints its own)',
  },
  {
    code: /^(ERR_SSL_|EPROTO$)/,
    reason: 'failed',
    remedy: 'it speaks another version of TLS, or none: check whether the address begins with http://',
  },
  {
    code: /^(ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ETIMEDOUT|UND_ERR_)/,
    reason: 'no-suite',
    remedy: 'check that it still runs',
  },
];

const fieldsOf = (error: unknown): ErrorFields =>
  typeof error === 'object' && error !== null ? error : { message: String(error) };

const ruleOf = (error: unknown) => {
  const { code, cause } = fieldsOf(error);
  const inner = fieldsOf(cause);
  return (
    reasons.find((rule) => rule.code.test(String(code))) ??
    (cause === undefined
      ? undefined
      : reasons.find((rule) => rule.code.test(typeof inner.code === 'string' ? inner.code : (inner.message ?? ''))))
  );
};

export const reasonOf = (error: unknown): ExitReason => {
  if (error instanceof Failure) return error.reason;
  // Errors of settings start with the name of the setting.
  return ruleOf(error)?.reason ?? (/^ASSAY_[A-Z_]+ /.test(fieldsOf(error).message ?? '') ? 'usage' : 'failed');
};

export const exitCodeOf = (error: unknown): number => exitCodes[reasonOf(error)].code;

const inOneLine = (text: string): string =>
  text
    .trim()
    .replace(/\s*\n\s*/g, ' ')
    .replace(/[.:;]$/, '');

/** `fetch` reports only that it failed; its cause has the details. */
const messageOf = ({ message, cause }: ErrorFields): string => {
  const text = inOneLine(message || 'it failed without a message');
  const inner = cause === undefined ? undefined : fieldsOf(cause).message;
  return inner ? `${text} (${inOneLine(inner)})` : text;
};

/** Returns the remedy, if known. */
export const remedyOf = (error: unknown): string | undefined => {
  const remedy = fieldsOf(error).remedy ?? ruleOf(error)?.remedy;
  return typeof remedy === 'string' ? remedy : undefined;
};

/** Adds the remedy to a cause, as a sentence of its own. */
export const withRemedy = (cause: string, remedy: string | undefined): string =>
  remedy === undefined
    ? cause
    : `${inOneLine(cause)}. ${remedy.charAt(0).toUpperCase()}${remedy.slice(1).replace(/\.$/, '')}.`;

/** Formats cause and remedy in one line. */
export const lineOf = (error: unknown): string => withRemedy(`error: ${messageOf(fieldsOf(error))}`, remedyOf(error));
