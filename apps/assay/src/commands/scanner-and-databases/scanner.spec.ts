import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { scanners } from '@assay/sandbox-runner/scanner/scanners';
import { assay } from '../../program.ts';
import { Terminal } from '../../terminal/terminal.ts';

/** Installs on a machine with these tools, and returns the answer. */
const installed = async (tools: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<unknown> => {
  const directory = mkdtempSync(join(tmpdir(), 'assay-scanner-install-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  for (const [name, script] of Object.entries(tools)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const written: string[] = [];
  const terminal = new Terminal({ write: (text) => written.push(text) }, { write: () => undefined }, {});
  const env = { PATH: `${bin}:/bin` };
  await assay({ env, directory, terminal }).parseAsync(['scanner', 'install', '--json', ...args], { from: 'user' });
  const answer = JSON.parse(written.join('')) as { readonly program: string; readonly from: string };
  return { from: answer.from, content: readFileSync(answer.program, 'utf8') };
};

const goOf = (version: string): string =>
  `case "$1" in env) echo ${version};; mod) echo '{"Dir": "/", "Sum": "${scanners[0].build.sum}"}';; ` +
  'build) printf built > "$5";; esac';

describe('assay scanner install', () => {
  it('builds the current scanner where there is Go', async () => {
    expect(await installed({ go: goOf('go1.26.8') })).toEqual({ from: 'go', content: 'built' });
  });

  it.each([
    ['no Go', {}, 'there is no Go 1.26'],
    ['another Go', { go: goOf('go1.27.0') }, 'there is go1.27.0'],
  ])('names the ways of the image and of the distribution with %s, and fetches no old one', async (_, tools, found) => {
    const python3 = 'echo never asked >&2; exit 1';
    await expect(installed({ python3, ...tools })).rejects.toMatchObject({
      reason: 'no-scanner',
      message: expect.stringContaining(found) as string,
      remedy: expect.stringMatching(/the image assay\/sandbox-runner.* your distribution \(0\.68 or newer/) as string,
    });
  });

  it('fetches the older one only if it is named', async () => {
    await expect(installed({ python3: 'echo asked >&2; exit 1' }, '--from', 'pip')).rejects.toThrow('asked');
  });
});
