import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { FolderLayouts } from './layouts.ts';

it('gives each image its own folder, and removes it when it is not needed any more', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-layouts-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const layouts = new FolderLayouts(join(folder, 'layouts'));
  const [one, other] = [layouts.begin(), layouts.begin()];
  expect([one === other, existsSync(one)]).toEqual([false, false]);
  for (const layout of [one, other]) {
    mkdirSync(layout);
    writeFileSync(join(layout, 'index.json'), '{}');
  }
  layouts.end(one);
  await expect.poll(() => existsSync(one)).toBe(false);
  expect(existsSync(join(other, 'index.json'))).toBe(true);
  layouts.end(other);
  await layouts.clear();
  expect(existsSync(other)).toBe(false);
});
