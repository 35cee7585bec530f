import type { ReactElement } from 'react';
import { Link } from 'wouter';
import { answered, api } from '../../api/client.ts';
import type { JsonOf } from '../../api/lists.ts';
import { useList } from '../../api/use-answer.ts';
import { Button } from '../../components/button.tsx';
import { Section } from '../../components/facts.tsx';
import { SeverityBar } from '../../components/severity.tsx';
import { Answered } from '../../components/states.tsx';
import { Status } from '../../components/status.tsx';
import { wordFor } from '../../text/format.ts';
import { Name } from '../../text/name.tsx';
import { Moment } from '../../text/time.tsx';
import { texts } from '../../texts.ts';
import type { PlacedImage } from './placement.ts';
import styles from './history.module.css';

type PastResults = JsonOf<'History.history'>;

const words = texts.history;

/** Every result that the image had at its place, the newest first, and the way to see what changed. */
export const History = ({ of }: { readonly of: PlacedImage }): ReactElement => {
  const { digest, repository, subscriptionId, registryId } = of;
  const path = { digest };
  const list = useList<PastResults['value'][number]>(
    ['/assay/images', digest, 'history', repository, subscriptionId],
    ($skipToken, signal) =>
      answered(
        api.GET('/assay/images/{digest}/history', {
          params: {
            path,
            query: { repository, subscription: subscriptionId, ...($skipToken === undefined ? {} : { $skipToken }) },
          },
          signal,
        }),
      ),
  );
  const rows = list.rows.filter((row) => row.registryId === registryId);
  return (
    <Section id="history" title={words.title}>
      <Answered from={list} rows={3}>
        {() => (
          <ol className={styles.history}>
            {rows.map((row, index) => {
              const before = rows[index + 1];
              const query = new URLSearchParams({
                from: `${digest}@${before?.at ?? ''}`,
                to: `${digest}@${row.at}`,
                repository,
              });
              return (
                <li key={row.id}>
                  <span className={styles.line}>
                    <Status of={row.status} reason={row.reason} />
                    <Moment at={row.at} />
                  </span>
                  <span className={styles.line}>
                    <Name of={wordFor(words.causes, row.cause)} />
                    {row.bySeverity === undefined ? null : <SeverityBar counts={row.bySeverity} />}
                    {before === undefined ? null : <Link href={`/compare?${query.toString()}`}>{words.compare}</Link>}
                  </span>
                </li>
              );
            })}
          </ol>
        )}
      </Answered>
      {list.hasMore ? (
        <Button look="quiet" onClick={list.more}>
          {words.more}
        </Button>
      ) : null}
    </Section>
  );
};
