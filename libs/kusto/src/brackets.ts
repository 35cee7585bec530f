import { skipped } from './outline.ts';

/** A text with some words put in brackets, and a mapping of its offsets to the original text. */
export interface Bracketed {
  readonly text: string;
  readonly originalOf: (offset: number) => number;
}

const dotted = new RegExp(
  `${skipped}|(?<=[\\w\\])]\\s*)(?<!\\$(?:left|right)\\s*)(?<dot>\\.\\s*)(?<word>[A-Za-z_]\\w*)(?!\\w|\\s*\\()`,
  'g',
);

/**
 * Rewrites `properties.in` to `properties.['in']`: the parser rejects a keyword after a dot, but callers write it and
 * the real service accepts it.
 */
export const bracketed = (text: string, isKeyword: (word: string) => boolean): Bracketed => {
  const words: { readonly at: number; readonly length: number }[] = [];
  let result = '';
  let from = 0;
  for (const { index, groups } of text.matchAll(dotted)) {
    const { dot = '', word = '' } = groups ?? {};
    if (word === '' || !isKeyword(word)) continue;
    const at = index + dot.length;
    result += `${text.slice(from, at)}['${word}']`;
    from = at + word.length;
    words.push({ at, length: word.length });
  }
  return {
    text: result + text.slice(from),
    originalOf: (offset) => {
      let added = 0;
      for (const { at, length } of words) {
        const begins = at + added;
        if (offset <= begins) break;
        if (offset < begins + length + 4) return at + Math.min(length, Math.max(0, offset - begins - 2));
        added += 4;
      }
      return offset - added;
    },
  };
};
