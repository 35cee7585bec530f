import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { lineOf, reasonOf } from '../terminal/failure.ts';
import { DataFolder } from './data.ts';
import { openLog } from './log.ts';

it('who has the data is told by his process, where that is known, and how it ends', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-in-use-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const data = new DataFolder(folder);
  const log = openLog(data, {});
  onTestFinished(() => log.close());
  const second = (): unknown => {
    try {
      return openLog(data, {});
    } catch (error) {
      return error;
    }
  };
  expect(reasonOf(second())).toBe('no-suite');
  expect(lineOf(second())).toMatch(/log\.db is in use by another process: .*Ctrl-C/);
  writeFileSync(data.endpoint, JSON.stringify({ pid: process.pid, log: data.identity() }));
  expect(lineOf(second())).toContain(`in use by process ${process.pid}: end it`);
  // A process that is gone left its file behind, or it came with a copy.
  writeFileSync(data.endpoint, JSON.stringify({ pid: 2 ** 30, log: data.identity() }));
  expect(lineOf(second())).toContain('in use by another process');
  writeFileSync(data.endpoint, JSON.stringify({ pid: process.pid, log: 'elsewhere' }));
  expect(lineOf(second())).toContain('in use by another process');
});
