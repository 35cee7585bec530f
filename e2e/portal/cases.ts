import type { Browser } from 'playwright-core';
import type { PastFacts } from './pages.ts';
import type { RunningPast } from './setting.ts';
import { WatchedPage, type OpenOptions } from './watched-page.ts';

/** Everything that a case needs. */
export interface Scene {
  readonly browser: Browser;
  readonly past: RunningPast;
  readonly facts: PastFacts;
  /** Folder of the past. */
  readonly folder: string;
}

/** One case: it throws if something is not as it has to be. */
export interface PortalCase {
  readonly name: string;
  readonly run: (scene: Scene) => Promise<void>;
}

/** How long something on a page may take, ms. No case depends on it: it only ends one that fails. */
export const patienceMs = 30_000;

/** Waits for the rows of the Query page. The first query loads the parser of the language before it is run. */
export const queried = (page: WatchedPage['page']): Promise<void> =>
  page
    .locator('#rows tbody tr')
    .first()
    .waitFor({ timeout: 6 * patienceMs });

/** Opens a page of the portal, signed in by the link. */
export const opened = async (
  { browser, past }: Scene,
  path: string,
  { before, ...options }: OpenOptions & { readonly before?: (page: WatchedPage) => Promise<void> } = {},
): Promise<WatchedPage> => {
  const watched = await WatchedPage.open(browser, options);
  try {
    watched.page.setDefaultTimeout(patienceMs);
    await before?.(watched);
    const { url, token } = past.endpoint;
    await watched.page.goto(`${url}/portal${path}#token=${token}`);
    return watched;
  } catch (error) {
    await watched.close();
    throw error;
  }
};

/** Runs work on a page, and fails if the browser complained meanwhile. */
export const onPage = async (
  scene: Scene,
  path: string,
  options: Parameters<typeof opened>[2],
  work: (page: WatchedPage['page']) => Promise<void>,
): Promise<void> => {
  const watched = await opened(scene, path, options);
  try {
    await work(watched.page);
    watched.check();
  } finally {
    await watched.close();
  }
};

export const expectThat = (holds: boolean, otherwise: string): void => {
  if (!holds) throw new Error(otherwise);
};
