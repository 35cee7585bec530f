import { useState, type ReactElement } from 'react';
import { askFor, pageQuery } from '../../api/client.ts';
import { isResult, type FindingsAnswer, type ListedFinding } from '../../api/lists.ts';
import { usePrevented } from '../../api/use-me.ts';
import { useList } from '../../api/use-answer.ts';
import { Button } from '../../components/button.tsx';
import { Download } from '../../components/download.tsx';
import { Section } from '../../components/facts.tsx';
import { FindingFilters, FindingStateFilter } from '../../components/finding-filters.tsx';
import { SelectionBar } from '../../components/selection-bar.tsx';
import { Severity } from '../../components/severity.tsx';
import { Answered, Chips, Nothing, NothingLeft } from '../../components/states.tsx';
import { Table, Total, type GridColumn } from '../../components/table.tsx';
import { TextFilter } from '../../components/text-filter.tsx';
import type { Filters } from '../../hooks/use-filters.ts';
import { shortDigest, wordFor } from '../../text/format.ts';
import { harmless } from '../../text/harmless.ts';
import { Name } from '../../text/name.tsx';
import { Ago } from '../../text/time.tsx';
import { texts } from '../../texts.ts';
import { ExemptionDialog } from '../exemptions/dialog.tsx';
import { FindingPanel } from './finding-panel.tsx';
import { imageFilters } from './filters.ts';
import type { PlacedImage } from './placement.ts';
import styles from './image.module.css';
import { exemptionTexts } from '../exemptions/texts.ts';

const words = texts.findings;

const state: GridColumn<ListedFinding> = {
  key: 'state',
  title: words.columns.state,
  width: '9rem',
  room: 'wide',
  cell: ({ state: of, ruleId }) =>
    of === 'active' ? words.states.active : <Name of={`${words.states.exempt} (${ruleId ?? ''})`} />,
};

/** Each row of a list of active findings has the same state, and the room is needed for the versions. */
const columnsOf = (shown: string): readonly GridColumn<ListedFinding>[] => [
  ...columns,
  ...(shown === 'active' ? [] : [state]),
];

const columns: readonly GridColumn<ListedFinding>[] = [
  {
    key: 'severity',
    title: words.columns.severity,
    width: '7.2rem',
    sort: '-severity',
    cell: ({ severity }) => <Severity of={severity} />,
  },
  {
    key: 'vulnerability',
    title: words.columns.vulnerability,
    width: '11.5rem',
    sort: 'vulnerability',
    isMain: true,
    cell: ({ vulnerability }) => <Name of={vulnerability} className={styles.strong ?? ''} />,
  },
  {
    key: 'package',
    title: words.columns.package,
    width: 'minmax(7rem, 1fr)',
    sort: 'package',
    cell: ({ package: name }) => <Name of={name} />,
  },
  {
    key: 'versions',
    title: words.columns.versions,
    width: 'minmax(12rem, 3fr)',
    cell: ({ installedVersion, fixedVersion }) => (
      <span className="mono" title={harmless(`${installedVersion} → ${fixedVersion ?? words.noFix}`)}>
        <Name of={installedVersion} />
        <span className={styles.arrow}> → </span>
        {fixedVersion === undefined ? <span className={styles.muted}>{words.noFix}</span> : <Name of={fixedVersion} />}
      </span>
    ),
  },
  {
    key: 'firstSeenAt',
    title: words.columns.firstSeen,
    width: '5.5rem',
    align: 'end',
    sort: '-since',
    cell: ({ firstSeenAt }) => <Ago at={firstSeenAt} />,
  },
];

export interface FindingsProps {
  readonly placement: PlacedImage;
  readonly filters: Filters<typeof imageFilters>;
}

