import { allowed, architectures, judged, killed, numberOn, type Architecture, type Numbers } from './syscalls.ts';

/** One instruction of classic BPF: `u16 code, u8 jt, u8 jf, u32 k`. */
export interface Instruction {
  code: number;
  ifTrue: number;
  ifFalse: number;
  k: number;
}

/** The five codes that the program is made of. */
export const codes = { load: 0x20, equal: 0x15, atLeast: 0x35, anyBit: 0x45, answer: 0x06 } as const;

export const errnos = { EPERM: 1, EINVAL: 22, ENOTTY: 25, ENOSYS: 38, EAFNOSUPPORT: 97 } as const;
export const answers = {
  allow: 0x7fff0000,
  kill: 0x80000000,
  refuse: (errno: number) => (0x00050000 | errno) >>> 0,
} as const;

const x32Bit = 0x40000000;
const anyNamespace = 0x7e020000;
const cloneThread = 0x10000;
/** TCGETS, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX: harmless requests that runtimes make. */
const harmlessIoctls = [0x5401, 0x541b, 0x5421, 0x5450, 0x5451];
/** PR_GET_DUMPABLE, PR_SET_NAME, PR_GET_NAME, PR_SET_VMA (names of memory areas). */
const harmlessPrctls = [3, 15, 16, 0x53564d41];

const numberField = 0;
const architectureField = 4;
/** The low word; no argument that the filter reads has a meaning in the high word. */
const argumentField = (index: number): number => 16 + 8 * index;

const load = (k: number): Instruction => ({ code: codes.load, ifTrue: 0, ifFalse: 0, k });
const answer = (k: number): Instruction => ({ code: codes.answer, ifTrue: 0, ifFalse: 0, k });
/** Runs `block`, which must end in an answer, if the comparison holds; otherwise goes on behind it. */
const when = (code: number, k: number, block: readonly Instruction[]): Instruction[] => [
  { code, ifTrue: 0, ifFalse: block.length, k },
  ...block,
];

const refuse = (errno: number): Instruction => answer(answers.refuse(errno));
const kill = answer(answers.kill);
const allow = answer(answers.allow);

/** Allows the call if the argument is one of the values; otherwise answers with the errno. */
const onlyValues = (argument: number, values: readonly number[], errno: number): Instruction[] => [
  load(argumentField(argument)),
  ...values.flatMap((value) => when(codes.equal, value, [allow])),
  refuse(errno),
];

/**
 * Threads are allowed, processes and namespaces are not. With one process only, a limit per process is a limit of the
 * sandbox.
 */
const judgeClone = [
  load(argumentField(0)),
  ...when(codes.anyBit, anyNamespace, [kill]),
  ...when(codes.anyBit, cloneThread, [allow]),
  refuse(errnos.EPERM),
];

const judgements: Record<keyof typeof judged, readonly Instruction[]> = {
  clone: judgeClone,
  // Its flags are in memory, which a filter cannot read. Libraries take "not implemented" as "use clone".
  clone3: [refuse(errnos.ENOSYS)],
  fork: [refuse(errnos.ENOSYS)],
  vfork: [refuse(errnos.ENOSYS)],
  // Every family: a network namespace alone leaves netlink and AF_VSOCK, which leads to the hypervisor.
  socket: [refuse(errnos.EAFNOSUPPORT)],
  ioctl: onlyValues(1, harmlessIoctls, errnos.ENOTTY),
  prctl: onlyValues(0, harmlessPrctls, errnos.EINVAL),
};

const rule = (architecture: Architecture, numbers: Numbers, block: readonly Instruction[]): Instruction[] => {
  const number = numberOn(architecture, numbers);
  return number === undefined ? [] : when(codes.equal, number, block);
};

/** Calls that Node makes at its start, and does without if they are not implemented. */
const ofNode: ReadonlySet<string> = new Set(['io_uring_setup', 'io_uring_enter', 'io_uring_register']);

/** The programs that a filter is for: a scanner, or a program of ours in Node. */
export type Filtered = 'scanner' | 'node';

/** The filter for one architecture. Calls that it does not list are "not implemented". */
export const filterProgram = (architecture: Architecture, filtered: Filtered = 'scanner'): Instruction[] => [
  load(architectureField),
  { code: codes.equal, ifTrue: 1, ifFalse: 0, k: architectures[architecture] },
  kill,
  load(numberField),
  ...when(codes.atLeast, x32Bit, [kill]),
  ...Object.values(allowed).flatMap((numbers) => rule(architecture, numbers, [allow])),
  ...Object.entries(judged).flatMap(([name, numbers]) =>
    rule(architecture, numbers, judgements[name as keyof typeof judged]),
  ),
  ...Object.entries(killed)
    .filter(([name]) => filtered === 'scanner' || !ofNode.has(name))
    .flatMap(([, numbers]) => rule(architecture, numbers, [kill])),
  refuse(errnos.ENOSYS),
];

/** In the kernel's binary format. */
export const encode = (program: readonly Instruction[]): Buffer => {
  const bytes = Buffer.alloc(program.length * 8);
  program.forEach(({ code, ifTrue, ifFalse, k }, index) => {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(ifTrue, index * 8 + 2);
    bytes.writeUInt8(ifFalse, index * 8 + 3);
    bytes.writeUInt32LE(k, index * 8 + 4);
  });
  return bytes;
};

export const seccompFilter = (architecture: Architecture, filtered?: Filtered): Buffer =>
  encode(filterProgram(architecture, filtered));
