import type { Page } from 'playwright-core';
import { searchTexts } from '../../apps/portal/src/pages/search/texts.ts';
import { texts } from '../../apps/portal/src/texts.ts';
import { expectThat, onPage, type PortalCase, type Scene } from './cases.ts';
import { loaded } from './states.ts';
import { Task } from './task.ts';

const field = (page: Page) => page.getByRole('combobox', { name: texts.frame.search });
const hitsIn = (page: Page) => page.getByRole('listbox', { name: texts.frame.search }).getByRole('option');

interface Search {
  readonly packages: { readonly total: number; readonly images: number };
  readonly vulnerabilities: { readonly total: number };
}

const searchOf = ({ past }: Scene, text: string): Promise<Search> => past.get<Search>(`/assay/search?q=${text}`);

const whereIsLog4j: PortalCase = {
  name: 'tasks: where is log4j and whose is it, in 2 actions',
  run: async (scene) => {
    const { packages, vulnerabilities } = await searchOf(scene, 'log4j');
    expectThat(packages.total === 1 && packages.images > 0, 'the past has no log4j');
    await onPage(scene, '/', {}, async (page) => {
      const task = new Task(2);
      await task.type('log4j', field(page));
      const hit = hitsIn(page)
        .filter({ hasText: searchTexts.images(packages.images) })
        .first();
      await task.click(hit);
      await page.waitForURL(/\/images\?package=/);
      await loaded(page);
      await page.locator('tbody tr').first().waitFor();
      const rows = await page.locator('tbody tr').count();
      expectThat(rows > 0 && rows <= packages.images, `${rows} rows for ${packages.images} images`);
      await field(page).fill('log4j');
      await field(page).press('Enter');
      const sum = page.locator('main p', { hasText: 'log4j:' });
      await sum.waitFor();
      const text = await sum.innerText();
      for (const part of [searchTexts.images(packages.images), searchTexts.vulnerabilities(vulnerabilities.total)])
        expectThat(text.includes(part), `the page shows '${text}' without '${part}'`);
    });
  },
};

const suggestions: PortalCase = {
  name: 'search: hits by kind with their counts, for the arrow keys, and never a false 0',
  run: (scene) =>
    onPage(scene, '/', {}, async (page) => {
      await loaded(page);
      await field(page).fill('glibc');
      await hitsIn(page).first().waitFor();
      const kind = page.getByRole('group', { name: new RegExp(`^${searchTexts.kinds.packages} [1-9]`) });
      await kind.waitFor();
      const first = await hitsIn(page).first().innerText();
      expectThat(/libc/.test(first) && /[1-9]\d* images?/.test(first), `the first hit is '${first}'`);
      await field(page).press('ArrowDown');
      const active = await field(page).getAttribute('aria-activedescendant');
      const selected = await hitsIn(page).first().getAttribute('aria-selected');
      expectThat(active === (await hitsIn(page).first().getAttribute('id')), `${active} is active`);
      expectThat(selected === 'true', 'the first hit is not selected');
      await field(page).press('Enter');
      await page.waitForURL(/\/images\?package=libc/);
      await loaded(page);
      await page.locator('tbody tr').first().waitFor();
    }),
};

/** A word of each kind that had no hit among the names of images. */
const honest: PortalCase = {
  name: 'search: an alias and a registry are found, and what is not known is no 0 of all images',
  run: async (scene) => {
    const { value } = await scene.past.get<{ value: readonly { id: string; aliases: readonly string[] }[] }>(
      '/assay/vulnerabilities?top=1000',
    );
    const alias = value.flatMap(({ aliases }) => aliases).find((each) => each.startsWith('DSA-')) ?? '';
    const registry = scene.past.endpoint.registries[0]!.loginServer;
    for (const [text, kind] of [
      [alias, searchTexts.kinds.vulnerabilities],
      [registry, searchTexts.kinds.registries],
    ] as const)
      await onPage(scene, `/search?q=${text}`, {}, async (page) => {
        await loaded(page);
        const heading = page.locator('main h2', { hasText: kind });
        expectThat((await heading.count()) === 1, `${text}: ${await page.locator('main').innerText()}`);
      });
    await onPage(scene, '/search?q=no-such-name', {}, async (page) => {
      await loaded(page);
      const text = await page.locator('main').innerText();
      expectThat(text.includes(searchTexts.none) && text.includes(searchTexts.limits), text);
      expectThat(!/\b0 of\b/.test(text), text);
    });
  },
};

export const searchCases: readonly PortalCase[] = [whereIsLog4j, suggestions, honest];
