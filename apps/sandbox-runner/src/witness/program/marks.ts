import { hash } from 'node:crypto';

/** So many that no two paths of one mark are found: a file would hide a list of another path. */
const markBytes = 16;

/** The mark of a path: the beginning of its SHA-256. The path has the bytes of the archive as latin1. */
export const markOf = (path: string): Buffer =>
  hash('sha256', Buffer.from(path, 'latin1'), 'buffer').subarray(0, markBytes);

/** Marks that are looked for, as text. */
export type PathMarks = ReadonlySet<string>;

/** Reads marks that were put one behind the other. */
export const marksIn = (bytes: Buffer): PathMarks => {
  const marks = new Set<string>();
  for (let from = 0; from + markBytes <= bytes.length; from += markBytes)
    marks.add(bytes.toString('latin1', from, from + markBytes));
  return marks;
};

/** Marks of paths: each is looked for in all layers, and takes longer to make than to find. */
const known = new Map<string, string>();
const mostKnown = 200_000;

/** True if the mark of the path is among the marks. */
export const isMarked = (marks: PathMarks, path: string): boolean => {
  if (marks.size === 0) return false;
  let mark = known.get(path);
  if (mark === undefined) {
    mark = markOf(path).toString('latin1');
    if (known.size >= mostKnown) known.clear();
    known.set(path, mark);
  }
  return marks.has(mark);
};
