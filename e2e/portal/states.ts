import type { Page } from 'playwright-core';
import { texts } from '../../apps/portal/src/texts.ts';
import { cutOff, empty, failing, refuse, slow, type RefusedStatus } from './answers.ts';
import { expectThat, onPage, patienceMs, type PortalCase } from './cases.ts';
import { healthyWords, strayGreens } from './in-page.mjs';
import { pageCases, type PageCase } from './pages.ts';
import { underWay } from './watched-page.ts';

/** Something that no page may show: values that were not made for people. */
const nonsense = /\bNaN\b|\bundefined\b|\bInfinity\b|\[object |\bInvalid Date\b/;

const main = (page: Page) => page.locator('main');

const textOf = (page: Page): Promise<string> => main(page).innerText();

const [lookMs, quietLooks] = [40, 3];

/** Waits until no part of the page is on its way. */
export const loaded = async (page: Page): Promise<void> => {
  await main(page).waitFor();
  const loading = page.getByRole('status', { name: texts.states.loading });
  const until = performance.now() + patienceMs;
  for (let looks = 0; looks < quietLooks; await page.waitForTimeout(lookMs)) {
    looks = underWay(page) === 0 && (await loading.count()) === 0 ? looks + 1 : 0;
    if (performance.now() > until) throw new Error(`${underWay(page)} requests are not answered`);
  }
};

const isSensible = async (page: Page): Promise<void> => {
  const text = await textOf(page);
  const found = nonsense.exec(text);
  expectThat(found === null, `the page shows '${found?.[0] ?? ''}': ${text.slice(0, 400)}`);
};

/** Green stands for the word of an answer with code 200 and for nothing else. */
const isNotGreen = async (page: Page): Promise<void> => {
  const green = await main(page).locator('[data-kind="healthy"]').count();
  expectThat(green === 0, 'something is green');
  expectThat(!(await textOf(page)).includes('✓'), 'there is a ✓');
};

/** Everything green, and each check mark, is of the one component of statuses, and has the word beside it. */
export const isGreenByStatusAlone = async (page: Page): Promise<void> => {
  const stray = await page.evaluate(strayGreens);
  expectThat(stray.length === 0, `green is drawn elsewhere, ${stray.length} times: ${stray.slice(0, 5).join('; ')}`);
  for (const word of await page.evaluate(healthyWords))
    expectThat(word.startsWith(`✓${texts.statuses['healthy'] ?? ''}`), `'${word}' is drawn as healthy`);
};

const data = ({ name, path, shows }: PageCase): PortalCase => ({
  name: `${name}: with data`,
  run: (scene) =>
    onPage(scene, path(scene.facts), {}, async (page) => {
      await loaded(page);
      await main(page).getByText(shows(scene.facts)).filter({ visible: true }).first().waitFor();
      expectThat((await main(page).getByRole('alert').count()) === 0, 'an alert is on the page');
      await isSensible(page);
      await isGreenByStatusAlone(page);
    }),
});

const nothing = ({ name, path }: PageCase): PortalCase => ({
  name: `${name}: empty`,
  run: (scene) =>
    onPage(scene, path(scene.facts), { before: ({ page }) => empty(page) }, async (page) => {
      await loaded(page);
      await isSensible(page);
      await isNotGreen(page);
    }),
});

const late = ({ name, path, shows }: PageCase): PortalCase => ({
  name: `${name}: slow`,
  run: (scene) =>
    onPage(scene, path(scene.facts), { before: ({ page }) => slow(page, 1500) }, async (page) => {
      await page.getByRole('status', { name: texts.states.loading }).first().waitFor();
      await isNotGreen(page);
      await main(page).getByText(shows(scene.facts)).filter({ visible: true }).first().waitFor();
    }),
});

/** The words of each refusal. */
const refusalTexts: Readonly<Record<RefusedStatus, string>> = {
  401: texts.signIn.title,
  403: texts.states.forbidden.title,
  404: texts.states.missing.title,
  500: texts.states.failed.title(500),
  503: texts.states.behind.title,
};

const refused = ({ name, path }: PageCase, status: RefusedStatus): PortalCase => ({
  name: `${name}: ${status}`,
  run: (scene) =>
    onPage(
      scene,
      path(scene.facts),
      {
        before: ({ page }) => refuse(page, status),
        allowed: [new RegExp(`Failed to load resource: the server responded with a status of ${status}`)],
      },
      async (page) => {
        const words = refusalTexts[status];
        const place = status === 401 ? page.getByRole('dialog', { name: words }) : main(page).getByText(words);
        await place.first().waitFor();
        await isNotGreen(page);
        await isSensible(page);
        expectThat((await main(page).locator('tbody tr').count()) === 0, 'rows are shown');
      },
    ),
});

const old = ({ name, path }: PageCase): PortalCase => ({
  name: `${name}: as of`,
  run: (scene) =>
    onPage(
      scene,
      path(scene.facts),
      { before: ({ page }) => cutOff(page, new Date(Date.now() - 600_000).toISOString()) },
      async (page) => {
        await page.getByRole('alert').getByText(texts.frame.cutOff).first().waitFor();
        await isSensible(page);
      },
    ),
});

/** Each page in each of its states. */
export const stateCases: readonly PortalCase[] = pageCases.flatMap((one) => [
  data(one),
  ...(one.asksNothing ? [] : [nothing(one), late(one), ...failing.map((status) => refused(one, status)), old(one)]),
]);
