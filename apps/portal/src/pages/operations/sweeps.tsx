import { useState, type ReactElement } from 'react';
import { answered, api } from '../../api/client.ts';
import type { components } from '../../api/generated/schema.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { usePrevented } from '../../api/use-me.ts';
import { Button } from '../../components/button.tsx';
import { Section } from '../../components/facts.tsx';
import { OrderDialog, type OperatorOrder } from '../../components/order-dialog.tsx';
import { SmallTable, type SmallColumn } from '../../components/small-table.tsx';
import { Answered, Nothing } from '../../components/states.tsx';
import { lastOf } from '../../text/format.ts';
import { Name } from '../../text/name.tsx';
import { Ago } from '../../text/time.tsx';
import { texts } from '../../texts.ts';
import { Standing } from './standing.tsx';
import styles from './operations.module.css';
import { inAddress } from '../../text/in-address.ts';

const words = texts.operations.sweeps;

type SweepStanding = components['schemas']['SweepStanding'];

const kindOf = (state: SweepStanding['state']): 'good' | 'warning' | 'alarm' =>
  state === 'held' || state === 'failed' ? 'alarm' : state === 'unknown' ? 'warning' : 'good';

/** The words for a sweep, or for closings for want of a tag, which are listed here, too. */
const wordsOf = (loginServer: string): typeof words.closings =>
  /^untagged-\d+$/.test(loginServer) ? words.closings : words;

const orderOf = ({ loginServer, gone = 0 }: SweepStanding): OperatorOrder => ({
  title: wordsOf(loginServer).confirmTitle(loginServer),
  meaning: <p>{wordsOf(loginServer).confirmMeaning(gone)}</p>,
  give: wordsOf(loginServer).confirm(gone),
  isDangerous: true,
  operation: 'sweeps/write',
  paths: [`/assay/sweeps/${inAddress(loginServer)}/confirm`],
});

/** The sweeps of the registries, by which an image is found that no notification named. */
export const Sweeps = (): ReactElement => {
  const [order, setOrder] = useState<OperatorOrder>();
  const prevented = usePrevented('sweeps/write', texts.rights.needs);
  const columns: readonly SmallColumn<SweepStanding>[] = [
    {
      key: 'registry',
      title: words.columns.registry,
      isMain: true,
      cell: ({ registryId, loginServer }) => (
        <>
          <Name of={lastOf(registryId)} />{' '}
          <span className={styles.note}>
            <Name of={loginServer} />
          </span>
        </>
      ),
    },
    {
      key: 'state',
      title: words.columns.state,
      cell: ({ state }) => <Standing kind={kindOf(state)}>{words.states[state]}</Standing>,
    },
    {
      key: 'since',
      title: words.columns.since,
      align: 'end',
      cell: ({ since }) => (since === undefined ? <span className={styles.none}>–</span> : <Ago at={since} />),
    },
    {
      key: 'why',
      grows: true,
      title: words.columns.why,
      cell: ({ loginServer, why, gone, known, state }) => (
        <>
          {gone === undefined || state !== 'held' ? null : <p>{wordsOf(loginServer).gone(gone, known)}</p>}
          {why === undefined ? null : (
            <p className={styles.note}>
              <Name of={why} />
            </p>
          )}
        </>
      ),
    },
    {
      key: 'order',
      title: words.columns.order,
      isTitleHidden: true,
      align: 'end',
      cell: (sweep) =>
        sweep.state === 'held' ? (
          <Button look="quiet" prevented={prevented} onClick={() => setOrder(orderOf(sweep))}>
            {words.confirmOpen}
          </Button>
        ) : null,
    },
  ];
  return (
    <Section id="sweeps" title={words.title}>
      <Answered
        from={useAnswer(['/assay/sweeps'], (signal) => answered(api.GET('/assay/sweeps', { signal })), {
          every: 30_000,
        })}
        rows={3}
      >
        {({ value }) =>
          value.length === 0 ? (
            <Nothing title={words.none} />
          ) : (
            <SmallTable caption={words.title} columns={columns} rows={value} rowKey={({ registryId }) => registryId} />
          )
        }
      </Answered>
      {order === undefined ? null : <OrderDialog of={order} close={() => setOrder(undefined)} />}
    </Section>
  );
};
