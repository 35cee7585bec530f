import { texts } from '../../apps/portal/src/texts.ts';
import { expectThat, onPage, queried, type PortalCase } from './cases.ts';
import { loaded } from './states.ts';

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
      await row.getByText(texts.exemptions.look.fixable(wanted?.fixable ?? 0)).waitFor();
      await row.click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText(texts.exemptions.lookMeaning.fixable(wanted?.fixable ?? 0)).waitFor();
      await dialog.getByRole('link', { name: texts.exemptions.query }).click();
      await queried(page);
      const total = await page.locator('#rows header').innerText();
      expectThat(total.includes(String(wanted?.exempted)), `the query has ${total}`);
    });
  },
};

export const exemptionCases: readonly PortalCase[] = [lookAgain];
