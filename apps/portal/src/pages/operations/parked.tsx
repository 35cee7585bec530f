import { useState, type ReactElement } from 'react';
import { Link } from 'wouter';
import { answered, api, askFor } from '../../api/client.ts';
import type { components } from '../../api/generated/schema.ts';
import { useAnswer, useList } from '../../api/use-answer.ts';
import { usePrevented } from '../../api/use-me.ts';
import { Button } from '../../components/button.tsx';
import { Copy } from '../../components/copy.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Digest } from '../../components/digest.tsx';
import { Card, Facts, Section } from '../../components/facts.tsx';
import { OrderDialog, type OperatorOrder } from '../../components/order-dialog.tsx';
import { SmallTable, type SmallColumn } from '../../components/small-table.tsx';
import { Answered, Nothing } from '../../components/states.tsx';
import { Total } from '../../components/table.tsx';
import { useFilters } from '../../hooks/use-filters.ts';
import { numberText } from '../../text/format.ts';
import { harmless } from '../../text/harmless.ts';
import { Name } from '../../text/name.tsx';
import { Ago, Moment } from '../../text/time.tsx';
import { texts } from '../../texts.ts';
import { causesOf, type ParkedCause, type ListedEvent } from './causes.ts';
import { parkedFilters } from './parts.ts';
import styles from './operations.module.css';

const words = texts.operations.parked;

const orderOf = (act: 'redrive' | 'drop', events: readonly ListedEvent[]): OperatorOrder => ({
  title: words[act].title(events.length),
  meaning: <p>{words[act].meaning}</p>,
  give: words[act].give(events.length),
  isDangerous: act === 'drop',
  operation: 'parked/write',
  paths: events.map(({ target }) => `/assay/parked/${target}/${act}`),
});

/** The value of a record, spaced if it is JSON. */
const spaced = (value: string): string => {
  try {
    return JSON.stringify(JSON.parse(value), undefined, 2);
  } catch {
    return value;
  }
};

const RecordPanel = ({ target, close }: { readonly target: string; readonly close: () => void }): ReactElement => (
  <Dialog title={<Name of={target} className="mono" />} isOpen onClose={close} place="side">
    <Answered
      from={useAnswer(['/assay/parked', target], (signal) =>
        askFor<components['schemas']['ParkedRecord']>(`/assay/parked/${target}`, {}, { signal }),
      )}
      subject={target}
    >
      {(event) => (
        <>
          <Facts
            of={[
              [words.columns.since, <Moment at={event.since} />],
              [words.facts.code, event.code === undefined ? undefined : <Name of={event.code} className="mono" />],
              [words.facts.id, event.id === undefined ? undefined : <Name of={event.id} className="mono" />],
              [words.facts.key, event.key === undefined ? undefined : <Name of={event.key} className="mono" />],
            ]}
          />
          <p>
            <Name of={event.message} />
          </p>
          {event.record === undefined ? (
            <p className={styles.note}>{words.noRecord}</p>
          ) : (
            <>
              <h3>{words.facts.record(event.record.bytes)}</h3>
              <Facts
                of={Object.entries(event.record.headers).map(
                  ([name, value]) => [harmless(name), <Name of={value} className="mono" />] as const,
                )}
              />
              <pre className={styles.record} tabIndex={0} aria-label={words.facts.record(event.record.bytes)}>
                {harmless(spaced(event.record.value))}
              </pre>
              <span className={styles.note}>
                {event.record.truncated ? words.truncated : null} <Copy text={event.record.value} />
              </span>
            </>
          )}
        </>
      )}
    </Answered>
  </Dialog>
);

const isDigest = (text: string | undefined): text is string => text !== undefined && /^sha256:[0-9a-f]{64}$/.test(text);

