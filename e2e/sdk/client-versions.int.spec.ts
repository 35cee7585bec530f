import { execFile } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { clients, sendsOf } from './client-versions.ts';

const run = promisify(execFile);

const emptyFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-versions-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** The functions of a package that build a request, each with its path and its version. */
const inPython = (folder: string): (readonly [string, string])[] =>
  globSync('azure/mgmt/**/*.py', { cwd: folder })
    .filter((name) => !name.includes('/aio/'))
    .flatMap((name) =>
      readFileSync(join(folder, name), 'utf8')
        .split(/^def (?=build_)/m)
        .slice(1),
    )
    .flatMap((code): (readonly [string, string])[] => {
      const version = /"api-version", "([^"]+)"/.exec(code)?.[1];
      const [, texts] = /_url = (?:kwargs\.pop\(\s*"template_url",\s*)?\(?\s*((?:"[^"]*"\s*)+)/.exec(code) ?? [];
      return version && texts ? [[texts.replaceAll(/"\s*"|"|\s+$/g, ''), version]] : [];
    });

it.each(Object.entries(clients).filter(([, { packages }]) => packages))(
  'the packages of %s send what is written down',
  async (_, { packages = [], sends }) => {
    const folder = emptyFolder();
    await run('python3', ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', folder, ...packages]);
    expect(sendsOf(inPython(folder))).toEqual(sends);
  },
);
