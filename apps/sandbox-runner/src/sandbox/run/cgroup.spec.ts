import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { eventually, patienceMs } from '@assay/testing';
import { driversHere, sandboxBy } from '../../../test/sandboxes.ts';
import { groupForTest, removeGroup } from '../../../test/groups.ts';
import { openGroups, type ScanGroups } from './cgroup.ts';
import { launch } from './launch.ts';
import { markOfProcess } from './process-mark.ts';
import { defaultLimits } from '../sandbox.ts';
import { ScanGroup } from './scan-group.ts';
import { selfTest } from '../walls/self-test.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-cgroup-'));
const tried = groupForTest('cgroup');
const ended: ChildProcess[] = [];
afterEach(() => {
  for (const child of ended.splice(0)) child.kill('SIGKILL');
});
afterAll(() => {
  if ('path' in tried) removeGroup(tried.path);
  rmSync(folder, { recursive: true });
});

const sleeping = (): ChildProcess => {
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  ended.push(child);
  return child;
};
const endOf = (child: ChildProcess): Promise<NodeJS.Signals | null> =>
  new Promise((resolve) => {
    child.on('exit', (_, signal) => resolve(signal));
  });
const isAlive = (pid: number): boolean =>
  /^State:\s+[^ZX]/m.test(existsSync(`/proc/${pid}`) ? readFileSync(`/proc/${pid}/status`, 'latin1') : '');
const scansIn = (path: string): string[] => readdirSync(path).filter((name) => name.startsWith('assay-scan+'));

describe('without a delegated group', () => {
  it('reports the reason, and uses no folder that is not a group', async () => {
    process.stdout.write(
      `cgroup version 2 tested: ${'path' in tried ? `in ${tried.path}` : `not there (${tried.why})`}\n`,
    );
    expect(await openGroups('off')).toEqual({ why: 'ASSAY_SANDBOX_CGROUP is off' });
    for (const named of [folder, 'relative', '/nowhere']) {
      await expect(openGroups(named)).rejects.toMatchObject({
        code: 'sandbox-cgroup',
        message: `ASSAY_SANDBOX_CGROUP is ${named}, and it is not the folder of a group of cgroup version 2`,
      });
    }
  });
});

