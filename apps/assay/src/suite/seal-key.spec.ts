import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { DataFolder } from './data.ts';
import { sealKeyOf } from './seal-key.ts';

it.each(['', 'garbage'])('a damaged key of seals (%j) is named with its remedy', (text) => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-key-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const data = new DataFolder(folder);
  const file = sealKeyOf(data);
  expect(sealKeyOf(data)).toBe(file);
  writeFileSync(file, text);
  expect(() => sealKeyOf(data)).toThrow(`${file} is damaged`);
});
