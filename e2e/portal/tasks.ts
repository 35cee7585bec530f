import { isDeepStrictEqual } from 'node:util';
import { monthsUntil, monthText } from '../../apps/portal/src/pages/charges/month.ts';
import { correctionTexts } from '../../apps/portal/src/pages/charges/texts.ts';
import { exemptionTexts } from '../../apps/portal/src/pages/exemptions/texts.ts';
import { texts as gateTexts } from '../../apps/portal/src/pages/gate/texts.ts';
import { texts } from '../../apps/portal/src/texts.ts';
import { expectThat, onPage, type PortalCase } from './cases.ts';
import { Task } from './task.ts';
import { main, withRoles } from './roles.ts';

interface Denied {
  readonly message: string;
  readonly upgrade: { readonly package: string; readonly command: string };
}

/** Questions that people come with, each within a bound of actions. */
export const taskCases: readonly PortalCase[] = [
  {
    name: 'tasks: why was this image denied and what do I type, in 3 actions by a developer with AcrPull alone',
    run: (scene) =>
      withRoles(scene, async (as) => {
        const { digest } = scene.facts;
        const { message, upgrade } = await scene.past.get<Denied>(`/assay/images/${digest}/gate`);
        await onPage(await as('AcrPull'), '/', { allowed: [/status of 403/] }, async (page) => {
          await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
          const task = new Task(3);
          await task.type(digest, page.getByLabel(gateTexts.digest));
          await task.click(page.getByRole('button', { name: gateTexts.ask }));
          await main(page).getByText(message).waitFor();
          await task.click(main(page).getByRole('button', { name: `${texts.copy} ${upgrade.command}` }));
          await main(page).getByText(texts.copied).waitFor();
          const copied = await page.evaluate('navigator.clipboard.readText()');
          expectThat(copied === upgrade.command && upgrade.command.includes('install'), String(copied));
        });
      }),
  },
  {
    name: 'tasks: make an exemption for this image until a fix is published, in 5 actions',
    run: async (scene) => {
      interface Found {
        readonly digest: string;
        readonly vulnerability: string;
      }
      const { value } = await scene.past.get<{ value: readonly { readonly digest: string }[] }>(
        '/assay/images?status=unhealthy&top=100',
      );
      let found: Found | undefined;
      for (const { digest } of value) {
        const findings = await scene.past.get<{ value: readonly { vulnerability: string; fixedVersion?: string }[] }>(
          `/assay/images/${digest}/findings?top=50`,
        );
        const unfixed = findings.value.find(({ fixedVersion }) => fixedVersion === undefined);
        if (unfixed === undefined) continue;
        found = { digest, vulnerability: unfixed.vulnerability };
        break;
      }
      if (found === undefined) throw new Error('every finding of the past has a fix');
      const { digest, vulnerability } = found;
      await onPage(scene, `/images/${digest}`, {}, async (page) => {
        const task = new Task(5);
        const row = page.locator('#findings tbody tr').filter({ hasText: vulnerability }).first();
        await task.click(row.getByRole('checkbox'));
        await task.click(page.getByRole('button', { name: exemptionTexts.makeFrom }));
        const dialog = page.getByRole('dialog', { name: exemptionTexts.newTitle });
        await task.type('No version fixes it yet.', dialog.getByLabel(exemptionTexts.fields.reason));
        await task.click(dialog.getByRole('button', { name: exemptionTexts.preview, exact: true }));
        await task.click(dialog.getByRole('button', { name: exemptionTexts.make }));
        await dialog.waitFor({ state: 'hidden' });
      });
      const rules = await scene.past.get<{ value: readonly { reason: string; criteria: object }[] }>('/assay/rules');
      const made = rules.value.find(({ reason }) => reason === 'No version fixes it yet.');
      const wanted = { vulnerabilities: [vulnerability], digests: [digest], patchable: false };
      expectThat(isDeepStrictEqual(made?.criteria, wanted), JSON.stringify(made));
    },
  },
  {
    name: 'tasks: close the last month and correct a line, in 6 actions by finance with Billing Contributor alone',
    run: (scene) =>
      withRoles(scene, async (as) => {
        const finance = await as('Billing Contributor');
        const month = monthsUntil(Date.now(), [])[1] ?? '';
        const words = texts.charges.closing;
        await onPage(finance, '/', { allowed: [/status of 403/] }, async (page) => {
          const task = new Task(6);
          await task.click(page.getByRole('button', { name: words.open }));
          const dialog = page.getByRole('dialog');
          await task.type('month end', dialog.getByRole('textbox'));
          await task.click(dialog.getByRole('button', { name: words.give(monthText(month)) }));
          await page.locator('#closed').getByText('month end').waitFor();
          await task.click(main(page).getByRole('table').getByRole('row').nth(1));
          await task.type('pushed by a test', dialog.getByLabel(texts.order.why, { exact: true }));
          await task.click(dialog.getByRole('button', { name: correctionTexts.give }));
          await dialog.getByText(texts.charges.facts.corrected).waitFor();
        });
        const { value } = await finance.past.get<{ value: readonly { why?: string; correctionOf?: string }[] }>(
          `/assay/charges?period=${monthsUntil(Date.now(), [])[0]}`,
        );
        expectThat(
          value.some(({ why, correctionOf }) => why === 'pushed by a test' && correctionOf !== undefined),
          'the correction is on no bill',
        );
      }),
  },
];