if ('why' in tried) {
  describe('on a machine where no group can be made', () => {
    it('finds none by itself', async () => expect(await openGroups()).toEqual({ why: expect.any(String) as string }));
  });
} else {
  const { path } = tried;
  const env = { ASSAY_SANDBOX_CGROUP: path };
  const open = async (): Promise<ScanGroups> => {
    const found = await openGroups(path);
    if ('why' in found) throw new Error(found.why);
    return found.groups;
  };

  describe('a delegated group', () => {
    it('enables each controller that it has, and leaves nothing of its own trial', async () => {
      const { bounded } = await open();
      const there = readFileSync(join(path, 'cgroup.controllers'), 'latin1').split(/\s+/);
      expect([...bounded]).toEqual(['memory', 'pids', 'cpu'].filter((controller) => there.includes(controller)));
      expect(scansIn(path)).toEqual([]);
    });

    it('is refused while other processes are in it', async () => {
      const crowded = join(path, 'crowded');
      mkdirSync(crowded);
      const other = sleeping();
      writeFileSync(join(crowded, 'cgroup.procs'), String(other.pid));
      await expect(openGroups(crowded)).rejects.toMatchObject({
        code: 'sandbox-cgroup',
        message: expect.stringContaining(`there are other processes in ${crowded}`) as string,
      });
      expect(isAlive(other.pid!)).toBe(true);
    });

    it('removes the scans of a killed process, and keeps those of a live one', async () => {
      const left = join(path, `assay-scan+${hostname()}+4194304+1+0`);
      const living = join(path, `assay-scan+${await markOfProcess()}living`);
      const [abandoned, running] = [left, living].map((group) => {
        mkdirSync(group);
        const child = sleeping();
        writeFileSync(join(group, 'cgroup.procs'), String(child.pid));
        return child;
      });
      const end = endOf(abandoned!);
      await open();
      expect(await end).toBe('SIGKILL');
      expect(isAlive(running!.pid!)).toBe(true);
      expect(scansIn(path).map((name) => join(path, name))).toEqual([living]);
      await new ScanGroup(living).end();
      expect(scansIn(path)).toEqual([]);
    });
  });

  describe('a scan in its group', () => {
    const inGroup = async (script: string, signal?: AbortSignal) => {
      const group = (await open()).begin(defaultLimits);
      try {
        return await launch(
          {
            argv: ['/bin/sh', '-c', script],
            filter: Buffer.from('the filter'),
            limits: defaultLimits,
            timeoutMs: patienceMs,
            watched: true,
            group,
          },
          signal,
        );
      } finally {
        await group.end();
      }
    };

    it('is in it before anything is executed, and receives its whole filter', async () => {
      const { stdout, code } = await inGroup('cat /proc/self/cgroup; cat <&3');
      expect(code).toBe(0);
      expect(stdout.toString()).toMatch(/^0::\/\S*\/assay-scan\+[^\n]+\n(.*\n)*the filter$/m);
      expect(scansIn(path)).toEqual([]);
    });

    it('ends with all that it has started, in any session', async () => {
      const pidFile = join(folder, 'escaped');
      const cancel = new AbortController();
      const running = inGroup(
        `setsid sh -c 'echo $$ > ${pidFile}.new; mv ${pidFile}.new ${pidFile}; exec sleep 600' & exec sleep 600`,
        cancel.signal,
      );
      await expect.poll(() => existsSync(pidFile)).toBe(true);
      cancel.abort();
      expect((await running).killedFor).toBe('cancelled');
      expect(isAlive(Number(readFileSync(pidFile, 'latin1')))).toBe(false);
      expect(scansIn(path)).toEqual([]);
    });

    it('leaves nothing behind when it ends by itself', async () => {
      const pidFile = join(folder, 'daemon');
      const { ended: how } = await inGroup(
        `setsid sh -c 'echo $$ > ${pidFile}; exec sleep 600 >/dev/null 2>&1 3>&- 4>&-' & ` +
          `while [ ! -s ${pidFile} ]; do sleep 0.01; done`,
      );
      expect(how).toBe('exited');
      expect(isAlive(Number(readFileSync(pidFile, 'latin1')))).toBe(false);
    });

    it('is not started if its group cannot take it', async () => {
      const marker = join(folder, 'begun');
      await expect(
        launch({
          argv: ['/bin/sh', '-c', `echo > ${marker}`],
          filter: Buffer.from('x'),
          limits: defaultLimits,
          timeoutMs: patienceMs,
          watched: true,
          group: new ScanGroup(join(path, 'missing')),
        }),
      ).rejects.toThrow('ENOENT');
      expect(existsSync(marker)).toBe(false);
    });
  });

  describe.each(driversHere)('the %s sandbox', (driver) => {
    it('runs in its own group, and passes the self-test as it does without', async () => {
      const sandbox = await sandboxBy(driver, env);
      expect(sandbox.bounds).toMatchObject({ end: 'cgroup' });
      const until = Date.now() + patienceMs;
      let seen = false;
      const looking = eventually(() => {
        try {
          const all = scansIn(path).flatMap((name) =>
            readFileSync(join(path, name, 'cgroup.procs'), 'latin1').split('\n'),
          );
          seen = all.filter(Boolean).some((pid) => readFileSync(`/proc/${pid}/comm`, 'latin1').trim() !== '');
        } catch {
          /* The process ended between two looks. */
        }
        return seen;
      }, 1);
      // The programs are so short that on a busy machine every look may fall between them.
      do expect(await selfTest(sandbox)).toMatchObject({ passed: true });
      while (!seen && Date.now() < until);
      await looking;
      await expect.poll(() => scansIn(path)).toEqual([]);
    });
  });

  describe('a service that is started in a group', () => {
    const service = join(import.meta.dirname, '../../../test/grouped-service.ts');
    /** Starts the service through a shell that first enters the group. */
    const startedIn = (
      group: string,
      command: string,
      more: NodeJS.ProcessEnv = {},
    ): { first: string; second: string; membership: string } => {
      mkdirSync(group);
      const { ASSAY_SANDBOX_CGROUP: _, ...rest } = process.env;
      return JSON.parse(
        execFileSync('/bin/sh', ['-c', `echo $$ > ${group}/cgroup.procs && ${command}`], {
          env: { ...rest, ...more },
          encoding: 'utf8',
        }),
      ) as ReturnType<typeof startedIn>;
    };
    const node = `exec ${process.execPath} ${service}`;

    it('moves below the group that the setting names', () => {
      const group = join(path, 'named');
      const { first, second, membership } = startedIn(group, node, { ASSAY_SANDBOX_CGROUP: group });
      expect([first, second]).toEqual([group, group]);
      expect(membership).toMatch(/\/named\/assay-service$/);
    });

    it('finds the group of its user, who is not root', () => {
      const group = join(path, 'another');
      const otherUser = 64_900;
      // The copy is in a place that the other user can read, unlike this checkout perhaps.
      const copy = join(folder, 'service');
      const files = [
        'package.json',
        'test/grouped-service.ts',
        ...['run/cgroup', 'run/own-group', 'run/process-mark', 'sandbox', 'run/scan-group'].map(
          (name) => `src/sandbox/${name}.ts`,
        ),
      ];
      for (const file of files) cpSync(join(import.meta.dirname, '../../..', file), join(copy, file));
      const program = join(copy, 'node');
      // Copied by another process: a thread may be starting a program just now, which inherits files that this process
      // has open for writing.
      execFileSync('cp', ['--reflink=auto', process.execPath, program]);
      chmodSync(folder, 0o755);
      const give = ['cgroup.procs', 'cgroup.subtree_control', '.'].map((name) => join(group, name)).join(' ');
      const { first, second, membership } = startedIn(
        group,
        `chown ${otherUser} ${give} && cd / && ` +
          `exec setpriv --reuid ${otherUser} --clear-groups ${program} ${join(copy, 'test/grouped-service.ts')}`,
      );
      expect([first, second]).toEqual([group, group]);
      expect(membership).toMatch(/\/another\/assay-service$/);
    });

    it('does not take a group for delegated only because it is root', () => {
      const group = join(path, 'unnamed');
      const { first, membership } = startedIn(group, node);
      expect(first).toBe(
        `root may write to ${group} whether it is delegated or not; if it is, name it in ASSAY_SANDBOX_CGROUP`,
      );
      expect(membership).toMatch(/\/unnamed$/);
    });

    it('finds the group of its container by itself', () => {
      const { first, second, membership } = startedIn(
        join(path, 'container'),
        `exec unshare --cgroup --mount sh -c 'mount -t cgroup2 cgroup2 /mnt && ${node}'`,
      );
      expect([first, second, membership]).toEqual(['/mnt', '/mnt', '/assay-service']);
    });

    it('runs without groups if they are mounted read-only', () => {
      const { first, membership } = startedIn(
        join(path, 'closed'),
        `exec unshare --cgroup --mount sh -c 'mount -t cgroup2 cgroup2 /mnt && ` +
          `mount -o remount,bind,ro /mnt && ${node}'`,
      );
      expect([first, membership]).toEqual(['/mnt is mounted read-only', '/']);
    });
  });
}
