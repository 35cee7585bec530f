import { stringify } from 'csv-stringify/sync';
import type { UsageCharged } from '@assay/events';
import { columns } from './columns.ts';
import { nameless, type Naming } from './naming.ts';

const numbers: ReadonlySet<string> = new Set(columns.filter(({ number }) => number).map(({ name }) => name));

/**
 * A minus sign also begins a number. Any other cell that a spreadsheet would evaluate as a formula gets an apostrophe
 * in front.
 */
const cell = (text: string, { column, header }: { readonly column: string | number; readonly header: boolean }) =>
  !header && text.startsWith('-') && numbers.has(String(column)) ? { value: text, escape_formulas: false } : text;

/** Writes a header and one line per charge in the given order. Equal charges give equal bytes. */
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
