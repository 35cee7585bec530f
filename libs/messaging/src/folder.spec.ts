import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writableFolder } from './folder.ts';

describe('a folder that a setting names', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-folder-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is made, and may be there already', () => {
    const deep = join(folder, 'a', 'b');
    for (let time = 0; time < 2; time += 1) writableFolder(deep, 'ASSAY_FOLDER');
    expect(statSync(deep).isDirectory()).toBe(true);
  });

  it.each([
    ['a file', 'file'],
    ['below a file', 'file/below'],
  ])('is refused where it is %s', (_, name) => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => writableFolder(join(folder, name), 'ASSAY_FOLDER')).toThrow(
      /^ASSAY_FOLDER .*file.* cannot be written to \((EEXIST|ENOTDIR)\): give a folder with write access$/,
    );
  });

  it('is refused at once where no folder can be created', () => {
    expect(() => writableFolder('/proc/nope/deeper', 'ASSAY_FOLDER')).toThrow(
      expect.objectContaining({
        code: 'configuration',
        message: 'ASSAY_FOLDER /proc/nope/deeper cannot be written to (ENOENT): give a folder with write access',
      }),
    );
  });
});
