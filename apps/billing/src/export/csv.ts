/** One line of a table by column name. */
export type CsvLine = Readonly<Record<string, string>>;

/** Reads CSV as Assay writes it: RFC 4180 with line feeds, a header, and a line feed after each line. */
export const readCsv = (text: string): { readonly names: readonly string[]; readonly lines: readonly CsvLine[] } => {
  const records: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    records.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain!);
    if (end === '\n') records.push([]);
  }
  const [names = [], ...lines] = records.slice(0, -1);
  return { names, lines: lines.map((cells) => Object.fromEntries(names.map((name, index) => [name, cells[index]!]))) };
};

export const parseCsv = (text: string): readonly CsvLine[] => readCsv(text).lines;
