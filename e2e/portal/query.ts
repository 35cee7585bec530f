import type { Page } from 'playwright-core';
import { texts } from '../../apps/portal/src/texts.ts';
import { onPage, type PortalCase } from './cases.ts';
import { loaded } from './states.ts';

interface Language {
  readonly tables: readonly {
    readonly name: string;
    readonly members: readonly { readonly name: string }[];
  }[];
}

const path = '/assay/query-language';

/** Types a text, and waits until the editor offers a word for its end. */
const waitForOffer = async (page: Page, text: string, word: string): Promise<void> => {
  const editor = page.getByRole('textbox', { name: texts.query.editor });
  await editor.fill('');
  await editor.pressSequentially(text);
  // The list of an earlier letter may still be there.
  await page.getByRole('listbox').getByRole('option').filter({ hasText: word }).first().waitFor();
};

const completed: PortalCase = {
  name: 'query: the editor completes what the service answers from',
  run: async (scene) => {
    const { tables } = await scene.past.get<Language>(path);
    const [first] = tables;
    const member = first?.members.find(({ name }) => name.startsWith('properties.status.'));
    if (first === undefined || member === undefined) throw new Error('the service has no members');
    await onPage(scene, '/query', {}, async (page) => {
      await loaded(page);
      await page.getByText(texts.query.hint(tables.map(({ name }) => name))).waitFor();
      await waitForOffer(page, first.name.slice(0, 3), first.name);
      await waitForOffer(page, `${first.name} | where properties.status.`, member.name);
    });
  },
};

const invented: PortalCase = {
  name: 'query: the words are those of the service, and none if it refuses them',
  run: async (scene) => {
    const language = await scene.past.get<Language & Record<string, unknown>>(path);
    const tables = [{ name: 'inventedtable', columns: [], members: [] }];
    await onPage(
      scene,
      '/query',
      {
        before: async ({ page }) => {
          await page.route(
            (url) => url.pathname === path,
            (route) => route.fulfill({ json: { ...language, tables } }),
          );
        },
      },
      async (page) => {
        await loaded(page);
        await waitForOffer(page, 'inv', 'inventedtable');
      },
    );
    await onPage(
      scene,
      '/query',
      {
        allowed: [/status of 403/],
        before: async ({ page }) => {
          await page.route(
            (url) => url.pathname === path,
            (route) => route.fulfill({ status: 403, json: { error: { code: 'x', message: 'Not for you.' } } }),
          );
        },
      },
      async (page) => {
        await loaded(page);
        await page.getByText(texts.query.noCompletion('Not for you.')).waitFor();
      },
    );
  },
};

/** Cases of the page of queries. */
export const queryCases: readonly PortalCase[] = [completed, invented];
