import type { Browser, BrowserContext, BrowserContextOptions, Page, Request } from 'playwright-core';
import { watchPolicy } from './in-page.mjs';

type Theme = 'light' | 'dark';

export interface OpenOptions {
  readonly theme?: Theme;
  readonly width?: number;
  readonly height?: number;
  /** Complaints of the console that a case makes on purpose. */
  readonly allowed?: readonly RegExp[];
  readonly permissions?: readonly string[];
}

const viewport = { width: 1280, height: 900 };
const reportName = 'reportViolationToTest';

/** All pages are one caller, of which few reads may wait: on a slow machine one is refused at times, and repeated. */
const repeated = /status of 429/;

interface Violation {
  readonly violatedDirective: string;
  readonly blockedURI: string;
  readonly sourceFile: string;
}

const requests = new WeakMap<Page, Set<Request>>();

/** How many requests of a page are not answered yet. A stream of events is never answered whole, and does not count. */
export const underWay = (page: Page): number => requests.get(page)?.size ?? 0;

const isStream = (request: Request): boolean => (request.headers()['accept'] ?? '').includes('text/event-stream');

const countRequests = (page: Page): void => {
  const open = new Set<Request>();
  requests.set(page, open);
  page.on('request', (request) => {
    if (!isStream(request)) open.add(request);
  });
  for (const end of ['requestfinished', 'requestfailed'] as const)
    page.on(end as 'requestfinished', (request) => {
      open.delete(request);
    });
};

/**
 * A page that remembers everything that a browser complains about: errors of the console, exceptions that nothing
 * caught, and violations of the page's policy, also those that are only reported.
 */
export class WatchedPage {
  readonly page: Page;
  readonly #context: BrowserContext;
  readonly #allowed: readonly RegExp[];
  readonly #complaints: string[] = [];

  private constructor(page: Page, context: BrowserContext, allowed: readonly RegExp[]) {
    this.page = page;
    this.#context = context;
    this.#allowed = allowed;
  }

  static async open(
    browser: Browser,
    { theme = 'light', width = viewport.width, height = viewport.height, allowed = [], permissions }: OpenOptions = {},
  ): Promise<WatchedPage> {
    const options: BrowserContextOptions = {
      viewport: { width, height },
      colorScheme: theme,
      reducedMotion: 'reduce',
      locale: 'en-GB',
      timezoneId: 'UTC',
      serviceWorkers: 'block',
      ...(permissions ? { permissions: [...permissions] } : {}),
    };
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const watched = new WatchedPage(page, context, allowed);
    await watched.#watch();
    return watched;
  }

  async #watch(): Promise<void> {
    const { page } = this;
    countRequests(page);
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning')
        this.#complain(`console: ${message.text()} (${message.location().url})`);
    });
    page.on('pageerror', (error) => this.#complain(`exception: ${error.message}`));
    await page.exposeFunction(reportName, (violation: Violation) =>
      this.#complain(`policy: ${violation.violatedDirective} ${violation.blockedURI} (${violation.sourceFile})`),
    );
    await page.addInitScript(watchPolicy, reportName);
  }

  #complain(text: string): void {
    if (![...this.#allowed, repeated].some((pattern) => pattern.test(text))) this.#complaints.push(text);
  }

  /** Everything that the browser complained about so far. */
  get complaints(): readonly string[] {
    return this.#complaints;
  }

  /** @throws Error if the browser complained about anything */
  check(): void {
    if (this.#complaints.length > 0) throw new Error(this.#complaints.join('\n'));
  }

  async close(): Promise<void> {
    await this.#context.close();
  }
}
