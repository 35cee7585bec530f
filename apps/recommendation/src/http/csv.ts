import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';
import { stringify } from 'csv-stringify';
import Negotiator from 'negotiator';
import { headerOf, type ArmReply, type ArmRequest } from '@assay/http';
import { oneIn } from './parameters.ts';

/** A column of a table: its name and its cell of a row. */
export interface CsvColumn<Row> {
  readonly name: string;
  readonly of: (row: Row) => string | number | boolean | null | undefined;
}

interface CsvFile {
  readonly name: string;
  /** The moment of the rows, ms since the epoch. */
  readonly asOf: number;
}

/** A moment without colons, which names of files must not have on all systems: `20261124T091503Z`. */
const momentIn = (ms: number): string => new Date(ms).toISOString().replaceAll(/[-:]|\.\d+/g, '');

/** True if a client asks for all rows as CSV: by `format=csv`, or because it accepts CSV rather than JSON. */
export const wantsCsv = (request: ArmRequest, reply: ArmReply): boolean => {
  reply.header('vary', 'Accept');
  const format = oneIn(request, 'format', ['csv', 'json']);
  if (format !== undefined) return format === 'csv';
  const accept = headerOf(request, 'accept');
  return (
    new Negotiator({ headers: accept ? { accept } : {} }).mediaType(['application/json', 'text/csv']) === 'text/csv'
  );
};

/**
 * Rows as CSV (RFC 4180) with a header, sent as they are made. A cell that a spreadsheet would evaluate as a formula
 * gets an apostrophe in front. The name of the file ends with the moment, since a file has no header to show its age.
 */
export const csvOf = <Row>(
  rows: readonly Row[],
  columns: readonly CsvColumn<Row>[],
  { name, asOf }: CsvFile,
): StreamableFile => {
  const lines = stringify({ columns: columns.map(({ name }) => name), header: true, escape_formulas: true });
  const cells = function* (): Generator<string[]> {
    for (const row of rows) yield columns.map(({ of }) => String(of(row) ?? ''));
  };
  const body = Readable.from(cells()).pipe(lines);
  return new StreamableFile(body, {
    type: 'text/csv; charset=utf-8; header=present',
    disposition: `attachment; filename="${name}-${momentIn(asOf)}.csv"`,
  });
};
