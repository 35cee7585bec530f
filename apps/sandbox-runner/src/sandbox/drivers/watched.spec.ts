import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { expect, it } from 'vitest';
import { findTools } from './tools.ts';
import { watchDescriptor, watched } from './watched.ts';

/** Includes zombies, until another process has waited for them. */
const processesOfGroup = (group: number): string[] =>
  readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return (
        Number(
          readFileSync(`/proc/${name}/stat`, 'latin1')
            .replace(/^.*\) /, '')
            .split(' ')[2],
        ) === group
      );
    } catch {
      return false;
    } // It ended meanwhile.
  });

const { tools } = findTools(['sh', 'setpriv'], process.env);
const start = (pipe: 'pipe' | 'ignore', ...command: string[]) => {
  const [file, ...args] = watched(tools, '/bin/sh', '-c', ...command);
  const child = spawn(file, args, { detached: true, stdio: ['ignore', 'pipe', 'ignore', 'ignore', 'ignore', pipe] });
  return { child, ended: once(child, 'exit') as Promise<[number | null, string | null]> };
};

it('leaves a run alone while its service lives, and passes on its status', async () => {
  const { child, ended } = start('pipe', 'sleep 0.3; exit 7');
  expect(await ended).toEqual([7, null]);
  (child.stdio.at(watchDescriptor) as Duplex).destroy();
});

it('reports a signal as a shell does, and prints nothing', async () => {
  const { child, ended } = start('pipe', 'kill -s SYS $$');
  expect(await ended).toEqual([159, null]);
  expect(child.stdout!.read()).toBeNull();
});

it('leaves no zombie behind', async () => {
  const { child, ended } = start('pipe', 'exit 0');
  await ended;
  expect(processesOfGroup(child.pid!)).toEqual([]);
});

it('ends the whole group when the service closes the pipe', async () => {
  const { child, ended } = start('pipe', 'sleep 60 & echo $!; wait');
  const [pid] = (await once(child.stdout!, 'data')) as [Buffer];
  // The output closes when the last process that holds it is gone.
  const closed = once(child.stdout!, 'close');
  (child.stdio.at(watchDescriptor) as Duplex).destroy();
  expect(await ended).toEqual([null, 'SIGKILL']);
  await closed;
  expect(pid.toString()).toMatch(/^\d+\n$/);
});

it('ends a run whose service was gone before its start', async () => {
  const { ended } = start('ignore', 'sleep 60');
  expect(await ended).toEqual([null, 'SIGKILL']);
});

it('holds no output open, and does not pass on its pipe', async () => {
  const { child, ended } = start('pipe', `[ -e /proc/self/fd/${watchDescriptor} ] && echo open`);
  let emitted = '';
  child.stdout!.on('data', (text: Buffer) => {
    emitted += text.toString();
  });
  await Promise.all([ended, once(child.stdout!, 'close')]);
  expect(emitted).toBe('');
  (child.stdio.at(watchDescriptor) as Duplex).destroy();
});
