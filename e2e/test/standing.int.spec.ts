import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { DataFolder } from '../../apps/assay/src/suite/data.ts';
import { examine } from '../../apps/assay/src/doctor/examine.ts';
import { startDistributed, temporaryFolder } from './distributed.ts';
import { home } from './suite.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<{ code: number; out: string }> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      [...args],
      { cwd: root, env: { ...process.env, NO_COLOR: '1', ...env } },
      (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, out: stdout + stderr });
      },
    );
  });

it('API, doctor, status and suite report a killed classifier until it runs again', async () => {
  const { suite } = await startDistributed();
  const { url, token } = suite.endpoint;
  const folder = dirname(dirname(suite.processes[0]!.log));
  const unwell = async (): Promise<unknown> =>
    (await suite.get<{ value: { name: string; status: string }[] }>('/assay/services')).value
      .filter(({ status }) => status !== 'ready')
      .map(({ name, status }) => `${name} ${status}`);
  const remote = { ASSAY_URL: url, ASSAY_API_TOKEN: token };
  const examined = async () =>
    examine({ env: { ...process.env, ...remote }, home, data: new DataFolder(await temporaryFolder()) });

  await expect.poll(unwell).toEqual([]);
  expect(await run(['e2e/distributed/main.ts', 'status', '--folder', folder])).toMatchObject({
    code: 0,
    out: expect.stringContaining('ok classifier is ready at http://127.0.0.1:'),
  });

  const [classifier] = suite.of('classifier');
  await classifier!.stop('SIGKILL');
  await expect.poll(unwell).toEqual(['classifier unreachable']);
  const { checks, unwell: named } = await examined();
  expect(named).toEqual(['classifier']);
  expect(checks.find(({ name }) => name === 'services')).toMatchObject({
    state: 'bad',
    found: expect.stringMatching(/^classifier is unreachable at http:\/\/127\.0\.0\.1:\d+: no answer \(.*ECONNREFUSED/),
  });
  expect(await run(['e2e/distributed/main.ts', 'status', '--folder', folder])).toMatchObject({
    code: 1,
    out: expect.stringContaining('no classifier is unreachable'),
  });
  expect((await run(['apps/assay/dist/main.js', 'status'], remote)).out).toContain('classifier is unreachable');

  classifier!.start();
  await expect.poll(unwell).toEqual([]);
});
