import type { Page } from 'playwright-core';
import { newerTexts } from '../../apps/portal/src/pages/image/texts.ts';
import { texts } from '../../apps/portal/src/texts.ts';
import { cutOff } from './answers.ts';
import { expectThat, onPage, type PortalCase, type Scene } from './cases.ts';
import { isGreenByStatusAlone, loaded } from './states.ts';

const words = texts.image;

const decisionOn = (page: Page) => page.locator('main [data-decision]');

interface Image {
  readonly digest: string;
  readonly status: string;
}

/** An image that is unhealthy or healthy at all its places. */
const imageThatIs = async ({ past }: Scene, status: string): Promise<string> => {
  const { value } = await past.get<{ value: readonly Image[] }>('/assay/images?children=true&top=1000');
  const found = value.find(({ digest }) => value.every((each) => each.digest !== digest || each.status === status));
  if (found === undefined) throw new Error(`the past has no image that is ${status}`);
  return found.digest;
};

interface Judgement {
  readonly decision: 'allow' | 'deny' | 'unknown';
  readonly message: string;
}

const statuses = ['healthy', 'unhealthy', 'undetermined', 'not-applicable'] as const;

const gateCases: readonly PortalCase[] = statuses.map((status) => ({
  name: `image: the gate's answer is shown as it is, ${status}`,
  run: async (scene) => {
    const digest = await imageThatIs(scene, status);
    const { decision, message } = await scene.past.get<Judgement>(`/assay/images/${digest}/gate`);
    await onPage(scene, `/images/${digest}`, {}, async (page) => {
      await loaded(page);
      expectThat((await decisionOn(page).innerText()) === words.gate.decisions[decision], `it should be ${decision}`);
      await page.locator('main').getByText(message).waitFor();
      await isGreenByStatusAlone(page);
    });
  },
}));

const isGate = (url: URL): boolean => url.pathname.endsWith('/gate');

const refused = [403, 404, 429, 500, 503] as const;

const neverAllowed: PortalCase = {
  name: 'image: the gate allows nothing after a failure, and nothing of a service that is cut off',
  run: async (scene) => {
    const digest = await imageThatIs(scene, 'healthy');
    const allowed = words.gate.decisions.allow;
    for (const status of refused)
      await onPage(
        scene,
        `/images/${digest}`,
        {
          allowed: [new RegExp(`status of ${status}`)],
          before: async ({ page }) => {
            await page.route(isGate, (route) =>
              route.fulfill({
                status,
                contentType: 'application/json',
                body: JSON.stringify({ decision: 'allow', error: { code: 'x', message: 'y' } }),
              }),
            );
          },
        },
        async (page) => {
          await decisionOn(page).getByText(words.gate.decisions.unknown).waitFor();
          await page.locator('main').getByText(words.gate.failed(status)).waitFor();
        },
      );
    // An allow that was shown before goes with the next answer.
    await onPage(scene, `/images/${digest}`, { allowed: [/status of 500/] }, async (page) => {
      await decisionOn(page).getByText(allowed).waitFor();
      await page.route(isGate, (route) => route.fulfill({ status: 500, body: '{}' }));
      await decisionOn(page).getByText(words.gate.decisions.unknown).waitFor();
    });
    await onPage(
      scene,
      `/images/${digest}`,
      { before: ({ page }) => cutOff(page, new Date(Date.now() - 600_000).toISOString()) },
      async (page) => {
        await decisionOn(page).getByText(words.gate.decisions.unknown).waitFor();
        await page.locator('main').getByText(words.gate.cutOff).waitFor();
      },
    );
  },
};

interface Fix {
  readonly package: string;
  readonly fixed: string;
  readonly closes: number;
  readonly of: number;
}

const fixFirst: PortalCase = {
  name: 'image: the upgrade that closes the most of the worst is named first',
  run: async (scene) => {
    const { digest, repository } = scene.facts;
    const { value } = await scene.past.get<{ value: readonly Fix[] }>(`/assay/fixes?digest=${digest}`);
    const [fix] = value;
    if (fix === undefined) throw new Error('the image has nothing to upgrade');
    await onPage(scene, `/images/${digest}`, {}, async (page) => {
      await loaded(page);
      const line = page.locator('main dl > div').filter({ hasText: words.fixFirst.title });
      const text = await line.innerText();
      for (const part of [fix.package, fix.fixed, words.fixFirst.closes(fix.closes, fix.of)])
        expectThat(text.includes(part), `it shows ${text}, not ${part}`);
      await line.getByRole('link', { name: words.fixFirst.others }).click();
      await page.waitForURL(/fix=/);
      await page.locator('tbody tr').filter({ hasText: repository }).first().waitFor();
    });
  },
};

interface Doubted extends Image {
  readonly reason?: string;
  readonly findings?: number;
}

