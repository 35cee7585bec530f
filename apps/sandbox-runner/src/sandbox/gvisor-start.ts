import { programEnvironment } from './driver.ts';
import { ProgramWriter, type Word } from './elf.ts';
import { allowed, judged, type Architecture } from './syscalls.ts';

const setNoNewPrivileges = 38;
const setSeccomp = 22;
const filterMode = 2;

/** What runsc itself ends with when it could not start something; ours says the same. */
export const notStarted = 128;

/** Addresses with a null behind them, as `execve` reads them. */
const pointers = (program: ProgramWriter, words: readonly Word[]): Word => {
  const table = Buffer.alloc(8 * (words.length + 1));
  words.forEach(({ address }, index) => table.writeBigUInt64LE(address, 8 * index));
  return program.data(table);
};

/**
 * The first program in a gVisor sandbox: takes the seccomp filter upon itself and becomes the scanner, as the other
 * drivers' launchers do. runsc can be given a filter too, but none that says which error a call is answered with.
 */
export const startProgram = (architecture: Architecture, filter: Buffer, args: readonly string[]): Buffer => {
  const program = new ProgramWriter(architecture);
  const path = program.text('/scanner/scan');
  const argv = pointers(program, [path, ...args.map((arg) => program.text(arg))]);
  const environment = pointers(
    program,
    Object.entries(programEnvironment).map(([name, value]) => program.text(`${name}=${value}`)),
  );
  // struct sock_fprog: the number of instructions, and where they are.
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
