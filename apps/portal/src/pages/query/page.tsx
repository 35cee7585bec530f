import { lazy, Suspense, useEffect, useMemo, useState, type ReactElement } from 'react';
import { Link } from 'wouter';
import { answered, api } from '../../api/client.ts';
import { useAnswer, type Asked } from '../../api/use-answer.ts';
import { Button } from '../../components/button.tsx';
import { Copy } from '../../components/copy.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Facts, Section } from '../../components/facts.tsx';
import { Answered, Nothing, Skeleton } from '../../components/states.tsx';
import { Table, Total, type GridColumn } from '../../components/table.tsx';
import { Heading } from '../../frame/heading.tsx';
import { useScope } from '../../frame/scope.tsx';
import { text, viewed, type Filter } from '../../hooks/filters.ts';
import { useFilters } from '../../hooks/use-filters.ts';
import { durationText } from '../../text/format.ts';
import { harmless } from '../../text/harmless.ts';
import { Name } from '../../text/name.tsx';
import { Moment } from '../../text/time.tsx';
import { texts } from '../../texts.ts';
import { bodyOf, graphPath } from './ask.ts';
import { QueryRefused } from './refusal.ts';
import { examples } from './examples.ts';
import type { QueryLanguage } from './language.ts';
import {
  assayCommand,
  cellText,
  csvOf,
  curlCommand,
  shownColumns,
  speaksOfSeverity,
  type QueryColumn,
  type QueryRow,
} from './rows.ts';
import { useGraph } from './use-graph.ts';
import styles from './query.module.css';

const words = texts.query;

const Editor = lazy(() => import('./editor.tsx'));

/** A text as it was written, with its line breaks. */
const written = (): Filter<string> => ({
  fallback: '',
  parse: (raw) => raw,
  format: (value) => (value.trim() === '' ? undefined : value),
  isView: true,
});

const queryFilters = { q: written(), columns: viewed(text()), row: viewed(text()) };

/** The value of a field of the answer, whole. */
const Value = ({ of }: { readonly of: unknown }): ReactElement =>
  typeof of === 'object' && of !== null ? (
    <pre className={styles.value}>{harmless(JSON.stringify(of, undefined, 2))}</pre>
  ) : (
    <Name of={cellText(of)} />
  );

const save = (name: string, csv: string): void => {
  const url = URL.createObjectURL(new Blob([csv], { type: 'text/csv' }));
  Object.assign(document.createElement('a'), { href: url, download: name }).click();
  URL.revokeObjectURL(url);
};

/** A line of the query, with marks under the word that is not understood. */
const Refused = ({ of, query }: { readonly of: QueryRefused; readonly query: string }): ReactElement => {
  const { position } = of;
  const line = position === undefined ? undefined : (query.split(/\r\n|\n|\r/)[position.line - 1] ?? '');
  return (
    <div className={styles.refused} role="alert">
      <p>
        <b>{position === undefined ? words.refused : words.at(position.line, position.column + 1)}</b>{' '}
        <Name of={of.explanation} /> <Name of={of.reason} className={`mono ${styles.note ?? ''}`} />
      </p>
      {position === undefined || line === undefined ? null : (
        <pre aria-hidden="true">
          {harmless(line.slice(0, position.column))}
          <mark>{harmless(line.slice(position.column, position.column + Math.max(1, position.token.length)))}</mark>
          {harmless(line.slice(position.column + Math.max(1, position.token.length)))}
        </pre>
      )}
    </div>
  );
};

const Columns = ({
  of,
  shown,
  choose,
}: {
  readonly of: readonly QueryColumn[];
  readonly shown: readonly number[];
  readonly choose: (names: readonly string[]) => void;
}): ReactElement => (
  <details className={styles.columns}>
    <summary>{words.columns(shown.length, of.length)}</summary>
    <ul>
      {of.map(({ name }, index) => (
        <li key={name}>
          <label>
            <input
              type="checkbox"
              checked={shown.includes(index)}
              onChange={({ target }) =>
                choose(
                  of
                    .filter((_, other) => (other === index ? target.checked : shown.includes(other)))
                    .map((one) => one.name),
                )
              }
            />
            <Name of={name} />
          </label>
        </li>
      ))}
    </ul>
  </details>
);

/** The tables that can be asked; that the editor completes nothing, and why, if they are not known. */
const hintOf = ({ data, failure }: Asked<QueryLanguage>): string =>
  data !== undefined
    ? words.hint(data.tables.map(({ name }) => harmless(name)))
    : failure === undefined
      ? ''
      : words.noCompletion(harmless(failure.message));

