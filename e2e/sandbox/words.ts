/**
 * A command line for edits, which throws if the expected text is missing: otherwise a switch that no longer cuts would
 * go unnoticed.
 */
export class Words {
  readonly all: string[];

  constructor(words: readonly string[]) {
    this.all = [...words];
  }

  at(...sequence: string[]): number {
    const found = this.all.findIndex((_, index) => sequence.every((word, offset) => this.all[index + offset] === word));
    if (found < 0) throw new Error(`the command line has no ${sequence.join(' ')}`);
    return found;
  }

  /** The argument with this ending, since the folders of programs differ. */
  ending(end: string): string {
    const found = this.all.find((word) => word.endsWith(end));
    if (found === undefined) throw new Error(`the command line has no …${end}`);
    return found;
  }

  drop(...sequence: string[]): void {
    this.all.splice(this.at(...sequence), sequence.length);
  }

  /** Drops an argument together with arguments after or before it. */
  dropAround(word: string, { before = 0, after = 0 }: { before?: number; after?: number }): void {
    this.all.splice(this.at(word) - before, before + 1 + after);
  }

  put(before: readonly string[], ...words: string[]): void {
    this.all.splice(this.at(...before), 0, ...words);
  }

  replace(sequence: readonly string[], ...words: string[]): void {
    this.all.splice(this.at(...sequence), sequence.length, ...words);
  }

  /** Replaces the argument with this prefix. */
  replaceLike(start: string, word: string): void {
    const found = this.all.findIndex((one) => one.startsWith(start));
    if (found < 0) throw new Error(`the command line has no ${start}`);
    this.all[found] = word;
  }

  /** Changes text within the argument that contains it: a script is one argument. */
  edit(from: string | RegExp, to: string): void {
    const found = this.all.findIndex(
      (word) => word.length > 60 && (typeof from === 'string' ? word.includes(from) : from.test(word)),
    );
    if (found < 0) throw new Error(`the command line has no ${String(from)}`);
    this.all[found] = this.all[found]!.replace(from, () => to);
  }
}
