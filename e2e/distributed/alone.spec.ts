import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { alone } from './alone.ts';

describe('a suite of processes', () => {
  let folder: string;
  let started: ChildProcess[];
  let printed: string[];
  beforeEach(() => {
    [folder, started, printed] = [mkdtempSync(join(tmpdir(), 'assay-alone-')), [], []];
  });
  afterEach(() => {
    for (const child of started) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  /** Starts a process whose program has the given path, and that prints a line once it runs. */
  const program = async (name: string, source = ''): Promise<ChildProcess> => {
    const file = join(folder, name);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, `${source}; setInterval(() => undefined, 1000); console.log('runs');`);
    const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'ignore'] });
    started.push(child);
    await once(child.stdout!, 'data');
    return child;
  };
  const services = () => join(folder, 'services');
  const suite = () => join(folder, 'suite');
  const claim = () => alone(services(), suite(), (line) => printed.push(line), 300);
  const keepsPid = (service: string, pid: number): void => {
    mkdirSync(join(suite(), service), { recursive: true });
    writeFileSync(join(suite(), service, 'pid'), String(pid));
  };

  it('ends the services that a killed one left, and nothing else', async () => {
    const [billing, stubborn, stranger] = [
      await program('apps/billing/dist/main.js'),
      await program('apps/sandbox-runner/dist/main.js', "process.on('SIGTERM', () => undefined)"),
      await program('stranger.js'),
    ];
    keepsPid('billing-1', billing.pid!);
    keepsPid('sandbox-runner-1', stubborn.pid!);
    keepsPid('classifier-1', stranger.pid!);
    const ended = Promise.all([once(billing, 'exit'), once(stubborn, 'exit')]);
    const release = await claim();
    expect((await ended).map(([, how]) => how as string)).toEqual(['SIGTERM', 'SIGKILL']);
    expect(printed).toEqual([expect.stringMatching(/^ending 2 services of a suite that was killed/)]);
    expect([stranger.exitCode, stranger.signalCode]).toEqual([null, null]);
    expect(readFileSync(join(services(), 'suite.pid'), 'utf8')).toBe(`${process.pid}\n${suite()}`);
    release();
  });

  it('ends them also where the next one has another folder', async () => {
    const billing = await program('apps/billing/dist/main.js');
    keepsPid('billing-1', billing.pid!);
    mkdirSync(services());
    writeFileSync(join(services(), 'suite.pid'), `0\n${suite()}`);
    const ended = once(billing, 'exit');
    (await alone(services(), join(folder, 'another'), () => undefined))();
    await ended;
  });

  it('is refused where another one runs', async () => {
    const other = await program('distributed/main.ts');
    mkdirSync(services());
    writeFileSync(join(services(), 'suite.pid'), `${other.pid}\n${suite()}`);
    await expect(claim()).rejects.toThrow(`already (process ${other.pid})`);
  });
});