const Page = (): ReactElement => {
  const scope = useScope();
  const { values, set, href } = useFilters(queryFilters);
  const [draft, setDraft] = useState(values.q);
  const [runs, setRuns] = useState(0);
  // Back shows the query of its address.
  useEffect(() => setDraft(values.q), [values.q]);
  const graph = useGraph(values.q, scope, runs);
  const language = useAnswer(['/assay/query-language'], (signal) =>
    answered(api.GET('/assay/query-language', { signal })),
  );
  const { first, rows, failure } = graph;
  const refused = failure instanceof QueryRefused ? failure : undefined;
  const error = useMemo(
    () =>
      refused?.position === undefined || draft !== values.q
        ? undefined
        : { message: refused.explanation, position: refused.position },
    [refused, draft, values.q],
  );
  const run = (): void => {
    if (draft.trim() === '') return;
    if (draft === values.q) setRuns(runs + 1);
    else set({ q: draft, columns: '', row: '' });
  };
  const columns = first?.columns ?? [];
  const shown = shownColumns(columns, rows, values.columns === '' ? [] : values.columns.split(','));
  const opened = values.row === '' ? undefined : rows[Number(values.row)];
  const grid: readonly GridColumn<QueryRow>[] = shown.map((index, place) => ({
    key: String(index),
    title: harmless(columns[index]?.name ?? ''),
    width: `minmax(${columns[index]?.type === 'string' ? '8rem' : '5rem'}, 1fr)`,
    ...(/^(?:integer|number)$/.test(columns[index]?.type ?? '') ? { align: 'end' as const } : {}),
    ...(place === 0 ? { isMain: true } : {}),
    cell: (row: QueryRow) => <Name of={cellText(row[index])} />,
  }));
  return (
    <>
      <Heading title={texts.pages.query}>
        <span className={styles.examples}>
          {words.examplesTitle}
          {(['bySeverity', 'oldest', 'byPackage', 'registries'] as const).map((name) => (
            <Link key={name} href={href({ q: examples[name], columns: '', row: '' })}>
              {words.examples[name]}
            </Link>
          ))}
        </span>
      </Heading>
      <div className={styles.editor} data-refused={error !== undefined || undefined}>
        <Suspense fallback={<Skeleton rows={4} />}>
          <Editor text={draft} change={setDraft} run={run} error={error} language={language.data} />
        </Suspense>
        <div className={styles.commands}>
          <Button look="main" onClick={run} prevented={draft.trim() === '' ? words.empty : undefined}>
            <>
              {words.run} <kbd>{words.runKey}</kbd>
            </>
          </Button>
          <span className={styles.note} role="status">
            {graph.isFetching
              ? words.running
              : first === undefined
                ? hintOf(language)
                : [durationText(first.ms), ...(first.left === undefined ? [] : [words.left(first.left)])].join(' · ')}
          </span>
          {first?.asOf === undefined ? null : (
            <span className={styles.note}>
              {words.asOf} <Moment at={first.asOf} />
            </span>
          )}
          <span className={styles.copies}>
            <span>
              curl{' '}
              <Copy
                text={curlCommand(new URL(graphPath, location.origin).href, bodyOf(draft, scope))}
                label={words.copyCurl}
              />
            </span>
            <span>
              assay query <Copy text={assayCommand(draft, scope)} label={words.copyAssay} />
            </span>
          </span>
        </div>
      </div>
      {refused === undefined ? null : <Refused of={refused} query={values.q} />}
      {values.q === '' || refused !== undefined ? null : (
        <Answered from={graph}>
          {() => (
            <Section
              id="rows"
              title={words.rows}
              aside={
                <>
                  <Total of={graph} />
                  {rows.length === 0 ? null : (
                    <>
                      <Columns
                        of={columns}
                        shown={shown}
                        choose={(names) => set({ columns: names.join(',') }, { replace: true })}
                      />
                      <Button look="quiet" onClick={() => save('assay-query.csv', csvOf(columns, rows))}>
                        {graph.hasMore ? words.csvOfRead : texts.download.csv}
                      </Button>
                    </>
                  )}
                </>
              }
            >
              {speaksOfSeverity(values.q, columns, rows) ? (
                <p className={styles.severities}>{words.severities}</p>
              ) : null}
              {first?.isCut ? <p className={styles.severities}>{words.cut}</p> : null}
              {rows.length === 0 ? (
                <Nothing title={words.none} />
              ) : (
                <Table
                  caption={words.rows}
                  columns={grid}
                  rows={rows}
                  total={graph.total}
                  rowKey={(row) => String(rows.indexOf(row))}
                  rowName={(row) => cellText(row[shown[0] ?? 0])}
                  onOpen={(row) => set({ row: String(rows.indexOf(row)) })}
                  hasMore={graph.hasMore}
                  more={graph.more}
                />
              )}
            </Section>
          )}
        </Answered>
      )}
      {opened === undefined ? null : (
        <Dialog title={words.row(Number(values.row) + 1)} isOpen onClose={() => set({ row: '' })} place="side">
          <div className={styles.fields}>
            {columns.map(({ name }, index) =>
              cellText(opened[index]) === '' ? null : (
                <Facts key={name} of={[[harmless(name), <Value of={opened[index]} />]]} />
              ),
            )}
          </div>
        </Dialog>
      )}
    </>
  );
};
export default Page;
