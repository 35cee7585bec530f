import type { WallId } from '../../apps/sandbox-runner/src/sandbox/walls/walls.ts';

/**
 * A command line for edits, which throws if the expected text is missing: otherwise a switch that no longer cuts would
 * go unnoticed.
 */
export class Arguments {
  readonly all: string[];

  constructor(args: readonly string[]) {
    this.all = [...args];
  }

  at(...sequence: string[]): number {
    const found = this.all.findIndex((_, index) => sequence.every((arg, offset) => this.all[index + offset] === arg));
    if (found < 0) throw new Error(`the command line has no ${sequence.join(' ')}`);
    return found;
  }

  /** The argument with this ending, since the folders of programs differ. */
  ending(end: string): string {
    const found = this.all.find((arg) => arg.endsWith(end));
    if (found === undefined) throw new Error(`the command line has no …${end}`);
    return found;
  }

  drop(...sequence: string[]): void {
    this.all.splice(this.at(...sequence), sequence.length);
  }

  /** Drops an argument together with arguments after or before it. */
  dropAround(arg: string, { before = 0, after = 0 }: { before?: number; after?: number }): void {
    this.all.splice(this.at(arg) - before, before + 1 + after);
  }

  put(before: readonly string[], ...args: string[]): void {
    this.all.splice(this.at(...before), 0, ...args);
  }

  replace(sequence: readonly string[], ...args: string[]): void {
    this.all.splice(this.at(...sequence), sequence.length, ...args);
  }

  /** Replaces the argument with this prefix. */
  replaceLike(start: string, arg: string): void {
    const found = this.all.findIndex((one) => one.startsWith(start));
    if (found < 0) throw new Error(`the command line has no ${start}`);
    this.all[found] = arg;
  }

  /** Changes text within the argument that contains it: a script is one argument. */
  edit(from: string | RegExp, to: string): void {
    const found = this.all.findIndex(
      (arg) => arg.length > 60 && (typeof from === 'string' ? arg.includes(from) : from.test(arg)),
    );
    if (found < 0) throw new Error(`the command line has no ${String(from)}`);
    this.all[found] = this.all[found]!.replace(from, () => to);
  }
}

interface Cut {
  readonly args: Arguments;
  readonly removed: ReadonlySet<WallId>;
  /** A library that claims that no_new_privs is set. */
  readonly shim: string;
}
export type Removal = (cut: Cut) => void;
