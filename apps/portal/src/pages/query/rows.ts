/** A column of an answer. */
export interface QueryColumn {
  readonly name: string;
  readonly type: string;
}

export type QueryRow = readonly unknown[];

/** A value as one line of text; empty for none. */
export const cellText = (value: unknown): string =>
  value === null || value === undefined
    ? ''
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value as string | number | boolean);

/** Columns that are shown without a choice: those that hold something, up to so many. */
const most = 8;

/**
 * The columns that are shown: the chosen ones in the order of the answer, or without a choice the first that hold
 * something.
 */
export const shownColumns = (
  columns: readonly QueryColumn[],
  rows: readonly QueryRow[],
  chosen: readonly string[],
): readonly number[] => {
  const all = columns.map((_, index) => index);
  const wanted = all.filter((index) => chosen.includes(columns[index]?.name ?? ''));
  if (wanted.length > 0) return wanted;
  const filled = all.filter((index) => rows.some((row) => cellText(row[index]) !== ''));
  return (filled.length === 0 ? all : filled).slice(0, most);
};

/** Begins of a cell that a table calculation takes for a formula (OWASP, CSV injection). */
const formula = /^[=+\-@\t\r]/;

const csvCell = (value: unknown): string => {
  const text = cellText(value);
  const harmless = typeof value !== 'number' && formula.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
};

/** Rows as CSV (RFC 4180). No cell is a formula. */
export const csvOf = (columns: readonly QueryColumn[], rows: readonly QueryRow[]): string =>
  [columns.map(({ name }) => name), ...rows].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** The command that runs a query in a terminal. */
export const assayCommand = (query: string, subscription: string): string =>
  `assay query ${quoted(query)}${subscription === '' ? '' : ` --subscription ${quoted(subscription)}`}`;

/** The request as a command of curl; the token stays in a variable. */
export const curlCommand = (url: string, body: object): string =>
  [
    'curl -sf',
    quoted(url),
    '-H "authorization: Bearer $ASSAY_API_TOKEN"',
    "-H 'content-type: application/json'",
    `-d ${quoted(JSON.stringify(body))}`,
  ].join(' ');

/** True if severities play a part, of which the format of 2020 knows fewer than Assay. */
export const speaksOfSeverity = (query: string, columns: readonly QueryColumn[], rows: readonly QueryRow[]): boolean =>
  rows.length > 0 &&
  (/severity/i.test(query) ||
    columns.some(({ name }) => /severity/i.test(name)) ||
    rows.some((row) => row.some((value) => /"severity"/.test(cellText(value)))));
