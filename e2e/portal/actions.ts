import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Page } from 'playwright-core';
import { pushLayout } from '@assay/local-registry';
import { texts } from '../../apps/portal/src/texts.ts';
import { PackageCatalogue } from '../past/catalogue.ts';
import { writeLayout } from '../past/layout.ts';
import { readRecord } from '../past/record.ts';
import { expectThat, onPage, patienceMs, type PortalCase, type Scene } from './cases.ts';
import { contentHeight, historyState, loadFromElsewhere } from './in-page.mjs';
import { loaded } from './states.ts';
import { WatchedPage } from './watched-page.ts';
import { exemptionTexts } from '../../apps/portal/src/pages/exemptions/texts.ts';

/** The policy that the page has to have: nothing from elsewhere, nothing inline, no script from text. */
const wantedPolicy: Readonly<Record<string, string>> = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data:",
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
  'require-trusted-types-for': "'script'",
  'trusted-types': "'none'",
};

const policyIn = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split(';')
      .map((part) => part.trim())
      .filter(Boolean)
      .map((part) => {
        const [name = '', ...sources] = part.split(/\s+/);
        return [name, sources.join(' ')];
      }),
  );

const policy: PortalCase = {
  name: 'policy: nothing from elsewhere, nothing inline, no cookie',
  run: async ({ past: { endpoint } }) => {
    for (const path of ['/portal/', '/portal/images', '/portal/images/sha256:0']) {
      const response = await fetch(endpoint.url + path);
      const found = policyIn(response.headers.get('content-security-policy') ?? '');
      expectThat(isDeepStrictEqual(found, wantedPolicy), `the policy of ${path} is ${JSON.stringify(found)}`);
      expectThat(response.headers.get('x-content-type-options') === 'nosniff', `${path} may be sniffed`);
      expectThat(response.headers.get('referrer-policy') === 'no-referrer', `${path} sends its address on`);
      expectThat(response.headers.getSetCookie().length === 0, `${path} sets a cookie`);
      const text = await response.text();
      expectThat(
        !/<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=/.test(text),
        `${path} has something inline: ${text}`,
      );
      expectThat(!/(?:src|href)="(?:https?:)?\/\//.test(text), `${path} loads something from elsewhere`);
    }
  },
};

const watching: PortalCase = {
  name: 'policy: a violation is seen by these tests',
  run: async (scene) => {
    const watched = await WatchedPage.open(scene.browser);
    try {
      await watched.page.goto(`${scene.past.endpoint.url}/portal/`);
      await watched.page.evaluate(loadFromElsewhere);
      for (let looks = 0; looks < 100 && !watched.complaints.some((each) => each.startsWith('policy: ')); looks += 1)
        await watched.page.waitForTimeout(50);
      expectThat(
        watched.complaints.some((each) => each.startsWith('policy: img-src')),
        `nothing saw it: ${watched.complaints.join('; ')}`,
      );
    } finally {
      await watched.close();
    }
  },
};

const link: PortalCase = {
  name: 'sign-in: the link signs in, and its token goes out of the address',
  run: (scene) =>
    onPage(scene, '/images', {}, async (page) => {
      await loaded(page);
      expectThat(!page.url().includes('token'), `the address is ${page.url()}`);
      expectThat(!(await page.evaluate(historyState)).includes('token'), 'it is kept');
      expectThat((await page.context().cookies()).length === 0, 'there is a cookie');
      await page.reload();
      await loaded(page);
      await page.locator('tbody tr').first().waitFor();
      // Another tab of the same browser is another session.
      const other = await page.context().newPage();
      await other.goto(`${scene.past.endpoint.url}/portal/images`);
      await other.getByRole('dialog', { name: texts.signIn.title }).waitFor();
      expectThat((await other.locator('tbody tr').count()) === 0, 'rows without a token');
      await other.close();
    }),
};

const expired: PortalCase = {
  name: 'sign-in: a token that is refused opens the sign-in over the page, and the page stays',
  run: async (scene) => {
    const { token } = scene.past.endpoint;
    await onPage(scene, '/images?q=api', { allowed: [/status of 401/] }, async (page) => {
      await loaded(page);
      const address = page.url();
      const pattern = (url: URL): boolean => url.pathname.startsWith('/assay/');
      await page.route(pattern, (route) =>
        route.fulfill({ status: 401, contentType: 'application/json', body: '{"error":{"code":"x","message":"y"}}' }),
      );
      await page.locator('tbody tr a').first().click();
      const dialog = page.getByRole('dialog', { name: texts.signIn.title });
      await dialog.waitFor();
      await page.unroute(pattern);
      await dialog.getByRole('textbox', { name: texts.signIn.token }).fill(token);
      await dialog.getByRole('button', { name: texts.signIn.go, exact: true }).click();
      await dialog.waitFor({ state: 'hidden' });
      await loaded(page);
      await page.goBack();
      expectThat(page.url() === address, `the address is ${page.url()}`);
    });
  },
};

/** Pushes an image of today to a registry of the past. */
const push = async ({ past, folder }: Scene, repository: string, tag: string): Promise<string> => {
  const record = readRecord(folder);
  const layout = mkdtempSync(join(tmpdir(), 'assay-portal-push-'));
  try {
    const catalogue = new PackageCatalogue(record.seed, Date.parse(record.today));
    const image = {
      system: 'trixie',
      language: 'node',
      day: -60,
      trait: 'plain',
      build: `${repository} ${tag}`,
    } as const;
    await writeLayout(layout, catalogue, image, new Date().toISOString());
    const { digest } = await pushLayout(layout, {
      registry: past.endpoint.registries[0]!.loginServer,
      repository,
      tag,
      plainHttp: true,
    });
    return digest;
  } finally {
    rmSync(layout, { recursive: true, force: true });
  }
};

const appears: PortalCase = {
  name: 'changes: a push appears without a reload',
  run: (scene) => {
    const repository = `fresh/${Date.now().toString(36)}`;
    return onPage(scene, `/images?q=${repository}`, {}, async (page) => {
      await loaded(page);
      const row = page.locator('tbody tr').filter({ hasText: repository });
      expectThat((await row.count()) === 0, 'it is there before the push');
      await push(scene, repository, '1.0.0');
      await row.locator('[data-kind="unhealthy"]').first().waitFor();
    });
  },
};

const rule: PortalCase = {
  name: 'rules: from selected findings to the effect',
  run: async (scene) => {
    const repository = `ruled/${Date.now().toString(36)}`;
    const digest = await push(scene, repository, '1.0.0');
    // The page of an image that is not known yet is an error of the console.
    await onPage(scene, `/images?q=${repository}`, {}, (page) =>
      page.locator('tbody tr').filter({ hasText: repository }).locator('[data-kind="unhealthy"]').first().waitFor(),
    );
    const count = async (): Promise<number> => {
      const { value } = await scene.past.get<{ value: readonly { state: string }[] }>(
        `/assay/images/${digest}/findings?state=all`,
      );
      return value.filter(({ state }) => state === 'exempt').length;
    };
    await onPage(scene, `/images/${digest}`, {}, async (page) => {
      await loaded(page);
      const boxes = page.locator('#findings tbody input[type=checkbox]');
      await boxes.first().check();
      await page.getByRole('button', { name: exemptionTexts.makeFrom }).click();
      const dialog = page.getByRole('dialog', { name: exemptionTexts.newTitle });
      await dialog.waitFor();
      const isForThisImage = await dialog.getByLabel(exemptionTexts.fields.onlyImage).isChecked();
      expectThat(isForThisImage, 'the rule begins with all images of the registry');
      await dialog.getByLabel(exemptionTexts.fields.reason).fill('A test wants it.');
      await dialog.getByRole('button', { name: exemptionTexts.preview, exact: true }).click();
      await dialog.getByRole('button', { name: exemptionTexts.make }).click();
      await dialog.waitFor({ state: 'hidden' });
      for (let looks = 0; looks < 600 && (await count()) === 0; looks += 1) await page.waitForTimeout(50);
      expectThat((await count()) > 0, 'no finding is exempt');
      expectThat((await page.getByRole('region', { name: /selected/ }).count()) === 0, 'rows stay selected');
    });
    const { value } = await scene.past.get<{
      value: readonly { criteria: { digests?: readonly string[] }; expiresAt?: string }[];
    }>('/assay/rules');
    const made = value.find(({ criteria }) => criteria.digests?.includes(digest));
    const days = (Date.parse(made?.expiresAt ?? '') - Date.now()) / 86_400_000;
    expectThat(days > 29 && days < 32, `the rule for this image ends in ${days} days`);
  },
};

const rowsOfALot = 100_000;

/** The nth finding of an image that has too many. */
const findingOf = (n: number) => ({
  findingId: `00000000-0000-5000-8000-${String(n).padStart(12, '0')}`,
  vulnerability: `CVE-2026-${10_000 + n}`,
  package: `package-${n % 700}`,
  packageType: 'debian',
  installedVersion: '1.0-1',
  fixedVersion: '1.0-2',
  severity: (['Critical', 'High', 'Medium', 'Low'] as const)[n % 4],
  severityRule: 'scanner',
  state: 'active',
  firstSeenAt: '2026-11-01T00:00:00.000Z',
  ratings: [],
  references: [],
  cwes: [],
  aliases: [],
});

/** Answers the findings of an image with very many rows, page by page. */
const many = async (page: Page): Promise<void> => {
  await page.route(
    (url) => url.pathname.endsWith('/findings'),
    (route) => {
      const url = new URL(route.request().url());
      const from = Number(url.searchParams.get('$skipToken') ?? 0);
      const size = Number(url.searchParams.get('top') ?? 100);
      const to = Math.min(rowsOfALot, from + size);
      url.searchParams.set('$skipToken', String(to));
      return route.fulfill({
        contentType: 'application/json',
        body: JSON.stringify({
          value: Array.from({ length: to - from }, (_, n) => findingOf(from + n)),
          total: rowsOfALot,
          exempt: 0,
          ...(to < rowsOfALot ? { nextLink: url.href } : {}),
        }),
      });
    },
  );
};

/** A browser that draws every row would have some hundred thousand elements. */
const mostRows = 200;

const scrolled: PortalCase = {
  name: 'rows: 100,000 findings are scrolled',
  run: (scene) =>
    onPage(scene, `/images/${scene.facts.digest}`, { before: ({ page }) => many(page) }, async (page) => {
      await loaded(page);
      await page.locator('#findings tbody tr').first().waitFor();
      const height = await page.evaluate(contentHeight);
      expectThat(height > rowsOfALot * 20, `the scroll bar is for ${height} px`);
      let seen = '';
      for (let turns = 0; turns < 12; turns += 1) {
        await page.mouse.wheel(0, 3000);
        await page.waitForTimeout(30);
        const rows = page.locator('#findings tbody tr');
        expectThat((await rows.count()) < mostRows, `${await rows.count()} rows are drawn`);
      }
      await page.locator('#findings tbody tr:not([data-unread])').first().waitFor();
      seen = await page.locator('#findings tbody tr:not([data-unread])').last().innerText();
      expectThat(/CVE-2026-1[0-9]{4}/.test(seen) && !seen.includes('CVE-2026-10000'), `it is still at ${seen}`);
    }),
};

const redriven: PortalCase = {
  name: 'parked: an event is redriven, and dropped',
  run: async (scene) => {
    const parked = async (): Promise<number> =>
      (await scene.past.get<{ value: readonly { target: string }[] }>('/assay/parked')).value.length;
    const before = await parked();
    expectThat(before > 0, 'nothing is parked');
    await onPage(scene, '/operations/parked', {}, async (page) => {
      await loaded(page);
      // It can still not be read, so it is parked again; to drop it is what helps.
      for (const name of [/^redrive/i, /^drop/i]) {
        await page.locator('main tbody').getByRole('button', { name }).first().click();
        const dialog = page.getByRole('dialog');
        await dialog.getByRole('textbox').fill('A test wants it.');
        const answer = page.waitForResponse((response) => response.request().method() === 'POST', {
          timeout: patienceMs,
        });
        await dialog.getByRole('button', { name }).click();
        expectThat((await answer).ok(), `it is answered with ${(await answer).status()}`);
        await dialog.getByRole('status').waitFor();
        await dialog.getByRole('button', { name: texts.close }).last().click();
        await dialog.waitFor({ state: 'hidden' });
      }
    });
    expectThat((await parked()) < before, 'as many are parked as before');
  },
};

export const actionCases: readonly PortalCase[] = [policy, watching, link, expired, appears, rule, scrolled, redriven];
