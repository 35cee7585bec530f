import { newTexts } from '../../apps/portal/src/pages/today/texts.ts';
import { expectThat, onPage, type PortalCase } from './cases.ts';
import { loaded } from './states.ts';

interface Listed {
  readonly id: string;
  readonly images: number;
  readonly since: string;
}

const dayMs = 86_400_000;

/** A look of this browser so many days ago. */
const lookedBefore = (ms: number): string => JSON.stringify({ at: ms });

const isNew: PortalCase = {
  name: 'today: what is new since the last look, a line for all images of a vulnerability',
  run: async (scene) => {
    const { value } = await scene.past.get<{ value: readonly Listed[] }>(
      '/assay/vulnerabilities?state=active&sort=-since&top=50',
    );
    const newest = value[0]!;
    const before = Date.parse(newest.since) - dayMs;
    await onPage(scene, '/', {}, async (page) => {
      await loaded(page);
      const section = page.locator('#changes');
      expectThat((await section.innerText()).includes(newTexts.lastDay), 'the first look names no other');
      await page.evaluate(([key, kept]) => localStorage.setItem(key, kept), [
        'assay.last-look',
        lookedBefore(before),
      ] as const);
      await page.reload();
      await loaded(page);
      const text = await section.innerText();
      expectThat(text.includes(newTexts.since) && !text.includes(newTexts.lastDay), text);
      const one = section.locator('span', { has: page.getByRole('link', { name: newest.id, exact: true }) }).last();
      expectThat((await one.innerText()).includes(newTexts.images(newest.images)), text);
      expectThat((await section.getByRole('link', { name: newest.id, exact: true }).count()) === 1, text);
      await page.reload();
      await loaded(page);
      expectThat((await section.innerText()).includes(newest.id), 'a reload hides what is new');
      await page.evaluate(([key, kept]) => localStorage.setItem(key, kept), [
        'assay.last-look',
        lookedBefore(Date.now() - dayMs / 24),
      ] as const);
      await page.reload();
      await loaded(page);
      if (Date.parse(newest.since) < Date.now() - dayMs / 24)
        expectThat(!(await section.innerText()).includes(newest.id), 'what was seen is new again');
    });
  },
};

export const todayCases: readonly PortalCase[] = [isNew];
