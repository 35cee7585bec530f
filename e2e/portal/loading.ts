import { texts } from '../../apps/portal/src/texts.ts';
import { empty } from './answers.ts';
import { expectThat, onPage, type PortalCase } from './cases.ts';
import { loaded } from './states.ts';
import { WatchedPage } from './watched-page.ts';

type Page = WatchedPage['page'];

const isAsset = ({ pathname }: URL): boolean => pathname.startsWith('/portal/assets/');
const to = (page: Page, name: string) =>
  page.getByRole('navigation').getByRole('link', { name, exact: true }).first().click();
const isShown = (page: Page, name: string): Promise<void> =>
  page.getByRole('heading', { level: 1, name, exact: true }).waitFor();

const away: PortalCase = {
  name: 'charges: its files do not arrive, other pages are shown, and it is shown when they do',
  run: (scene) =>
    onPage(scene, '/', { allowed: [/net::ERR_FAILED/, /PageNotLoaded/] }, async (page) => {
      await loaded(page);
      await page.route(isAsset, (route) => route.abort());
      await page.route('**/portal/charges*', (route) => route.abort());
      await to(page, texts.pages.charges);
      await page.getByRole('alert').getByText(texts.states.page.missing).waitFor();
      await page.unroute('**/portal/charges*');
      await page.unroute(isAsset);
      await to(page, texts.pages.images);
      await isShown(page, texts.pages.images);
      expectThat((await page.getByText(texts.states.page.missing).count()) === 0, 'the failure of another page stays');
      await to(page, texts.pages.charges);
      await isShown(page, texts.pages.charges);
    }),
};

const upgraded: PortalCase = {
  name: 'charges: its files went with an upgrade, and the document is loaded again, once',
  run: (scene) =>
    onPage(scene, '/', { allowed: [/status of 404/] }, async (page) => {
      await loaded(page);
      let documents = 0;
      page.on('request', (request) => {
        if (request.isNavigationRequest()) documents += 1;
      });
      await page.route(isAsset, (route) => (documents === 0 ? route.fulfill({ status: 404 }) : route.continue()));
      await to(page, texts.pages.charges);
      await isShown(page, texts.pages.charges);
      expectThat(documents === 1, `${documents} documents were loaded`);
    }),
};

const silent: PortalCase = {
  name: 'today: the frame names the moment of every block while the service does not answer',
  run: (scene) =>
    onPage(
      scene,
      '/',
      {
        // The stream would be read until it ends by itself.
        before: async ({ page }) => {
          await page.route('**/assay/changes', (route) => route.fulfill({ status: 503 }));
        },
        allowed: [/net::ERR_FAILED/, /status of 503/],
      },
      async (page) => {
        const bar = page.getByRole('alert').getByText(texts.frame.silent);
        await loaded(page);
        expectThat((await bar.count()) === 0, 'a service that answers is called silent');
        await page.route('**/assay/**', (route) => route.abort());
        await to(page, texts.pages.exemptions);
        await bar.waitFor();
        await to(page, texts.pages.today);
        await isShown(page, texts.pages.today);
        expectThat(await bar.isVisible(), 'today looks new');
        await page.unroute('**/assay/**');
        await to(page, texts.pages.exemptions);
        await bar.waitFor({ state: 'hidden' });
      },
    ),
};

const first = (name: string, path: string): PortalCase => ({
  name: `${name}: before the first push, the command for it names the registry`,
  run: (scene) =>
    onPage(
      scene,
      path,
      {
        before: async ({ page }) => {
          await empty(page);
          await page.route('**/assay/registries', (route) => route.continue());
        },
      },
      async (page) => {
        const [registry] = (await scene.past.get<{ value: { loginServer: string }[] }>('/assay/registries')).value;
        expectThat(registry !== undefined, 'the past has no registry');
        await page.getByText(`docker push ${registry?.loginServer}/`).waitFor();
      },
    ),
});

const lostLink: PortalCase = {
  name: 'sign-in: without a token the dialog names the file that has it',
  run: async ({ browser, past }) => {
    const watched = await WatchedPage.open(browser);
    try {
      await watched.page.goto(`${past.endpoint.url}/portal/`);
      await watched.page.getByRole('dialog').getByText('secrets/token').waitFor();
      watched.check();
    } finally {
      await watched.close();
    }
  },
};

export const loadingCases: readonly PortalCase[] = [
  away,
  upgraded,
  silent,
  first('today', '/'),
  first('images', '/images'),
  lostLink,
];
