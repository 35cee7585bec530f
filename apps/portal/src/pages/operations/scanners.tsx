import { useState, type ReactElement } from 'react';
import { Link } from 'wouter';
import { answered, api } from '../../api/client.ts';
import type { components } from '../../api/generated/schema.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { usePrevented } from '../../api/use-me.ts';
import { Button } from '../../components/button.tsx';
import { Copy } from '../../components/copy.tsx';
import { Digest } from '../../components/digest.tsx';
import { Section } from '../../components/facts.tsx';
import { OrderDialog, type OperatorOrder } from '../../components/order-dialog.tsx';
import { SmallTable, type SmallColumn } from '../../components/small-table.tsx';
import { Answered, Nothing } from '../../components/states.tsx';
import { numberText, spanText } from '../../text/format.ts';
import { Name } from '../../text/name.tsx';
import { Ago, Moment } from '../../text/time.tsx';
import { texts } from '../../texts.ts';
import { Standing } from './standing.tsx';
import styles from './operations.module.css';

const words = texts.operations.scanners;

type ScannerBuild = components['schemas']['ScannerBuild'];
type DatabaseStanding = components['schemas']['DatabaseStanding'];

const nameOf = ({ name, version, digest }: ScannerBuild): string =>
  name === undefined ? digest : `${name} ${version ?? ''}`;

const orderOf = (build: ScannerBuild): OperatorOrder => ({
  title: words.recallTitle(nameOf(build)),
  meaning: <p>{words.recallMeaning(build.images)}</p>,
  give: words.recall(build.images),
  isDangerous: true,
  operation: 'scanners/write',
  paths: [`/assay/scanners/${build.digest}/recall`],
});

/** Builds of scanners that images depend on, and the recall of one that cannot be trusted. */
const Builds = (): ReactElement => {
  const [order, setOrder] = useState<OperatorOrder>();
  const prevented = usePrevented('scanners/write', texts.rights.needs);
  const columns: readonly SmallColumn<ScannerBuild>[] = [
    {
      key: 'name',
      title: words.columns.build,
      isMain: true,
      cell: (build) => <Name of={nameOf(build)} />,
    },
    {
      key: 'digest',
      title: words.columns.digest,
      cell: ({ digest }) => (
        <>
          <Digest of={digest} /> <Copy text={digest} />
        </>
      ),
    },
    { key: 'images', title: words.columns.images, align: 'end', cell: ({ images }) => numberText(images) },
    {
      key: 'state',
      grows: true,
      title: words.columns.state,
      cell: ({ recalled, images }) =>
        recalled === undefined ? (
          words.trusted
        ) : (
          <>
            <Standing kind={images > 0 ? 'alarm' : 'warning'}>
              {words.recalled} <Ago at={recalled.since} /> {texts.ago}
            </Standing>
            <p className={styles.note}>
              <Name of={recalled.by} />: <Name of={recalled.why} />
            </p>
            {images === 0 ? null : (
              <Link href="/images?status=undetermined&reason=scanner-recalled">{words.stillOf(images)}</Link>
            )}
          </>
        ),
    },
    {
      key: 'order',
      title: words.recallOpen,
      isTitleHidden: true,
      align: 'end',
      cell: (build) =>
        build.recalled === undefined ? (
          <Button look="quiet" prevented={prevented} onClick={() => setOrder(orderOf(build))}>
            {words.recallOpen}
          </Button>
        ) : null,
    },
  ];
  return (
    <Section id="builds" title={words.title}>
      <Answered
        from={useAnswer(['/assay/scanners'], (signal) => answered(api.GET('/assay/scanners', { signal })), {
          every: 15_000,
        })}
        rows={2}
      >
        {({ value }) =>
          value.length === 0 ? (
            <Nothing title={words.none} />
          ) : (
            <SmallTable caption={words.title} columns={columns} rows={value} rowKey={({ digest }) => digest} />
          )
        }
      </Answered>
      {order === undefined ? null : <OrderDialog of={order} close={() => setOrder(undefined)} />}
    </Section>
  );
};

const databaseColumns: readonly SmallColumn<DatabaseStanding>[] = [
  { key: 'built', title: words.databases.built, isMain: true, cell: ({ builtAt }) => <Moment at={builtAt} /> },
  {
    key: 'age',
    title: words.databases.age,
    align: 'end',
    cell: ({ builtAt }) => <Ago at={builtAt} />,
  },
  {
    key: 'state',
    title: words.databases.state,
    cell: ({ state, demonstration }) => (
      <Standing kind={state === 'recalled' ? 'alarm' : demonstration ? 'warning' : 'good'}>
        {words.databases.states[state]}
        {demonstration ? `, ${texts.evidence.demonstration}` : ''}
      </Standing>
    ),
  },
  {
    key: 'entries',
    title: words.databases.entries,
    align: 'end',
    cell: ({ entries }) => (entries === undefined ? <span className={styles.none}>–</span> : numberText(entries)),
  },
  {
    key: 'digest',
    grows: true,
    title: words.columns.digest,
    cell: ({ digest }) => (
      <>
        <Digest of={digest} /> <Copy text={digest} />
      </>
    ),
  },
];

/** The newest databases; older ones are in the log. */
const shownDatabases = 8;

const Databases = (): ReactElement => (
  <Section id="databases" title={words.databases.title}>
    <Answered
      from={useAnswer(['/assay/databases'], (signal) => answered(api.GET('/assay/databases', { signal })), {
        every: 60_000,
      })}
      rows={3}
    >
      {({ value, freshness }) => (
        <>
          <p className={styles.fresh}>
            <Standing kind={freshness.level}>
              {freshness.ageSeconds === undefined
                ? words.databases.unknown
                : words.databases.announced(spanText(freshness.ageSeconds * 1000))}
            </Standing>
            {freshness.failing === undefined ? null : (
              <span>
                {words.databases.failing} <Ago at={freshness.failing.since} />: <Name of={freshness.failing.why} />
              </span>
            )}
            {freshness.notes.map((note) => (
              <span key={note} className={styles.note}>
                <Name of={note} />
              </span>
            ))}
          </p>
          {value.length === 0 ? (
            <Nothing title={words.databases.none} command="npx assay database update" />
          ) : (
            <SmallTable
              caption={words.databases.title}
              columns={databaseColumns}
              rows={value.slice(0, shownDatabases)}
              rowKey={({ digest }) => digest}
            />
          )}
        </>
      )}
    </Answered>
  </Section>
);

export const Scanners = (): ReactElement => (
  <>
    <Builds />
    <Databases />
  </>
);
