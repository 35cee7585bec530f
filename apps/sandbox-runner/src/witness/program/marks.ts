import { hash } from 'node:crypto';

const markBytes = 6;

/** The mark of a path. Two paths with one mark make a file seem hidden, which never makes an image seem clean. */
export const markOf = (path: string): Buffer => hash('sha1', path, 'buffer').subarray(0, markBytes);

/** True if the mark of the path is among the marks. */
export const isMarked = (marks: Buffer, path: string): boolean => {
  const mark = markOf(path);
  for (let at = marks.indexOf(mark); at !== -1; at = marks.indexOf(mark, at + 1)) if (at % markBytes === 0) return true;
  return false;
};
