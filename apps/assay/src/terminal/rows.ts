import { oneLine } from './colors.ts';
import { broken, shortened } from './table.ts';

const indent = 14;
/** Labels and names of an image may be long. JSON has the full text. */
export const longestValue = 800;

/** Prints a name and its value, wrapped to the width. A value that is absent or empty prints nothing. */
export const rowsIn =
  (width: number) =>
  (name: string, value: string | undefined): string[] => {
    if (value === undefined || value === '') return [];
    const lines = broken(shortened(oneLine(value), longestValue), width - indent);
    return [`  ${name.padEnd(indent - 2)}${lines.replaceAll('\n', `\n${' '.repeat(indent)}`)}`];
  };
