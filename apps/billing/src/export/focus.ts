import { stringify } from 'csv-stringify/sync';
import type { UsageCharged } from '@assay/events';
import { columns } from './columns.ts';
import { nameless, type Naming } from './naming.ts';

const numbers: ReadonlySet<string> = new Set(columns.filter(({ number }) => number).map(({ name }) => name));

/**
 * A minus sign begins a number, too; every other cell that a spreadsheet would take for a formula gets an apostrophe in
 * front.
 */
const cell = (text: string, { column, header }: { readonly column: string | number; readonly header: boolean }) =>
  !header && text.startsWith('-') && numbers.has(String(column)) ? { value: text, escape_formulas: false } : text;

/** One line a charge in the order given, after a header; the same charges are the same bytes. */
export const focusCsv = (charges: readonly UsageCharged[], naming: Naming = nameless): string =>
  stringify(
    charges.map((charge) => Object.fromEntries(columns.map(({ name, of }) => [name, of(charge, naming)]))),
    {
      columns: columns.map(({ name }) => name),
      header: true,
      escape_formulas: true,
      record_delimiter: '\n',
      cast: { string: cell as never },
    },
  );
