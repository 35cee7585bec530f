import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProgramWriter, type Argument } from '../src/sandbox/drivers/elf.ts';
import { allowed, judged, killed, type Architecture } from '../src/sandbox/drivers/syscalls.ts';

type Write = (program: ProgramWriter) => void;

const mebibyte = 2 ** 20;
const atFdCwd = -100;
const sigchld = 17;
/** CLONE_VM, FS, FILES, SIGHAND, THREAD, SYSVSEM: the flags of every thread library. */
const threadFlags = 0x50f00;
const mapPrivate = 0x2;
const mapShared = 0x1;
const mapAnonymousFilled = 0x8020;

const exit = (program: ProgramWriter, status = 0) => {
  program.call(allowed.exit_group, status);
};
const sleepForEver = (program: ProgramWriter) => {
  program.call(allowed.ppoll, 0, 0, 0, 0, 8);
};

const writes =
  (fd: number, text: string | Uint8Array): Write =>
  (program) => {
    const bytes = typeof text === 'string' ? Buffer.from(text) : text;
    const word = program.data(bytes);
    let done = 0;
    // A pipe takes what it has room for, so large texts are written in pieces that it takes whole.
    for (; done < bytes.length; done += 4096)
      program.call(allowed.write, fd, { address: word.address + BigInt(done) }, Math.min(4096, bytes.length - done));
  };

/** Repeats one call until it fails, counts the successes, and prints the count. */
const countedUntilRefused =
  (attempt: (program: ProgramWriter) => void): Write =>
  (program) => {
    const count = program.data(Buffer.alloc(8));
    program.label('again');
    attempt(program);
    program.jumpIfNegative('refused');
    program.add(count, 1);
    program.jump('again');
    program.label('refused');
    program.call(allowed.write, 1, count, 8);
  };

const memory = (flags: number): Write =>
  countedUntilRefused((program) => {
    program.call(allowed.mmap, 0, 16 * mebibyte, 3, flags | mapAnonymousFilled, -1, 0);
  });

/** Prints the kernel's answer to one call. */
const answers =
  (numbers: readonly [number, number | undefined], ...args: Argument[]): Write =>
  (program) => {
    program.call(allowed.write, 1, program.call(numbers, ...args), 8);
    exit(program);
  };

export const hostile = {
  exits:
    (status: number): Write =>
    (program) =>
      exit(program, status),
  /** A scanner that prints any text. */
  prints:
    (stdout: string | Uint8Array, then: Write = (program) => exit(program)): Write =>
    (program) => {
      writes(1, stdout)(program);
      then(program);
    },
  warns:
    (stderr: string, then: Write = (program) => exit(program, 1)): Write =>
    (program) => {
      writes(2, stderr)(program);
      then(program);
    },
  floods:
    (fd: number): Write =>
    (program) => {
      const noise = program.data(Buffer.alloc(64 * 1024, 'x'));
      program.label('again');
      program.call(allowed.write, fd, noise, 64 * 1024);
      program.jump('again');
    },
  sleeps: sleepForEver,
  spins: (program: ProgramWriter) => {
    program.label('again');
    program.jump('again');
  },
  /** Without handlers every signal but KILL and STOP ends it; with all blocked, none does. */
  ignoresSignals: (program: ProgramWriter) => {
    program.call(allowed.rt_sigprocmask, 2, program.data(Buffer.alloc(8, 0xff)), 0, 8);
    sleepForEver(program);
  },
  crashes: (program: ProgramWriter) => program.crash(),
  breaksIn: (program: ProgramWriter) => {
    program.call(killed.ptrace, 0, 0, 0, 0);
    exit(program);
  },
  forks: (program: ProgramWriter) => {
    countedUntilRefused((each) => {
      each.call(judged.clone, sigchld, 0, 0, 0, 0);
    })(program);
    exit(program);
  },
  makesThreads: (program: ProgramWriter) => {
    countedUntilRefused((each) => {
      each.call(judged.clone, threadFlags, 0, 0, 0, 0);
      each.jumpIfNegative('refused');
      each.addToResult(-1); // A new thread gets 0.
      each.jumpIfNegative('thread');
    })(program);
    exit(program);
    program.label('thread');
    sleepForEver(program);
  },
  takesMemory: (program: ProgramWriter) => {
    memory(mapPrivate)(program);
    exit(program);
  },
  sharesMemory: (program: ProgramWriter) => {
    memory(mapShared)(program);
    sleepForEver(program);
  },
  fillsDisk: (program: ProgramWriter) => {
    const file = program.call(allowed.openat, atFdCwd, program.text('/tmp/full'), 0o101, 0o644);
    const chunk = program.data(Buffer.alloc(mebibyte, 'x'));
    countedUntilRefused((each) => {
      each.call(allowed.write, { at: file }, chunk, mebibyte);
    })(program);
    exit(program);
  },
  /** One letter counts up from "a": 150 names, enough for the test's limit. */
  makesFiles: (program: ProgramWriter) => {
    const path = program.data(Buffer.from('/cache//a\0\0\0\0\0\0\0'));
    const name = { address: path.address + 8n };
    countedUntilRefused((each) => {
      each.add(name, 1);
      each.call(allowed.mkdirat, atFdCwd, path, 0o755);
    })(program);
    exit(program);
  },
  raisesItsLimits: (program: ProgramWriter) => {
    const more = Buffer.alloc(16);
    more.writeBigUInt64LE(4096n, 0);
    more.writeBigUInt64LE(4096n, 8);
    answers(allowed.prlimit64, 0, 7, program.data(more), 0)(program);
  },
} as const;

/** Writes it to an executable file. */
export const programFile = async (folder: string, name: string, write: Write): Promise<string> => {
  const program = new ProgramWriter(process.arch as Architecture);
  write(program);
  const path = join(folder, name);
  await writeFile(path, program.finish(), { mode: 0o755 });
  return path;
};
