import { useState, type ReactElement } from 'react';
import { answered, api } from '../../api/client.ts';
import type { components } from '../../api/generated/schema.ts';
import { useList } from '../../api/use-answer.ts';
import { usePrevented } from '../../api/use-me.ts';
import { Button } from '../../components/button.tsx';
import { Section } from '../../components/facts.tsx';
import { OrderDialog, type OperatorOrder } from '../../components/order-dialog.tsx';
import { SmallTable, type SmallColumn } from '../../components/small-table.tsx';
import { Answered } from '../../components/states.tsx';
import { numberText } from '../../text/format.ts';
import { Name } from '../../text/name.tsx';
import { Ago } from '../../text/time.tsx';
import { texts } from '../../texts.ts';
import styles from './operations.module.css';

const words = texts.operations.halted;

type HaltedPartition = components['schemas']['HaltedPartition'];

const orderOf = ({ target, rereads }: HaltedPartition): OperatorOrder => ({
  title: words.resumeTitle(target),
  meaning: <p>{words.resumeMeaning(rereads)}</p>,
  give: words.resume,
  isDangerous: true,
  operation: 'parked/write',
  paths: [`/assay/halted/${target}/resume`],
});

/** Partitions at a standstill. They are rare: without one, nothing is drawn but one line. */
export const Halted = (): ReactElement => {
  const [order, setOrder] = useState<OperatorOrder>();
  const prevented = usePrevented('parked/write', texts.rights.needs);
  const list = useList<HaltedPartition>(
    ['/assay/halted'],
    ($skipToken, signal) =>
      answered(api.GET('/assay/halted', { params: { query: $skipToken === undefined ? {} : { $skipToken } }, signal })),
    { every: 15_000 },
  );
  const columns: readonly SmallColumn<HaltedPartition>[] = [
    {
      key: 'target',
      title: words.columns.partition,
      isMain: true,
      cell: ({ service, topic, partition }) => <Name of={`${service} ${topic}/${partition}`} className="mono" />,
    },
    {
      key: 'why',
      grows: true,
      title: words.columns.why,
      cell: ({ message }) => (
        <p>
          <Name of={message} />
        </p>
      ),
    },
    { key: 'since', title: words.columns.since, align: 'end', cell: ({ since }) => <Ago at={since} /> },
    { key: 'rereads', title: words.columns.rereads, align: 'end', cell: ({ rereads }) => numberText(rereads) },
    {
      key: 'order',
      title: words.resume,
      isTitleHidden: true,
      align: 'end',
      cell: (halted) => (
        <Button look="quiet" prevented={prevented} onClick={() => setOrder(orderOf(halted))}>
          {words.resumeOpen}
        </Button>
      ),
    },
  ];
  return (
    <Section id="halted" title={words.title}>
      <Answered from={list} rows={2}>
        {() =>
          list.rows.length === 0 ? (
            <p className={styles.note}>{words.none}</p>
          ) : (
            <SmallTable caption={words.title} columns={columns} rows={list.rows} rowKey={({ target }) => target} />
          )
        }
      </Answered>
      {order === undefined ? null : <OrderDialog of={order} close={() => setOrder(undefined)} />}
    </Section>
  );
};
