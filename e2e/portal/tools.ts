import type { Page } from 'playwright-core';
import { texts } from '../../apps/portal/src/texts.ts';
import { expectThat, onPage, type PortalCase } from './cases.ts';
import { loaded } from './states.ts';

/** Answers about the caller with other links to the tools of the operator. */
const withLinks = async (page: Page, links: object): Promise<void> => {
  await page.route(
    (url) => url.pathname === '/assay/me',
    async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...((await response.json()) as object), links } });
    },
  );
};

const [dashboards, traces] = ['https://boards.test/d/assay', 'https://traces.test/trace/{traceId}'];

const linked: PortalCase = {
  name: 'tools: the dashboards and each trace are linked where the operator names them',
  run: async (scene) => {
    const before = ({ page }: { readonly page: Page }) => withLinks(page, { dashboards, traces });
    await onPage(scene, '/operations', { before }, async (page) => {
      await loaded(page);
      const metrics = page.getByRole('link', { name: texts.tools.dashboards });
      expectThat((await metrics.getAttribute('href')) === dashboards, 'the dashboards have another address');
      expectThat(
        (await metrics.getAttribute('rel')) === 'noreferrer',
        'the dashboards learn from where they were opened',
      );
      const viewer = await page.getByRole('link', { name: texts.tools.traces }).getAttribute('href');
      expectThat(viewer === 'https://traces.test/', `the traces are at ${viewer}`);
    });
    const { events } = await scene.past.get<{ events: readonly { readonly traceId?: string }[] }>(
      `/assay/images/${scene.facts.digest}/timeline`,
    );
    const traceId = events.find((event) => event.traceId !== undefined)?.traceId;
    if (traceId === undefined) throw new Error('no event of the image has a trace');
    await onPage(scene, `/images/${scene.facts.digest}`, { before }, async (page) => {
      await loaded(page);
      const link = page
        .locator('#timeline')
        .getByRole('link', { name: traceId.slice(0, 8) })
        .first();
      const href = await link.getAttribute('href');
      expectThat(href === `https://traces.test/trace/${traceId}`, `the trace is at ${href}`);
    });
  },
};

const absent: PortalCase = {
  name: 'tools: nothing is linked without a setting, or to what is no page',
  run: async (scene) => {
    for (const links of [{}, { dashboards: 'javascript:alert(1)', traces: 'javascript:alert("{traceId}")' }])
      for (const path of ['/operations', `/images/${scene.facts.digest}`])
        await onPage(scene, path, { before: ({ page }) => withLinks(page, links) }, async (page) => {
          await loaded(page);
          const found = await page.locator('main a[target]').count();
          expectThat(found === 0, `${found} links on ${path}`);
        });
  },
};

/** Cases of the links to the tools of the operator. */
export const toolCases: readonly PortalCase[] = [linked, absent];
