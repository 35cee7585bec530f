import Table from 'cli-table3';
import { harmless, painted, unpainted, withoutColors } from './colors.ts';

export interface TableColumn {
  readonly title: string;
  readonly align?: 'right';
  /** Takes the remaining width and wraps its text. */
  readonly grows?: boolean;
}

const gap = 2;
const widest = (text: string): number =>
  Math.max(
    ...withoutColors(text)
      .split('\n')
      .map((line) => line.length),
  );

const nothing = [
  'top',
  'top-mid',
  'top-left',
  'top-right',
  'bottom',
  'bottom-mid',
  'bottom-left',
  'bottom-right',
  'left',
  'left-mid',
  'mid',
  'mid-mid',
  'right',
  'right-mid',
  'middle',
];

/** Wraps after separators of names or sentences, so that no line is longer than the width. */
export const broken = (text: string, width: number): string =>
  text
    .split('\n')
    .flatMap((line) => {
      const lines: string[] = [];
      for (let rest = line; ;) {
        if (rest.length <= width) {
          lines.push(rest);
          return lines;
        }
        const at = Math.max(...[' ', '/', ':', '@', '-', ','].map((sign) => rest.lastIndexOf(sign, width - 1))) + 1;
        const cut = at > width / 3 ? at : width;
        lines.push(rest.slice(0, cut).trimEnd());
        rest = rest.slice(cut).trimStart();
      }
    })
    .join('\n');

/**
 * Names come from images and may have 60,000 characters. The layout time of a cell grows with the cube of its lines,
 * and longer cells are not readable.
 */
const mostLines = 8;
/** For cells that do not grow: such columns hold a word or a version. */
const widestCell = 120;

/** Cuts a text and marks the cut with an ellipsis. */
export const shortened = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1).toWellFormed()}…` : text;

const shortenedLines = (text: string, width: number): string => {
  const lines = broken(shortened(text, width * mostLines), width).split('\n');
  if (lines.length <= mostLines) return lines.join('\n');
  const shown = lines.slice(0, mostLines);
  const last = shown.pop() ?? '';
  return [...shown, shortened(`${last} …`, width)].join('\n');
};

/** A text that fits into its column keeps its colors. */
const fitted = (text: string, most: number): string =>
  text
    .split('\n', mostLines)
    .map((line) =>
      line.length <= most || (line.length <= 2 * most && withoutColors(line).length <= most)
        ? line
        : shortened(withoutColors(line), most),
    )
    .join('\n');

/**
 * Lays out a table without borders, no wider than the window if one column may grow. Cells that would hide others are
 * cut: JSON has the full text.
 */
export const table = (
  columns: readonly TableColumn[],
  cells: readonly (readonly string[])[],
  width: number,
  head: (title: string) => string = (title) => title,
): string => {
  const rows = cells.map((row) => row.map((cell, index) => (columns[index]?.grows ? cell : fitted(cell, widestCell))));
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...rows.map((row) => widest(row[index] ?? ''))),
  );
  const growing = columns.findIndex(({ grows }) => grows);
  const others = widths.reduce((sum, one, index) => (index === growing ? sum : sum + one + gap), 0);
  const room = Math.max(12, width - others);
  const laid = new Table({
    head: columns.map(({ title }) => painted(head(title))),
    chars: Object.fromEntries(nothing.map((name) => [name, ''])),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': gap, compact: true },
    colAligns: columns.map(({ align }) => align ?? 'left'),
  });
  for (const row of rows)
    laid.push(
      row.map((cell, index) =>
        painted(
          harmless(
            (index === growing && widest(cell) > room) || cell.split('\n', mostLines + 1).length > mostLines
              ? shortenedLines(withoutColors(cell), room)
              : cell,
          ),
        ),
      ),
    );
  return unpainted(laid.toString())
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
};
