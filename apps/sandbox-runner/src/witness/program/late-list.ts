import type { DatabaseKind } from './answer.ts';

/** A mark by which a list is recognised anywhere: some bytes, and the lines around them. */
interface ListMark {
  readonly kind: DatabaseKind;
  readonly bytes: string;
  readonly lines: readonly RegExp[];
}

const listMarks: readonly ListMark[] = [
  { kind: 'dpkg', bytes: ' installed', lines: [/(?:^|\n)status[ \t]*:[ \t]*\w+[ \t]+\w+ installed/i] },
  // A name and a version, in either order.
  { kind: 'apk', bytes: '\nP:', lines: [/\nP:[a-z0-9][\w.+-]*\r?\n/, /\nV:\d[^\n]*\n/] },
];

/** Bytes on both sides of a mark in which its lines lie. */
const around = 512;

/**
 * Looks for an installed package anywhere in a file. A list at a place of its own (a setting, a chroot) may begin with
 * anything, and look like a list only far behind its beginning.
 */
export class LateList {
  found: DatabaseKind | undefined;
  #rest = Buffer.alloc(0);

  write(chunk: Buffer): void {
    if (this.found) return;
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    this.found = listMarks.find((mark) => isIn(bytes, mark))?.kind;
    this.#rest = Buffer.from(bytes.subarray(Math.max(0, bytes.length - 2 * around)));
  }
}

const isIn = (bytes: Buffer, { bytes: mark, lines }: ListMark): boolean => {
  for (let at = bytes.indexOf(mark); at !== -1; at = bytes.indexOf(mark, at + 1)) {
    const text = bytes.toString('latin1', Math.max(0, at - around), at + around);
    if (lines.every((line) => line.test(text))) return true;
  }
  return false;
};
