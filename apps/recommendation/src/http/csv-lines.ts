import { stringify } from 'csv-stringify/sync';
import type { WriterTools } from '@assay/read-model/store/writer';

/** A column of a table: its name and its cell of a row. */
export interface CsvColumn<Row> {
  readonly name: string;
  readonly of: (row: Row) => string | number | boolean | null | undefined;
}

/**
 * Writes rows as CSV (RFC 4180) with a header. A cell that a spreadsheet would evaluate as a formula gets an apostrophe
 * in front.
 *
 * @param groups rows as they are read
 */
export const writeCsv = async <Row>(
  out: WriterTools['out'],
  columns: readonly CsvColumn<Row>[],
  groups: AsyncIterable<readonly Row[]> | Iterable<readonly Row[]>,
): Promise<void> => {
  await out(stringify([columns.map(({ name }) => name)]));
  for await (const rows of groups) {
    const cells = rows.map((row) => columns.map(({ of }) => String(of(row) ?? '')));
    await out(stringify(cells, { escape_formulas: true }));
  }
};
