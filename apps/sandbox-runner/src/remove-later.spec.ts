import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { removeLater } from './remove-later.ts';

it('a folder that cannot be removed is tried again until it is gone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-later-'));
  writeFileSync(join(folder, 'file'), '');
  let tries = 0;
  removeLater(
    folder,
    async (path) => {
      tries += 1;
      if (tries < 3) throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
      await rm(path, { recursive: true });
    },
    1,
  );
  await expect.poll(() => existsSync(folder)).toBe(false);
  expect(tries).toBe(3);
});
