import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { assay } from '../program.ts';
import { Terminal } from '../terminal/terminal.ts';

const digest = `sha256:${'a'.repeat(64)}`;

/** A folder that does not exist, and the command on it, which returns its output. */
const emptyFolder = () => {
  const directory = mkdtempSync(join(tmpdir(), 'assay-database-command-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const data = join(directory, 'data');
  const called = async (...args: readonly string[]): Promise<string> => {
    const written: string[] = [];
    const terminal = new Terminal({ write: (text) => written.push(text) }, { write: () => undefined }, {});
    const shell = { env: {}, directory, terminal };
    await assay(shell).parseAsync(['database', ...args, '--data', data], { from: 'user' });
    return written.join('');
  };
  return { data, called };
};

it('a list of a folder without data is empty, and begins none', async () => {
  const { data, called } = emptyFolder();
  expect(await called('list')).toMatch(/^No database was announced yet/);
  expect(JSON.parse(await called('list', '--json'))).toEqual({ databases: [], java: [] });
  expect(existsSync(data)).toBe(false);
});

it.each([['use', digest], ['verify'], ['recall', digest, '--why', 'it lacks Debian']])(
  '%s finds no database in a folder without data, and begins none',
  async (...args) => {
    const { data, called } = emptyFolder();
    await expect(called(...args)).rejects.toMatchObject({ reason: 'not-found' });
    expect(existsSync(data)).toBe(false);
  },
);
