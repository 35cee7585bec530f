import {
  answers,
  codes,
  encode,
  filterProgram,
  type Instruction,
} from '../../apps/sandbox-runner/src/sandbox/drivers/seccomp.ts';
import {
  judged,
  killed,
  numberOn,
  type Architecture,
  type Numbers,
} from '../../apps/sandbox-runner/src/sandbox/drivers/syscalls.ts';
import type { WallId } from '../../apps/sandbox-runner/src/sandbox/walls/walls.ts';

const { clone, clone3, fork, vfork, socket, ioctl, prctl } = judged;
const letThrough: Partial<Record<WallId, readonly Numbers[]>> = {
  'seccomp-processes': [clone, clone3, fork, vfork],
  'seccomp-sockets': [socket],
  'seccomp-forbidden': Object.values(killed),
  'seccomp-arguments': [ioctl, prctl],
};

const answer = (k: number): Instruction => ({ code: codes.answer, ifTrue: 0, ifFalse: 0, k });

/** The filter of the sandbox without some of its parts: calls that are let through are checked first. */
export const filterWithout = (removed: ReadonlySet<WallId>, architecture: Architecture): Buffer => {
  const program = filterProgram(architecture);
  const numbers = [...removed]
    .flatMap((wall) => letThrough[wall] ?? [])
    .map((pair) => numberOn(architecture, pair))
    .filter((number) => number !== undefined);
  const before: Instruction[] = [
    { code: codes.load, ifTrue: 0, ifFalse: 0, k: 0 },
    ...numbers.flatMap((number) => [{ code: codes.equal, ifTrue: 0, ifFalse: 1, k: number }, answer(answers.allow)]),
  ];
  // The last instruction answers unknown calls. The first four are about the numbering; the next is for x32.
  if (removed.has('seccomp-unlisted')) program.splice(-1, 1, answer(answers.allow));
  if (removed.has('seccomp-foreign')) {
    const foreign: Instruction[] = [
      { code: codes.load, ifTrue: 0, ifFalse: 0, k: 4 },
      { code: codes.equal, ifTrue: 1, ifFalse: 0, k: program[1]!.k },
      answer(answers.allow),
    ];
    const x32: Instruction[] = [
      { code: codes.load, ifTrue: 0, ifFalse: 0, k: 0 },
      { code: codes.atLeast, ifTrue: 0, ifFalse: 1, k: 0x40000000 },
      answer(answers.allow),
    ];
    return encode([...foreign, ...x32, ...before, ...program]);
  }
  return encode(numbers.length === 0 ? program : [...before, ...program]);
};
