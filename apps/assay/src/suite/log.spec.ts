import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { lineOf, reasonOf } from '../terminal/failure.ts';
import { DataFolder } from './data.ts';
import { openLog } from './log.ts';

it('a data lock names the process that holds it, if known, and its remedy', async () => {
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
  expect(lineOf(second())).toMatch(/log\.db is in use by another process\. .*Ctrl-C/);
  writeFileSync(
    data.endpoint,
    JSON.stringify({ pid: process.pid, log: data.identity(), url: 'http://127.0.0.1:1', token: 'a+b' }),
  );
  expect(lineOf(second())).toContain(
    `in use by process ${process.pid}. Open http://127.0.0.1:1/portal/#token=a%2Bb, end it`,
  );
  // The file is left over from a dead process, or came with a copy.
  writeFileSync(data.endpoint, JSON.stringify({ pid: 2 ** 30, log: data.identity() }));
  expect(lineOf(second())).toContain('in use by another process');
  writeFileSync(data.endpoint, JSON.stringify({ pid: process.pid, log: 'elsewhere' }));
  expect(lineOf(second())).toContain('in use by another process');
});
