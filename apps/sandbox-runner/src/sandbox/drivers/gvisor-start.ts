import { programEnvironment } from './driver.ts';
import { ProgramWriter, type Word } from './elf.ts';
import { allowed, judged, type Architecture } from './syscalls.ts';

const setNoNewPrivileges = 38;
const setSeccomp = 22;
const filterMode = 2;

/** runsc exits with this status when it cannot start something; our start program does the same. */
export const notStarted = 128;

/** A null-terminated array of addresses, as `execve` reads it. */
const pointers = (program: ProgramWriter, words: readonly Word[]): Word => {
  const table = Buffer.alloc(8 * (words.length + 1));
  words.forEach(({ address }, index) => table.writeBigUInt64LE(address, 8 * index));
  return program.data(table);
};

/**
 * The first program in a gVisor sandbox: installs the seccomp filter and becomes the scanner, as the launchers of the
 * other drivers do. runsc takes a filter too, but none that sets the errno of a refused call.
 */
export const startProgram = (architecture: Architecture, filter: Buffer, args: readonly string[]): Buffer => {
  const program = new ProgramWriter(architecture);
  const path = program.text('/scanner/scan');
  const argv = pointers(program, [path, ...args.map((arg) => program.text(arg))]);
  const environment = pointers(
    program,
    Object.entries(programEnvironment).map(([name, value]) => program.text(`${name}=${value}`)),
  );
  // struct sock_fprog: the number of instructions, and their address.
  const described = Buffer.alloc(16);
  described.writeUInt16LE(filter.length / 8, 0);
  described.writeBigUInt64LE(program.data(filter).address, 8);
  program.call(judged.prctl, setNoNewPrivileges, 1, 0, 0, 0);
  program.call(judged.prctl, setSeccomp, filterMode, program.data(described));
  program.jumpIfNegative('refused');
  program.call(allowed.execve, path, argv, environment);
  program.label('refused');
  const complaint = 'sandbox: the scanner could not be started behind its filter\n';
  program.call(allowed.write, 2, program.text(complaint), complaint.length);
  program.call(allowed.exit_group, notStarted);
  return program.finish();
};
