import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whereIs } from '../src/sandbox/drivers/tools.ts';

const bootTimeoutMs = 150_000;
const cache = join(import.meta.dirname, '../../../node_modules/.cache/assay');

/**
 * The first process of the machine: prepares what a script needs, and ends the machine. Files are those of the host,
 * mounts are the machine's own.
 */
const init = (command: string, output: string): string => `#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc && mount -t sysfs sysfs /sys && mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs tmpfs /run && mkdir -m 1777 /run/tmp
export TMPDIR=/run/tmp
ip link set lo up
${command} >${output} 2>&1
echo o >/proc/sysrq-trigger
sleep 60
`;

/**
 * Restores all registers of a processor. The kernel restores as many bytes as it knows of, and a host whose processor
 * has more of them (AMX) takes all or none.
 */
const registers = String.raw`
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
static char whole[1 << 16];
long ptrace(enum __ptrace_request request, ...) {
  long (*next)(long, ...) = dlsym(RTLD_NEXT, "ptrace");
  __builtin_va_list all;
  __builtin_va_start(all, request);
  long process = __builtin_va_arg(all, long);
  long address = __builtin_va_arg(all, long);
  struct iovec *data = __builtin_va_arg(all, struct iovec *);
  __builtin_va_end(all);
  struct iovec full = { whole, sizeof whole };
  if (request == PTRACE_SETREGSET && address == NT_X86_XSTATE &&
      next(PTRACE_GETREGSET, process, address, &full) == 0 && full.iov_len > data->iov_len) {
    memcpy(whole, data->iov_base, data->iov_len);
    return next(request, process, address, &full);
  }
  return next(request, process, address, data);
}
`;

/**
 * Runs a script of Node on its own Linux, which has all controllers of cgroup version 2, unlike this machine perhaps.
 * It is a kernel that runs as a process, on this machine's files.
 *
 * @returns the output
 * @throws Error if there is no such kernel, or it does not end
 */
export const onOwnLinux = async (script: string): Promise<string> => {
  const kernel = whereIs('linux.uml', process.env);
  if (kernel === undefined) throw new Error('there is no linux.uml: apt-get install user-mode-linux');
  // Not in /run, which is another folder in there, and not among the sources: others copy those, and this has a socket.
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'uml-'));
  const [first, output] = [join(folder, 'init'), join(folder, 'output')];
  try {
    writeFileSync(first, init(`${process.execPath} --disable-warning=ExperimentalWarning ${script}`, output), {
      mode: 0o755,
    });
    const library = join(folder, 'registers.so');
    execFileSync('gcc', ['-shared', '-fPIC', '-w', '-o', library, '-x', 'c', '-', '-ldl'], { input: registers });
    const machine = spawn(
      kernel,
      [
        'mem=1500M',
        'root=/dev/root',
        'rootfstype=hostfs',
        'rw',
        `init=${first}`,
        'con=null',
        'con0=null,fd:1',
        `uml_dir=${folder}`,
      ],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
        cwd: tmpdir(),
        env: { ...process.env, LD_PRELOAD: library },
      },
    );
    const emitted: Buffer[] = [];
    machine.stdout.on('data', (chunk: Buffer) => emitted.push(chunk));
    machine.stderr.on('data', (chunk: Buffer) => emitted.push(chunk));
    const late = setTimeout(() => {
      process.kill(-machine.pid!, 'SIGKILL');
    }, bootTimeoutMs);
    await new Promise<void>((resolve, reject) => {
      machine.on('error', reject);
      machine.on('close', () => resolve());
    });
    clearTimeout(late);
    try {
      return readFileSync(output, 'utf8');
    } catch {
      throw new Error(`the kernel did not start: ${Buffer.concat(emitted).toString().slice(-2000)}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
