import type { ReactElement } from 'react';
import type { components } from '../../api/generated/schema.ts';
import { Digest } from '../../components/digest.tsx';
import { Section } from '../../components/facts.tsx';
import { SeverityBar } from '../../components/severity.tsx';
import { Status } from '../../components/status.tsx';
import { Table, type GridColumn } from '../../components/table.tsx';
import { Name } from '../../text/name.tsx';
import { texts } from '../../texts.ts';

type Child = components['schemas']['ListedImage'];

const words = texts.children;

const columns: readonly GridColumn<Child>[] = [
  {
    key: 'platform',
    title: words.platform,
    width: 'minmax(9rem, 1fr)',
    isMain: true,
    cell: ({ os, architecture, variant, kind }) => (
      <Name of={os === undefined ? kind : [os, architecture, variant].filter(Boolean).join('/')} />
    ),
  },
  { key: 'digest', title: texts.images.columns.digest, width: '8.5rem', cell: ({ digest }) => <Digest of={digest} /> },
  {
    key: 'status',
    title: texts.images.columns.status,
    width: 'minmax(10rem, 1fr)',
    cell: ({ status, reason }) => <Status of={status} reason={reason} />,
  },
  {
    key: 'findings',
    title: texts.findings.title,
    width: 'minmax(8rem, 1fr)',
    cell: ({ bySeverity }) => <SeverityBar counts={bySeverity} isLong />,
  },
  {
    key: 'part',
    title: words.part,
    width: 'minmax(9rem, 1fr)',
    cell: ({ leftOut, unclear }) =>
      leftOut === undefined && unclear === undefined ? words.counts : <Name of={leftOut ?? unclear ?? ''} />,
  },
];

/** The images that an index lists. Its status is that of the worst that counts. */
export const Children = ({ of }: { readonly of: readonly Child[] }): ReactElement => (
  <Section id="children" title={words.title(of.length)}>
    <Table
      caption={words.title(of.length)}
      columns={columns}
      rows={of}
      total={of.length}
      rowKey={({ digest }) => digest}
      rowName={({ digest }) => digest}
      href={({ digest }) => `/images/${digest}`}
    />
  </Section>
);
