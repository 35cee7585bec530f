import type { Page } from 'playwright-core';
import { endOf, monthsUntil, monthText } from '../../apps/portal/src/pages/charges/month.ts';
import { correctionTexts } from '../../apps/portal/src/pages/charges/texts.ts';
import { texts } from '../../apps/portal/src/texts.ts';
import { expectThat, onPage, patienceMs, type PortalCase, type Scene } from './cases.ts';
import { withRoles } from './roles.ts';
import { loaded } from './states.ts';

interface Period {
  readonly period: string;
  readonly state: string;
  readonly by: string;
  readonly why: string;
}

const periodsOf = async ({ past }: Scene): Promise<readonly Period[]> =>
  (await past.get<{ value: readonly Period[] }>('/assay/periods')).value;

const words = texts.charges.closing;
const running = `/charges?period=${new Date().toISOString().slice(0, 7)}`;

/** Answers about the caller with other roles. */
const asRole = async (page: Page, role: string, scope: string, operations: readonly string[]): Promise<void> => {
  await page.route(
    (url) => url.pathname === '/assay/me',
    async (route) => {
      const response = await route.fetch();
      const me = (await response.json()) as object;
      const everywhere = scope === '/' ? operations : [];
      await route.fulfill({ response, json: { ...me, roles: [{ role, scope }], operations, everywhere } });
    },
  );
};

const closed: PortalCase = {
  name: 'charges: a month is closed after its preview, and shows who did it and when',
  // A month stays closed: it is one of a copy.
  run: (past) =>
    withRoles(past, async (as) => {
      const scene = await as('Billing Contributor');
      const known = (await periodsOf(scene)).map(({ period }) => period);
      const month = monthsUntil(Date.now(), []).find((one) => !known.includes(one) && endOf(one) <= Date.now());
      if (month === undefined) throw new Error('every month of the past is closed');
      const bill = await scene.past.get<{ totals: readonly { charges: number; amount: string; currency: string }[] }>(
        `/assay/charges?period=${month}`,
      );
      const charges = bill.totals.reduce((sum, total) => sum + total.charges, 0);
      await onPage(scene, `/charges?period=${month}`, { allowed: [/status of 403/] }, async (page) => {
        await loaded(page);
        await page.getByRole('button', { name: words.open }).click();
        const dialog = page.getByRole('dialog', { name: words.title(monthText(month)) });
        await dialog.getByText(texts.charges.charges(charges), { exact: true }).waitFor();
        await dialog.getByText(words.forever).waitFor();
        const give = dialog.getByRole('button', { name: words.give(monthText(month)) });
        expectThat((await give.getAttribute('aria-disabled')) === 'true', 'it may be closed without a reason');
        await dialog.getByRole('textbox').fill('A test wants it.');
        const sent = page.waitForRequest((request) => request.url().endsWith('/close'));
        await give.click();
        const { total } = (await sent).postDataJSON() as { total: string };
        const sum = bill.totals.map(({ amount, currency }) => `${amount} ${currency}`).join(', ');
        expectThat(total === sum, `it was closed with ${total}`);
        await dialog.waitFor({ state: 'hidden', timeout: patienceMs });
        const record = page.locator('#closed');
        await record.getByText('A test wants it.').waitFor();
        await record.locator('time').waitFor();
        await record
          .getByText(/^.*sha256:[0-9a-f]{64}/)
          .first()
          .waitFor();
        expectThat((await page.getByRole('button', { name: words.open }).count()) === 0, 'it can be closed again');
      });
      const found = (await periodsOf(scene)).find(({ period }) => period === month);
      expectThat(found?.state === 'closed', `the month is ${found?.state ?? 'open'}`);
    }),
};

const shown: PortalCase = {
  name: 'charges: a month that was closed shows by whom',
  run: async (scene) => {
    const last = (await periodsOf(scene)).find(({ why }) => why === 'Sent to finance.');
    if (last === undefined) throw new Error('the past has no closed month');
    await onPage(scene, `/charges?period=${last.period}`, {}, async (page) => {
      await loaded(page);
      await page.locator('#closed').getByText(last.why).waitFor();
      const [person = ''] = last.by.split(' ');
      await page.locator('#closed').getByText(person).first().waitFor();
    });
  },
};

const prevented: PortalCase = {
  name: 'charges: closing names the right that is missing, or the day that it waits for',
  run: async (scene) => {
    const cases = [
      ['Billing Reader', '/', ['charges/read', 'findings/read'], texts.rights.needsOverAll('charges/write')],
      [
        'Billing Contributor',
        '/subscriptions/00000000-0000-0000-0000-000000000001',
        ['charges/read', 'charges/write', 'findings/read'],
        texts.rights.needsOverAll('charges/write'),
      ],
      ['Billing Contributor', '/', ['charges/read', 'charges/write', 'findings/read'], undefined],
    ] as const;
    for (const [role, scope, operations, reason] of cases)
      await onPage(scene, running, { before: ({ page }) => asRole(page, role, scope, operations) }, async (page) => {
        await loaded(page);
        const button = page.getByRole('button', { name: words.open });
        const wanted =
          reason ?? words.notOver(new Date(endOf(new Date().toISOString().slice(0, 7))).toISOString().slice(0, 10));
        const id = (await button.getAttribute('aria-describedby')) ?? '';
        expectThat((await button.getAttribute('aria-disabled')) === 'true', `${role} in ${scope} may close it`);
        const found = await page.locator(`[id="${id}"]`).textContent();
        expectThat(found === wanted, `${role} in ${scope} reads '${found}'`);
        await button.click({ force: true });
        expectThat((await page.getByRole('dialog').count()) === 0, 'it opens all the same');
      });
  },
};

