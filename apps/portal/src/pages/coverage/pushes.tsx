import type { ReactElement } from 'react';
import { Link } from 'wouter';
import { answered, api } from '../../api/client.ts';
import type { components } from '../../api/generated/schema.ts';
import { useList, type Page as ListPage } from '../../api/use-answer.ts';
import { Digest } from '../../components/digest.tsx';
import { Answered, Chips, Nothing, NothingLeft } from '../../components/states.tsx';
import { Status } from '../../components/status.tsx';
import { Table, Total, type GridColumn } from '../../components/table.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { Heading } from '../../frame/heading.tsx';
import { useScope } from '../../frame/scope.tsx';
import { useFilters } from '../../hooks/use-filters.ts';
import { lastOf, wordFor } from '../../text/format.ts';
import { harmless } from '../../text/harmless.ts';
import { Name } from '../../text/name.tsx';
import { Moment } from '../../text/time.tsx';
import { texts } from '../../texts.ts';
import { outcomes } from './outcomes.ts';
import { coverageFilters } from './filters.ts';
import { secondsText } from './plots.tsx';
import styles from './coverage.module.css';

const words = texts.coverage;

type CoveredPush = components['schemas']['CoveredPush'];

const none = (
  <span className={styles.none} data-none>
    –
  </span>
);

const columns: readonly GridColumn<CoveredPush>[] = [
  {
    key: 'image',
    title: texts.images.columns.image,
    width: 'minmax(10rem, 2fr)',
    isMain: true,
    cell: ({ repository, digest }) => <Name of={repository ?? digest ?? words.unnamed} />,
  },
  {
    key: 'status',
    title: texts.images.columns.status,
    width: 'minmax(9rem, 1.6fr)',
    cell: ({ status, reason }) => <Status of={status} reason={reason} />,
  },
  {
    key: 'digest',
    title: texts.images.columns.digest,
    width: '8.5rem',
    cell: ({ digest }) => (digest === undefined ? none : <Digest of={digest} />),
  },
  {
    key: 'registry',
    title: texts.images.columns.registry,
    width: 'minmax(6rem, 1fr)',
    room: 'wide',
    cell: ({ registryId }) => (registryId === undefined ? none : <Name of={lastOf(registryId)} />),
  },
  {
    key: 'received',
    title: words.received,
    width: '14rem',
    cell: ({ receivedAt }) => <Moment at={receivedAt} />,
  },
  {
    key: 'learned',
    title: words.learned,
    width: '7rem',
    cell: ({ learned }) => harmless(wordFor(words.sender, learned)),
  },
  {
    key: 'seconds',
    title: words.took,
    width: '7rem',
    align: 'end',
    cell: ({ seconds, isLate }) =>
      seconds === undefined ? none : <span className={isLate ? styles.late : undefined}>{secondsText(seconds)}</span>,
  },
];

/** The pushes behind a number of the ledger. */
export const Pushes = (): ReactElement => {
  const filters = useFilters(coverageFilters);
  const { values, hiding, clear, href } = filters;
  const { day, registry, outcome, reason } = values;
  const scope = useScope();
  const query = {
    day,
    ...(scope === '' ? {} : { subscription: scope }),
    ...(registry === '' ? {} : { registry }),
    ...(outcome === '' ? {} : { outcome }),
    ...(reason === '' ? {} : { reason }),
  };
  const list = useList<CoveredPush, ListPage<CoveredPush>>(['/assay/coverage/images', query], ($skipToken, signal) =>
    answered(
      api.GET('/assay/coverage/images', {
        params: { query: { ...query, ...($skipToken === undefined ? {} : { $skipToken }) } },
        signal,
      }),
    ),
  );
  return (
    <>
      <Heading title={words.pushesOf(day)}>
        <Total of={list} />
        <Link href={href({ day: '', outcome: '', reason: '', registry: '' })}>{words.back}</Link>
      </Heading>
      <div className={styles.bar}>
        <Tabs
          label={texts.images.statusFilter}
          tabs={(['', ...outcomes] as const).map((one) => ({
            name: one === '' ? texts.images.tabs.all : words.outcomes[one],
            href: href({ outcome: one }),
            isCurrent: one === outcome,
          }))}
        />
        <Chips
          hiding={hiding
            .filter(({ name }) => name !== 'outcome')
            .map((filter) => (filter.name === 'registry' ? { ...filter, value: lastOf(filter.value) } : filter))}
          clear={clear}
        />
      </div>
      <Answered from={list} subject={day}>
        {() =>
          list.rows.length > 0 ? (
            <Table
              caption={words.pushesOf(day)}
              columns={columns}
              rows={list.rows}
              total={list.total}
              rowKey={({ pushId }) => pushId}
              rowName={({ repository, digest }) => `${repository ?? ''} ${digest ?? ''}`}
              href={({ digest }) => (digest === undefined ? href({}) : `/images/${digest}`)}
              hasMore={list.hasMore}
              more={list.more}
            />
          ) : hiding.length > 0 ? (
            <NothingLeft of={undefined} hiding={hiding} clear={clear} />
          ) : (
            <Nothing title={words.noneOf(day)} />
          )
        }
      </Answered>
    </>
  );
};
