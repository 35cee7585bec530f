import { wordFor } from '../../text/format.ts';
import type { ReactElement } from 'react';
import { answered, api } from '../../api/client.ts';
import type { components } from '../../api/generated/schema.ts';
import { useList } from '../../api/use-answer.ts';
import { Dialog } from '../../components/dialog.tsx';
import { Facts, Section } from '../../components/facts.tsx';
import { Answered, Chips, Nothing, NothingLeft } from '../../components/states.tsx';
import { Table, Total, type GridColumn } from '../../components/table.tsx';
import { useFilters } from '../../hooks/use-filters.ts';
import { harmless } from '../../text/harmless.ts';
import { Name } from '../../text/name.tsx';
import { personOf } from '../../text/person.ts';
import { Moment } from '../../text/time.tsx';
import { texts } from '../../texts.ts';
import { auditFilters, auditKinds } from './parts.ts';
import styles from './operations.module.css';

const words = texts.operations.audit;

type AuditEntry = components['schemas']['AuditEntry'];

const didText = ({ what, did }: AuditEntry): string => {
  const act = `${what}/${did}`;
  const word = wordFor(words.did, act);
  return word === act ? `${wordFor(words.kinds, what)}: ${did}` : word;
};

const columns: readonly GridColumn<AuditEntry>[] = [
  { key: 'at', title: words.columns.at, width: '14rem', cell: ({ at }) => <Moment at={at} /> },
  {
    key: 'did',
    title: words.columns.did,
    width: 'minmax(11rem, 1.6fr)',
    isMain: true,
    cell: (entry) => <Name of={didText(entry)} />,
  },
  { key: 'about', title: words.columns.about, width: 'minmax(10rem, 2fr)', cell: ({ about }) => <Name of={about} /> },
  {
    key: 'why',
    title: words.columns.why,
    width: 'minmax(10rem, 2fr)',
    cell: ({ why }) => (why === undefined ? <span data-none>–</span> : <Name of={why} />),
  },
  {
    key: 'effect',
    title: words.columns.effect,
    width: 'minmax(8rem, 1.2fr)',
    room: 'wide',
    cell: ({ effect }) => (effect === undefined ? <span data-none>–</span> : <Name of={effect} />),
  },
  {
    key: 'who',
    title: words.columns.who,
    width: 'minmax(8rem, 1.2fr)',
    cell: ({ who }) => (
      <span title={harmless(who)}>
        <Name of={personOf(who)} />
      </span>
    ),
  },
];

/** Orders, rules and plans, with who gave them and why. */
export const Audit = (): ReactElement => {
  const { values, query: all, hiding, set, clear } = useFilters(auditFilters);
  const { open: _, ...query } = all;
  const list = useList<AuditEntry>(['/assay/audit', query], ($skipToken, signal) =>
    answered(
      api.GET('/assay/audit', {
        params: { query: { ...query, ...($skipToken === undefined ? {} : { $skipToken }) } },
        signal,
      }),
    ),
  );
  const opened = list.rows.find(({ id }) => id === values.open);
  return (
    <Section id="audit" title={words.title} aside={<Total of={list} />}>
      <div className={styles.bar}>
        <select
          aria-label={texts.filters.names['what']}
          value={values.what}
          onChange={({ target }) => set({ what: auditFilters.what.parse(target.value) })}
        >
          <option value="">{words.everything}</option>
          {auditKinds.map((kind) => (
            <option key={kind} value={kind}>
              {words.kinds[kind]}
            </option>
          ))}
        </select>
        <label>
          {texts.filters.names['from']}{' '}
          <input type="date" value={values.from} onChange={({ target }) => set({ from: target.value })} />
        </label>
        <label>
          {texts.filters.names['to']}{' '}
          <input type="date" value={values.to} onChange={({ target }) => set({ to: target.value })} />
        </label>
        <Chips hiding={hiding} clear={clear} />
      </div>
      <Answered from={list}>
        {() =>
          list.rows.length > 0 ? (
            <Table
              caption={words.title}
              columns={columns}
              rows={list.rows}
              total={list.total}
              rowKey={({ id }) => id}
              rowName={({ did, about }) => `${did} ${about}`}
              onOpen={({ id }) => set({ open: id })}
              hasMore={list.hasMore}
              more={list.more}
            />
          ) : hiding.length > 0 ? (
            <NothingLeft of={undefined} hiding={hiding} clear={clear} />
          ) : (
            <Nothing title={words.none} />
          )
        }
      </Answered>
      {opened === undefined ? null : (
        <Dialog title={<Name of={didText(opened)} />} isOpen onClose={() => set({ open: '' })} place="side">
          <Facts
            of={[
              [words.columns.at, <Moment at={opened.at} />],
              [words.columns.who, <Name of={opened.who} />],
              [
                words.columns.scope,
                opened.scope === undefined ? undefined : <Name of={opened.scope} className="mono" />,
              ],
            ]}
          />
          <Facts of={[[words.columns.about, <Name of={opened.about} className="mono" />]]} />
          <Facts
            of={[
              [words.columns.why, opened.why === undefined ? undefined : <Name of={opened.why} />],
              [words.columns.effect, opened.effect === undefined ? undefined : <Name of={opened.effect} />],
            ]}
          />
        </Dialog>
      )}
    </Section>
  );
};
