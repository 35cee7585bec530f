import type { ReactElement } from 'react';
import { isResult, type PortalImage } from '../../api/lists.ts';
import { Digest } from '../../components/digest.tsx';
import { SeverityCount, severityNames, type SeverityName } from '../../components/severity.tsx';
import { Status } from '../../components/status.tsx';
import type { GridColumn } from '../../components/table.tsx';
import { lastOf, numberText } from '../../text/format.ts';
import { Name } from '../../text/name.tsx';
import { Ago } from '../../text/time.tsx';
import { texts } from '../../texts.ts';
import styles from './images.module.css';

export const imageKey = ({ registryId, repository, digest }: PortalImage): string =>
  `${registryId} ${repository} ${digest}`;

export const imageName = ({ repository, tags, digest }: PortalImage): string =>
  `${repository}${tags[0] === undefined ? `@${digest}` : `:${tags[0]}`}`;

export const imageHref = ({ digest }: PortalImage): string => `/images/${digest}`;

const ImageName = ({ of }: { readonly of: PortalImage }): ReactElement => (
  <span className={styles.name}>
    <Name of={of.repository} />
    {of.tags.length === 0 ? null : (
      <span className={styles.tag}>
        :<Name of={of.tags[0] ?? ''} />
        {of.tags.length === 1 ? null : ` +${of.tags.length - 1}`}
      </span>
    )}
    {of.deleted ? <span className={styles.note}>{texts.images.deleted}</span> : null}
    {of.running?.some(({ silent }) => !silent) ? <span className={styles.note}>{texts.images.runs}</span> : null}
    {of.kind === 'index' ? <span className={styles.note}>{texts.images.index}</span> : null}
  </span>
);

/** No number stands for a count that is not known. None were found of an undetermined image proves nothing, either. */
const none = (
  <span className={styles.none} data-none>
    –
  </span>
);

const countOf = (severity: SeverityName): GridColumn<PortalImage> => ({
  key: severity,
  title: texts.severities[severity],
  brief: severity.slice(0, 1),
  width: '3.6rem',
  align: 'end',
  ...(severity === 'Critical' ? { sort: '-critical' } : {}),
  ...(severity === 'Low' || severity === 'Medium' ? { room: 'wide' as const } : {}),
  cell: ({ bySeverity, status }) =>
    bySeverity === undefined || (bySeverity[severity] === 0 && !isResult(status)) ? (
      none
    ) : (
      <SeverityCount severity={severity} count={bySeverity[severity]} />
    ),
});

/** The columns of a list of images. That of unknown severities is there if any is not 0. */
export const imageColumns = (rows: readonly PortalImage[]): readonly GridColumn<PortalImage>[] => [
  ...front,
  ...severityNames
    .filter((severity) => severity !== 'Unknown' || rows.some(({ bySeverity }) => bySeverity?.Unknown))
    .map(countOf),
  ...back,
];

const front: readonly GridColumn<PortalImage>[] = [
  {
    key: 'image',
    title: texts.images.columns.image,
    width: 'minmax(11rem, 2fr)',
    sort: 'repository',
    isMain: true,
    cell: (image) => <ImageName of={image} />,
  },
  {
    key: 'status',
    title: texts.images.columns.status,
    width: 'minmax(8.5rem, 2.4fr)',
    sort: 'status',
    cell: ({ status, reason }) => <Status of={status} reason={reason} />,
  },
  {
    key: 'digest',
    title: texts.images.columns.digest,
    width: '8.5rem',
    room: 'wide',
    cell: ({ digest }) => <Digest of={digest} />,
  },
];

const back: readonly GridColumn<PortalImage>[] = [
  {
    key: 'fixable',
    title: texts.images.columns.fixable,
    width: '5rem',
    align: 'end',
    sort: '-fixable',
    cell: ({ fixable, status }) =>
      fixable === undefined || (fixable === 0 && !isResult(status)) ? none : numberText(fixable),
  },
  {
    key: 'since',
    title: texts.images.columns.since,
    width: '5rem',
    align: 'end',
    sort: '-since',
    cell: ({ since }) => (since === undefined ? none : <Ago at={since} />),
  },
  {
    key: 'registry',
    title: texts.images.columns.registry,
    width: 'minmax(6rem, 1fr)',
    room: 'wide',
    cell: ({ registryId }) => <Name of={lastOf(registryId)} />,
  },
  {
    key: 'database',
    title: texts.images.columns.database,
    width: '6.5rem',
    align: 'end',
    room: 'wide',
    cell: ({ database }) => (database === undefined ? none : <Ago at={database.builtAt} />),
  },
];
