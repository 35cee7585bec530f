/** One line of a table by column name. */
export type CsvLine = Readonly<Record<string, string>>;

/** Reads CSV as Assay writes it: RFC 4180 with line feeds, a header, and a line feed after each line. */
export const readCsv = (text: string): { readonly names: readonly string[]; readonly lines: readonly CsvLine[] } => {
  const records: string[][] = [];
  let cells: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    cells.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === '\n') {
      records.push(cells);
      cells = [];
    }
  }
  const [names = [], ...lines] = records;
  return { names, lines: lines.map((line) => lineOf(names, line)) };
};

/** A damaged line may lack its last cells. */
const lineOf = (names: readonly string[], cells: readonly string[]): CsvLine =>
  Object.fromEntries(
    names.flatMap((name, index) => {
      const cell = cells[index];
      return cell === undefined ? [] : [[name, cell] as const];
    }),
  );

export const parseCsv = (text: string): readonly CsvLine[] => readCsv(text).lines;