const Cause = ({
  of: { code, message, events, since, isWaiting },
  prevented,
  give,
  open,
}: {
  readonly of: ParkedCause;
  readonly prevented: string | undefined;
  readonly give: (order: OperatorOrder) => void;
  readonly open: (event: ListedEvent) => void;
}): ReactElement => {
  const columns: readonly SmallColumn<ListedEvent>[] = [
    {
      key: 'event',
      title: words.columns.event,
      isMain: true,
      cell: (event) => (
        <button type="button" className={styles.opens} onClick={() => open(event)}>
          <Name of={event.target} className="mono" />
        </button>
      ),
    },
    {
      key: 'image',
      grows: true,
      title: words.columns.image,
      cell: ({ key, repositories = [] }) => (
        <>
          <Name of={repositories.slice(0, 2).join(', ')} />{' '}
          {isDigest(key) ? (
            <Link href={`/images/${key}`}>
              <Digest of={key} />
            </Link>
          ) : null}
        </>
      ),
    },
    { key: 'since', title: words.columns.since, align: 'end', cell: (event) => <Ago at={event.since} /> },
    ...(isWaiting
      ? [
          {
            key: 'waits',
            title: words.columns.waits,
            cell: ({ waitsFor = '' }: ListedEvent) => <Name of={waitsFor} className="mono" />,
          },
        ]
      : [
          {
            key: 'orders',
            title: words.columns.orders,
            isTitleHidden: true,
            align: 'end' as const,
            cell: (event: ListedEvent) => (
              <>
                <Button look="quiet" prevented={prevented} onClick={() => give(orderOf('redrive', [event]))}>
                  {words.redrive.open}
                </Button>
                <Button look="quiet" prevented={prevented} onClick={() => give(orderOf('drop', [event]))}>
                  {words.drop.open}
                </Button>
              </>
            ),
          },
        ]),
  ];
  return (
    <Card>
      <header className={styles.cause}>
        <div>
          <h3>{isWaiting ? words.waiting(events.length) : <Name of={message} />}</h3>
          <p className={styles.note}>
            {isWaiting ? (
              words.waitingMeaning
            ) : (
              <>
                {code === undefined ? null : (
                  <>
                    <Name of={code} className="mono" /> ·{' '}
                  </>
                )}
                {words.count(events.length)} · {words.oldest} <Ago at={since} />
              </>
            )}
          </p>
        </div>
        {isWaiting || events.length < 2 ? null : (
          <span className={styles.commands}>
            <Button prevented={prevented} onClick={() => give(orderOf('redrive', events))}>
              {words.redrive.all(events.length)}
            </Button>
            <Button look="quiet" prevented={prevented} onClick={() => give(orderOf('drop', events))}>
              {words.drop.all(events.length)}
            </Button>
          </span>
        )}
      </header>
      <SmallTable caption={harmless(message)} columns={columns} rows={events} rowKey={({ target }) => target} />
    </Card>
  );
};

/** Events that could not be handled, by what went wrong. */
export const Parked = (): ReactElement => {
  const { values, set } = useFilters(parkedFilters);
  const [order, setOrder] = useState<OperatorOrder>();
  const prevented = usePrevented('parked/write', texts.rights.needs);
  const list = useList<ListedEvent>(
    ['/assay/parked'],
    ($skipToken, signal) =>
      answered(api.GET('/assay/parked', { params: { query: $skipToken === undefined ? {} : { $skipToken } }, signal })),
    { every: 15_000 },
  );
  return (
    <Section id="parked" title={words.title} aside={<Total of={list} />}>
      <Answered from={list} rows={4}>
        {() =>
          list.rows.length === 0 ? (
            <Nothing title={words.none}>
              <p>{words.noneMeaning}</p>
            </Nothing>
          ) : (
            <div className={styles.causes}>
              {causesOf(list.rows).map((cause) => (
                <Cause
                  key={cause.key}
                  of={cause}
                  prevented={prevented}
                  give={setOrder}
                  open={({ target }) => set({ open: target })}
                />
              ))}
              {list.hasMore ? <Button onClick={list.more}>{words.more(numberText(list.rows.length))}</Button> : null}
            </div>
          )
        }
      </Answered>
      {order === undefined ? null : <OrderDialog of={order} close={() => setOrder(undefined)} />}
      {values.open === '' ? null : <RecordPanel target={values.open} close={() => set({ open: '' })} />}
    </Section>
  );
};
