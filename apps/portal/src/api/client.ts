import createClient from 'openapi-fetch';
import { currentSession, refused } from '../session/session.ts';
import { ApiFailure, failureOf } from './failure.ts';
import { noticeAsOf } from './as-of.ts';
import { billBy, type WholeBill } from './bill.ts';
import { afterWrites } from './position.ts';
import { noticeLife, noticeSilence } from './silence.ts';
import type { paths } from './generated/schema.ts';

/** An answer with code 200, and the moment that it is about. */
export interface Answer<Data> {
  readonly data: Data;
  /** Set if the service is cut off from its log: the answer is of that moment. */
  readonly asOf: string | undefined;
  /** When the answer arrived, ms since the epoch. */
  readonly at: number;
}

/** Sends a request with the token of the session. A 401 opens the sign-in over the page. */
export const fetchWithToken = async (request: Request): Promise<Response> => {
  const { token } = currentSession();
  const headers = new Headers(request.headers);
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  let response: Response;
  try {
    response = await afterWrites(new Request(request, { headers, credentials: 'omit', redirect: 'error' }), fetch);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    noticeSilence();
    throw new ApiFailure(0, 'NoAnswer', error instanceof Error ? error.message : String(error));
  }
  noticeLife();
  if (response.status === 401) refused(token);
  return response;
};

/** The API, with the types of docs/openapi.json. */
export const api = createClient<paths>({ baseUrl: location.origin, fetch: fetchWithToken });

interface Outcome<Data> {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
}

/**
 * Waits for an answer of the client.
 * @throws ApiFailure for every code but 200 and its neighbours, so that an error is never an empty list
 */
export const answered = async <Data>(outcome: Promise<Outcome<Data>>): Promise<Answer<Exclude<Data, undefined>>> => {
  const { data, error, response } = await outcome;
  if (!response.ok) throw failureOf(response, error);
  const asOf = response.headers.get('x-assay-as-of') ?? undefined;
  noticeAsOf(URL.parse(response.url)?.pathname ?? '', asOf);
  return { data: data as Exclude<Data, undefined>, asOf, at: Date.now() };
};

/** Asks for the bill of a month: with all charges, or for the totals of its first page. */
export const askBill = (
  period: string,
  signal?: AbortSignal,
  pages: 'all' | 'first' = 'all',
): Promise<Answer<WholeBill>> =>
  billBy(
    (query) => answered(api.GET('/assay/charges', { params: { query }, ...(signal ? { signal } : {}) })),
    period,
    pages,
  );

/** Asks a route that the generated types do not have yet. */
export const askFor = async <Data>(
  path: string,
  query: Readonly<Record<string, string | undefined>> = {},
  init: RequestInit = {},
): Promise<Answer<Data>> => {
  const url = new URL(path, location.origin);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
  const response = await fetchWithToken(new Request(url, init));
  const text = await response.text();
  const body: unknown = text === '' ? undefined : parsed(text);
  return answered(Promise.resolve({ data: body as Data, error: body, response })) as Promise<Answer<Data>>;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** The query of a page: the first is on the screen soon, and the following ones are few. */
export const pageQuery = ($skipToken: string | undefined): Readonly<Record<string, string>> =>
  $skipToken === undefined ? { top: '100' } : { $skipToken, top: '1000' };

/** The token of the next page, from the link of a list. */
export const skipTokenIn = (nextLink: string | undefined): string | undefined =>
  nextLink === undefined ? undefined : (URL.parse(nextLink)?.searchParams.get('$skipToken') ?? undefined);
