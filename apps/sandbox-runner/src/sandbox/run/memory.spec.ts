import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { memoryOfTree } from './memory.ts';
import { launching, numberOn, type Architecture } from '../drivers/syscalls.ts';

const mebibyte = 2 ** 20;
/** A process that holds this much memory, and then prints a line. */
const holds = (bytes: number): string[] => [
  '-e',
  `const held = Buffer.alloc(${bytes}, 1); process.stdout.write('held'); setInterval(() => held, 1e6)`,
];

it('counts the memory of children and their children', async () => {
  const parent = spawn('/bin/sh', ['-c', '"$@" & wait', 'parent', process.execPath, ...holds(200 * mebibyte)], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(parent.stdout, 'data');
  const { rssBytes, peakBytes } = memoryOfTree(parent.pid!);
  process.kill(-parent.pid!, 'SIGKILL');
  expect(rssBytes).toBeGreaterThan(200 * mebibyte);
  expect(peakBytes).toBeGreaterThanOrEqual(rssBytes);
});

it('counts children that another thread than the first has started', async () => {
  // The thread goes on living: when it ends, its children are those of another thread.
  const script = `new (require('node:worker_threads').Worker)(${JSON.stringify(`
    require('node:child_process').spawn(process.execPath, \
${JSON.stringify(holds(200 * mebibyte))}, { stdio: ['ignore', 'inherit', 'ignore'] });
    setInterval(() => {}, 1e6);`)}, { eval: true })`;
  const parent = spawn(process.execPath, ['-e', script], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  await once(parent.stdout, 'data');
  const { rssBytes } = memoryOfTree(parent.pid!);
  process.kill(-parent.pid!, 'SIGKILL');
  expect(rssBytes).toBeGreaterThan(200 * mebibyte);
});

it('counts files in memory that are not mapped, once, on request', async () => {
  // Perl makes the call by its number. Two processes have the file open.
  const number = numberOn(process.arch as Architecture, launching.memfd_create)!;
  const script =
    `my ($name, $number) = ('held', ${number}); my $fd = syscall($number, $name, 0); ` +
    `open(my $file, '>&=', $fd) or die; print {$file} 'x' x 1048576 for 1 .. 200; $file->flush; ` +
    `$^F = 255; fork; $| = 1; print 'held'; sleep 600`;
  const parent = spawn('perl', ['-MIO::Handle', '-e', script], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(parent.stdout, 'data');
  const [without, withFiles] = [memoryOfTree(parent.pid!), memoryOfTree(parent.pid!, true)];
  process.kill(-parent.pid!, 'SIGKILL');
  expect(without.rssBytes).toBeLessThan(150 * mebibyte);
  expect(withFiles.rssBytes - without.rssBytes).toBeGreaterThan(190 * mebibyte);
  expect(withFiles.rssBytes - without.rssBytes).toBeLessThan(210 * mebibyte);
});

it('is zero for a process that has ended', async () => {
  const gone = spawn('/bin/true');
  await once(gone, 'exit');
  expect(memoryOfTree(gone.pid!)).toEqual({ rssBytes: 0, peakBytes: 0 });
});
