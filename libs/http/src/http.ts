import { randomUUID } from 'node:crypto';
import type { Caller } from './access/caller.ts';
import { ArmError, badRequest } from '@assay/arm';

/** The part of a request that this library reads, independent of the HTTP server. */
export interface ArmRequest {
  readonly method: string;
  /** Path and query, cleaned. */
  readonly url: string;
  /** Protocol of the connection itself; that of a proxy in front is in the headers. */
  readonly protocol: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly query: unknown;
  /** The sender; set on guarded paths, after authentication. */
  caller?: Caller;
}

/** The part of a reply that this library uses. */
export interface ArmReply {
  readonly sent: boolean;
  code(status: number): this;
  header(name: string, value: string): this;
  getHeader(name: string): number | string | readonly string[] | undefined;
  send(body?: unknown): unknown;
  readonly raw: { once(event: 'close', listener: () => void): unknown };
}

/** Aborts when the connection is closed, also by a client that no longer waits. */
export const closing = ({ raw }: Pick<ArmReply, 'raw'>): AbortSignal => {
  const closed = new AbortController();
  raw.once('close', () => closed.abort());
  return closed.signal;
};

/** Returns the first value of a header. */
export const headerOf = ({ headers }: Pick<ArmRequest, 'headers'>, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.[0];
};

/** Returns a query parameter by its case-insensitive name. */
export const queryOf = ({ query }: Pick<ArmRequest, 'query'>, name: string): string | undefined => {
  const found = Object.entries((query ?? {}) as Record<string, unknown>).find(
    ([key]) => key.toLowerCase() === name.toLowerCase(),
  )?.[1];
  return typeof found === 'string' ? found : undefined;
};

/**
 * Readers differ in which of two values they take, so neither is accepted.
 * @throws ArmError 400 if a query parameter is repeated, in any case
 */
export const refuseRepeatedQuery = ({ query }: Pick<ArmRequest, 'query'>): void => {
  const seen = new Set<string>();
  for (const [name, value] of Object.entries((query ?? {}) as Record<string, unknown>)) {
    if (typeof value !== 'string' || seen.has(name.toLowerCase()))
      throw badRequest('DuplicateQueryParameter', `The query parameter '${name.slice(0, 100)}' must be given once.`, {
        target: name.slice(0, 100),
      });
    seen.add(name.toLowerCase());
  }
};

/**
 * Readers differ in which of two credentials they take. Node keeps the first and drops the others, so the raw headers
 * are checked.
 * @throws ArmError 400 if there are two `Authorization` headers
 */
export const refuseRepeatedAuthorization = (rawHeaders: readonly string[]): void => {
  const names = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'authorization');
  if (names.length > 1)
    throw badRequest('DuplicateHeader', "The header 'Authorization' must be given once.", { target: 'Authorization' });
};

/**
 * Compressed bodies are not read: their size is unknown before.
 * @throws ArmError 415, with the accepted coding (RFC 9110, 15.5.16)
 */
export const refuseEncodedBody = ({ headers }: Pick<ArmRequest, 'headers'>): void => {
  const coding = String(headers['content-encoding'] ?? 'identity')
    .trim()
    .toLowerCase();
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (hasBody && coding !== 'identity' && coding !== '')
    throw new ArmError(
      415,
      'UnsupportedMediaType',
      `A body with the content-encoding '${coding.slice(0, 100)}' is not accepted: send it without one.`,
      { target: 'content-encoding', headers: { 'accept-encoding': 'identity' } },
    );
};

/** The ids by which an answer can be traced: the client's and ours. */
export const identifiersOf = (request: Pick<ArmRequest, 'headers'>): Readonly<Record<string, string>> => {
  const id = randomUUID();
  const own = clientRequestIdOf(request);
  return {
    ...(own === undefined ? {} : { 'x-ms-client-request-id': own }),
    'x-ms-request-id': id,
    'x-ms-correlation-request-id': headerOf(request, 'x-ms-correlation-request-id')?.slice(0, 256) ?? id,
  };
};

export const pathOf = ({ url }: Pick<ArmRequest, 'url'>): string => url.replace(/\?.*$/s, '');

const requestId = /^[\x21-\x7e]{1,256}$/;
const traceparent = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Returns the client's request id, if it is short plain text that can be stored and returned. */
export const clientRequestIdOf = (request: Pick<ArmRequest, 'headers'>): string | undefined => {
  const id = headerOf(request, 'x-ms-client-request-id');
  return id !== undefined && requestId.test(id) ? id : undefined;
};

/** Returns the trace of a request (W3C Trace Context, version 00), if it is valid. */
export const traceparentOf = (request: Pick<ArmRequest, 'headers'>): string | undefined => {
  const given = headerOf(request, 'traceparent');
  return given !== undefined && traceparent.test(given) ? given : undefined;
};

const maxReasonLength = 1000;

/** Returns the reason for a change, for the audit trail. Azure's operations have no field for it, so it is a header. */
export const reasonOf = (request: Pick<ArmRequest, 'headers'>): string =>
  headerOf(request, 'x-assay-why')?.replaceAll(/\p{C}/gu, '').slice(0, maxReasonLength).trim() || 'no reason was given';
