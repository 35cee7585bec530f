import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { startBrowser } from '../portal/browser.ts';
import { boardTitles, type BoardName } from './panels.ts';
import type { Victoria } from './victoria.ts';

/** So high that all panels are in sight: others ask for no data. */
const viewport = { width: 1_600, height: 9_000 };
/** Pixels of the picture per pixel of the page. */
const scale = 0.5;
const settleMs = 4_000;

/** Opens the rows of one board, and hides those of the others. */
const showOnly = async (page: Page, title: string): Promise<number> => {
  const rows = page.locator('.vm-predefined-dashboard');
  await rows.first().waitFor();
  let shown = 0;
  for (const row of await rows.all()) {
    const isOwn = (await row.locator('.vm-predefined-dashboard-header__title').innerText()).startsWith(title);
    if (isOwn) {
      shown += 1;
      const header = row.locator('.vm-accordion-header').first();
      if (!/_open/.test((await header.getAttribute('class')) ?? '')) await header.dispatchEvent('click');
      await row.locator('.vm-accordion-section').first().waitFor();
    } else await row.evaluate((element: { style: { display: string } }) => (element.style.display = 'none'));
  }
  return shown;
};

/**
 * Draws each board in the interface of VictoriaMetrics, over the last minutes.
 *
 * @returns the files
 */
export const pictures = async (victoria: Victoria, folder: string, minutes: number): Promise<readonly string[]> => {
  mkdirSync(folder, { recursive: true });
  const browser = await startBrowser();
  try {
    const files: string[] = [];
    const end = new Date().toISOString().slice(0, 19);
    for (const [name, title] of Object.entries(boardTitles()) as [BoardName, string][]) {
      const page = await browser.newPage({ viewport, deviceScaleFactor: scale });
      const range = new URLSearchParams({
        'g0.range_input': `${minutes}m`,
        'g0.end_input': end,
        'g0.relative_time': 'none',
      });
      await page.goto(`${victoria.url}/vmui/#/dashboards?${range.toString()}`);
      if ((await showOnly(page, title)) === 0) throw new Error(`vmui has no rows of ${title}`);
      await page.addStyleTag({ content: '.vm-line-chart, .u-wrap { min-height: 0 !important }' });
      await page.waitForLoadState('networkidle');
      await page.waitForTimeout(settleMs);
      const file = join(folder, `${name}.png`);
      writeFileSync(file, await page.locator('.vm-predefined-panels__dashboards').screenshot());
      files.push(file);
      await page.close();
    }
    return files;
  } finally {
    await browser.close();
  }
};
