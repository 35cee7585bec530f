/** Cells of CSV by RFC 4180, line by line. */
export const cellsOf = (text: string): string[][] => {
  const lines: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    lines.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === '\n') lines.push([]);
  }
  return lines.slice(0, -1);
};

/** The rows of CSV with a header, by the names of the columns. */
export const rowsOf = (text: string): Record<string, string>[] => {
  const [names = [], ...lines] = cellsOf(text);
  return lines.map((cells) => Object.fromEntries(cells.map((cell, at) => [names[at]!, cell])));
};

/** A name as a spreadsheet gets it: a formula begins with an apostrophe. */
export const asCell = (name: string): string => (/^[=+\-@\t\r]/.test(name) ? `'${name}` : name);
