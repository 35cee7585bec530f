import { texts } from '../../apps/portal/src/texts.ts';
import { expectThat, patienceMs, type PortalCase } from './cases.ts';
import { storedTexts } from './in-page.mjs';
import { clientId, PortalIssuer } from './issuer.ts';
import { copyPast, RunningPast } from './setting.ts';
import { loaded } from './states.ts';
import { WatchedPage } from './watched-page.ts';

export const issuerCase: PortalCase = {
  name: 'sign-in: at an issuer, by the code flow, and silently after a reload',
  run: async ({ browser, folder }) => {
    let redirectUri = '';
    const issuer = await PortalIssuer.start(() => redirectUri);
    const copy = await copyPast(folder);
    const past = await RunningPast.start(copy, {
      ASSAY_OIDC_ISSUER: issuer.url,
      ASSAY_OIDC_AUDIENCE: 'assay',
      ASSAY_ROLES: JSON.stringify([{ principal: { sub: 'ana' }, role: 'Security Reader', scope: '/' }]),
      ASSAY_PORTAL_CLIENT_ID: clientId,
    });
    redirectUri = `${past.endpoint.url}/portal/`;
    const watched = await WatchedPage.open(browser, { allowed: [/\/favicon\.ico/] });
    try {
      const { page } = watched;
      page.setDefaultTimeout(patienceMs);
      const address = `${past.endpoint.url}/portal/images?status=unhealthy`;
      const button = page.getByRole('button', { name: texts.signIn.at(new URL(issuer.url).host) });
      const asked = Promise.withResolvers<void>();
      const isDrawn = Promise.withResolvers<void>();
      await page.route(/\/oidc[^/]*\.js$/, async (route) => {
        asked.resolve();
        await isDrawn.promise;
        await route.continue();
      });
      await page.goto(address);
      await Promise.all([asked.promise, page.getByRole('navigation').first().waitFor()]);
      expectThat((await button.count()) === 0, 'the sign-in is offered before the silent one was tried');
      isDrawn.resolve();
      await button.click();
      await page.getByRole('button', { name: 'Sign in as ana' }).click();
      await page.locator('tbody tr').first().waitFor();
      expectThat(page.url() === address, `the address is ${page.url()} after the sign-in`);
      expectThat(!/eyJ/.test(await page.evaluate(storedTexts)), 'a token is stored');
      await page.reload();
      await page.locator('tbody tr').first().waitFor();
      await loaded(page);
      expectThat(page.url() === address, `the address is ${page.url()} after a reload`);
      watched.check();
    } finally {
      await watched.close();
      await past.close();
      await issuer.close();
    }
  },
};
