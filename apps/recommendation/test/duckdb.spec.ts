import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openFile } from '../src/view/duckdb.ts';

it('says who is to give way where another process has the file, and leaves it alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-duckdb-'));
  const path = join(folder, 'view.duckdb');
  const program = `import { DuckDBInstance } from '@duckdb/node-api'; await DuckDBInstance.create(${JSON.stringify(path)}); console.log('open'); setInterval(() => undefined, 1000);`;
  const other = spawn(process.execPath, ['--input-type=module', '-e', program], { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => { other.kill('SIGKILL'); rmSync(folder, { recursive: true, force: true }); });
  await once(other.stdout, 'data');
  await expect(openFile({ path, memoryLimit: '100MB', threads: 1 })).rejects.toMatchObject({ code: 'folder-in-use', message: `another process uses ${folder}`, remedy: expect.stringContaining('ASSAY_FOLDER') as string });
});
