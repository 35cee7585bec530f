import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '@assay/testing';
import { Api } from '../../apps/assay/src/client/api.ts';
import { recordsOf, TestSuite } from './suite.ts';

const run = promisify(execFile);
const venv = fileURLToPath(new URL('../../node_modules/.cache/assay/focus-validator', import.meta.url));

/**
 * Runs the official validator in its own environment. It must run from its packages' folder, and its exit status is
 * meaningless.
 */
const validated = async (csv: string): Promise<string> => {
  if (!existsSync(join(venv, 'bin/focus-validator'))) {
    await run('python3', ['-m', 'venv', venv]);
    await run(join(venv, 'bin/pip'), ['install', '--quiet', 'focus-validator==1.0.0', 'multimethod<2']);
  }
  const { stdout: packages } = await run(join(venv, 'bin/python'), [
    '-c',
    'import sysconfig; print(sysconfig.get_paths()["purelib"])',
  ]);
  const { stdout } = await run(join(venv, 'bin/focus-validator'), ['--data-file', csv, '--validate-version', '1.0'], {
    cwd: packages.trim(),
  });
  return stdout;
};

it('exports one line a charge, and the official FOCUS validator passes it', async () => {
  const suite = await TestSuite.start({
    env: { ASSAY_OWNERS: '{"debian-13.8":"Team A"}', ASSAY_INVOICE_ISSUER: 'Example Ltd' },
  });
  for (const layout of ['debian-13.8', 'alpine-3.20.3', 'windows', 'busybox-1.37.0-glibc'])
    await suite.settled(await suite.push(layout, layout, 'v1'), layout);
  await eventually(async () => (await recordsOf(suite.suite, 'usage.charged')).length === 2);
  const { url, token } = suite.suite.endpoint;
  const api = new Api(url, token);
  const charge = (await api.charges()).value[0]!;
  expect(await api.correctCharge(charge.chargeId, 'pushed by a test', '-0.09')).toMatchObject({
    correctionOf: charge.chargeId,
    amount: '-0.09',
    why: 'pushed by a test',
  });
  expect(await api.closePeriod('2020-02', 'month end')).toMatchObject({
    period: '2020-02',
    state: 'closed',
    file: { charges: 0 },
  });
  expect(await api.periods()).toMatchObject([{ period: '2020-02' }]);
  const export_ = async (profile: string): Promise<string> =>
    (
      await fetch(`${url}/assay/export?format=focus-csv&profile=${profile}`, {
        headers: { authorization: `Bearer ${token}` },
      })
    ).text();
  const csv = await export_('focus-1.0');
  expect(csv.trim().split('\n')).toHaveLength(4);
  expect(csv).toContain('"{""owner"":""Team A""}"');
  // A database with case-insensitive column names can make a table from the header.
  const header = (await export_('focus-1.2')).split('\n')[0]!;
  new DatabaseSync(':memory:').exec(
    `create table charges (${header
      .split(',')
      .map((name) => `"${name}"`)
      .join()})`,
  );
  const folder = await mkdtemp(join(tmpdir(), 'assay-focus-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'charges.csv');
  await writeFile(file, csv);
  expect(await validated(file)).toMatch(/Validation succeeded/);
  await writeFile(file, csv.replaceAll('USD', 'dollars'));
  expect(await validated(file), 'a validator that passes anything proves nothing').toMatch(/Validation failed/);
});
