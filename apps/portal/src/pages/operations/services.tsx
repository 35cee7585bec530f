import type { ReactElement } from 'react';
import { Link } from 'wouter';
import { answered, api } from '../../api/client.ts';
import type { components } from '../../api/generated/schema.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { Section } from '../../components/facts.tsx';
import { SmallTable, type SmallColumn } from '../../components/small-table.tsx';
import { Answered, Nothing } from '../../components/states.tsx';
import { durationText, numberText, wordFor } from '../../text/format.ts';
import { harmless } from '../../text/harmless.ts';
import { Name } from '../../text/name.tsx';
import { texts } from '../../texts.ts';
import { Standing } from './standing.tsx';
import styles from './operations.module.css';

const words = texts.operations.services;

type ServiceStanding = components['schemas']['ServiceStanding'];

const none = <span className={styles.none}>–</span>;

/** Records that a service may be behind without a reader noticing. */
const usualLag = 1000;
const usualOutboxSeconds = 30;

export const Notes = ({
  reasons,
  notes,
}: {
  readonly reasons: readonly string[];
  readonly notes: readonly string[];
}): ReactElement | null =>
  reasons.length + notes.length === 0 ? null : (
    <>
      {reasons.map((reason) => (
        <p key={reason} className={styles.reason}>
          <Name of={reason} />
        </p>
      ))}
      {notes.map((note) => (
        <p key={note} className={styles.note}>
          <Name of={note} />
        </p>
      ))}
    </>
  );

export const standingOf = (status: string): 'good' | 'warning' | 'alarm' =>
  status === 'ready' ? 'good' : status === 'unknown' ? 'warning' : 'alarm';

const columns: readonly SmallColumn<ServiceStanding>[] = [
  {
    key: 'name',
    title: words.columns.service,
    isMain: true,
    cell: ({ name, instance }) => (
      <>
        <Name of={name} />
        {instance === undefined ? null : (
          <span className={styles.note} title={harmless(instance)}>
            {' '}
            <Name of={instance.slice(0, 8)} />
          </span>
        )}
      </>
    ),
  },
  {
    key: 'status',
    title: words.columns.status,
    cell: ({ status }) => <Standing kind={standingOf(status)}>{harmless(wordFor(words.statuses, status))}</Standing>,
  },
  {
    key: 'lag',
    title: words.columns.lag,
    align: 'end',
    cell: ({ lag }) =>
      lag === undefined ? none : <Standing kind={lag > usualLag ? 'warning' : 'good'}>{numberText(lag)}</Standing>,
  },
  {
    key: 'outbox',
    title: words.columns.outbox,
    align: 'end',
    cell: ({ outboxAgeSeconds: age }) =>
      age === undefined ? (
        none
      ) : (
        <Standing kind={age > usualOutboxSeconds ? 'warning' : 'good'}>{durationText(age * 1000)}</Standing>
      ),
  },
  {
    key: 'parked',
    title: words.columns.parked,
    align: 'end',
    cell: ({ parked }) =>
      parked === undefined ? (
        none
      ) : parked === 0 ? (
        '0'
      ) : (
        <Link href="/operations/parked">
          <Standing kind="alarm">{numberText(parked)}</Standing>
        </Link>
      ),
  },
  {
    key: 'version',
    title: words.columns.version,
    cell: ({ version }) => (version === undefined ? none : <Name of={version} />),
  },
  {
    key: 'notes',
    grows: true,
    title: words.columns.notes,
    cell: ({ reasons, notes }) => <Notes reasons={reasons} notes={notes} />,
  },
];

export const useServices = () =>
  useAnswer(['/assay/services'], (signal) => answered(api.GET('/assay/services', { signal })), { every: 10_000 });

export const Services = (): ReactElement => (
  <Section id="services" title={words.title}>
    <Answered from={useServices()} rows={6}>
      {({ value }) =>
        value.length === 0 ? (
          <Nothing title={words.none} />
        ) : (
          <SmallTable
            caption={words.title}
            columns={columns}
            rows={value}
            rowKey={({ name, instance, address }) => `${name} ${instance ?? ''} ${address ?? ''}`}
          />
        )
      }
    </Answered>
  </Section>
);
