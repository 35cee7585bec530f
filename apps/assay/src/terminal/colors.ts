import { randomInt } from 'node:crypto';
import pc from 'picocolors';

/** Noncharacters (U+FDD0 to U+FDEF), which no text has. The sequence is random, so that no input can contain it. */
const mark = String.fromCharCode(...Array.from({ length: 24 }, () => 0xfdd0 + randomInt(32)));
const marked = new RegExp(`${mark}(\\[[0-9;]*m)`, 'g');
// oxlint-disable-next-line no-control-regex -- colors
const escaped = /\u001b(\[[0-9;]*m)/g;

/**
 * All characters that a terminal interprets, colors included. Names of packages and tags come from images, and images
 * are hostile.
 */
export const controlCharacters =
  // oxlint-disable-next-line no-control-regex -- that is the point
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

export const harmless = (text: string): string => text.replace(controlCharacters, '\ufffd');

/** Makes foreign text one line, so that it cannot add lines to the output. */
export const oneLine = (text: string): string => text.replaceAll(/[\r\n\t\v\f\u0085\u2028\u2029]+/g, ' ');

/** Turns our own colors into escape sequences. All other escape sequences were removed by `harmless`. */
export const painted = (text: string): string => text.replace(marked, '\u001b$1');

/** Turns escape sequences into our marks, for text from libraries that color. */
export const unpainted = (text: string): string => text.replace(escaped, `${mark}$1`);

export const withoutColors = (text: string): string => text.replace(marked, '');

export type Colors = Readonly<Record<'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', (text: string) => string>>;

/** Marks our own colors, so that they stay distinct from escape sequences in foreign text until the output. */
export const colorsOf = (isColored: boolean): Colors => {
  const plain = pc.createColors(isColored);
  const own =
    (color: (text: string) => string) =>
    (text: string): string =>
      unpainted(color(harmless(text)));
  return {
    bold: own(plain.bold),
    dim: own(plain.dim),
    red: own(plain.red),
    green: own(plain.green),
    yellow: own(plain.yellow),
    cyan: own(plain.cyan),
  };
};
