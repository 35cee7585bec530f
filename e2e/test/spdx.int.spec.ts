import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { Api } from '../../apps/assay/src/client/api.ts';
import { spdx } from '../../apps/recommendation/src/http/reports/spdx.response.ts';
import { packages, reported } from './made-report.ts';
import { TestSuite } from './suite.ts';

const run = promisify(execFile);
const venv = fileURLToPath(new URL('../../node_modules/.cache/assay/spdx-tools', import.meta.url));

/** Validates the document with the tools of SPDX: schema, references, license expressions. Empty if it is valid. */
const wrongInSpdx = async (document: unknown): Promise<string> => {
  if (!existsSync(join(venv, 'bin/pyspdxtools'))) {
    await run('python3', ['-m', 'venv', venv]);
    await run(join(venv, 'bin/pip'), ['install', '--quiet', 'spdx-tools==0.8.5']);
  }
  const folder = await mkdtemp(join(tmpdir(), 'assay-spdx-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'image.spdx.json');
  await writeFile(file, JSON.stringify(document));
  return run(join(venv, 'bin/pyspdxtools'), ['--infile', file, '--version', 'SPDX-2.3'], { maxBuffer: 2 ** 26 }).then(
    () => '',
    (error: { stdout: string; stderr: string }) => (error.stdout + error.stderr).slice(0, 4_000),
  );
};

it('the tools of SPDX pass what is handed on, of real scans and of every kind of package', async () => {
  const suite = await TestSuite.start();
  const api = new Api(suite.suite.endpoint.url, suite.suite.endpoint.token);
  for (const layout of ['debian-13.0', 'alpine-3.20.3']) {
    const digest = await suite.push(layout, layout, 'v1');
    await suite.settled(digest, layout);
    expect(await wrongInSpdx(await api.report(digest, 'spdx')), layout).toBe('');
  }
  const document = spdx(reported, packages);
  expect(await wrongInSpdx(document)).toBe('');
  expect(
    await wrongInSpdx({ ...document, documentNamespace: 'not a uri' }),
    'a validator that passes anything proves nothing',
  ).not.toBe('');
});
