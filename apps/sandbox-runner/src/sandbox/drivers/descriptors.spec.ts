import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Readable, Writable } from 'node:stream';
import { afterAll, expect, it } from 'vitest';
import { driversHere } from '../../../test/sandboxes.ts';
import { bwrap } from './bwrap.ts';
import { probeAnswers, probeProgram } from '../walls/probe.ts';
import { defaultLimits } from '../sandbox.ts';
import { seccompFilter } from './seccomp.ts';
import type { Architecture } from './syscalls.ts';
import { findTools } from './tools.ts';
import { utilLinux } from './util-linux.ts';

const folder = await mkdtemp(join(tmpdir(), 'assay-descriptors-'));
await chmod(folder, 0o755);
afterAll(() => rm(folder, { recursive: true, force: true }));
const architecture = process.arch as Architecture;

// Node itself passes on no descriptors, but its parent and the tools in between may.
it.each([bwrap, utilLinux].filter(({ name }) => driversHere.includes(name)))(
  'the $name sandbox closes every descriptor that it inherits',
  async (driver) => {
    const program = join(folder, driver.name);
    await writeFile(program, probeProgram(architecture, { hostFile: process.execPath, port: 1 }), { mode: 0o755 });
    const [file, ...args] = driver.commandLine({
      staged: { folder, program, caches: [] },
      args: [],
      limits: defaultLimits,
      tools: findTools(driver.needs, process.env).tools,
    });
    const inherited = Array.from({ length: 7 }, () => 'pipe' as const);
    const child = spawn(file, args, {
      detached: true,
      env: { PATH: '/usr/bin:/bin' },
      stdio: ['ignore', 'pipe', 'inherit', 'pipe', 'pipe', 'pipe', ...inherited],
      ...(process.getuid?.() === 0 ? { uid: 61_900, gid: 61_900 } : {}),
    });
    (child.stdio[3] as Writable).end(seccompFilter(architecture));
    const { descriptors } = probeAnswers(await buffer(child.stdio[1] as Readable));
    expect(descriptors).toEqual([0, 1, 2]);
  },
);
