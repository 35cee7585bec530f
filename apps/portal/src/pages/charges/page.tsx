import { useEffect, useState, type ReactElement } from 'react';
import { Link } from 'wouter';
import { answered, api, askBill } from '../../api/client.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { Digest } from '../../components/digest.tsx';
import { Download } from '../../components/download.tsx';
import { Section } from '../../components/facts.tsx';
import { Answered, Chips, Nothing, NothingLeft } from '../../components/states.tsx';
import { Table, Total, type GridColumn } from '../../components/table.tsx';
import { TextFilter } from '../../components/text-filter.tsx';
import { Heading } from '../../frame/heading.tsx';
import { useScope } from '../../frame/scope.tsx';
import { text, viewed, type Filter } from '../../hooks/filters.ts';
import { useFilters } from '../../hooks/use-filters.ts';
import { lastOf, numberText } from '../../text/format.ts';
import { Name } from '../../text/name.tsx';
import { Moment } from '../../text/time.tsx';
import { texts } from '../../texts.ts';
import { ChargesPlot } from '../../components/charges-plot.tsx';
import { ChargePanel } from './charge-panel.tsx';
import { Closed, CloseMonth } from './closing.tsx';
import {
  byDay,
  byRepository,
  daysOf,
  monthOf,
  monthToClose,
  monthsUntil,
  monthText,
  sumsText,
  totalsIn,
  type ChargeLine,
} from './month.ts';
import { NotCharged } from './not-charged.tsx';
import { Repositories } from './repositories.tsx';
import styles from './charges.module.css';
import { correctionTexts } from './texts.ts';

const words = texts.charges;

/** A month, as in `2026-11`; empty before it is known which one waits to be closed. */
const month = (): Filter<string> => ({
  fallback: '',
  parse: (raw) => (/^[1-9]\d{3}-(0[1-9]|1[0-2])$/.test(raw) ? raw : ''),
  format: (value) => value || undefined,
  isView: true,
});

const chargeFilters = { period: month(), repository: text(), open: viewed(text()) };

const columns: readonly GridColumn<ChargeLine>[] = [
  {
    key: 'image',
    title: texts.images.columns.image,
    width: 'minmax(11rem, 2fr)',
    isMain: true,
    cell: ({ repository, tags }) => (
      <>
        <Name of={repository} />
        {tags[0] === undefined ? null : (
          <span className={styles.note}>
            :<Name of={tags[0]} />
          </span>
        )}
      </>
    ),
  },
  { key: 'digest', title: texts.images.columns.digest, width: '8.5rem', cell: ({ digest }) => <Digest of={digest} /> },
  {
    key: 'amount',
    title: words.columns.amount,
    width: '8rem',
    align: 'end',
    cell: ({ amount, currency }) => (
      <>
        {amount} <span className={styles.note}>{currency}</span>
      </>
    ),
  },
  {
    key: 'why',
    title: words.columns.why,
    width: 'minmax(9rem, 1fr)',
    cell: ({ correctionOf, corrections }) =>
      correctionOf !== undefined ? words.correction : corrections ? words.corrected : words.firstResult,
  },
  { key: 'pushed', title: words.columns.pushed, width: '14rem', cell: ({ pushedAt }) => <Moment at={pushedAt} /> },
  {
    key: 'charged',
    title: words.columns.charged,
    width: '14rem',
    room: 'wide',
    cell: ({ chargedFor }) => <Moment at={chargedFor} />,
  },
  {
    key: 'registry',
    title: texts.images.columns.registry,
    width: 'minmax(6rem, 1fr)',
    room: 'wide',
    cell: ({ registryId }) => <Name of={lastOf(registryId)} />,
  },
  {
    key: 'rule',
    title: words.columns.rule,
    width: '9.5rem',
    room: 'wide',
    cell: ({ priceRule }) => <Name of={priceRule} />,
  },
];

/** The sum of a month that waits to be closed, which leads to it. */
const NotClosed = ({ month }: { readonly month: string }): ReactElement | null => {
  const scope = useScope();
  const { href } = useFilters(chargeFilters);
  const { data } = useAnswer(['/assay/charges', month], (signal) => askBill(month, signal));
  return data === undefined ? null : (
    <Link className={styles.waiting} href={href({ period: month, repository: '', open: '' })}>
      {correctionTexts.notClosed(monthText(month), sumsText(totalsIn(data, scope)))}
    </Link>
  );
};

