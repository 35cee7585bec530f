import type { Page, Route } from 'playwright-core';

/** Requests of pages to the API, but for the one that names the caller. */
const isAsked = (url: URL): boolean =>
  /^\/(assay|providers|subscriptions)\//.test(url.pathname) && !/^\/assay\/me$/.test(url.pathname);

/** Refusals in the words of the API. */
const refusals: Readonly<Record<number, { readonly code: string; readonly message: string }>> = {
  401: { code: 'ExpiredAuthenticationToken', message: 'The access token has expired.' },
  403: {
    code: 'AuthorizationFailed',
    message:
      "The client 'ana' does not have authorization to perform action 'findings/read' over scope '/subscriptions/x'.",
  },
  404: { code: 'ResourceNotFound', message: 'It is not found.' },
  500: { code: 'InternalServerError', message: 'The service made a mistake.' },
  503: { code: 'ServiceUnavailable', message: 'The read model has not caught up with the log yet.' },
};

export const failing = [401, 403, 404, 500, 503] as const;
export type RefusedStatus = (typeof failing)[number];

const requestId = '0b0e7f7e-0000-4000-8000-000000000001';

/** Answers every request of the page with a refusal. */
export const refuse = async (page: Page, status: RefusedStatus): Promise<void> => {
  await page.route(isAsked, (route) =>
    route.fulfill({
      status,
      contentType: 'application/json',
      headers: { 'x-ms-request-id': requestId, ...(status === 503 ? { 'retry-after': '5' } : {}) },
      body: JSON.stringify({ error: { ...refusals[status], details: [] } }),
    }),
  );
};

/** An answer without anything in it: lists are empty, and counts are zero. */
const emptied = (value: unknown): unknown => {
  if (Array.isArray(value)) return [];
  if (typeof value === 'number') return 0;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]) => (name === 'nextLink' ? [] : [[name, emptied(each)]])),
  );
};

const isStream = (route: Route): boolean => (route.request().headers()['accept'] ?? '').includes('text/event-stream');

const changed = async (page: Page, change: (route: Route) => Promise<void>): Promise<void> => {
  await page.route(isAsked, async (route) => {
    if (isStream(route)) return await route.continue();
    try {
      await change(route);
    } catch (error) {
      // The page was left while the answer was on its way.
      if (!page.isClosed() && !/disposed|closed|aborted/i.test(String(error))) throw error;
    }
  });
};

/** Answers as before the first push. */
export const empty = (page: Page): Promise<void> =>
  changed(page, async (route) => {
    const response = await route.fetch();
    const text = await response.text();
    if (!response.ok() || !text.startsWith('{')) return await route.fulfill({ response });
    await route.fulfill({ response, body: JSON.stringify(emptied(JSON.parse(text))) });
  });

/** Answers late, ms. */
export const slow = (page: Page, ms: number): Promise<void> =>
  changed(page, async (route) => {
    await new Promise((resolve) => {
      setTimeout(resolve, ms);
    });
    await route.continue();
  });

/** Answers as a service that is cut off from its log since a moment, ISO 8601. */
export const cutOff = (page: Page, since: string): Promise<void> =>
  changed(page, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), 'x-assay-as-of': since } });
  });
