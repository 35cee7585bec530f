import type { Page } from 'playwright-core';
import { texts } from '../../apps/portal/src/texts.ts';
import { expectThat, onPage, queried, type PortalCase, type Scene } from './cases.ts';
import { loaded } from './states.ts';

const openQuery = (page: Page) => page.locator('main').getByRole('link', { name: texts.openQuery.open });

interface Image {
  readonly repository: string;
  readonly digest: string;
  readonly kind?: string;
}

const namesOf = (images: readonly Image[]): string =>
  images
    .filter(({ kind }) => kind !== 'index')
    .map(({ repository, digest }) => `${repository}@${digest}`)
    .toSorted()
    .join('\n');

/** Rows of a query, by Resource Graph itself. */
const answersOf = async ({ past: { endpoint } }: Scene, query: string): Promise<readonly Image[]> => {
  const response = await fetch(`${endpoint.url}/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01`, {
    method: 'POST',
    headers: { authorization: `Bearer ${endpoint.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, options: { $top: 1000, resultFormat: 'objectArray' } }),
  });
  const text = await response.text();
  expectThat(response.ok, text);
  return (JSON.parse(text) as { data: readonly Image[] }).data;
};

const filtered = 'status=unhealthy&severity=high&fixable=true&repository=api/*';

const sameImages: PortalCase = {
  name: 'images: the query behind the list answers the same images',
  run: (scene) =>
    onPage(scene, `/images?${filtered}`, {}, async (page) => {
      await loaded(page);
      const href = (await openQuery(page).getAttribute('href')) ?? '';
      const query = new URL(href, scene.past.endpoint.url).searchParams.get('q') ?? '';
      const { value } = await scene.past.get<{ value: readonly Image[] }>(`/assay/images?${filtered}&top=1000`);
      expectThat(value.length > 0, 'the list is empty');
      const found = namesOf(await answersOf(scene, query));
      expectThat(found === namesOf(value), `it answers\n${found}\nand the list has\n${namesOf(value)}`);
      await openQuery(page).click();
      await queried(page);
      expectThat((await page.getByRole('alert').count()) === 0, 'the query is refused');
    }),
};

const opened = (path: string, query: RegExp): PortalCase => ({
  name: `${path.slice(1).split('?')[0]}: the query behind the list is opened`,
  run: (scene) =>
    onPage(scene, path.replace('CVE', scene.facts.vulnerability), {}, async (page) => {
      await loaded(page);
      await openQuery(page).click();
      await queried(page);
      expectThat(query.test(decodeURIComponent(page.url()).replaceAll('+', ' ')), `the address is ${page.url()}`);
    }),
});

const withoutColumn: PortalCase = {
  name: 'images: a list by a filter without a column has no query, and names the filter',
  run: (scene) =>
    onPage(scene, '/images?status=undetermined&reason=stale', {}, async (page) => {
      await loaded(page);
      const button = page.getByRole('button', { name: texts.openQuery.open });
      expectThat((await button.getAttribute('aria-disabled')) === 'true', 'it can be pressed');
      const why = (await button.getAttribute('title')) ?? '';
      expectThat(why === texts.openQuery.lacks(['status', 'reason']), why);
    }),
};

const removedRegistry: PortalCase = {
  name: 'images: a registry that is not watched any more is named, with what is left to decide',
  run: async (scene) => {
    const before = async ({ page }: { readonly page: Page }) => {
      await page.route(
        (url) => url.pathname === '/assay/registries',
        async (route) => {
          const response = await route.fetch();
          const { value } = (await response.json()) as { value: readonly object[] };
          const [first, second, ...rest] = value;
          const removed = [
            { ...first, removed: true, loginServer: 'old.test' },
            { ...second, removed: true, loginServer: 'kept.test', removedImages: 'keep' },
          ];
          await route.fulfill({ response, json: { value: [...removed, ...rest] } });
        },
      );
    };
    for (const path of ['/images', '/'])
      await onPage(scene, path, { before }, async (page) => {
        await loaded(page);
        const [old, kept] = ['old.test', 'kept.test'].map((name) => page.locator('main li', { hasText: name }));
        const [undecided, decided] = [await old!.innerText(), await kept!.innerText()];
        expectThat(undecided.includes('npx assay registries removed old.test --close'), undecided);
        expectThat(decided.includes(texts.unwatched.kept) && !decided.includes('npx'), decided);
      });
  },
};

export const listCases: readonly PortalCase[] = [
  sameImages,
  opened('/vulnerabilities?severity=high', /severity in \("Critical", "High"\)/),
  opened('/vulnerabilities/CVE', /vulnerability =~ "CVE-/),
  withoutColumn,
  removedRegistry,
];
