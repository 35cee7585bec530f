import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { patienceMs } from '@assay/testing';
import { findSandbox } from './find.ts';
import { emptyProgram } from './drivers/elf.ts';
import { openRunDirectory, startFailure } from './run/run-directory.ts';
import type { Architecture } from './drivers/syscalls.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-find-'));
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('finding a sandbox', () => {
  it('knows no driver but its three, and no way to run without one', async () => {
    for (const name of ['none', 'docker', 'constructor']) {
      await expect(findSandbox({ ...process.env, ASSAY_SANDBOX_DRIVER: name })).rejects.toMatchObject({
        code: 'sandbox-unknown-driver',
        message: expect.stringMatching(/^ASSAY_SANDBOX_DRIVER is /) as string,
        remedy: expect.stringContaining('bwrap, util-linux, gvisor') as string,
      });
    }
  });

  it('takes the driver that is configured', async () => {
    expect((await findSandbox({ ...process.env, ASSAY_SANDBOX_DRIVER: 'util-linux' })).driver).toBe('util-linux');
  });

  it('refuses a run directory that its users cannot reach', async () => {
    if (process.getuid?.() !== 0) return; // Only root has other users.
    const closed = join(folder, 'closed');
    mkdirSync(join(closed, 'run'), { recursive: true });
    chmodSync(closed, 0o700);
    await expect(findSandbox({ ...process.env, ASSAY_RUN_DIRECTORY: join(closed, 'run') })).rejects.toMatchObject({
      code: 'sandbox-run-directory',
      message: expect.stringContaining(closed) as string,
    });
  });

  it('takes another folder if the usual one is closed and none was configured', async () => {
    if (process.getuid?.() !== 0) return;
    const closed = join(folder, 'private-tmp');
    mkdirSync(closed, { mode: 0o700 });
    const before = process.env['TMPDIR'];
    process.env['TMPDIR'] = closed;
    const directory = await openRunDirectory().finally(() => {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
    });
    expect(directory.startsWith(closed)).toBe(false);
    rmSync(directory, { recursive: true });
  });

  it('refuses a run directory that others can write to', async () => {
    const open = join(folder, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    await expect(openRunDirectory(open)).rejects.toMatchObject({
      code: 'sandbox-run-directory',
    });
  });

  it('names the setting if there can be no run directory', async () => {
    writeFileSync(join(folder, 'file'), '');
    for (const place of [join(folder, 'file'), join(folder, 'file', 'below'), '/proc/nope/deeper']) {
      await expect(openRunDirectory(place)).rejects.toMatchObject({
        code: 'sandbox-run-directory',
        message: expect.stringContaining(place) as string,
        remedy: expect.stringContaining('ASSAY_RUN_DIRECTORY') as string,
      });
    }
  });

  it('resolves links before it checks who can reach the folder', async () => {
    if (process.getuid?.() !== 0) return;
    const hidden = join(folder, 'hidden');
    mkdirSync(hidden, { mode: 0o700 });
    symlinkSync(hidden, join(folder, 'link'));
    await expect(openRunDirectory(join(folder, 'link', 'run'))).rejects.toMatchObject({
      code: 'sandbox-run-directory',
      message: expect.stringContaining(hidden) as string,
    });
  });
});

describe('the check that programs run', () => {
  const program = join(folder, 'empty');
  writeFileSync(program, emptyProgram(process.arch as Architecture), { mode: 0o755 });

  it('waits while another process holds the program open for writing', async () => {
    const held = openSync(program, 'r+');
    const starting = startFailure(program);
    closeSync(held);
    expect(await starting).toBeUndefined();
  });

  it('names the cause if they do not, and does not wait for ever', async () => {
    const held = openSync(program, 'r+');
    expect(await startFailure(program).finally(() => closeSync(held))).toBe('ETXTBSY');
    const noProgram = join(folder, 'no-program');
    writeFileSync(noProgram, '', { mode: 0o644 });
    expect(await startFailure(noProgram)).toBe('EACCES');
    expect(await startFailure('/bin/false')).toBe('ended with 1');
  });
});

describe('the run directory', () => {
  it('has no remains of killed processes, and keeps folders in use', async () => {
    const base = join(folder, 'base');
    const inUse = await openRunDirectory(base);
    // A process number that does not exist, and our own number with another start.
    const left = [`${hostname()}+4194304+1+abc`, `${hostname()}+${process.pid}+1+abc`].map((name) => join(base, name));
    const elsewhere = join(base, 'other-host+4194304+1+abc');
    for (const path of [...left, elsewhere]) {
      mkdirSync(path);
      writeFileSync(join(path, 'scan'), '');
    }
    await openRunDirectory(base);
    expect(left.filter((path) => existsSync(path))).toEqual([]);
    expect(existsSync(inUse) && existsSync(elsewhere)).toBe(true);
  });

  it('cannot be listed by others if it holds nothing else, and is left as it is otherwise', async () => {
    for (const [name, others, mode] of [
      ['ours', [], 0o711],
      ['shared', ['data'], 0o755],
    ] as const) {
      const base = join(folder, name);
      mkdirSync(base);
      for (const other of others) mkdirSync(join(base, other));
      chmodSync(base, 0o755);
      for (let opened = 0; opened < 2; opened += 1) await openRunDirectory(base);
      expect([name, statSync(base).mode & 0o777]).toEqual([name, mode]);
    }
  });

  it('holds nothing of a run once it has ended', async () => {
    const base = join(folder, 'runs');
    const sandbox = await findSandbox({
      ...process.env,
      ASSAY_SANDBOX_DRIVER: 'util-linux',
      ASSAY_RUN_DIRECTORY: base,
    });
    await expect(sandbox.run({ program: join(folder, 'missing'), args: [], timeoutMs: patienceMs })).rejects.toThrow(
      'missing',
    );
    const [own] = readdirSync(base);
    await expect.poll(() => readdirSync(join(base, own!)).filter((name) => !name.startsWith('kept-'))).toEqual([]);
  });
});
