import { texts } from '../../apps/portal/src/texts.ts';
import { expectThat, onPage, queried, type PortalCase } from './cases.ts';
import { loaded } from './states.ts';
import { exemptionTexts } from '../../apps/portal/src/pages/exemptions/texts.ts';

const lookAgain: PortalCase = {
  name: 'exemptions: a rule whose findings have a fix, or are gone, is to be looked at again',
  run: async (scene) => {
    const { value: rules } = await scene.past.get<{
      value: readonly { ruleId: string; fixable: number; exempted: number }[];
    }>('/assay/rules');
    const wanted = rules.find(({ ruleId }) => ruleId === 'ship-the-release');
    expectThat(wanted !== undefined && wanted.fixable > 0, `the past has ${JSON.stringify(rules)}`);
    await onPage(scene, '/exemptions?state=look-again', {}, async (page) => {
      await loaded(page);
      const rows = page.locator('main tbody tr');
      expectThat((await rows.filter({ hasText: 'below-our-bar' }).count()) === 0, 'a bar is among them');
      const row = rows.filter({ hasText: 'ship-the-release' });
      await row.getByText(exemptionTexts.look.fixable(wanted?.fixable ?? 0)).waitFor();
      await row.click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText(exemptionTexts.lookMeaning.fixable(wanted?.fixable ?? 0)).waitFor();
      await dialog.getByRole('link', { name: exemptionTexts.query }).click();
      await queried(page);
      const total = await page.locator('#rows header').innerText();
      expectThat(total.includes(String(wanted?.exempted)), `the query has ${total}`);
    });
  },
};

const history: PortalCase = {
  name: 'exemptions: the history names who removed a rule, and why',
  run: (scene) =>
    onPage(scene, '/exemptions', {}, async (page) => {
      await loaded(page);
      await page.locator('main').getByRole('link', { name: exemptionTexts.history }).click();
      const row = page.locator('main tbody tr').filter({ hasText: texts.operations.audit.did['rule/remove'] ?? '' });
      const removed = row.filter({ hasText: 'reports-are-internal' });
      await removed.getByText('bo', { exact: true }).waitFor();
      await removed.getByText('It is reachable from the office network after all.').waitFor();
    }),
};

const named: PortalCase = {
  name: 'exemptions: a subscription has its name, in the header and as a scope',
  run: (scene) =>
    onPage(scene, '/exemptions', {}, async (page) => {
      await loaded(page);
      const options = await page.getByLabel(texts.frame.scope).locator('option').allInnerTexts();
      expectThat(options.join() === [texts.frame.everySubscription, 'Research', 'Shop'].join(), options.join());
      const { value } = await scene.past.get<{ value: readonly { ruleId: string; scope: string }[] }>('/assay/rules');
      const rule = value.find(({ scope }) => /^\/subscriptions\/[^/]+$/.test(scope));
      if (rule === undefined) throw new Error('the past has no rule for a subscription');
      const row = page.locator('main tbody tr').filter({ hasText: rule.ruleId });
      await row.getByText(/^(Shop|Research)$/).waitFor();
    }),
};

const wider: PortalCase = {
  name: 'exemptions: a rule that covers more than the image it began with is shown as such, with the images by name',
  run: (scene) =>
    onPage(scene, `/images/${scene.facts.digest}`, {}, async (page) => {
      await loaded(page);
      await page.locator('#findings tbody input[type=checkbox]').first().check();
      await page.getByRole('button', { name: exemptionTexts.makeFrom }).click();
      const dialog = page.getByRole('dialog', { name: exemptionTexts.newTitle });
      await dialog.getByLabel(exemptionTexts.fields.reason).fill('A test wants it.');
      const preview = dialog.getByRole('button', { name: exemptionTexts.preview, exact: true });
      await preview.click();
      const effect = dialog.getByRole('status').filter({ has: page.getByRole('heading') });
      await effect.getByText(scene.facts.repository).first().waitFor();
      expectThat((await effect.getByText(exemptionTexts.wider).count()) === 0, 'the one image is too many');
      await dialog.getByLabel(exemptionTexts.fields.onlyImage).uncheck();
      await preview.click();
      await effect.getByText(exemptionTexts.wider).waitFor();
      expectThat((await effect.getByRole('listitem').count()) > 1, await effect.innerText());
    }),
};

export const exemptionCases: readonly PortalCase[] = [named, wider, lookAgain, history];