const doubted: PortalCase = {
  name: 'image: why it is not known is explained, and no count of zero stands for it',
  run: async (scene) => {
    const { value } = await scene.past.get<{ value: readonly Doubted[] }>(
      '/assay/images?status=undetermined&reason=not-witnessed',
    );
    const found = value.find(({ findings }) => findings === 0);
    if (found === undefined) throw new Error('the past has no image that nothing witnessed');
    const why = texts.reasons['not-witnessed'] ?? '';
    await onPage(scene, `/images/${found.digest}`, {}, async (page) => {
      await loaded(page);
      await page.locator('main').getByText(why).waitFor();
      await page.locator('main').getByText(words.proveNothing).waitFor();
      await page.getByRole('heading', { name: texts.findings.proveNothing.title }).waitFor();
    });
    await onPage(scene, '/images?status=undetermined&reason=not-witnessed', {}, async (page) => {
      await loaded(page);
      await page.locator('main').getByText(why).waitFor();
      const row = await page.locator('main tbody tr').first().innerText();
      expectThat(!/\b0\b(?!\.)/.test(row.replaceAll(/\S*[.:]\S*/g, '')), `the row is ${row}`);
    });
  },
};

const order: PortalCase = {
  name: 'compare: from the newer image, an older one is before it, and both can be swapped',
  run: async (scene) => {
    type Row = { repository: string; digest: string; pushedAt?: string; registryId: string };
    const { value } = await scene.past.get<{ value: readonly Row[] }>('/assay/images?status=unhealthy&top=200');
    const pushed = value.filter(({ pushedAt }) => pushedAt !== undefined);
    const pairOf = (one: Row): Row | undefined =>
      pushed.find(
        ({ repository, digest, pushedAt }) =>
          repository === one.repository && digest !== one.digest && pushedAt! < one.pushedAt!,
      );
    const newer = pushed.find((one) => pairOf(one) !== undefined)!;
    const older = pairOf(newer)!;
    await onPage(scene, `/images/${newer.digest}`, {}, async (page) => {
      await loaded(page);
      // The line about a newer push has a link of the same name, with both images.
      await page.locator(`main a[href$="compare?from=${newer.digest}"]`).click();
      await page.locator(`main tbody a[href*="compare?"][href*="${older.digest}"]`).first().click();
      await page.locator('#differences').waitFor();
      const sides = () => ['from', 'to'].map((name) => new URL(page.url()).searchParams.get(name));
      expectThat(String(sides()) === `${older.digest},${newer.digest}`, `it compares ${sides().join(' and ')}`);
      await page.getByRole('button', { name: texts.compare.swap }).click();
      await page.waitForURL(new RegExp(`from=${newer.digest}`));
      expectThat(String(sides()) === `${newer.digest},${older.digest}`, `it compares ${sides().join(' and ')}`);
    });
  },
};

interface Pushed extends Image {
  readonly registryId: string;
  readonly repository: string;
  readonly tags: readonly string[];
  readonly pushedAt?: string;
  readonly bySeverity?: Readonly<Record<string, number>>;
}

/** Two pushes to one repository: the one before is unhealthy, and the newest has another number of criticals. */
const twoPushes = (images: readonly Pushed[]): readonly [Pushed, Pushed] | undefined => {
  const pushed = images.filter(({ tags, pushedAt }) => tags.length > 0 && pushedAt !== undefined);
  const repositories = Object.groupBy(pushed, ({ registryId, repository }) => `${registryId} ${repository}`);
  for (const of of Object.values(repositories)) {
    const [last, ...older] = (of ?? []).toSorted((a, b) => b.pushedAt!.localeCompare(a.pushedAt!));
    const isOther = (image: Pushed): boolean =>
      image.status === 'unhealthy' &&
      image.pushedAt !== last!.pushedAt &&
      image.bySeverity?.['Critical'] !== last!.bySeverity?.['Critical'] &&
      images.every((each) => each === image || each.digest !== image.digest);
    const first = older.find(isOther);
    if (first && last?.bySeverity && ['healthy', 'unhealthy'].includes(last.status)) return [first, last];
  }
  return undefined;
};

const newer: PortalCase = {
  name: 'image: the newest push of its repository is named, with the criticals that it has more or fewer',
  run: async (scene) => {
    const { value } = await scene.past.get<{ value: readonly Pushed[] }>('/assay/images?top=1000');
    const [image, last] = twoPushes(value) ?? [];
    if (!image || !last) throw new Error('the past has no two pushes that differ');
    const more = last.bySeverity!['Critical']! - image.bySeverity!['Critical']!;
    const line = (page: Page) => page.locator('main p', { hasText: `${last.tags[0]!} is newer` });
    await onPage(scene, `/images/${image.digest}`, {}, async (page) => {
      await line(page).waitFor();
      const text = await line(page).innerText();
      expectThat(text.includes(newerTexts.differs(more, 'critical')), text);
    });
    await onPage(scene, `/images/${last.digest}`, {}, async (page) => {
      await loaded(page);
      expectThat((await page.locator('main p', { hasText: ' is newer' }).count()) === 0, 'the newest has a newer one');
    });
  },
};

export const imageCases: readonly PortalCase[] = [...gateCases, neverAllowed, fixFirst, doubted, order, newer];
