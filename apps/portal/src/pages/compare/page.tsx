import type { ReactElement } from 'react';
import { Link } from 'wouter';
import { answered, api } from '../../api/client.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { Button } from '../../components/button.tsx';
import { Digest } from '../../components/digest.tsx';
import { Card, Section } from '../../components/facts.tsx';
import { Severity } from '../../components/severity.tsx';
import { Answered, Nothing } from '../../components/states.tsx';
import { Status } from '../../components/status.tsx';
import { Table, type GridColumn } from '../../components/table.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { TextFilter } from '../../components/text-filter.tsx';
import { Heading } from '../../frame/heading.tsx';
import { oneOf, text, viewed } from '../../hooks/filters.ts';
import { useFilters } from '../../hooks/use-filters.ts';
import { numberText, wordFor } from '../../text/format.ts';
import { Name } from '../../text/name.tsx';
import { Moment } from '../../text/time.tsx';
import { texts } from '../../texts.ts';
import { Choose } from './choose.tsx';
import { kinds, rowsOf, type DifferenceKind, type Differences, type DifferenceRow } from './rows.ts';
import styles from './compare.module.css';
import { inAddress } from '../../text/in-address.ts';

const words = texts.compare;

const compareFilters = {
  from: viewed(text()),
  to: viewed(text()),
  repository: viewed(text()),
  show: viewed(oneOf(kinds, 'gone')),
};

const columns = (kind: DifferenceKind): readonly GridColumn<DifferenceRow>[] => [
  {
    key: 'severity',
    title: texts.findings.columns.severity,
    width: kind === 'changed' ? '13rem' : '7.2rem',
    cell: ({ severity, before }) => (
      <>
        {before === undefined ? null : (
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
    cell: ({ vulnerability }) => <Name of={vulnerability} className={styles.strong ?? ''} />,
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
  ...(kind === 'changed'
    ? []
    : [
        {
          key: 'because',
          title: words.because,
          width: 'minmax(9rem, 1fr)',
          cell: ({ because = '' }: DifferenceRow) => <Name of={wordFor(words.causes, because)} />,
        },
      ]),
];

const Side = ({ of }: { readonly of: Differences['from'] }): ReactElement => (
  <div className={styles.side}>
    <Status of={of.status} reason={of.reason} />
    <Link href={`/images/${of.digest}`}>
      <Name of={of.repository} /> <Digest of={of.digest} />
    </Link>
    <span className={styles.muted}>
      <Moment at={of.at ?? of.classifiedAt} />
    </span>
    <span className={styles.muted}>
      {words.findings(of.findings)}
      {of.packages === undefined ? '' : ` · ${words.packages(of.packages)}`}
    </span>
  </div>
);

/** Two images, or one at two moments: the findings that are gone, new and changed, and why. */
const Page = (): ReactElement => {
  const { values, set, href } = useFilters(compareFilters);
  const { from, to, repository, show } = values;
  const isAsked = from !== '' && to !== '';
  const query = { from, to, ...(repository === '' ? {} : { repository }) };
  const difference = useAnswer(
    ['/assay/diff', query],
    (signal) => answered(api.GET('/assay/diff', { params: { query }, signal })),
    { enabled: isAsked },
  );
  return (
    <>
      <Heading title={texts.pages.compare} />
      <div className={styles.fields}>
        <TextFilter label={words.from} value={from} set={(value) => set({ from: value }, { replace: true })} />
        {isAsked ? (
          <Button look="quiet" onClick={() => set({ from: to, to: from })}>
            {words.swap}
          </Button>
        ) : (
          <span aria-hidden="true">→</span>
        )}
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
                    <div className={styles.side}>
                      <span>{words.same(data.counts.same)}</span>
                      {packages === undefined ? null : (
                        <span className={styles.muted}>{words.packageChanges(packages.counts)}</span>
                      )}
                    </div>
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
                        count: data.counts[kind],
                        isCurrent: kind === show,
                      }))}
                    />
                  }
                >
                  {rows.length === 0 ? (
                    <Nothing title={words.nothing[show]} />
                  ) : (
                    <>
                      {rows.length < data.counts[show] ? (
                        <p className={styles.muted}>{words.first(rows.length, data.counts[show])}</p>
                      ) : null}
                      <Table
                        caption={`${words.title}: ${words.kinds[show]}, ${numberText(data.counts[show])}`}
                        columns={columns(show)}
                        rows={rows}
                        total={rows.length}
                        rowKey={({ key }) => `${show} ${key}`}
                        rowName={({ vulnerability }) => vulnerability}
                        href={({ vulnerability }) => `/vulnerabilities/${inAddress(vulnerability)}`}
                      />
                    </>
                  )}
                </Section>
              </>
            );
          }}
        </Answered>
      ) : (
        <Choose given={from || to} between={(before, after) => href({ from: before, to: after })} />
      )}
    </>
  );
};
export default Page;
