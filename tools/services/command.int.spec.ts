import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import type { ServiceStatus } from './services.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The command line over a folder of this test; everything in it is stopped when the test ends. */
const commandLine = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-services-'));
  const run = (...args: string[]): Promise<Outcome> =>
    new Promise((resolve) => {
      execFile(process.execPath, [main, ...args, '--folder', folder], (error, out, err) => {
        resolve({ code: Number(error?.code ?? 0), out, err });
      });
    });
  onTestFinished(async () => {
    await run('stop');
    await rm(folder, { recursive: true, force: true });
  });
  const status = async () => {
    const { code, out } = await run('status', '--json');
    return { code, all: JSON.parse(out) as ServiceStatus[] };
  };
  return { run, status, folder };
};

const states = (all: readonly ServiceStatus[]): Record<string, string> =>
  Object.fromEntries(all.map(({ name, state }) => [name, state]));
const pids = (all: readonly ServiceStatus[]): (number | undefined)[] => all.map(({ pid }) => pid);

it('starts all three, finds them again, and stops them', async () => {
  const { run, status, folder } = await commandLine();
  expect(await status()).toMatchObject({
    code: 1,
    all: [{ state: 'stopped' }, { state: 'stopped' }, { state: 'stopped' }],
  });

  const { code, out } = await run('start');
  expect(code).toBe(0);
  const before = await status();
  expect(before.code).toBe(0);
  expect(states(before.all)).toEqual({ kafka: 'running', redis: 'running', registry: 'running' });
  expect(out).toContain(`export ASSAY_KAFKA_BROKERS=${before.all[0]!.url}\n`);
  expect(out).toContain(`export ASSAY_REDIS_URL=${before.all[1]!.url}\n`);
  expect(out).toContain(before.all[2]!.url);

  expect((await run('start')).out).not.toContain('started');
  expect(pids((await status()).all)).toEqual(pids(before.all));

  expect(await run('stop')).toMatchObject({
    code: 0,
    out: `Stopped kafka, redis, registry; the data stays in ${folder}.\n`,
  });
  expect(states((await status()).all)).toEqual({ kafka: 'stopped', redis: 'stopped', registry: 'stopped' });
  expect(await readdir(join(folder, 'kafka', 'data'))).toContain('meta.properties');
  expect(await run('stop')).toMatchObject({ code: 0, out: 'None of them ran.\n' });
});

it('notices what was killed or hangs, and starts what is missing on the same port', async () => {
  const { run, status } = await commandLine();
  await run('start', '--only', 'redis,registry');
  const [, redis, registry] = (await status()).all;
  process.kill(redis!.pid!, 'SIGKILL');
  process.kill(registry!.pid!, 'SIGSTOP');
  const { code, all } = await status();
  expect({ code, states: states(all) }).toEqual({
    code: 1,
    states: { kafka: 'stopped', redis: 'ended', registry: 'silent' },
  });
  process.kill(registry!.pid!, 'SIGCONT');

  await run('start', '--only', 'redis');
  const [, again, same] = (await status()).all;
  expect(again).toMatchObject({ state: 'running', port: redis!.port });
  expect(again!.pid).not.toBe(redis!.pid);
  expect(same!.pid).toBe(registry!.pid);

  process.kill(again!.pid!, 'SIGKILL');
  expect((await run('stop')).out).toContain('Stopped registry;');
});

it('takes the next port where another folder has the first', async () => {
  const [one, other] = [await commandLine(), await commandLine()];
  await one.run('start', '--only', 'redis');
  await other.run('start', '--only', 'redis');
  const [first, second] = [(await one.status()).all[1]!, (await other.status()).all[1]!];
  expect([first.state, second.state]).toEqual(['running', 'running']);
  expect(second.port).not.toBe(first.port);
});

it('lets two starts at once start each service once', async () => {
  const { run } = await commandLine();
  const outcomes = await Promise.all([run('start', '--only', 'redis'), run('start', '--only', 'redis')]);
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0]);
  expect(outcomes.filter(({ out }) => out.includes('started'))).toHaveLength(1);
});

it('sends no notifications of pushes without a secret', async () => {
  const { run } = await commandLine();
  expect(await run('start', '--only', 'registry', '--notify', 'http://127.0.0.1:1/ingest/registry')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^error: ASSAY_NOTIFY_SECRET is not set: /) as string,
  });
});

it('refuses a service that it does not know', async () => {
  const { run } = await commandLine();
  const { code, err } = await run('start', '--only', 'zookeeper');
  expect(code).toBe(1);
  expect(err).toContain('Known are kafka, redis, registry.');
});
