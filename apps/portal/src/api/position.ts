const name = 'x-assay-position';

/** Position in the log of the last answer that named one, in this tab. */
let position: string | undefined;

const kept = (response: Response): Response => {
  position = response.headers.get(name) ?? position;
  return response;
};

const codeIn = async (response: Response): Promise<unknown> => {
  const body = (await response.json().catch(() => undefined)) as { error?: { code?: unknown } } | undefined;
  return body?.error?.code;
};

/**
 * Sends a request so that its answer holds what this tab wrote before. A position that the service cannot read, because
 * it has another key, is forgotten, and the request is sent once more without it.
 */
export const afterWrites = async (
  request: Request,
  send: (request: Request) => Promise<Response>,
): Promise<Response> => {
  if (position === undefined) return kept(await send(request));
  const again = request.clone();
  request.headers.set(name, position);
  const response = await send(request);
  if (response.status !== 400 || (await codeIn(response.clone())) !== 'InvalidPosition') return kept(response);
  position = undefined;
  return kept(await send(again));
};
