import { at } from '@assay/events';
import { ProgramWriter, type Word } from '../drivers/elf.ts';
import { allowed, judged, killed, launching, type Architecture, type Numbers } from '../drivers/syscalls.ts';

/** Descriptors that are checked: all that the limit of open files allows. */
const descriptorsLookedAt = 1024;

const atFdCwd = -100;
const readOnly = 0;
const writeOnly = 1;
const create = 0o100;
const sigchld = 17;

/** The attempts of the probe, in this order. The result of each is the kernel's answer. */
const attempts = [
  'socket-inet',
  'socket-inet6',
  'socket-unix',
  'socket-netlink',
  'socket-vsock',
  'connect',
  'read-host-file',
  'read-proc',
  'write-input',
  'change-scanner',
  'write-root',
  'read-input',
  'write-scratch',
  'run-scratch',
  'memory-file',
  'fork',
] as const;
export type Attempt = (typeof attempts)[number];

const stream = 1;
const families = { inet: 2, inet6: 10, unix: 1, netlink: 16, vsock: 40 } as const;
const datagramFor = new Set<number>([families.netlink]);

export interface ProbeTargets {
  /** A file that exists on the host. */
  hostFile: string;
  /** A port on the host's loopback. */
  port: number;
  /** Paths of the sandbox; a test that runs the probe outside of it gives its own folders. */
  input?: string;
  scanner?: string;
  scratch?: string;
  root?: string;
}

const openFor = (program: ProgramWriter, path: string, flags: number): Word =>
  program.call(allowed.openat, atFdCwd, program.text(path), flags, 0o755);

const loopback = (port: number): Buffer => {
  const address = Buffer.alloc(16);
  address.writeUInt16LE(families.inet, 0);
  address.writeUInt16BE(port, 2);
  address.set([127, 0, 0, 1], 4);
  return address;
};

const inScratch = (program: ProgramWriter, scratch: string): [Word, Word] => {
  const written = openFor(program, `${scratch}/probe`, writeOnly | create);
  // An open file cannot be run ("text file busy"), which would look like a wall.
  program.call(allowed.close, { at: written });
  const none = program.data(Buffer.alloc(8));
  return [written, program.call(allowed.execve, program.text(`${scratch}/probe`), none, none)];
};

/** pollfd of each descriptor; the kernel marks those that do not exist. One call replaces a thousand, and a loop. */
const lookAtDescriptors = (program: ProgramWriter): Word => {
  const table = Buffer.alloc(8 * descriptorsLookedAt);
  for (let fd = 0; fd < descriptorsLookedAt; fd += 1) table.writeInt32LE(fd, fd * 8);
  const word = program.data(table);
  const noWait = program.data(Buffer.alloc(16));
  program.call(allowed.ppoll, word, descriptorsLookedAt, noWait, 0, 8);
  return word;
};

/**
 * Tries forbidden actions and prints the kernel's answers: the table of descriptors, then one 64-bit number for each
 * attempt. It judges nothing itself: a probe that is fooled prints numbers that the parent does not accept.
 */
export const probeProgram = (
  architecture: Architecture,
  { hostFile, port, input = '/input', scanner = '/scanner/scan', scratch = '/tmp', root = '' }: ProbeTargets,
): Buffer => {
  const program = new ProgramWriter(architecture);
  const print = (word: Word, bytes = 8) => {
    program.call(allowed.write, 1, word, bytes);
  };
  // Before anything is opened.
  print(lookAtDescriptors(program), 8 * descriptorsLookedAt);
  const sockets = Object.values(families).map((family) =>
    program.call(judged.socket, family, datagramFor.has(family) ? 2 : stream, 0),
  );
  sockets.forEach((socket) => print(socket));
  print(program.call(launching.connect, { at: at(sockets, 0) }, program.data(loopback(port)), 16));
  print(openFor(program, hostFile, readOnly));
  print(openFor(program, '/proc/self/status', readOnly));
  print(openFor(program, `${input}/probe`, writeOnly | create));
  // Changes its mode, not its bytes: a running program cannot be written anywhere, with or without a wall.
  print(program.call(allowed.fchmodat, atFdCwd, program.text(scanner), 0o755));
  print(openFor(program, `${root}/probe`, writeOnly | create));
  print(openFor(program, `${input}/sentinel`, readOnly));
  const [written, ran] = inScratch(program, scratch);
  print(written);
  print(ran);
  print(program.call(launching.memfd_create, program.text('probe'), 0));
  print(program.call(judged.clone, sigchld, 0, 0, 0, 0)); // Last: if it works, there are two processes, and both print.
  program.call(allowed.exit_group, 0);
  return program.finish();
};

/** Makes one call for which it must be killed. */
export const forbiddenProgram = (architecture: Architecture, call: Numbers = killed.unshare): Buffer => {
  const program = new ProgramWriter(architecture);
  program.call(call, 0);
  program.call(allowed.exit_group, 0);
  return program.finish();
};

export interface ProbeAnswers {
  descriptors: number[];
  results: Map<Attempt, number>;
}

const pollNval = 0x20;

/** Reads the output of the probe. Attempts that it did not reach are not in the map. */
export const probeAnswers = (output: Buffer): ProbeAnswers => {
  const table = output.subarray(0, 8 * descriptorsLookedAt);
  const descriptors: number[] = [];
  for (let at = 0; at + 8 <= table.length; at += 8)
    if ((table.readInt16LE(at + 6) & pollNval) === 0) descriptors.push(table.readInt32LE(at));
  const numbers = output.subarray(8 * descriptorsLookedAt);
  const results = new Map<Attempt, number>();
  attempts.forEach((attempt, index) => {
    if (numbers.length >= 8 * index + 8) results.set(attempt, Number(numbers.readBigInt64LE(8 * index)));
  });
  return { descriptors, results };
};
