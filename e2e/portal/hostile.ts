import type { Page } from 'playwright-core';
import { hostileNames } from '../test/hostile-names.ts';
import { expectThat, onPage, type PortalCase } from './cases.ts';
import { pageCases } from './pages.ts';
import { linkProtocols, widths } from './in-page.mjs';
import { loaded } from './states.ts';

const names = Object.values(hostileNames);

/** Fields that hold no text of strangers: others decide by them. */
const own: ReadonlySet<string> = new Set(
  `
  status state severity severityRule kind content role operation authentication sort nextLink digest registryId
  subscriptionId findingId chargeId id target scope currency amount day bucket outcome service app topic name
  position period
`.match(/\w+/g),
);
const isOwn = (name: string, text: string): boolean =>
  own.has(name) || /At$|^at$|^since$|^time$|^from$|^to$|[Ii]d$/.test(name) || /^\d{4}-\d\d-\d\d/.test(text);

/** The same answer, with a hostile name in the place of every text. */
const attacked = (value: unknown, next: () => string, name = ''): unknown => {
  if (typeof value === 'string') return isOwn(name, value) ? value : next();
  if (Array.isArray(value)) return value.map((each) => attacked(each, next, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, attacked(each, next, key)]));
};

const attack = async (page: Page): Promise<void> => {
  let at = 0;
  const next = (): string => {
    at += 1;
    return names[at % names.length]!;
  };
  await page.route(
    (url) => /^\/(assay|providers|subscriptions)\//.test(url.pathname) && url.pathname !== '/assay/me',
    async (route) => {
      if ((route.request().headers()['accept'] ?? '').includes('text/event-stream')) return await route.continue();
      const response = await route.fetch();
      const text = await response.text();
      if (!text.startsWith('{')) return await route.fulfill({ response });
      await route.fulfill({ response, body: JSON.stringify(attacked(JSON.parse(text), next)) });
    },
  );
};

/** Characters that change how their neighbours are drawn, or move the cursor. */
const unseen = /[^\P{C}\n\t]|[\u2028\u2029]/u;

/** A page may ask for the image of a hostile name, which is nowhere. */
const notThere = /the server responded with a status of 40[04]/;

/** Each page, with hostile names wherever a stranger chose a text. */
export const hostileCases: readonly PortalCase[] = pageCases.map(({ name, path }) => ({
  name: `${name}: hostile names`,
  run: (scene) =>
    onPage(scene, path(scene.facts), { before: ({ page }) => attack(page), allowed: [notThere] }, async (page) => {
      page.on('dialog', (dialog) => void dialog.dismiss());
      await loaded(page);
      const made = await page
        .locator('main script, main img[src="x"], main iframe, main svg[onload], main style')
        .count();
      expectThat(made === 0, 'a name became markup');
      const links = await page.evaluate(linkProtocols);
      expectThat(
        links.every((protocol) => ['http:', 'https:', 'blob:'].includes(protocol)),
        `a name became a link: ${links.join(' ')}`,
      );
      const text = await page.locator('main').innerText();
      const found = unseen.exec(text);
      const at = found?.index ?? 0;
      expectThat(found === null, `a control character is shown: ${JSON.stringify(text.slice(at - 40, at + 10))}`);
      const room = await page.evaluate(widths);
      expectThat(room[0] <= room[1], `a name makes it ${room[0]} px wide`);
    }),
}));
