import type { Readable } from 'node:stream';
import { cleaned } from './cleaned.ts';

const keptBytes = 64 * 1024;

/**
 * What a program complains of. The beginning and the end are kept, since a program says at its end why it stops; the
 * phrases that are watched for are noticed wherever they stand, in any case, so that nobody hides one behind other
 * words.
 */
export class Complaints {
  readonly #first: Buffer[] = [];
  #firstBytes = 0;
  readonly #last: Buffer[] = [];
  #lastBytes = 0;
  readonly #watchFor: readonly string[];
  readonly #noticed = new Set<string>();
  /** What the next bytes may make a phrase of. */
  #before = '';
  readonly #overlap: number;
  #ended = false;

  /** @param tooMuch is told when there are more than `most` bytes */
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
      /* The exit status tells more. */
    });
  }

  get text(): string {
    return cleaned(Buffer.concat([...this.#first, Buffer.concat(this.#last).subarray(-keptBytes)]));
  }

  get noticed(): ReadonlySet<string> {
    return this.#noticed;
  }

  get receivedOut(): boolean {
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
    while (this.#lastBytes - this.#last[0]!.length >= keptBytes) this.#lastBytes -= this.#last.shift()!.length;
  }
}