const Page = (): ReactElement => {
  const [now] = useState(() => Date.now());
  const scope = useScope();
  const { values, set, hiding, clear } = useFilters(chargeFilters);
  const period = values.period || monthOf(now);
  const days = daysOf(period, now);
  const periods = useAnswer(['/assay/periods', scope], (signal) =>
    answered(api.GET('/assay/periods', { params: { query: scope === '' ? {} : { subscription: scope } }, signal })),
  );
  const charges = useAnswer(['/assay/charges', period], (signal) => askBill(period, signal));
  const closed = periods.data?.value ?? [];
  const toClose = monthToClose(now, closed);
  const isOpened = values.period !== '';
  useEffect(() => {
    if (!isOpened && toClose !== undefined) set({ period: toClose }, { replace: true });
    // Another address alone does not make the page go elsewhere.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [isOpened, toClose]);
  const free = <NotCharged days={days.length === 0 ? [`${period}-01`] : days} />;
  const closing = closed.find((one) => one.period === period);
  return (
    <>
      <Heading title={texts.pages.charges}>
        <select
          aria-label={words.month}
          value={period}
          onChange={({ target }) => set({ period: target.value, repository: '' })}
        >
          {monthsUntil(now, [...closed.map((one) => one.period), period]).map((one) => (
            <option key={one} value={one}>
              {monthText(one)}
            </option>
          ))}
        </select>
        <span className={styles.note}>
          {closing === undefined ? (
            period === monthOf(now) ? (
              words.running
            ) : (
              words.open
            )
          ) : (
            <>
              {words.states[closing.state]} <Name of={closing.by} /> {words.at} <Moment at={closing.since} />
            </>
          )}
        </span>
        <span className={styles.commands}>
          <Download
            path={`/assay/export?format=focus-csv&period=${period}`}
            accept="text/csv"
            name={`assay-focus-${period}.csv`}
          >
            {words.focus}
          </Download>
          <Download
            ask={async () => Response.json({ period, ...(await askBill(period)).data })}
            name={`assay-charges-${period}.json`}
          >
            JSON
          </Download>
          <CloseMonth
            // The question about one month must not become that about another.
            key={period}
            period={period}
            closing={closing}
            bill={charges.isPrevious || periods.data === undefined ? undefined : charges.data}
            now={now}
          />
        </span>
      </Heading>
      <Answered from={charges} subject={monthText(period)}>
        {({ value, totals, waiting }) => {
          const inScope = value.filter(({ subscriptionId }) => scope === '' || subscriptionId === scope);
          const shown = inScope.filter(({ repository }) =>
            values.repository === '' ? true : repository.includes(values.repository),
          );
          // The newest first, as everywhere else.
          const rows = shown.toSorted((a, b) => b.chargedFor.localeCompare(a.chargedFor));
          const opened = value.find(({ chargeId }) => chargeId === values.open);
          const sums = totalsIn({ value, totals }, scope);
          const unpriced = waiting.filter(({ subscriptionId }) => scope === '' || subscriptionId === scope);
          const corrections = inScope.filter(({ correctionOf }) => correctionOf !== undefined).length;
          return (
            <>
              <div className={styles.totals}>
                {sums.length === 0 ? <b>0</b> : null}
                {sums.map((total) => (
                  <p key={total.currency}>
                    <b>
                      {total.amount} {total.currency}
                    </b>{' '}
                    <span className={styles.note}>{words.charges(total.charges)}</span>
                  </p>
                ))}
                {corrections === 0 ? null : <span className={styles.note}>{words.corrections(corrections)}</span>}
                {unpriced.length === 0 ? null : (
                  <span className={styles.waiting}>{words.waiting(unpriced.length)}</span>
                )}
                {toClose === undefined || toClose === period ? null : <NotClosed month={toClose} />}
                {closed.toReversed().map((one) =>
                  one.period === period || one.file === undefined ? null : (
                    <span key={one.period} className={styles.note}>
                      {words.closedMonth(monthText(one.period), sumsText((one.inScope ?? one.file).totals))}
                    </span>
                  ),
                )}
              </div>
              {closing === undefined ? null : <Closed of={closing} />}
              {inScope.length === 0 ? (
                <>
                  <Nothing title={words.none(monthText(period))}>
                    <p>{words.noneMeaning}</p>
                  </Nothing>
                  {free}
                </>
              ) : (
                <>
                  <div className={styles.pair}>
                    {byDay(inScope, days).map(({ currency, sums: amounts, late }) => (
                      <ChargesPlot
                        key={currency}
                        currency={currency}
                        of={amounts.map((amount, index) => ({ day: days[index] ?? '', amount }))}
                        brief={(day) => String(Number(day.slice(8)))}
                        note={late && words.late(late.charges, `${late.amount} ${late.currency}`)}
                      />
                    ))}
                    <Repositories
                      of={byRepository(inScope)}
                      chosen={values.repository}
                      choose={(repository) => set({ repository })}
                    />
                  </div>
                  {free}
                  <Section
                    id="lines"
                    title={words.lines}
                    aside={
                      <>
                        <Total
                          of={{ data: charges.data, rows, total: rows.length }}
                          within={hiding.length > 0 ? inScope.length : undefined}
                        />
                        <TextFilter
                          label={texts.filters.names['repository'] ?? ''}
                          value={values.repository}
                          set={(repository) => set({ repository }, { replace: true })}
                        />
                        <Chips hiding={hiding} clear={clear} />
                      </>
                    }
                  >
                    {rows.length === 0 ? (
                      <NothingLeft of={inScope.length} hiding={hiding} clear={clear} />
                    ) : (
                      <Table
                        caption={`${words.lines}, ${monthText(period)}: ${numberText(rows.length)}`}
                        columns={columns}
                        rows={rows}
                        total={rows.length}
                        rowKey={({ chargeId }) => chargeId}
                        rowName={({ repository, digest }) => `${repository} ${digest}`}
                        onOpen={({ chargeId }) => set({ open: chargeId })}
                      />
                    )}
                  </Section>
                </>
              )}
              {opened === undefined ? null : <ChargePanel of={opened} close={() => set({ open: '' })} />}
            </>
          );
        }}
      </Answered>
    </>
  );
};
export default Page;
