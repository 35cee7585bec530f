/**
 * A command line that is edited, which fails loudly where it is not as expected: a switch that no longer cuts would
 * show no wall missing.
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

  /** The word that ends so: where a program lies differs. */
  ending(end: string): string {
    const found = this.all.find((word) => word.endsWith(end));
    if (found === undefined) throw new Error(`the command line has no …${end}`);
    return found;
  }

  drop(...sequence: string[]): void {
    this.all.splice(this.at(...sequence), sequence.length);
  }

  /** Drops a word with what follows it, or comes before. */
  dropAround(word: string, { before = 0, after = 0 }: { before?: number; after?: number }): void {
    this.all.splice(this.at(word) - before, before + 1 + after);
  }

  put(before: readonly string[], ...words: string[]): void {
    this.all.splice(this.at(...before), 0, ...words);
  }

  replace(sequence: readonly string[], ...words: string[]): void {
    this.all.splice(this.at(...sequence), sequence.length, ...words);
  }

  /** Replaces the word that begins so. */
  replaceLike(start: string, word: string): void {
    const found = this.all.findIndex((one) => one.startsWith(start));
    if (found < 0) throw new Error(`the command line has no ${start}`);
    this.all[found] = word;
  }

  /** Changes text within the word that has it: scripts are one word. */
  edit(from: string | RegExp, to: string): void {
    const found = this.all.findIndex(
      (word) => word.length > 60 && (typeof from === 'string' ? word.includes(from) : from.test(word)),
    );
    if (found < 0) throw new Error(`the command line has no ${String(from)}`);
    this.all[found] = this.all[found]!.replace(from, () => to);
  }
}
