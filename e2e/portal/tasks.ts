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
];
