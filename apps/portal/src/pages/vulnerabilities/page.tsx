import type { ReactElement } from 'react';
import { Link } from 'wouter';
import { askFor, pageQuery } from '../../api/client.ts';
import type { JsonOf } from '../../api/lists.ts';
import { useList } from '../../api/use-answer.ts';
import { findingFilters, FindingFilters, findingState, FindingStateFilter } from '../../components/finding-filters.tsx';
import { OpenQuery } from '../../components/open-query.tsx';
import { Severity } from '../../components/severity.tsx';
import { Answered, Chips, Nothing, NothingLeft } from '../../components/states.tsx';
import { Table, Total, type GridColumn } from '../../components/table.tsx';
import { TextFilter } from '../../components/text-filter.tsx';
import { Untagged } from '../../components/untagged.tsx';
import { Heading } from '../../frame/heading.tsx';
import { useScope } from '../../frame/scope.tsx';
import { oneOf, text, viewed } from '../../hooks/filters.ts';
import { useFilters } from '../../hooks/use-filters.ts';
import { vulnerabilitiesQuery } from '../../kql/lists.ts';
import { numberText } from '../../text/format.ts';
import { Name } from '../../text/name.tsx';
import { Ago } from '../../text/time.tsx';
import { texts } from '../../texts.ts';
import styles from './vulnerabilities.module.css';
import { inAddress } from '../../text/in-address.ts';

type VulnerabilitiesPage = JsonOf<'Vulnerabilities.list'>;
type ListedVulnerability = VulnerabilitiesPage['value'][number];

const words = texts.vulnerabilities;

const orders = ['severity', 'images', 'since', 'id'] as const;

const vulnerabilityFilters = {
  ...findingFilters,
  state: findingState,
  q: text(),
  sort: viewed(oneOf([...orders, ...orders.map((order) => `-${order}` as const)], '-severity')),
};

const columns: readonly GridColumn<ListedVulnerability>[] = [
  {
    key: 'severity',
    title: texts.findings.columns.severity,
    width: '7.2rem',
    sort: '-severity',
    cell: ({ severity }) => <Severity of={severity} />,
  },
  {
    key: 'id',
    title: texts.findings.columns.vulnerability,
    width: 'minmax(9rem, 1fr)',
    sort: 'id',
    isMain: true,
    cell: ({ id }) => <Name of={id} className={styles.strong ?? ''} />,
  },
  {
    key: 'title',
    title: words.columns.title,
    width: 'minmax(10rem, 3fr)',
    cell: ({ title }) => (title === undefined ? null : <Name of={title} />),
  },
  {
    key: 'packages',
    title: words.columns.packages,
    width: 'minmax(8rem, 1.4fr)',
    room: 'wide',
    cell: ({ packages, packageCount }) => (
      <Name
        of={`${packages.join(', ')}${packageCount > packages.length ? ` +${packageCount - packages.length}` : ''}`}
      />
    ),
  },
  {
    key: 'images',
    title: texts.pages.images,
    width: '5.5rem',
    align: 'end',
    sort: '-images',
    cell: ({ images }) => numberText(images),
  },
  {
    key: 'exempt',
    title: words.columns.exempt,
    width: '5rem',
    align: 'end',
    room: 'wide',
    cell: ({ exempt }) => numberText(exempt),
  },
  {
    key: 'fixable',
    title: texts.images.fixable,
    width: '5rem',
    align: 'end',
    cell: ({ fixable }) => numberText(fixable),
  },
  {
    key: 'since',
    title: texts.images.columns.since,
    width: '5rem',
    align: 'end',
    sort: '-since',
    cell: ({ since }) => <Ago at={since} />,
  },
];

/** Images whose findings are not known, so that a list of findings is not the whole truth. */
const Unknown = ({ images }: { readonly images: number | undefined }): ReactElement | null =>
  images === undefined || images === 0 ? null : (
    <p>
      <Link href="/images?status=undetermined,queued,scanning">{words.unknown(images)}</Link>
    </p>
  );

const Page = (): ReactElement => {
  const subscription = useScope();
  const filters = useFilters(vulnerabilityFilters);
  const { values, set, query, hiding, clear } = filters;
  const wanted = { ...query, state: values.state, sort: values.sort, ...(subscription === '' ? {} : { subscription }) };
  const list = useList<ListedVulnerability, VulnerabilitiesPage>(
    ['/assay/vulnerabilities', wanted],
    ($skipToken, signal) => askFor('/assay/vulnerabilities', { ...wanted, ...pageQuery($skipToken) }, { signal }),
  );
  return (
    <>
      <Heading title={texts.pages.vulnerabilities}>
        <Total of={list} />
        <Unknown images={list.data?.unknownImages} />
        <span className={styles.commands}>
          <OpenQuery of={vulnerabilitiesQuery(values)} />
        </span>
      </Heading>
      <div className={styles.bar}>
        <FindingFilters values={values} set={set} />
        <FindingStateFilter value={values.state} set={(state) => set({ state })} />
        <TextFilter label={words.q} value={values.q} set={(q) => set({ q }, { replace: true })} />
      </div>
      <Chips hiding={hiding} clear={clear} />
      <Untagged images={list.data?.untaggedImages} />
      <Answered from={list}>
        {() =>
          list.rows.length > 0 ? (
            <Table
              caption={texts.pages.vulnerabilities}
              columns={columns}
              rows={list.rows}
              total={list.total}
              rowKey={({ id }) => id}
              rowName={({ id }) => id}
              href={({ id }) => `/vulnerabilities/${inAddress(id)}`}
              sort={values.sort}
              onSort={(sort) => set({ sort: vulnerabilityFilters.sort.parse(sort) })}
              hasMore={list.hasMore}
              more={list.more}
            />
          ) : hiding.length > 0 ? (
            <NothingLeft of={undefined} hiding={hiding} clear={clear} />
          ) : (
            <Nothing title={words.empty[values.state]} />
          )
        }
      </Answered>
    </>
  );
};
export default Page;
