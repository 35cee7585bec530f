import type { ReactElement, ReactNode } from 'react';
import styles from './small-table.module.css';

export interface SmallColumn<Row> {
  readonly key: string;
  /** Heading; one that is only read out stands before its value on a phone, too. */
  readonly title: string;
  readonly isTitleHidden?: boolean;
  readonly align?: 'end';
  readonly cell: (row: Row) => ReactNode;
  /** Takes the room that the others leave. */
  readonly grows?: boolean;
  /** Heading of its row, for screen readers. */
  readonly isMain?: boolean;
}

/** A table of few rows, which are all drawn. On a phone each row is a card, unless its columns are to be compared. */
export const SmallTable = <Row,>({
  caption,
  columns,
  rows,
  rowKey,
  isCompared = false,
}: {
  /** Read out before the table. */
  readonly caption: string;
  readonly columns: readonly SmallColumn<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  /** Keeps its columns on a phone, where it is scrolled sideways. */
  readonly isCompared?: boolean;
}): ReactElement => (
  // The keyboard scrolls what can be scrolled.
  <div className={styles.scroller} role="group" aria-label={caption} tabIndex={0} data-cards={!isCompared || undefined}>
    <table role="table" className={styles.table}>
      <caption className="hidden">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ key, title, align, grows, isTitleHidden }) => (
            <th key={key} role="columnheader" scope="col" data-align={align} data-grows={grows}>
              {isTitleHidden ? <span className="hidden">{title}</span> : title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={rowKey(row)} role="row">
            {columns.map(({ key, title, align, cell, isMain, isTitleHidden }) =>
              isMain ? (
                <th key={key} role="rowheader" scope="row" data-align={align}>
                  {cell(row)}
                </th>
              ) : (
                <td key={key} role="cell" data-align={align} data-title={isTitleHidden ? undefined : title}>
                  {cell(row)}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);
