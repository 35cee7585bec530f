import { at } from '@assay/events';
import { allowed, numberOn, type Architecture, type Numbers } from './syscalls.ts';

/** A 64-bit word of the program's memory: its address, or (`at`) its content when the call is made. */
export interface Word {
  readonly address: bigint;
}
export type Argument = number | bigint | Word | { at: Word };

type Fixup = { at: number; label: string; jump: 'always' | 'ifNegative' };

const codeAddress = 0x40_0000n;
const dataAddress = 0x80_0000n;
const headerBytes = 64 + 2 * 56;
/** Linux on arm64 may have pages this large. */
const pageBytes = 0x1_0000n;
const machines = { x64: 62, arm64: 183 } as const;

const little = (bytes: number, value: bigint): Buffer => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt.asUintN(64, value));
  return buffer.subarray(0, bytes);
};

/**
 * The encoding of the six instructions that our programs are made of. Registers: 0-5 arguments, 6 the call's number.
 */
interface Processor {
  set(register: number, value: bigint): Buffer;
  load(register: number, address: bigint): Buffer;
  call(): Buffer;
  store(address: bigint): Buffer;
  add(value: number): Buffer;
  jump(kind: Fixup['jump'], distance: number): Buffer;
  /** Loads the result register from memory, for `add`. */
  loadResult(address: bigint): Buffer;
}

/** `mov reg, imm64` for rdi, rsi, rdx, r10, r8, r9, rax; and `mov reg, rax`. */
const x64Set = ['48bf', '48be', '48ba', '49ba', '49b8', '49b9', '48b8'];
const x64FromRax = ['4889c7', '4889c6', '4889c2', '4989c2', '4989c0', '4989c1', ''];

const x64: Processor = {
  set: (register, value) => Buffer.concat([Buffer.from(at(x64Set, register), 'hex'), little(8, value)]),
  load: (register, address) =>
    Buffer.concat([Buffer.from('48a1', 'hex'), little(8, address), Buffer.from(at(x64FromRax, register), 'hex')]),
  call: () => Buffer.from('0f05', 'hex'),
  store: (address) => Buffer.concat([Buffer.from('48a3', 'hex'), little(8, address)]),
  loadResult: (address) => Buffer.concat([Buffer.from('48a1', 'hex'), little(8, address)]),
  add: (value) => Buffer.concat([Buffer.from('4805', 'hex'), little(4, BigInt(value))]),
  // Nine bytes for either, so that labels keep their place: `test rax, rax; js` or `nop; nop; nop; nop; jmp`.
  jump: (kind, distance) =>
    Buffer.concat([
      Buffer.from(kind === 'always' ? '90909090e9' : '4885c00f88', 'hex'),
      little(4, BigInt(distance - 9)),
    ]),
};

const words = (...values: number[]): Buffer => Buffer.concat(values.map((value) => little(4, BigInt(value))));
const arm64Registers = [0, 1, 2, 3, 4, 5, 8];
const scratchRegister = 9;
const arm64Set = (register: number, value: bigint): Buffer =>
  words(
    ...[0, 1, 2, 3].map((part) => {
      const half = Number((BigInt.asUintN(64, value) >> BigInt(16 * part)) & 0xffffn);
      return ((part === 0 ? 0xd2800000 : 0xf2800000) | (part << 21) | (half << 5) | register) >>> 0; // movz, then movk
    }),
  );

const arm64: Processor = {
  set: (register, value) => arm64Set(at(arm64Registers, register), value),
  load: (register, address) =>
    Buffer.concat([
      arm64Set(scratchRegister, address),
      words(0xf9400000 | (scratchRegister << 5) | at(arm64Registers, register)),
    ]),
  call: () => words(0xd4000001),
  store: (address) => Buffer.concat([arm64Set(scratchRegister, address), words(0xf9000000 | (scratchRegister << 5))]),
  loadResult: (address) =>
    Buffer.concat([arm64Set(scratchRegister, address), words(0xf9400000 | (scratchRegister << 5))]),
  add: (value) => Buffer.concat([arm64Set(10, BigInt(value)), words(0x8b0a0000)]),
  jump: (kind, distance) => {
    const away = distance / 4;
    return words(
      kind === 'always' ? (0x14000000 | (away & 0x3ffffff)) >>> 0 : (0xb7f80000 | ((away & 0x3fff) << 5)) >>> 0,
    ); // b, or tbnz x0, #63
  },
};

const processors: Record<Architecture, Processor> = { x64, arm64 };

/**
 * Writes a static program of raw system calls. A machine with a newly unpacked Assay has no compiler and no static
 * program, and the sandbox has no library for a dynamic one. Yet the self-test must run a program in it.
 */
export class ProgramWriter {
  readonly #architecture: Architecture;
  readonly #code: Buffer[] = [];
  #codeBytes = 0;
  readonly #data: Buffer[] = [];
  #dataBytes = 0;
  readonly #labels = new Map<string, number>();
  readonly #fixups: Fixup[] = [];

