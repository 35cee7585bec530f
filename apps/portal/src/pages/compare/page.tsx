import type { ReactElement } from 'react';
import { Link } from 'wouter';
import { askFor } from '../../api/client.ts';
import type { ComparedImage, ImageDifference } from '../../api/pending.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { Digest } from '../../components/digest.tsx';
import { Card, Section } from '../../components/facts.tsx';
import { Severity } from '../../components/severity.tsx';
import { Answered, Nothing } from '../../components/states.tsx';
import { Status } from '../../components/status.tsx';
import { Table, type GridColumn } from '../../components/table.tsx';
import { TextFilter } from '../../components/text-filter.tsx';
import { Heading } from '../../frame/heading.tsx';
import { oneOf, text, viewed } from '../../hooks/filters.ts';
import { useFilters } from '../../hooks/use-filters.ts';
import { numberText, wordFor } from '../../text/format.ts';
import { Name } from '../../text/name.tsx';
import { Moment } from '../../text/time.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { texts } from '../../texts.ts';
import styles from './compare.module.css';

const words = texts.compare;

const kinds = ['gone', 'new', 'changed'] as const;

const compareFilters = {
  from: viewed(text()),
  to: viewed(text()),
  repository: viewed(text()),
  show: viewed(oneOf(kinds, 'gone')),
};

interface Row {
  readonly key: string;
  readonly severity: string;
  readonly before?: string;
  readonly vulnerability: string;
  readonly package: string;
  readonly versions: string;
  readonly because: string;
}

const columns = (kind: (typeof kinds)[number]): readonly GridColumn<Row>[] => [
  {
    key: 'severity',
    title: texts.findings.columns.severity,
    width: kind === 'changed' ? '12rem' : '6.5rem',
    cell: ({ severity, before }) => (
      <>
        {before === undefined || before === severity ? null : (
          <>
            <Severity of={before} /> →{' '}
          </>
        )}
        <Severity of={severity} />
      </>
    ),
  },
  {
    key: 'vulnerability',
    title: texts.findings.columns.vulnerability,
    width: 'minmax(9rem, 1fr)',
    isMain: true,
    cell: ({ vulnerability }) => <Name of={vulnerability} />,
  },
  {
    key: 'package',
    title: texts.findings.columns.package,
    width: 'minmax(7rem, 1fr)',
    cell: (row) => <Name of={row.package} />,
  },
  {
    key: 'versions',
    title: texts.findings.columns.versions,
    width: 'minmax(11rem, 2fr)',
    cell: ({ versions }) => <Name of={versions} className="mono" />,
  },
  ...(kind === 'gone'
    ? [
        {
          key: 'because',
          title: words.because,
          width: 'minmax(9rem, 1fr)',
          cell: ({ because }: Row) => <Name of={wordFor(words.causes, because)} />,
        },
      ]
    : []),
];

const rowsOf = (kind: (typeof kinds)[number], { gone, new: added, changed }: ImageDifference): readonly Row[] => {
  const all =
    kind === 'changed'
      ? changed.map(({ before, after }) => ({ ...after, before: before.severity, because: '' }))
      : kind === 'gone'
        ? gone
        : added.map((finding) => ({ ...finding, because: '' }));
  return all.map((finding, index) => ({
    ...finding,
    key: String(index),
    versions: `${finding.installedVersion} → ${finding.fixedVersion ?? texts.findings.noFix}`,
  }));
};

const Side = ({ of }: { readonly of: ComparedImage }): ReactElement => (
  <span className={styles.side}>
    <Link href={`/images/${of.digest}`}>
      <Digest of={of.digest} />
    </Link>
    <Status of={of.status} />
    {of.at === undefined ? null : <Moment at={of.at} />}
    {of.packages === undefined ? null : <span className={styles.muted}>{words.packages(of.packages)}</span>}
  </span>
);

/** Two images, or one at two moments. */
const Page = (): ReactElement => {
  const filters = useFilters(compareFilters);
  const { values, set, href } = filters;
  const { from, to, repository, show } = values;
  const isAsked = from !== '' && to !== '';
  const query = { from, to, ...(repository === '' ? {} : { repository }) };
  const difference = useAnswer<ImageDifference>(
    ['/assay/diff', query],
    (signal) => askFor('/assay/diff', query, { signal }),
    { enabled: isAsked },
  );
  return (
    <>
      <Heading title={texts.pages.compare} />
      <div className={styles.fields}>
        <TextFilter label={words.from} value={from} set={(value) => set({ from: value }, { replace: true })} />
        <span aria-hidden="true">→</span>
        <TextFilter label={words.to} value={to} set={(value) => set({ to: value }, { replace: true })} />
      </div>
      <p className={styles.muted}>{words.hint}</p>
      {isAsked ? (
        <Answered from={difference} subject={`${from} → ${to}`}>
          {(data) => {
            const rows = rowsOf(show, data);
            const { packages } = data;
            return (
              <>
                <Card>
                  <div className={styles.sides}>
                    <Side of={data.from} />
                    <span aria-hidden="true">→</span>
                    <Side of={data.to} />
                    <span className={styles.muted}>
                      {words.same(data.same)}
                      {packages === undefined ? '' : ` · ${words.packageChanges(packages)}`}
                    </span>
                  </div>
                </Card>
                <Section
                  id="differences"
                  title={words.title}
                  aside={
                    <Tabs
                      label={words.title}
                      tabs={kinds.map((kind) => ({
                        name: words.kinds[kind],
                        href: href({ show: kind }),
                        count: data[kind].length,
                        isCurrent: kind === show,
                      }))}
                    />
                  }
                >
                  {rows.length === 0 ? (
                    <Nothing title={words.nothing[show]} />
                  ) : (
                    <Table
                      caption={`${words.title}: ${words.kinds[show]}, ${numberText(rows.length)}`}
                      columns={columns(show)}
                      rows={rows}
                      total={rows.length}
                      rowKey={({ key }) => `${show} ${key}`}
                      rowName={({ vulnerability }) => vulnerability}
                      href={({ vulnerability }) => `/vulnerabilities/${encodeURIComponent(vulnerability)}`}
                    />
                  )}
                </Section>
              </>
            );
          }}
        </Answered>
      ) : null}
    </>
  );
};
export default Page;
