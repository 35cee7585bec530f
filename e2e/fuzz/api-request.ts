import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { expectThat } from './target.ts';
import type { RunningSuite } from './world.ts';

export interface ApiRequest {
  readonly method?: string;
  /** Written to the request line as it is, except for characters that Node's client refuses to send. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** The size limit of request bodies in the suite. */
const mostBytes = 2 ** 20;

/** No request of about a kilobyte takes longer, on any machine. */
const patienceMs = 60_000;

// oxlint-disable-next-line no-control-regex -- what may not stand in a request
const unsendable = /[\u0000-\u0020\u007f-\uffff]/gu;
const sendable = (text: string): string =>
  text.toWellFormed().replaceAll(unsendable, (sign) => encodeURIComponent(sign));
// oxlint-disable-next-line no-control-regex -- what may not stand in a header
const header = (text: string): string => text.replaceAll(/[^\t\u0020-\u007e\u0080-\u00ff]/g, '?');

const sendOnce = (
  { url }: RunningSuite,
  { method = 'GET', path, headers = {}, body }: ApiRequest,
): Promise<ApiAnswer> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const sent = request(
      {
        hostname,
        port,
        method,
        path: `/${sendable(path.replace(/^\//, ''))}`,
        headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, header(value)])),
        timeout: patienceMs,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response
          .on('data', (chunk: Buffer) => chunks.push(chunk))
          .on('error', reject)
          .on('end', () =>
            resolve({
              status: response.statusCode!,
              headers: response.headers,
              text: Buffer.concat(chunks).toString('utf8'),
            }),
          );
      },
    );
    // A server that refuses a body as too large does not wait for its end. The answer may be lost with the connection.
    const refused = (error: NodeJS.ErrnoException): void => {
      if (Buffer.byteLength(body ?? '') > mostBytes && ['ECONNRESET', 'EPIPE'].includes(error.code ?? ''))
        resolve({
          status: 413,
          headers: { 'content-type': 'application/json' },
          text: '{"error":{"code":"RequestEntityTooLarge","message":"The connection was closed."}}',
        });
      else reject(error);
    };
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${patienceMs} ms`))).on('error', refused);
    sent.end(body);
  });

/** Sends a request, and repeats it while the suite answers that its read model is behind. */
export const send = async (running: RunningSuite, apiRequest: ApiRequest): Promise<ApiAnswer> => {
  for (const deadline = Date.now() + patienceMs; ; await pause(100)) {
    const answer = await sendOnce(running, apiRequest);
    if (answer.status !== 503 || Date.now() > deadline) return answer;
  }
};

/**
 * Checks what holds for every answer: no server error, JSON, and a code if it is a refusal.
 * @param tooLong whether the request may be stopped because it takes too long
 */
export const expectAnswer = ({ status, headers, text }: ApiAnswer, tooLong = false): unknown => {
  expectThat(status < 500 || (tooLong && status === 504), `answered ${status}: ${text.slice(0, 300)}`);
  if (!String(headers['content-type']).includes('json')) {
    expectThat(status < 400 || text === '', `answered ${status} without a code: ${text.slice(0, 300)}`);
    return undefined;
  }
  const body = JSON.parse(text) as { error?: { code?: unknown; message?: unknown } };
  if (status >= 400)
    expectThat(
      typeof body.error?.code === 'string' && body.error.code !== '' && typeof body.error.message === 'string',
      `answered ${status} without a code: ${text.slice(0, 300)}`,
    );
  return body;
};
