import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { texts } from '../../apps/portal/src/texts.ts';
import { expectThat, onPage, type PortalCase } from './cases.ts';
import { focused, hasFocus, markReachable, runAxe, unnamed, widths } from './in-page.mjs';
import { pageCases } from './pages.ts';
import { isGreenByStatusAlone, loaded } from './states.ts';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Faults that axe finds on a page. */
const axeOn = async (page: Page): Promise<readonly string[]> => {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(runAxe, rules);
  return violations.map(({ id, help, nodes }) => {
    const [first] = nodes;
    return `${id}: ${help}, ${nodes.length} times, as ${JSON.stringify(first?.target)}: ${first?.failureSummary ?? ''}`;
  });
};

const axeCases: readonly PortalCase[] = pageCases.flatMap(({ name, path }) =>
  (
    [
      ['light', 1280],
      ['dark', 1280],
      ['light', 360],
      ['dark', 360],
    ] as const
  ).map(([theme, width]) => ({
    name: `${name}: axe, ${theme}, ${width} px`,
    run: (scene) =>
      onPage(scene, path(scene.facts), { theme, width }, async (page) => {
        await loaded(page);
        const found = await axeOn(page);
        expectThat(found.length === 0, found.join('\n'));
        const nameless = await page.evaluate(unnamed);
        expectThat(nameless.length === 0, `nothing names ${nameless.join(', ')}`);
        await isGreenByStatusAlone(page);
      }),
  })),
);

/** Widths of windows, px: phones, tablets, and 1,440 at 200 % zoom. */
const windows = [360, 390, 520, 640, 700, 720, 740, 768, 900, 1024, 1180, 1280, 1440] as const;

const widthCases: readonly PortalCase[] = pageCases.map(({ name, path }) => ({
  name: `${name}: fits windows of 360 to 1440 px, and the navigation shows where it is`,
  run: (scene) =>
    onPage(scene, path(scene.facts), {}, async (page) => {
      await loaded(page);
      const wide: string[] = [];
      for (const width of windows) {
        await page.setViewportSize({ width, height: 900 });
        const [content] = await page.evaluate(widths);
        if (content > width) wide.push(`it is ${content} px wide, and the window ${width}`);
      }
      expectThat(wide.length === 0, wide.join('; '));
      const current = page.getByRole('navigation', { name: texts.frame.navigation }).locator('[aria-current]');
      await page.setViewportSize({ width: 390, height: 900 });
      await page.reload();
      await loaded(page);
      if ((await current.count()) === 0) return;
      const { x = 0, width = 0 } = (await current.boundingBox()) ?? {};
      expectThat(x >= 0 && x + width <= 390, `the current page stands at ${x} to ${x + width} of 390 px`);
    }),
}));

const mostTabs = 400;

const keyboardCases: readonly PortalCase[] = pageCases.map(({ name, path }) => ({
  name: `${name}: keyboard`,
  run: (scene) =>
    onPage(scene, path(scene.facts), {}, async (page) => {
      await loaded(page);
      const wanted = await page.evaluate(markReachable);
      const left = new Set(wanted.keys());
      for (let tabs = 0; tabs < mostTabs && left.size > 0; tabs += 1) {
        await page.keyboard.press('Tab');
        const at = await page.evaluate(focused);
        // A radio group is one stop of the Tab key, and a page may have put another element in the place of one.
        if (at.mark === null) continue;
        left.delete(Number(at.mark));
        expectThat(at.isSeen, `${wanted[Number(at.mark)]} has the focus, and nothing shows it`);
      }
      const missing = Array.from(left, (at) => wanted[at]);
      expectThat(missing.length === 0, `the Tab key does not reach ${missing.join(', ')}`);
    }),
}));

const shortcuts: PortalCase = {
  name: 'keys: help, search, pages, rows',
  run: (scene) =>
    onPage(scene, '/images', {}, async (page) => {
      await loaded(page);
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: texts.help.title }).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog', { name: texts.help.title }).waitFor({ state: 'hidden' });
      await page.keyboard.press('/');
      expectThat(await page.evaluate(hasFocus, 'search'), 'no search');
      await page.locator('#search').press('Escape');
      await page.locator('main').focus();
      await page.keyboard.press('j');
      await page.locator('tbody tr:focus').waitFor();
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/portal\/images\/sha256/);
      await page.keyboard.press('g');
      await page.keyboard.press('e');
      await page.waitForURL(/\/portal\/exemptions/);
    }),
};

/** The rows that are seen, as text. */
const rowsOn = async (page: Page): Promise<string> => {
  await loaded(page);
  await page.locator('tbody tr:not([data-unread])').first().waitFor();
  return (await page.locator('tbody tr:not([data-unread])').allInnerTexts()).slice(0, 8).join('\n');
};

/** Ages are written in seconds and minutes, and go on. */
const ageless = (rows: string): string => rows.replaceAll(/\d+ (?:s|min|h|d)\b/g, 'some time');

const stateInAddress = [
  ['images', '/images?status=unhealthy&sort=-critical&severity=High'],
  ['vulnerabilities', '/vulnerabilities?severity=High'],
] as const;

const reloadCases: readonly PortalCase[] = stateInAddress.map(([name, path]) => ({
  name: `${name}: reload and Back give the same rows`,
  run: (scene) =>
    onPage(scene, path, {}, async (page) => {
      const before = ageless(await rowsOn(page));
      const address = page.url();
      await page.reload();
      expectThat(page.url() === address, `the address is ${page.url()} after a reload`);
      expectThat(ageless(await rowsOn(page)) === before, 'other rows after a reload');
      await page.locator('tbody tr a').first().click();
      await page.waitForURL((url) => url.href !== address);
      await page.goBack();
      expectThat(page.url() === address, `the address is ${page.url()} after Back`);
      expectThat(ageless(await rowsOn(page)) === before, 'other rows after Back');
    }),
}));

export const reachCases: readonly PortalCase[] = [
  ...axeCases,
  ...widthCases,
  ...keyboardCases,
  shortcuts,
  ...reloadCases,
];
