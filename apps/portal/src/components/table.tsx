import { useWindowVirtualizer } from '@tanstack/react-virtual';
import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactElement,
  type ReactNode,
} from 'react';
import { Link, useLocation } from 'wouter';
import { useRowHeight } from '../hooks/use-row-height.ts';
import { useShortcuts } from '../hooks/use-shortcuts.ts';
import { numberText } from '../text/format.ts';
import { texts } from '../texts.ts';
import styles from './table.module.css';

export interface GridColumn<Row> {
  readonly key: string;
  readonly title: string;
  /** A shorter heading; the title is read out. */
  readonly brief?: string;
  /** A track of CSS grid, such as `minmax(12rem, 2fr)`. */
  readonly width: string;
  readonly align?: 'end';
  readonly cell: (row: Row) => ReactNode;
  /** Orders by it: the name of this column in the address, or with `-` before it for the greatest first. */
  readonly sort?: string;
  /** `wide` columns are left out where there is no room for all. On a phone each row is a card. */
  readonly room?: 'wide';
  /** On a phone, a line for itself. */
  readonly isMain?: boolean;
}

interface Selection {
  readonly keys: ReadonlySet<string>;
  set(keys: ReadonlySet<string>): void;
}

export interface TableProps<Row> {
  /** Read out before the table. */
  readonly caption: string;
  readonly columns: readonly GridColumn<Row>[];
  /** The rows that were read so far. */
  readonly rows: readonly Row[];
  /** Number of all rows; undefined if it is not counted. The scroll bar is of all rows from the beginning. */
  readonly total: number | undefined;
  readonly rowKey: (row: Row) => string;
  /** Read out as the name of a row, beside its checkbox. */
  readonly rowName: (row: Row) => string;
  /** Opens the page of a row. */
  readonly href?: (row: Row) => string;
  /** Opens a row in place, such as in a side panel. */
  readonly onOpen?: (row: Row) => void;
  readonly selection?: Selection | undefined;
  /** The order as it is in the address, such as `-critical`. */
  readonly sort?: string | undefined;
  readonly onSort?: (sort: string) => void;
  readonly hasMore?: boolean;
  readonly more?: () => void;
  /** Width of the window below which there is no room for the columns, so each row is a card; px. */
  readonly cardsBelow?: number;
}

/** Height of a card on a phone that is not measured yet, in px. */
const cardHeight = 88;

const directionOf = (
  column: { readonly sort?: string },
  sort: string | undefined,
): 'ascending' | 'descending' | undefined => {
  const [own, now] = [column.sort?.replace(/^-/, ''), sort?.replace(/^-/, '')];
  return own === undefined || own !== now ? undefined : sort?.startsWith('-') ? 'descending' : 'ascending';
};

/** The order after a press of a heading: its own, then the reverse. */
const nextSort = (column: string, sort: string | undefined): string =>
  sort === column ? (column.startsWith('-') ? column.slice(1) : `-${column}`) : column;

/**
 * A table of any length: only the rows that are seen exist. `j` and `k` go from row to row, Enter opens one, `x`
 * selects it.
 */
