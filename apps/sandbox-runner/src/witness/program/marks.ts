import { hash } from 'node:crypto';

const markBytes = 6;

/** The mark of a path. Two paths with one mark make a file seem hidden, which never makes an image seem clean. */
export const markOf = (path: string): Buffer => hash('sha1', path, 'buffer').subarray(0, markBytes);

/** Marks in the order of their numbers: images have hundreds of thousands, which are looked at for each path. */
export type PathMarks = Float64Array;

/** Reads marks that were put one behind the other. */
export const marksIn = (bytes: Buffer): PathMarks =>
  Float64Array.from({ length: Math.floor(bytes.length / markBytes) }, (_, nth) =>
    bytes.readUIntBE(nth * markBytes, markBytes),
  ).sort();

/** Numbers of the marks of paths: each is looked for in all layers, and takes longer to make than to find. */
const known = new Map<string, number>();
const mostKnown = 200_000;

const numberOf = (path: string): number => {
  const remembered = known.get(path);
  if (remembered !== undefined) return remembered;
  const mark = markOf(path).readUIntBE(0, markBytes);
  if (known.size >= mostKnown) known.clear();
  known.set(path, mark);
  return mark;
};

/** True if the mark of the path is among the marks. */
export const isMarked = (marks: PathMarks, path: string): boolean => {
  if (marks.length === 0) return false;
  const mark = numberOf(path);
  let [low, high] = [0, marks.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((marks[middle] ?? 0) < mark) low = middle + 1;
    else high = middle;
  }
  return marks[low] === mark;
};