  constructor(architecture: Architecture) {
    this.#architecture = architecture;
  }

  get #processor(): Processor {
    return processors[this.#architecture];
  }

  /** Adds bytes that the program may also write to. */
  data(bytes: Uint8Array | string): Word {
    const padded = Buffer.concat([typeof bytes === 'string' ? Buffer.from(bytes) : bytes, Buffer.alloc(8)]);
    const whole = padded.subarray(0, padded.length - (padded.length % 8));
    const address = dataAddress + BigInt(this.#dataBytes);
    this.#data.push(whole);
    this.#dataBytes += whole.length;
    return { address };
  }

  /** Adds a text with the NUL that the kernel expects at its end. */
  text(value: string): Word {
    return this.data(Buffer.from(`${value}\0`));
  }

  /** Makes a call and returns the place of its result: the kernel's return value, an errno as its negative. */
  call(numbers: Numbers, ...args: readonly Argument[]): Word {
    const number = numberOn(this.#architecture, numbers);
    if (number === undefined) throw new TypeError('this architecture has no such call');
    args.forEach((value, register) => this.#emit(this.#argument(register, value)));
    this.#emit(this.#processor.set(6, BigInt(number)));
    this.#emit(this.#processor.call());
    const result = this.data(Buffer.alloc(8));
    this.#emit(this.#processor.store(result.address));
    return result;
  }

  add(word: Word, value: number): void {
    this.#emit(this.#processor.loadResult(word.address));
    this.#emit(this.#processor.add(value));
    this.#emit(this.#processor.store(word.address));
  }

  /** Changes the last result in memory. Memory is shared by threads, registers are not. */
  addToResult(value: number): void {
    this.#emit(this.#processor.add(value));
  }

  label(name: string): void {
    this.#labels.set(name, this.#codeBytes);
  }

  jump(label: string): void {
    this.#jump(label, 'always');
  }

  /** Jumps if the last result was an error. */
  jumpIfNegative(label: string): void {
    this.#jump(label, 'ifNegative');
  }

  /** Reads address 8, which is never mapped. */
  crash(): void {
    this.#emit(this.#processor.loadResult(8n));
  }

  /** Returns the file: one segment to run, one to write to, because some systems refuse memory that is both. */
  finish(): Buffer {
    for (const { at, label, jump } of this.#fixups) {
      const target = this.#labels.get(label);
      if (target === undefined) throw new TypeError(`no label ${label}`);
      this.#code[at] = this.#processor.jump(jump, target - this.#offsetOf(at));
    }
    const code = Buffer.concat(this.#code);
    const data = Buffer.concat(this.#data);
    // File offset and address must be equal modulo a page, so the code is padded to a page.
    const dataOffset = ((BigInt(headerBytes + code.length) + pageBytes - 1n) / pageBytes) * pageBytes;
    const header = Buffer.concat([
      Buffer.from('7f454c46020101000000000000000000', 'hex'),
      little(2, 2n),
      little(2, BigInt(machines[this.#architecture])),
      little(4, 1n),
      little(8, codeAddress + BigInt(headerBytes)),
      little(8, 64n),
      little(8, 0n),
      little(4, 0n),
      little(2, 64n),
      little(2, 56n),
      little(2, 2n),
      Buffer.alloc(6),
    ]);
    const segment = (flags: bigint, offset: bigint, address: bigint, bytes: bigint) =>
      Buffer.concat([
        little(4, 1n),
        little(4, flags),
        little(8, offset),
        little(8, address),
        little(8, address),
        little(8, bytes),
        little(8, bytes),
        little(8, pageBytes),
      ]);
    const text = Buffer.concat([
      header,
      segment(5n, 0n, codeAddress, BigInt(headerBytes + code.length)),
      segment(6n, dataOffset, dataAddress, BigInt(data.length)),
      code,
    ]);
    return Buffer.concat([text, Buffer.alloc(Number(dataOffset) - text.length), data]);
  }

  #argument(register: number, value: Argument): Buffer {
    if (typeof value === 'object')
      return 'at' in value
        ? this.#processor.load(register, value.at.address)
        : this.#processor.set(register, value.address);
    return this.#processor.set(register, BigInt(value));
  }

  #jump(label: string, jump: Fixup['jump']): void {
    this.#fixups.push({ at: this.#code.length, label, jump });
    this.#emit(this.#processor.jump(jump, 0));
  }

  #offsetOf(index: number): number {
    return this.#code.slice(0, index).reduce((bytes, { length }) => bytes + length, 0);
  }

  #emit(bytes: Buffer): void {
    this.#code.push(bytes);
    this.#codeBytes += bytes.length;
  }
}

/** Ends at once with success: tests whether the sandbox starts at all. */
export const emptyProgram = (architecture: Architecture): Buffer => {
  const program = new ProgramWriter(architecture);
  program.call(allowed.exit_group, 0);
  return program.finish();
};
