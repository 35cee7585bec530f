import type { Readable } from 'node:stream';
import { cleaned } from './cleaned.ts';

const keptBytes = 64 * 1024;

/**
 * Reads the stderr of a program. The beginning and the end are kept, because a program reports at its end why it stops.
 * Watched phrases are noticed at any place and in any case, so that no program can hide one behind other output.
 */
export class Complaints {
  readonly #first: Buffer[] = [];
  #firstBytes = 0;
  readonly #last: Buffer[] = [];
  #lastBytes = 0;
  readonly #watchFor: readonly string[];
  readonly #noticed = new Set<string>();
  /** The end of the text so far, in which a phrase may have begun. */
  #before = '';
  readonly #overlap: number;
  #ended = false;

  /** @param tooMuch called when there are more than `most` bytes */
  constructor(stream: Readable, watchFor: readonly string[], most: number, tooMuch: () => void) {
    this.#watchFor = watchFor;
    this.#overlap = Math.max(0, ...watchFor.map(({ length }) => length - 1));
    let bytes = 0;
    stream.on('data', (chunk: Buffer) => {
      this.#add(chunk);
      bytes += chunk.length;
      if (bytes > most) tooMuch();
    });
    stream.on('end', () => {
      this.#ended = true;
    });
    stream.on('error', () => {
      /* The exit status has the reason. */
    });
  }

  get text(): string {
    return cleaned(Buffer.concat([...this.#first, Buffer.concat(this.#last).subarray(-keptBytes)]));
  }

  get noticed(): ReadonlySet<string> {
    return this.#noticed;
  }

  get isWhole(): boolean {
    return this.#ended;
  }

  #add(chunk: Buffer): void {
    const first = chunk.subarray(0, keptBytes - this.#firstBytes);
    const rest = chunk.subarray(first.length);
    if (first.length > 0) this.#first.push(first);
    this.#firstBytes += first.length;
    if (rest.length > 0) this.#keepLast(rest);
    const text = this.#before + chunk.toString('latin1').toLowerCase();
    for (const phrase of this.#watchFor) if (text.includes(phrase)) this.#noticed.add(phrase);
    this.#before = this.#overlap === 0 ? '' : text.slice(-this.#overlap);
  }

  #keepLast(bytes: Buffer): void {
    this.#last.push(bytes);
    this.#lastBytes += bytes.length;
    for (let [first] = this.#last; first && this.#lastBytes - first.length >= keptBytes; [first] = this.#last) {
      this.#last.shift();
      this.#lastBytes -= first.length;
    }
  }
}
