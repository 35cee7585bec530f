import { ProgramWriter } from '../drivers/elf.ts';
import { allowed, judged, type Architecture, type Numbers } from '../drivers/syscalls.ts';

const mebibyte = 2 ** 20;
const chunkBytes = 64 * 1024;
const atFdCwd = -100;
const sharedAnonymousFilled = 0x8021;
const fioasync = 0x5452;
const setChildSubreaper = 36;

const written = (architecture: Architecture, write: (program: ProgramWriter) => void): Buffer => {
  const program = new ProgramWriter(architecture);
  write(program);
  return program.finish();
};

const sleepForEver = (program: ProgramWriter): void => {
  program.call(allowed.ppoll, 0, 0, 0, 0, 8);
};

/** Programs that the doctor runs as the scanner. Each reaches one wall, or is looked at from outside. */
export const wallPrograms = (architecture: Architecture) => ({
  /** Writes into its database, prints the answers to an unlisted ioctl and prctl, and keeps running. */
  waits: written(architecture, (program) => {
    program.call(allowed.openat, atFdCwd, program.text('/cache/db/written'), 0o101, 0o644);
    program.call(allowed.write, 1, program.call(judged.ioctl, 1, fioasync, program.data(Buffer.alloc(8))), 8);
    program.call(allowed.write, 1, program.call(judged.prctl, setChildSubreaper, 1, 0, 0, 0), 8);
    sleepForEver(program);
  }),
  floods: (fd: 1 | 2) =>
    written(architecture, (program) => {
      const noise = program.data(Buffer.alloc(chunkBytes, 'x'));
      program.label('again');
      program.call(allowed.write, fd, noise, chunkBytes);
      program.jump('again');
    }),
  /** Holds this much shared memory, which no limit of a process counts. */
  hoards: (mebibytes: number) =>
    written(architecture, (program) => {
      program.call(allowed.mmap, 0, mebibytes * mebibyte, 3, sharedAnonymousFilled, -1, 0);
      sleepForEver(program);
    }),
  /** Makes one call by a number of another architecture, for which it must be killed. */
  speaksForeign: written(architecture, (program) => {
    const foreign: Numbers = [0x4000_0027, 0x4000_0027];
    program.call(foreign);
    program.call(allowed.exit_group, 0);
  }),
});
