import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { makePast } from '../past/made.ts';
import { startBrowser } from './browser.ts';
import { opened, type Scene } from './cases.ts';
import { pageCases } from './pages.ts';
import { copyPast, RunningPast } from './setting.ts';
import { loaded } from './states.ts';
import type { OpenOptions } from './watched-page.ts';

const docs = fileURLToPath(new URL('../../docs/portal', import.meta.url));

const { past: given, out } = new Command('screenshots')
  .description('Takes a picture of each page of the portal, of a past of 90 days: both themes, and a phone.')
  .option('--past <folder>', 'a past that was made before')
  .option('--out <folder>', 'where they are written', docs)
  .parse()
  .opts<{ past?: string; out: string }>();

const looks: readonly (readonly [name: string, options: OpenOptions])[] = [
  ['light', { theme: 'light' }],
  ['dark', { theme: 'dark' }],
  ['phone', { theme: 'light', width: 360, height: 740 }],
];

const folder = given === undefined ? await makePast(1) : await copyPast(given);
const past = await RunningPast.start(folder);
const browser = await startBrowser();
try {
  const scene: Scene = { browser, past, facts: await past.facts(), folder };
  mkdirSync(out, { recursive: true });
  for (const name of readdirSync(out)) if (name.endsWith('.png')) rmSync(join(out, name));
  for (const { name, path } of pageCases)
    for (const [look, options] of looks) {
      const watched = await opened(scene, path(scene.facts), options);
      await loaded(watched.page);
      await watched.page.screenshot({ path: join(out, `${name}-${look}.png`), animations: 'disabled' });
      await watched.close();
    }
} finally {
  await browser.close();
  await past.close();
}