/** The findings of an image at one place. */
export const Findings = ({ placement, filters }: FindingsProps): ReactElement => {
  const { digest, repository, subscriptionId, findings: known, exempt = 0 } = placement;
  const { values, set, hiding, clear } = filters;
  const [selected, select] = useState<ReadonlySet<string>>(new Set());
  const [isExempting, setExempting] = useState(false);
  const prevented = usePrevented('rules/write', texts.rights.needs);
  const query = Object.fromEntries(
    Object.entries({
      registry: placement.registryId,
      repository,
      subscription: subscriptionId,
      severity: values.severity,
      fixable: values.fixable ? 'true' : '',
      state: values.state,
      q: values.q,
      sort: values.sort,
    }).filter(([, value]) => value !== ''),
  );
  const path = `/assay/images/${digest}/findings`;
  const list = useList<ListedFinding, FindingsAnswer>(
    [path, query],
    (skipToken, signal) => askFor<FindingsAnswer>(path, { ...query, ...pageQuery(skipToken) }, { signal }),
    { enabled: known !== undefined },
  );
  // The image may have lost its result since it was asked for.
  if (known === undefined || (list.data?.total === undefined && list.data !== undefined && list.rows.length === 0))
    return (
      <Section id="findings" title={words.title}>
        <Nothing title={words.unknown.title}>
          <p>{words.unknown.text(wordFor(texts.statuses, placement.status), harmless(placement.reason ?? ''))}</p>
        </Nothing>
      </Section>
    );
  const chosen = list.rows.filter(({ findingId }) => selected.has(findingId));
  const open = list.rows.find(({ findingId }) => findingId === values.open);
  return (
    <Section
      id="findings"
      title={words.title}
      aside={
        <>
          <Total of={list} within={hiding.length > 0 ? known : undefined} />
          <span className={styles.fields}>
            <FindingFilters values={values} set={set} />
            <FindingStateFilter
              value={values.state}
              set={(state) => set({ state })}
              exempt={words.withExempt(exempt)}
            />
            <TextFilter label={words.q} value={values.q} set={(q) => set({ q }, { replace: true })} />
            <Download
              path={`${path}?${new URLSearchParams({ ...query, format: 'csv' }).toString()}`}
              accept="text/csv"
              name={`${shortDigest(digest)}.csv`}
            >
              {texts.download.csv}
            </Download>
          </span>
        </>
      }
    >
      {hiding.length === 0 ? null : <Chips hiding={hiding} clear={clear} />}
      <Answered from={list}>
        {() =>
          list.rows.length > 0 ? (
            <Table
              caption={words.title}
              columns={columnsOf(values.state)}
              rows={list.rows}
              total={list.total}
              rowKey={({ findingId }) => findingId}
              rowName={({ vulnerability, package: name }) => `${vulnerability} ${name}`}
              onOpen={({ findingId }) => set({ open: findingId })}
              selection={{ keys: selected, set: select }}
              sort={values.sort}
              onSort={(sort) => set({ sort: imageFilters.sort.parse(sort) })}
              hasMore={list.hasMore}
              more={list.more}
            />
          ) : hiding.length > 0 ? (
            <NothingLeft of={known} hiding={hiding} clear={clear} />
          ) : values.state !== 'exempt' && !isResult(placement.status) ? (
            <Nothing title={words.proveNothing.title}>
              <p>{words.proveNothing.text(wordFor(texts.statuses, placement.status))}</p>
            </Nothing>
          ) : (
            <Nothing title={words.none[values.state]} />
          )
        }
      </Answered>
      <SelectionBar count={chosen.length} clear={() => select(new Set())}>
        <Button look="main" prevented={prevented} onClick={() => setExempting(true)}>
          {exemptionTexts.makeFrom}
        </Button>
      </SelectionBar>
      <FindingPanel of={open} close={() => set({ open: '' })} />
      {isExempting ? (
        <ExemptionDialog
          close={() => setExempting(false)}
          made={() => select(new Set())}
          start={{
            scope: placement.registryId,
            vulnerabilities: [...new Set(chosen.map(({ vulnerability }) => vulnerability))],
            digest,
            isUntilFixable: chosen.every(({ fixedVersion }) => fixedVersion === undefined),
          }}
        />
      ) : null}
    </Section>
  );
};
