import type { Request } from './routes.ts';

/** The outcome of a request. */
export interface GreedyAnswer {
  /** Of the request, among all of the run. */
  readonly nr: number;
  readonly caller: string;
  /** 0 if the connection broke off. */
  readonly status: number;
  readonly ms: number;
  readonly bytes: number;
  /** Fault of the answer, for any caller. */
  readonly fault?: string;
}

/** Sends a request and reads its answer. Undefined if the signal ends it first. */
export const ask = async (
  request: Request,
  { name, token }: { readonly name: string; readonly token: string },
  signal: AbortSignal,
  more: Readonly<Record<string, string>> = {},
): Promise<(GreedyAnswer & { readonly text: string }) | undefined> => {
  const { nr, url, method, body, statuses } = request;
  const began = performance.now();
  const of = (
    status: number,
    bytes: number,
    text: string,
    fault?: string,
  ): GreedyAnswer & { readonly text: string } => ({
    nr,
    caller: name,
    status,
    ms: performance.now() - began,
    bytes,
    text: text.slice(0, 100_000),
    ...(fault === undefined ? {} : { fault: `${request.name}: ${fault}` }),
  });
  try {
    const answer = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...request.headers, ...more },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
    });
    let [bytes, text] = [0, ''];
    const decoder = new TextDecoder();
    for await (const piece of answer.body ?? []) {
      bytes += (piece as Uint8Array).length;
      if (text.length < 100_000) text += decoder.decode(piece as Uint8Array, { stream: true });
    }
    const { status, headers } = answer;
    const isBare = [429, 503].includes(status) && headers.get('retry-after') === null;
    const fault =
      status === 500 || !statuses.includes(String(status))
        ? `${status} ${text.slice(0, 200)}`
        : isBare
          ? `${status} without Retry-After`
          : undefined;
    return of(status, bytes, text, fault);
  } catch (error) {
    return signal.aborted ? undefined : of(0, 0, '', `broke off: ${String((error as Error).cause ?? error)}`);
  }
};
