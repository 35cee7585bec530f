import { describe, expect, it } from 'vitest';
import { answers, codes, encode, errnos, filterProgram, type Instruction } from './seccomp.ts';
import { allowed, architectures, judged, killed, launching, numberOn, type Architecture } from './syscalls.ts';

interface Call {
  number: number;
  architecture?: number;
  arguments?: readonly bigint[];
}

/** Runs a filter as the kernel does, on the bytes of `struct seccomp_data`. */
const interpret = (program: Buffer, call: Call, native: Architecture): number => {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(call.number, 0);
  data.writeUInt32LE(call.architecture ?? architectures[native], 4);
  call.arguments?.forEach((value, index) => data.writeBigUInt64LE(value, 16 + 8 * index));
  let accumulator = 0;
  for (let at = 0; ; at += 1) {
    const code = program.readUInt16LE(at * 8);
    const k = program.readUInt32LE(at * 8 + 4);
    const jump = (holds: boolean) => {
      at += program.readUInt8(at * 8 + (holds ? 2 : 3));
    };
    if (code === codes.load) accumulator = data.readUInt32LE(k);
    else if (code === codes.equal) jump(accumulator === k);
    else if (code === codes.atLeast) jump(accumulator >= k);
    else if (code === codes.anyBit) jump((accumulator & k) !== 0);
    else if (code === codes.answer) return k;
    else throw new Error(`unknown code ${code}`);
  }
};

describe.each(['x64', 'arm64'] as const)('the seccomp program on %s', (native) => {
  const program = encode(filterProgram(native));
  const answerTo = (number: number, ...args: bigint[]) => interpret(program, { number, arguments: args }, native);
  const numberOf = (name: keyof typeof judged) => numberOn(native, judged[name]);
  const numbers = (table: Record<string, readonly [number, number | undefined]>) =>
    Object.values(table)
      .map((pair) => numberOn(native, pair))
      .filter((number) => number !== undefined);

  it('is small enough for the kernel, and jumps only forwards to existing instructions', () => {
    const steps = filterProgram(native);
    expect(steps.length).toBeLessThanOrEqual(4096);
    steps.forEach(({ code, ifTrue, ifFalse }: Instruction, index) => {
      if (code === codes.load || code === codes.answer) return;
      expect(index + 1 + Math.max(ifTrue, ifFalse)).toBeLessThan(steps.length);
      expect(Math.max(ifTrue, ifFalse)).toBeLessThan(256);
    });
  });

  it('allows what a scanner needs', () => {
    for (const number of numbers(allowed)) expect(answerTo(number)).toBe(answers.allow);
  });

  it('kills what no scanner needs', () => {
    for (const number of numbers(killed)) expect(answerTo(number)).toBe(answers.kill);
  });

  it('names no call twice', () => {
    const all = [...numbers(allowed), ...numbers(killed), ...numbers(judged)];
    expect(new Set(all).size).toBe(all.length);
  });

  it('kills calls of another architecture by any number', () => {
    const other = native === 'x64' ? architectures.arm64 : architectures.x64;
    for (const architecture of [other, 0x40000003, 0])
      expect(interpret(program, { number: 0, architecture }, native)).toBe(answers.kill);
  });

  it('kills calls of the x32 numbering', () => {
    for (const number of [0x40000000, 0x40000000 + 59, 0xffffffff]) expect(answerTo(number)).toBe(answers.kill);
  });

  it('lets threads be made, processes not, and kills for a namespace', () => {
    const clone = numberOf('clone')!;
    expect(answerTo(clone, 0x3d0f00n)).toBe(answers.allow);
    expect(answerTo(clone, 17n)).toBe(answers.refuse(errnos.EPERM));
    for (const namespace of [0x20000n, 0x2000000n, 0x4000000n, 0x8000000n, 0x10000000n, 0x20000000n, 0x40000000n]) {
      expect(answerTo(clone, namespace | 17n)).toBe(answers.kill);
      expect(answerTo(clone, namespace | 0x10000n)).toBe(answers.kill);
    }
  });

  it('calls clone3, fork and vfork not implemented', () => {
    for (const name of ['clone3', 'fork', 'vfork'] as const) {
      const number = numberOf(name);
      if (number !== undefined) expect(answerTo(number)).toBe(answers.refuse(errnos.ENOSYS));
    }
  });

  it('refuses sockets of every family', () => {
    for (let family = 0n; family < 64n; family += 1n)
      expect(answerTo(numberOf('socket')!, family, 1n)).toBe(answers.refuse(errnos.EAFNOSUPPORT));
  });

  it('allows the harmless ioctls alone, by the word that the kernel reads', () => {
    const ioctl = numberOf('ioctl')!;
    for (const request of [0x5401n, 0x541bn, 0x5421n, 0x5450n, 0x5451n])
      expect(answerTo(ioctl, 1n, request)).toBe(answers.allow);
    for (const request of [0x5412n, 0x541cn, 0x8901n])
      expect(answerTo(ioctl, 1n, request)).toBe(answers.refuse(errnos.ENOTTY));
    expect(answerTo(ioctl, 1n, 0x1_0000_5412n)).toBe(answers.refuse(errnos.ENOTTY));
  });

  it('allows names and GET_DUMPABLE of prctl alone', () => {
    const prctl = numberOf('prctl')!;
    for (const option of [3n, 15n, 16n, 0x53564d41n]) expect(answerTo(prctl, option)).toBe(answers.allow);
    for (const option of [4n, 22n, 23n, 38n, 47n]) expect(answerTo(prctl, option)).toBe(answers.refuse(errnos.EINVAL));
  });

  it('answers everything else with ENOSYS, memory files and future calls among it', () => {
    for (const number of [numberOn(native, launching.memfd_create)!, numberOn(native, launching.capset)!, 460, 999]) {
      expect(answerTo(number)).toBe(answers.refuse(errnos.ENOSYS));
    }
  });
});
