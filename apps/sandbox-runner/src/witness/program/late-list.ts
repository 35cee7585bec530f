/** The end of a status that is that of an installed package. */
const end = ' installed';
/** Bytes before it in which the line begins. */
const before = 64;

const status = /(?:^|\n)status[ \t]*:[ \t]*\w+[ \t]+\w+ installed/i;

/**
 * Looks for the status of an installed package anywhere in a file. A list of dpkg at a place of its own (a setting, a
 * chroot) may begin with anything, and be recognised as a list only far behind its beginning.
 */
export class LateList {
  found = false;
  #rest = Buffer.alloc(0);

  write(chunk: Buffer): void {
    if (this.found) return;
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    for (let at = bytes.indexOf(end); at !== -1 && !this.found; at = bytes.indexOf(end, at + 1))
      this.found = status.test(bytes.toString('latin1', Math.max(0, at - before), at + end.length));
    this.#rest = Buffer.from(bytes.subarray(Math.max(0, bytes.length - before)));
  }
}
