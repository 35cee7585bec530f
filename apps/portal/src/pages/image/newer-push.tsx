import type { ReactElement } from 'react';
import { Link } from 'wouter';
import { askFor } from '../../api/client.ts';
import { isResult, type ImagesPage } from '../../api/lists.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { wordFor } from '../../text/format.ts';
import { Name } from '../../text/name.tsx';
import { texts } from '../../texts.ts';
import { differenceOf, newestAfter } from './newer.ts';
import type { PlacedImage } from './placement.ts';
import { newerTexts as words } from './texts.ts';
import styles from './image.module.css';

/** Whether the newest push to the repository of an unhealthy image is better or worse. */
export const Newer = ({ of: image }: { readonly of: PlacedImage }): ReactElement | null => {
  const { digest, repository, registryId, status } = image;
  const query = { repository, registry: registryId, top: '1000' };
  const others = useAnswer<ImagesPage>(
    ['/assay/images', query],
    (signal) => askFor('/assay/images', query, { signal }),
    // A star in a name would stand for other repositories.
    { enabled: status === 'unhealthy' && !repository.includes('*') },
  );
  const newer = others.isPrevious ? undefined : newestAfter(image, others.data?.value ?? []);
  if (status !== 'unhealthy' || newer === undefined) return null;
  const difference = isResult(newer.status) ? differenceOf(image, newer) : undefined;
  return (
    <p className={styles.newer}>
      <Link href={`/images/${newer.digest}`}>
        <Name of={newer.tags[0] ?? newer.digest} />
      </Link>{' '}
      {difference === undefined
        ? words.unknown(wordFor(texts.statuses, newer.status))
        : difference === 'same'
          ? words.same
          : words.differs(difference.more, texts.severities[difference.severity].toLowerCase())}{' '}
      <Link href={`/compare?from=${digest}&to=${newer.digest}`}>{texts.image.compare}</Link>
    </p>
  );
};
