import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/**
 * The path of an installed Chromium. Nothing is downloaded: `playwright-core` drives the one of the system.
 *
 * @throws Error with the command that installs it
 */
const chromiumPath = (env: NodeJS.ProcessEnv = process.env): string => {
  const folders = (env['PATH'] ?? '').split(delimiter);
  const places = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  const found = [...(env['ASSAY_CHROMIUM'] ? [env['ASSAY_CHROMIUM']] : []), ...places].find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (found === undefined) throw new Error('there is no Chromium: apt-get install chromium, or set ASSAY_CHROMIUM');
  return found;
};

/** Starts it without a window. Its own sandbox needs a user that is not root; the pages that it opens are ours. */
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumPath(),
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--force-color-profile=srgb', '--font-render-hinting=none'],
  });
