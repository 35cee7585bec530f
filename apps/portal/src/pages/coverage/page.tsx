import { useState, type ReactElement } from 'react';
import { Link } from 'wouter';
import { answered, api } from '../../api/client.ts';
import type { components } from '../../api/generated/schema.ts';
import { useAnswer, useList, type Page as ListPage } from '../../api/use-answer.ts';
import { useRegistries } from '../../api/use-subscriptions.ts';
import { Section } from '../../components/facts.tsx';
import { Answered, Nothing } from '../../components/states.tsx';
import { Table, Total, type GridColumn } from '../../components/table.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { Untagged } from '../../components/untagged.tsx';
import { Heading } from '../../frame/heading.tsx';
import { useScope } from '../../frame/scope.tsx';
import { useFilters } from '../../hooks/use-filters.ts';
import { lastOf, numberText, wordFor } from '../../text/format.ts';
import { harmless } from '../../text/harmless.ts';
import { Name } from '../../text/name.tsx';
import { texts } from '../../texts.ts';
import { Equation } from './equation.tsx';
import { coverageFilters, lastDays, views } from './filters.ts';
import {
  AgesPlot,
  ChargesPlots,
  CoveragePlot,
  ResultsPlot,
  secondsText,
  UnhealthyPlot,
  withEveryDay,
} from './plots.tsx';
import { outcomes, type CoverageOutcome, type Sums } from './outcomes.ts';
import { Pushes } from './pushes.tsx';
import styles from './coverage.module.css';

const words = texts.coverage;

type Row = components['schemas']['CoverageRow'];
type Day = components['schemas']['CoverageDay'];
type LedgerPage = ListPage<Row> & {
  readonly total: number | undefined;
  readonly sums: Sums;
  /** All days of the filter, also those whose lines were not read yet. */
  readonly days: readonly Day[];
};

const none = (
  <span className={styles.none} data-none>
    –
  </span>
);

/** The same address but for the pushes of one number. */
type Open = (row: Row, outcome: CoverageOutcome | '') => string;

const numbers = (open: Open): readonly GridColumn<Row>[] =>
  outcomes.map((outcome, index) => ({
    key: outcome,
    title: `${index === 0 ? '=' : '+'} ${words.outcomes[outcome]}`,
    width: outcome === 'notApplicable' ? '8rem' : '7.5rem',
    align: 'end' as const,
    cell: (row: Row) =>
      row[outcome] === 0 ? (
        <span className={styles.none}>0</span>
      ) : (
        <Link href={open(row, outcome)} className={styles.number ?? ''} data-outcome={outcome}>
          {numberText(row[outcome])}
          <span className="hidden">
            {' '}
            {words.outcomes[outcome]}, {row.day}
          </span>
        </Link>
      ),
  }));

const columns = (open: Open): readonly GridColumn<Row>[] => [
  { key: 'day', title: texts.plots.day, width: '7.5rem', isMain: true, cell: ({ day }) => day },
  {
    key: 'registry',
    title: texts.images.columns.registry,
    width: 'minmax(7rem, 1fr)',
    cell: ({ registryId }) => <Name of={lastOf(registryId)} />,
  },
  {
    key: 'pushed',
    title: words.outcomes.pushed,
    width: '5.5rem',
    align: 'end',
    cell: (row) => (
      <Link href={open(row, '')} className={styles.number ?? ''}>
        {numberText(row.pushed)}
        <span className="hidden">
          {' '}
          {words.outcomes.pushed}, {row.day}
        </span>
      </Link>
    ),
  },
  ...numbers(open),
  {
    key: 'balances',
    title: words.balance,
    width: '6.5rem',
    cell: ({ balances }) =>
      balances ? <span className={styles.none}>{words.yes}</span> : <b className={styles.alarm}>▲ {words.no}</b>,
  },
  {
    key: 'learned',
    title: words.learned,
    width: 'minmax(8rem, 1.2fr)',
    room: 'wide',
    cell: ({ learned }) => <span className={styles.note}>{words.senders(learned)}</span>,
  },
  {
    key: 'late',
    title: words.late,
    width: '4.5rem',
    align: 'end',
    cell: ({ late }) => (late === 0 ? <span className={styles.none}>0</span> : <b className={styles.late}>{late}</b>),
  },
  {
    key: 'slowest',
    title: words.slowest,
    width: '6.5rem',
    align: 'end',
    room: 'wide',
    cell: ({ slowestSeconds }) => (slowestSeconds === undefined ? none : secondsText(slowestSeconds)),
  },
];

/** Each day as one column of the plot. */
const columnsOf = (days: readonly Day[]): readonly { readonly day: string; readonly counts: readonly number[] }[] =>
  withEveryDay(days.map((sums) => ({ day: sums.day, counts: outcomes.map((outcome) => sums[outcome]) }))).map(
    ({ day, counts = [] }) => ({ day, counts }),
  );

