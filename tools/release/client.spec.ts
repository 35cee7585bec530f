import { execFile, execFileSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestSuite, images } from '../../e2e/test/suite.ts';
import { root, version } from './bundle.ts';
import { packClient } from './client.ts';

const mostBytes = 3 * 2 ** 20;

let folder: string;
let client: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assay-client-'));
  execFileSync('tar', ['-xzf', await packClient(folder), '-C', folder]);
  client = join(folder, 'package');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the packed client in a folder without anything else. */
const run = (env: NodeJS.ProcessEnv, ...args: string[]): Promise<{ code: number; out: string; err: string }> =>
  new Promise((resolve) => {
    const options = { cwd: folder, env: { PATH: process.env['PATH'], ...env } };
    execFile(process.execPath, [join(client, 'assay.js'), ...args], options, (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });

it('is one file of at most 3 MB that needs no package', () => {
  expect(readdirSync(client).toSorted()).toEqual(['LICENSE', 'LICENSES.txt', 'README.md', 'assay.js', 'package.json']);
  expect(statSync(join(client, 'assay.js')).size).toBeLessThan(mostBytes);
  const manifest = JSON.parse(readFileSync(join(client, 'package.json'), 'utf8')) as object;
  expect(Object.keys(manifest).filter((key) => /dependencies|scripts/i.test(key))).toEqual([]);
  // The license of commander, which is bundled.
  expect(readFileSync(join(client, 'LICENSES.txt'), 'utf8')).toContain('TJ Holowaychuk');
});

it('is the same bytes each time', async () => {
  const again = join(folder, 'again');
  mkdirSync(again);
  const [one, other] = [join(folder, `assay-client-${version}.tgz`), await packClient(again)];
  expect(readFileSync(other).equals(readFileSync(one))).toBe(true);
});

it('is the only way to publish: no package of the workspace can be', () => {
  const manifests = globSync('{.,apps/*,libs/*}/package.json', { cwd: root });
  expect(manifests.length).toBeGreaterThan(20);
  for (const each of manifests)
    expect([each, (JSON.parse(readFileSync(join(root, each), 'utf8')) as { private?: boolean }).private]).toEqual([
      each,
      true,
    ]);
});

it('asks a suite elsewhere, and has no suite of its own', async () => {
  const { suite } = await TestSuite.start();
  const { url, token, registries } = suite.endpoint;
  const env = { ASSAY_URL: url, ASSAY_API_TOKEN: token };
  const { loginServer } = registries[0]!;
  const pushed = await run(
    {},
    'push',
    join(images, 'debian-13.8'),
    '--registry',
    loginServer,
    '--as',
    'team/web:1',
    '--json',
  );
  const { digest } = JSON.parse(pushed.out) as { digest: string };
  expect(await run(env, 'gate', digest, '--wait', '120')).toMatchObject({
    code: 0,
    out: expect.stringContaining('allow'),
  });
  expect(await run(env, 'status')).toMatchObject({ code: 0, out: expect.stringContaining('team/web') });
  expect(await run(env, 'query', 'securityresources | count')).toMatchObject({ code: 0 });
  expect(await run(env, 'gate', `sha256:${'0'.repeat(64)}`)).toMatchObject({ code: 2 });
  expect(await run({}, 'status')).toMatchObject({ code: 4, err: expect.stringContaining('Set ASSAY_URL') });
  expect(await run({}, 'push', join(images, 'debian-13.8'), '--once')).toMatchObject({
    err: expect.stringContaining('the client has no suite of its own'),
  });
  expect(await run(env, 'up')).toMatchObject({ code: 2, err: expect.stringContaining("unknown command 'up'") });
  expect(await run({}, '--help')).toMatchObject({ code: 0, out: expect.stringContaining('ASSAY_API_TOKEN') });
});
