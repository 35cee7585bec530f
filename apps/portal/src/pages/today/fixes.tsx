import type { ReactElement } from 'react';
import { Link } from 'wouter';
import { askFor, pageQuery } from '../../api/client.ts';
import type { components } from '../../api/generated/schema.ts';
import type { ImagesPage, JsonOf } from '../../api/lists.ts';
import { useAnswer, useList } from '../../api/use-answer.ts';
import { FirstPush } from '../../components/first-push.tsx';
import { Section } from '../../components/facts.tsx';
import { SeverityBar } from '../../components/severity.tsx';
import { Answered, Nothing } from '../../components/states.tsx';
import { Table, Total, type GridColumn } from '../../components/table.tsx';
import { Untagged } from '../../components/untagged.tsx';
import { useScope } from '../../frame/scope.tsx';
import { flag, viewed } from '../../hooks/filters.ts';
import { useFilters } from '../../hooks/use-filters.ts';
import { numberText } from '../../text/format.ts';
import { Name } from '../../text/name.tsx';
import { texts } from '../../texts.ts';
import styles from './today.module.css';
import { inAddress } from '../../text/in-address.ts';

const words = texts.today.fixes;

type ListedFix = components['schemas']['Fix'];

/** State of the list: whether it is whole. */
const fixFilters = { all: viewed(flag()) };

const columns: readonly GridColumn<ListedFix>[] = [
  {
    key: 'package',
    title: words.columns.package,
    width: 'minmax(6.5rem, 1fr)',
    isMain: true,
    cell: ({ package: name }) => <Name of={name} className={styles.strong ?? ''} />,
  },
  {
    key: 'to',
    title: words.columns.to,
    width: 'minmax(9rem, 2.6fr)',
    cell: ({ fixed, type, system }) => (
      <span>
        <span className={styles.note}>→</span> <Name of={fixed} className="mono" />{' '}
        <Name of={system ?? type} className={styles.note ?? ''} />
      </span>
    ),
  },
  {
    key: 'closes',
    title: words.columns.closes,
    width: '7.5rem',
    align: 'end',
    cell: ({ closes, of }) => (
      <>
        <b>{numberText(closes)}</b> <span className={styles.note}>{words.of(of)}</span>
      </>
    ),
  },
  {
    key: 'severities',
    title: words.columns.severities,
    width: '8.5rem',
    cell: ({ bySeverity }) => <SeverityBar counts={bySeverity} />,
  },
  {
    key: 'images',
    title: words.columns.images,
    width: '6.5rem',
    align: 'end',
    cell: ({ images, running }) => (
      <>
        {numberText(images)} {running ? <span className={styles.note}>{words.run(running)}</span> : null}
      </>
    ),
  },
  {
    key: 'repositories',
    title: words.columns.repositories,
    width: 'minmax(6rem, 1fr)',
    room: 'wide',
    cell: ({ repositories, repositoryCount }) => (
      <span className={styles.note}>
        <Name of={repositories.slice(0, 2).join(', ')} />
        {repositoryCount > 2 ? ` +${numberText(repositoryCount - 2)}` : ''}
      </span>
    ),
  },
];

/** No upgrade is known; in a suite without images a push comes first. */
const NoFixes = (): ReactElement => {
  const images = useAnswer<ImagesPage>(['/assay/images', 'any'], (signal) =>
    askFor('/assay/images', { top: '1', untagged: 'include' }, { signal }),
  );
  return (
    <Answered from={images} rows={3}>
      {({ value }) =>
        value.length === 0 ? (
          <FirstPush />
        ) : (
          <Nothing title={words.none}>
            <p>{words.noneMeaning}</p>
          </Nothing>
        )
      }
    </Answered>
  );
};

const few = 8;

/** Upgrades, those first that close the most of the worst. */
export const Fixes = (): ReactElement => {
  const scope = useScope();
  const { values, href } = useFilters(fixFilters);
  const query = { top: String(values.all ? 100 : few), ...(scope === '' ? {} : { subscription: scope }) };
  const list = useList<ListedFix, JsonOf<'Fixes.list'>>(['/assay/fixes', query], ($skipToken, signal) =>
    askFor('/assay/fixes', { ...pageQuery($skipToken), ...query }, { signal }),
  );
  const { rows, total } = list;
  const hasMore = total !== undefined && total > few;
  return (
    <Section
      id="fixes"
      title={words.title}
      aside={
        <>
          <Total of={list}> {words.upgrades}</Total>
          {hasMore ? <Link href={href({ all: !values.all })}>{values.all ? words.first : words.all}</Link> : null}
        </>
      }
    >
      <Untagged images={list.data?.untaggedImages} />
      <Answered from={list}>
        {() =>
          rows.length === 0 ? (
            <NoFixes />
          ) : (
            <Table
              caption={words.title}
              columns={columns}
              rows={rows}
              total={values.all ? total : rows.length}
              rowKey={({ package: name, type, system, fixed }) => [name, type, system, fixed].join(' ')}
              rowName={({ package: name, fixed }) => `${name} ${fixed}`}
              href={({ package: name, fixed }) => `/images?fix=${inAddress(`${name}@${fixed}`)}`}
              hasMore={values.all && list.hasMore}
              more={list.more}
            />
          )
        }
      </Answered>
    </Section>
  );
};