const Ledger = ({ from, to }: { readonly from: string; readonly to: string }): ReactElement => {
  const { values, href } = useFilters(coverageFilters);
  const scope = useScope();
  const query = {
    from,
    to,
    ...(values.registry === '' ? {} : { registry: values.registry }),
    ...(scope === '' ? {} : { subscription: scope }),
    top: 1000,
  };
  const list = useList<Row, LedgerPage>(['/assay/coverage', query], async ($skipToken, signal) => {
    const answer = await answered(
      api.GET('/assay/coverage', {
        params: { query: { ...query, ...($skipToken === undefined ? {} : { $skipToken }) } },
        signal,
      }),
    );
    const { total, ...page } = answer.data;
    return { ...answer, data: { ...page, total: undefined, sums: total } };
  });
  const { rows } = list;
  const open: Open = (row, outcome) => href({ day: row.day, registry: row.registryId, outcome, reason: '' });
  return (
    <Answered from={list}>
      {({ sums, days }) =>
        rows.length === 0 ? (
          <Nothing title={words.none} command="npx assay push e2e/images/debian-13.0 --wait">
            <p>{words.noneMeaning}</p>
          </Nothing>
        ) : (
          <>
            <Equation of={sums} />
            <ul className={styles.reasons}>
              {sums.reasons
                .filter(({ outcome }) => outcome !== 'assessed')
                .map(({ outcome, status, reason, count }) => (
                  <li key={`${outcome} ${status} ${reason ?? ''}`}>
                    {words.outcomes[outcome]}: <Name of={reason ?? wordFor(texts.statuses, status)} />{' '}
                    <b>{numberText(count)}</b>
                  </li>
                ))}
            </ul>
            <p className={styles.note}>
              {words.learnedOf} {words.senders(sums.learned)}
              {' · '}
              {words.timely(sums.inTime, sums.late)}
              {sums.p95Seconds === undefined ? '' : ` · ${words.p95(secondsText(sums.p95Seconds))}`}
            </p>
            <div className={styles.wide}>
              <CoveragePlot of={columnsOf(days)} />
            </div>
            <Section id="ledger" title={words.ledger} aside={<Total of={list}> {words.rows}</Total>}>
              <Table
                caption={words.ledger}
                cardsBelow={1000}
                columns={columns(open)}
                rows={rows}
                total={list.total}
                rowKey={({ day, registryId }) => `${day} ${registryId}`}
                rowName={({ day, registry }) => `${day} ${registry}`}
                href={(row) => open(row, '')}
                hasMore={list.hasMore}
                more={list.more}
              />
            </Section>
          </>
        )
      }
    </Answered>
  );
};

const Trends = ({ from, to }: { readonly from: string; readonly to: string }): ReactElement => {
  const scope = useScope();
  const query = { from, to, ...(scope === '' ? {} : { subscription: scope }) };
  const trends = useAnswer(['/assay/trends', query], (signal) =>
    answered(api.GET('/assay/trends', { params: { query }, signal })),
  );
  return (
    <Answered from={trends}>
      {({ days, ages, results, untaggedImages }) => (
        <>
          <Untagged images={untaggedImages} />
          <div className={styles.plots}>
            <UnhealthyPlot of={days} />
            <ResultsPlot of={results} />
            <AgesPlot of={ages} />
            <ChargesPlots of={days} />
          </div>
        </>
      )}
    </Answered>
  );
};

const Page = (): ReactElement => {
  const [now] = useState(() => Date.now());
  const { values, set, href } = useFilters(coverageFilters);
  const registries = useRegistries().data?.value ?? [];
  const usual = lastDays(values.view === 'trends' ? 90 : 14, now);
  const from = values.from || usual.from;
  const to = values.to || usual.to;
  if (values.day !== '') return <Pushes />;
  return (
    <>
      <Heading title={texts.pages.coverage}>
        <Tabs
          label={texts.pages.coverage}
          tabs={views.map((view) => ({
            name: words.views[view],
            href: href({ view }),
            isCurrent: view === values.view,
          }))}
        />
      </Heading>
      <div className={styles.bar}>
        <label>
          {texts.filters.names['from']}{' '}
          <input type="date" value={from} max={to} onChange={({ target }) => set({ from: target.value })} />
        </label>
        <label>
          {texts.filters.names['to']}{' '}
          <input type="date" value={to} min={from} onChange={({ target }) => set({ to: target.value })} />
        </label>
        <Tabs
          label={words.span}
          tabs={[14, 30, 90].map((count) => {
            const span = lastDays(count, now);
            return {
              name: words.days(count),
              href: href(span),
              isCurrent: from === span.from && to === span.to,
            };
          })}
        />
        {values.view === 'trends' ? null : (
          <select
            aria-label={texts.images.columns.registry}
            value={values.registry}
            onChange={({ target }) => set({ registry: target.value })}
          >
            <option value="">{words.everyRegistry}</option>
            {registries.map(({ registryId }) => (
              <option key={registryId} value={registryId}>
                {harmless(lastOf(registryId))}
              </option>
            ))}
          </select>
        )}
      </div>
      {values.view === 'trends' ? <Trends from={from} to={to} /> : <Ledger from={from} to={to} />}
    </>
  );
};
export default Page;
