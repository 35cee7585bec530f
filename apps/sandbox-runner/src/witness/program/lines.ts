const newline = 0x0a;

/** Longer lines are cut to this many bytes: no name, version or status is as long. */
const keptBytes = 4096;

/**
 * Splits bytes into lines of any length, and hands out the beginning of each. Package managers have no limit for a
 * line, so a line must not end the reading.
 */
export class LineSplitter {
  #rest: Buffer[] = [];
  #length = 0;

  /** @param take gets each line without its end, and true if it was cut */
  constructor(private readonly take: (line: string, isCut: boolean) => void) {}

  write(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, from)) {
      this.#add(chunk.subarray(from, end));
      this.#hand();
      from = end + 1;
    }
    this.#add(chunk.subarray(from));
  }

  end(): void {
    if (this.#length > 0) this.#hand();
  }

  #add(piece: Buffer): void {
    if (piece.length === 0) return;
    if (this.#length < keptBytes) this.#rest.push(Buffer.from(piece.subarray(0, keptBytes - this.#length)));
    this.#length += piece.length;
  }

  #hand(): void {
    const line = this.#rest.length === 1 && this.#rest[0] ? this.#rest[0] : Buffer.concat(this.#rest);
    const isCut = this.#length > keptBytes;
    this.#rest = [];
    this.#length = 0;
    this.take(line.toString('utf8').replace(/\r$/, ''), isCut);
  }
}