const exported: PortalCase = {
  name: 'charges: an export is seen in the audit trail',
  run: (scene) =>
    onPage(scene, running, {}, async (page) => {
      await loaded(page);
      const month = new Date().toISOString().slice(0, 7);
      const saved = page.waitForEvent('download', { timeout: patienceMs });
      await page.getByRole('button', { name: texts.charges.focus }).click();
      expectThat((await saved).suggestedFilename() === `assay-focus-${month}.csv`, (await saved).suggestedFilename());
      const audit = `${scene.past.endpoint.url}/portal/operations/audit?what=export`;
      const row = page.locator('tbody tr').filter({ hasText: texts.operations.audit.did['export/export'] ?? '' });
      // The read model takes the record a moment later.
      for (let looks = 0; looks < 100 && (await row.count()) === 0; looks += 1) {
        await page.goto(audit);
        await loaded(page);
      }
      await row
        .filter({ hasText: month })
        .filter({ hasText: /focus-csv, focus-1\.2: \d+ charges/ })
        .first()
        .waitFor();
    }),
};

const plotted: PortalCase = {
  name: 'charges: they are plotted by day, and are a table, on the page and in the trends',
  run: async (scene) => {
    interface Day {
      readonly day: string;
      readonly charges: readonly { readonly currency: string; readonly amount: string }[];
    }
    const { days } = await scene.past.get<{ days: readonly Day[] }>('/assay/trends');
    const last = days.findLast(({ charges }) => charges.length > 0);
    const [sum] = last?.charges ?? [];
    if (last === undefined || sum === undefined) throw new Error('the past has no charges in 30 days');
    for (const path of [`/charges?period=${last.day.slice(0, 7)}`, '/coverage?view=trends'])
      await onPage(scene, path, {}, async (page) => {
        await loaded(page);
        const plot = page.getByRole('figure', { name: texts.plots.charges(sum.currency) });
        await plot.locator('rect').first().waitFor();
        await plot.getByText(texts.plots.asTable).click();
        const row = await plot.getByRole('row').filter({ hasText: last.day }).first().innerText();
        expectThat(row.includes(sum.amount), `${path} has '${row}' in place of ${sum.amount}`);
      });
  },
};

const toClose: PortalCase = {
  name: 'charges: the month that waits to be closed comes first, and stands with its sum beside another',
  run: async (scene) => {
    const month = monthsUntil(Date.now(), [])[1] ?? '';
    // Another case may have closed it.
    const before = async ({ page }: { page: Page }): Promise<void> => {
      await page.route(
        (url) => url.pathname === '/assay/periods',
        async (route) => {
          const response = await route.fetch();
          const { value } = (await response.json()) as { value: readonly Period[] };
          await route.fulfill({ response, json: { value: value.filter(({ period }) => period !== month) } });
        },
      );
    };
    const { totals } = await scene.past.get<{ totals: readonly { amount: string; currency: string }[] }>(
      `/assay/charges?period=${month}`,
    );
    await onPage(scene, '/charges', { before }, async (page) => {
      await page.waitForURL((url) => url.searchParams.get('period') === month);
      await page
        .getByRole('combobox', { name: texts.charges.month })
        .selectOption(monthsUntil(Date.now(), [])[0] ?? '');
      await loaded(page);
      const [sum] = totals;
      const name = correctionTexts.notClosed(monthText(month), `${sum?.amount} ${sum?.currency}`);
      await page.getByRole('link', { name }).click();
      await page.waitForURL((url) => url.searchParams.get('period') === month);
    });
  },
};

const correctedOnce: PortalCase = {
  name: 'charges: a correction whose answer got lost is made once, when it is tried again',
  run: (past) =>
    withRoles(past, async (as) => {
      const scene = await as('Billing Contributor');
      const month = monthsUntil(Date.now(), [])[1] ?? '';
      const allowed = [/status of 403/, /ERR_FAILED/];
      await onPage(scene, `/charges?period=${month}`, { allowed }, async (page) => {
        await loaded(page);
        let lost = false;
        await page.route(/\/corrections$/, async (route) => {
          if (lost) return route.continue();
          lost = true;
          await route.fetch();
          return route.abort('failed');
        });
        await page.locator('main').getByRole('table').getByRole('row').nth(1).click();
        const dialog = page.getByRole('dialog');
        await dialog.getByLabel(texts.order.why, { exact: true }).fill('half of it');
        await dialog.getByLabel(correctionTexts.amount).fill('-0.10');
        await dialog.getByRole('button', { name: correctionTexts.give }).click();
        await dialog.getByRole('button', { name: texts.retry }).click();
        await dialog.getByText(texts.order.given, { exact: true }).waitFor();
      });
      const { value } = await scene.past.get<{ value: readonly { why?: string }[] }>('/assay/charges?top=1000');
      const made = value.filter(({ why }) => why === 'half of it').length;
      expectThat(made === 1, `it was made ${made} times`);
    }),
};

/** Cases of the page of charges. */
export const chargeCases: readonly PortalCase[] = [correctedOnce, toClose, closed, shown, prevented, exported, plotted];
