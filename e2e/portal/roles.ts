import { texts as gateTexts } from '../../apps/portal/src/pages/gate/texts.ts';
import { texts } from '../../apps/portal/src/texts.ts';
import { TestIssuer } from '../../libs/http/test/issuer.ts';
import { expectThat, onPage, type PortalCase, type Scene } from './cases.ts';
import { copyPast, RunningPast } from './setting.ts';
import { loaded } from './states.ts';
import type { WatchedPage } from './watched-page.ts';

/** Runs work for callers that hold one role each in every subscription, on a copy of the past with an issuer. */
export const withRoles = async (
  { browser, folder, facts }: Scene,
  work: (as: (role: string) => Promise<Scene>) => Promise<void>,
): Promise<void> => {
  const issuer = await TestIssuer.start();
  const roles = ['AcrPull', 'Billing Contributor'];
  const copy = await copyPast(folder);
  const past = await RunningPast.start(copy, {
    ASSAY_OIDC_ISSUER: issuer.issuer,
    ASSAY_OIDC_AUDIENCE: 'assay',
    ASSAY_ROLES: JSON.stringify(roles.map((role) => ({ principal: { sub: role }, role, scope: '/' }))),
  });
  try {
    await work(async (role) => {
      const endpoint = { ...past.endpoint, token: await issuer.token({ sub: role }) };
      return { browser, folder: copy, facts, past: Object.assign(Object.create(past) as RunningPast, { endpoint }) };
    });
  } finally {
    await past.close();
    await issuer.close();
  }
};

export const main = (page: WatchedPage['page']) => page.locator('main');

export const roleCases: readonly PortalCase[] = [
  {
    name: 'gate: a developer with AcrPull alone asks about a digest, and sees the decision without a wall of refusals',
    run: (scene) =>
      withRoles(scene, async (as) => {
        const developer = await as('AcrPull');
        const { digest, repository } = scene.facts;
        await onPage(developer, '/', { allowed: [/status of 403/] }, async (page) => {
          await page.getByLabel(gateTexts.digest).fill(digest);
          await page.getByRole('button', { name: gateTexts.ask }).click();
          await main(page).getByText(texts.image.gate.decisions.deny, { exact: true }).waitFor();
          await loaded(page);
          await main(page).getByRole('rowheader', { name: repository }).first().waitFor();
          const text = await main(page).innerText();
          expectThat(/findings\/read in some subscription.*ACR Reader/s.test(text), text);
          expectThat((await main(page).getByRole('alert').count()) === 0, 'a refusal stands in the place of the gate');
        });
      }),
  },
];
