import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { texts } from '../../apps/portal/src/texts.ts';
import { freePorts, readRecord, writeRecord } from '../past/suite.ts';
import { expectThat, patienceMs, type PortalCase } from './cases.ts';
import { storedTexts } from './in-page.mjs';
import { clientId, PortalIssuer } from './issuer.ts';
import { RunningPast } from './setting.ts';
import { loaded } from './states.ts';
import { WatchedPage } from './watched-page.ts';

/** A copy of the past, so that another suite can run on it. */
const copied = async (folder: string): Promise<string> => {
  const copy = mkdtempSync(join(tmpdir(), 'assay-portal-issuer-'));
  cpSync(folder, copy, { recursive: true });
  rmSync(join(copy, 'endpoint.json'), { force: true });
  writeRecord(copy, { ...readRecord(copy), ports: await freePorts() });
  return copy;
};

export const issuerCase: PortalCase = {
  name: 'sign-in: at an issuer, by the code flow, and silently after a reload',
  run: async ({ browser, folder }) => {
    let redirectUri = '';
    const issuer = await PortalIssuer.start(() => redirectUri);
    const copy = await copied(folder);
    const past = await RunningPast.start(copy, {
      ASSAY_OIDC_ISSUER: issuer.url,
      ASSAY_OIDC_AUDIENCE: 'assay',
      ASSAY_ROLES: JSON.stringify([{ principal: { sub: 'ana' }, role: 'Security Reader', scope: '/' }]),
      ASSAY_PORTAL_CLIENT_ID: clientId,
    });
    redirectUri = `${past.endpoint.url}/portal/`;
    const watched = await WatchedPage.open(browser);
    try {
      const { page } = watched;
      page.setDefaultTimeout(patienceMs);
      const address = `${past.endpoint.url}/portal/images?status=unhealthy`;
      await page.goto(address);
      await page.getByRole('button', { name: texts.signIn.at(new URL(issuer.url).host) }).click();
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
      rmSync(copy, { recursive: true, force: true });
    }
  },
};
