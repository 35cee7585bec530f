import type { ReactElement } from 'react';
import type { MissingRight } from '../../api/failure.ts';
import { SeverityBar } from '../../components/severity.tsx';
import { SmallTable, type SmallColumn } from '../../components/small-table.tsx';
import { Status } from '../../components/status.tsx';
import { Heading } from '../../frame/heading.tsx';
import { lastOf, shortDigest } from '../../text/format.ts';
import { harmless } from '../../text/harmless.ts';
import { Name } from '../../text/name.tsx';
import { texts } from '../../texts.ts';
import type { GateJudgement } from './gate-answer.ts';
import { Gate, GateUpgrade, useGate } from './next.tsx';
import { Reasons } from './reasons.tsx';
import styles from './next.module.css';

type Place = GateJudgement['places'][number];

const columns: readonly SmallColumn<Place>[] = [
  {
    key: 'place',
    title: texts.image.facts.place,
    grows: true,
    isMain: true,
    cell: ({ registryId, repository, digest }) => (
      <Name of={`${lastOf(registryId)}/${repository} ${shortDigest(digest)}`} />
    ),
  },
  {
    key: 'status',
    title: texts.images.columns.status,
    cell: ({ status, statusReason, doubts = [] }) => (
      <>
        <Status of={status} reason={statusReason} />
        <Reasons of={[...(statusReason === undefined ? [] : [statusReason]), ...doubts]} />
      </>
    ),
  },
  {
    key: 'findings',
    title: texts.findings.title,
    cell: ({ bySeverity }) => <SeverityBar counts={bySeverity} isLong />,
  },
];

/** An image as a caller sees it that holds `gate/read` and may not read its findings: the gate's answer, by place. */
export const GateOnly = ({
  digest,
  missing,
}: {
  readonly digest: string;
  readonly missing: MissingRight;
}): ReactElement => {
  const places = useGate(digest).data?.places ?? [];
  return (
    <>
      <Heading title={`${texts.pages.image} ${shortDigest(digest)}`} />
      <dl className={styles.next}>
        <Gate digest={digest} />
        <GateUpgrade digest={digest} />
      </dl>
      {places.length === 0 ? null : (
        <SmallTable
          caption={texts.image.gate.title}
          columns={columns}
          rows={places}
          rowKey={({ registryId, repository, digest: of }) => `${registryId} ${repository} ${of}`}
        />
      )}
      <p className={styles.why}>
        {texts.image.gate.findings} {harmless(texts.states.forbidden.text(missing))}{' '}
        {texts.states.forbidden.roles(missing.roles)}
      </p>
    </>
  );
};
