import type { ProgramWriter } from '../../../apps/sandbox-runner/src/sandbox/drivers/elf.ts';
import { allowed } from '../../../apps/sandbox-runner/src/sandbox/drivers/syscalls.ts';
import { hostile, programFile } from '../../../apps/sandbox-runner/test/hostile-programs.ts';

export { hostile } from '../../../apps/sandbox-runner/test/hostile-programs.ts';

export type Act = (program: ProgramWriter) => void;

const atFdCwd = -100;
const placed: readonly unknown[] = ['label', 'jump', 'jumpIfNegative'];

/** Renames the places of a program, so that several programs can be joined. */
const within = (program: ProgramWriter, scope: string): ProgramWriter =>
  new Proxy(program, {
    get: (target, key) => {
      const method = Reflect.get(target, key, target) as (...args: unknown[]) => unknown;
      return placed.includes(key) ? (name: string) => method.call(target, `${scope} ${name}`) : method.bind(target);
    },
  });

/** A scanner that acts differently for each image, which it recognises by its manifest. */
export const scannerOf = (folder: string, acts: ReadonlyMap<string, Act>): Promise<string> =>
  programFile(folder, 'hostile-scanner', (program) => {
    for (const [digest, act] of acts) {
      program.call(
        allowed.openat,
        atFdCwd,
        program.text(`/input/blobs/sha256/${digest.slice('sha256:'.length)}`),
        0,
        0,
      );
      program.jumpIfNegative(`not ${digest}`);
      act(within(program, digest));
      program.label(`not ${digest}`);
    }
    hostile.prints('Version: 0.74.0\n')(program);
  });