export const Table = <Row,>({
  caption,
  columns,
  rows,
  total,
  rowKey,
  rowName,
  href,
  onOpen,
  selection,
  sort,
  onSort,
  hasMore = false,
  more,
  cardsBelow = 780,
}: TableProps<Row>): ReactElement => {
  const [, navigate] = useLocation();
  const body = useRef<HTMLTableSectionElement>(null);
  const [margin, setMargin] = useState(0);
  const [current, setCurrent] = useState(-1);
  const count = Math.max(rows.length, total ?? rows.length + (hasMore ? 1 : 0));
  useLayoutEffect(() => {
    const top = body.current ? body.current.getBoundingClientRect().top + scrollY : 0;
    setMargin((before) => (Math.abs(before - top) < 1 ? before : top));
  });
  const keyOf = useRef(rowKey);
  useEffect(() => {
    keyOf.current = rowKey;
  });
  // The same function as long as the rows are the same: with another one every row would be measured again.
  const keyAt = useCallback(
    (index: number) => {
      const row = rows[index];
      return row === undefined ? index : keyOf.current(row);
    },
    [rows],
  );
  const rowHeight = useRowHeight(cardsBelow);
  const estimateSize = useCallback(() => rowHeight || cardHeight, [rowHeight]);
  const virtual = useWindowVirtualizer({
    count,
    // All rows of a table have one height, so none is measured; a card has its own.
    estimateSize,
    overscan: 10,
    scrollMargin: margin,
    getItemKey: keyAt,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (hasMore && last >= rows.length - 1) more?.();
  }, [hasMore, last, rows.length, more]);

  const goTo = useCallback(
    (index: number) => {
      const next = Math.min(rows.length - 1, Math.max(0, index));
      setCurrent(next);
      virtual.scrollToIndex(next, { align: 'auto' });
      // The row may be drawn only after the scroll.
      requestAnimationFrame(() =>
        requestAnimationFrame(() => body.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus()),
      );
    },
    [rows.length, virtual],
  );
  const open = (row: Row): void => {
    if (onOpen) onOpen(row);
    else if (href) navigate(href(row));
  };
  const toggle = (row: Row): void => {
    if (!selection) return;
    const keys = new Set(selection.keys);
    if (!keys.delete(rowKey(row))) keys.add(rowKey(row));
    selection.set(keys);
  };
  useShortcuts({
    j: () => goTo(current + 1),
    k: () => goTo(current - 1),
    x: () => {
      const row = rows[current];
      if (row !== undefined) toggle(row);
    },
  });
  const onRowKey = (event: KeyboardEvent, row: Row, index: number): void => {
    if (event.target !== event.currentTarget) return;
    const act = { Enter: () => open(row), ArrowDown: () => goTo(index + 1), ArrowUp: () => goTo(index - 1) }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  const tracks = [selection ? '2.25rem' : '', ...columns.map(({ width }) => width)].filter(Boolean).join(' ');
  const narrow = [
    selection ? '2.25rem' : '',
    ...columns.filter(({ room }) => room !== 'wide').map(({ width }) => width),
  ]
    .filter(Boolean)
    .join(' ');
  const [before, after] =
    items.length === 0
      ? [0, virtual.getTotalSize()]
      : [(items[0]?.start ?? 0) - margin, virtual.getTotalSize() - ((items.at(-1)?.end ?? 0) - margin)];
  const isAllSelected =
    selection !== undefined && rows.length > 0 && rows.every((row) => selection.keys.has(rowKey(row)));
  return (
    <table
      role="table"
      data-cards={rowHeight === 0 || undefined}
      className={styles.table}
      aria-rowcount={count + 1}
      style={{ '--tracks': tracks, '--narrow': narrow } as object}
    >
      <caption className="hidden">{caption}</caption>
      <thead role="rowgroup" className={styles.head}>
        <tr role="row" className={styles.row} aria-rowindex={1}>
          {selection ? (
            <th role="columnheader" scope="col" className={styles.check}>
              <input
                type="checkbox"
                aria-label={texts.table.selectAll(rows.length)}
                checked={isAllSelected}
                onChange={() => selection.set(new Set(isAllSelected ? [] : rows.map(rowKey)))}
              />
            </th>
          ) : null}
          {columns.map((column) => {
            const direction = directionOf(column, sort);
            const heading = (
              <>
                <span aria-hidden={column.brief === undefined ? undefined : true}>{column.brief ?? column.title}</span>
                {column.brief === undefined ? null : <span className="hidden">{column.title}</span>}
              </>
            );
            return (
              <th
                key={column.key}
                role="columnheader"
                scope="col"
                data-align={column.align}
                data-room={column.room}
                aria-sort={direction}
                title={column.brief === undefined ? undefined : column.title}
              >
                {column.sort !== undefined && onSort ? (
                  <button
                    type="button"
                    className={styles.sort}
                    onClick={() => onSort(nextSort(column.sort ?? '', sort))}
                  >
                    {heading}
                    <span aria-hidden="true" className={styles.arrow}>
                      {direction === undefined ? '' : direction === 'descending' ? '↓' : '↑'}
                    </span>
                  </button>
                ) : (
                  heading
                )}
              </th>
            );
          })}
        </tr>
      </thead>
      <tbody role="rowgroup" ref={body} className={styles.body} style={{ paddingTop: before, paddingBottom: after }}>
        {items.map(({ index, key }) => {
          const row = rows[index];
          if (row === undefined)
            return (
              <tr key={key} role="row" className={styles.row} data-unread aria-rowindex={index + 2}>
                <td role="cell">
                  <span className="hidden">{texts.states.loading}</span>
                </td>
              </tr>
            );
          const isSelected = selection?.keys.has(rowKey(row)) ?? false;
          return (
            <tr
              key={key}
              ref={rowHeight === 0 ? virtual.measureElement : undefined}
              role="row"
              className={styles.row}
              data-index={index}
              data-current={index === current || undefined}
              data-selected={isSelected || undefined}
              data-opens={onOpen !== undefined || href !== undefined || undefined}
              aria-rowindex={index + 2}
              tabIndex={index === Math.max(0, current) ? 0 : -1}
              onKeyDown={(event) => onRowKey(event, row, index)}
              onFocus={() => setCurrent(index)}
              onClick={(event) => {
                // A link or a button in the row does its own; a text that was marked is being copied.
                if ((event.target as Element).closest('a, button, input, label') || getSelection()?.toString()) return;
                open(row);
              }}
            >
              {selection ? (
                <td role="cell" className={styles.check}>
                  <input
                    type="checkbox"
                    aria-label={texts.table.select(rowName(row))}
                    checked={isSelected}
                    onChange={() => toggle(row)}
                  />
                </td>
              ) : null}
              {columns.map((column) => (
                <td
                  key={column.key}
                  role="cell"
                  data-align={column.align}
                  data-room={column.room}
                  data-main={column.isMain || undefined}
                  data-title={column.brief ?? column.title}
                >
                  {column.isMain && href ? (
                    <Link href={href(row)} className={styles.link ?? ''}>
                      {column.cell(row)}
                    </Link>
                  ) : (
                    column.cell(row)
                  )}
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
};

/** The number of rows, before the rows: `31 of 366, 4 hidden by rules`. Nothing as long as no answer is there. */
export const Total = ({
  of,
  within,
  children,
}: {
  /** A list, or rows that are all there. */
  readonly of: {
    readonly data: unknown;
    readonly rows: readonly unknown[];
    readonly total: number | undefined;
  };
  /** Number of rows without the filters. */
  readonly within?: number | undefined;
  readonly children?: ReactNode;
}): ReactElement => {
  const { data, rows, total } = of;
  const number =
    total === undefined
      ? texts.table.atLeast(rows.length)
      : within === undefined
        ? numberText(total)
        : texts.table.of(total, within);
  return (
    <span className={styles.total} role="status">
      {data === undefined ? null : (
        <>
          {number}
          {children}
        </>
      )}
    </span>
  );
};
