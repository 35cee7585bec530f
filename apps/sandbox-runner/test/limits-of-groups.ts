import { mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { openGroups } from '../src/sandbox/run/cgroup.ts';
import { findSandbox, selfTest } from '../src/sandbox/index.ts';
import { launch } from '../src/sandbox/run/launch.ts';
import { defaultLimits } from '../src/sandbox/sandbox.ts';
import { hostile, programFile } from './hostile-programs.ts';

// Reaches each limit of a control group, on a machine whose top group has all controllers. Prints the results as JSON.
const top = '/sys/fs/cgroup';
const mebibyte = 2 ** 20;
const limits = { memoryBytes: 64 * mebibyte, scratchBytes: 8 * mebibyte, processes: 32 };

const groupWith = (name: string, controllers: string): string => {
  writeFileSync(join(top, 'cgroup.subtree_control'), controllers);
  const path = join(top, name);
  mkdirSync(path);
  return path;
};

/** Runs a script in its own group, and reads the named file of the group. */
const inGroup = async (path: string, script: string, file = 'cgroup.procs') => {
  const found = await openGroups(path);
  if ('why' in found) throw new Error(found.why);
  const group = found.groups.begin({ ...defaultLimits, ...limits });
  const scan = readdirSync(path).find((name) => name.startsWith('assay-scan+'))!;
  const holds = readFileSync(join(path, scan, file), 'utf8').trim();
  const { ended, killedFor, code, stdout } = await launch({
    argv: ['/bin/sh', '-c', script],
    filter: Buffer.alloc(0),
    limits: { ...defaultLimits, ...limits },
    timeoutMs: 60_000,
    watched: false,
    group,
  });
  await group.end();
  return { holds, ended, killedFor, code, stdout: stdout.toString() };
};

const behind = async (driver: string, path: string) => {
  const sandbox = await findSandbox({ ...process.env, ASSAY_SANDBOX_DRIVER: driver, ASSAY_SANDBOX_CGROUP: path });
  const { passed, checks } = await selfTest(sandbox);
  const run = async (name: keyof typeof hostile, more: Partial<typeof defaultLimits> = {}) => {
    const { ended, killedFor, code, stdout } = await sandbox.run({
      program: await programFile('/run', `${driver}-${name}`, hostile[name] as never),
      args: [],
      timeoutMs: 60_000,
      limits: { ...limits, ...more },
    });
    return { ended, killedFor, code, count: stdout.length === 8 ? Number(stdout.readBigInt64LE(0)) : undefined };
  };
  return {
    bounds: sandbox.bounds,
    passed,
    broken: checks.filter(({ held }) => !held).map(({ name }) => name),
    shared: await run('sharesMemory', { addressSpaceBytes: 512 * mebibyte }),
    threads: await run('makesThreads'),
    disk: await run('fillsDisk'),
  };
};

/** Groups of scans that still exist after the time for their removal, for which no caller waits. */
const leftIn = async (path: string): Promise<string[]> => {
  const left = () => readdirSync(path).filter((name) => name.startsWith('assay-'));
  for (const late = Date.now() + 10_000; left().length > 0 && Date.now() < late;) await wait(50);
  return left();
};

const answers = async () => {
  const all = groupWith('all', '+memory +pids +cpu');
  const results = {
    weight: (await inGroup(all, 'exit 0', 'cpu.weight')).holds,
    swap: (await inGroup(all, 'exit 0', 'memory.max')).holds,
    // `tail` keeps all of its only line in memory. The shell that started it would go on, if it could.
    memory: await inGroup(all, 'echo begun; head -c 200000000 /dev/zero | tail; echo still here'),
    processes: await inGroup(all, 'i=0; while [ $i -lt 100 ]; do sleep 600 & i=$((i + 1)); done; echo all of them'),
    harmless: await inGroup(all, '(i=0; while [ $i -lt 100 ]; do sleep 600 & i=$((i + 1)); done) 2>/dev/null; exit 0'),
    bwrap: await behind('bwrap', all),
    utilLinux: await behind('util-linux', all),
    left: await leftIn(all),
  };
  rmdirSync(all);
  writeFileSync(join(top, 'cgroup.subtree_control'), '-memory -cpu');
  const few = groupWith('few', '+pids');
  return { ...results, few: await behind('bwrap', few) };
};
process.stdout.write(JSON.stringify(await answers()));
