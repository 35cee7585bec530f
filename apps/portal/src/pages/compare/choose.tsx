import type { ReactElement } from 'react';
import { answered, api } from '../../api/client.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { Section } from '../../components/facts.tsx';
import { Answered } from '../../components/states.tsx';
import { Table } from '../../components/table.tsx';
import { texts } from '../../texts.ts';
import { imageColumns, imageKey, imageName } from '../images/columns.tsx';
import { useImages } from '../images/use-images.ts';

/** The address of a comparison. */
type Between = (from: string, to: string) => string;

/** The other images of the repository, for the side that is empty. What was pushed first is the one before. */
const Others = ({
  repository,
  given,
  pushedAt = '',
  between,
}: {
  readonly repository: string;
  readonly given: string;
  readonly pushedAt: string | undefined;
  readonly between: Between;
}): ReactElement => {
  const images = useImages({ repository, sort: '-since' });
  const rows = images.rows.filter(({ digest }) => !given.startsWith(digest));
  return (
    <Answered from={images}>
      {() => (
        <Table
          caption={texts.compare.others(repository)}
          columns={imageColumns(rows)}
          rows={rows}
          total={images.hasMore ? undefined : rows.length}
          rowKey={imageKey}
          rowName={imageName}
          href={({ digest, pushedAt: other = pushedAt }) =>
            Date.parse(other) < Date.parse(pushedAt) ? between(digest, given) : between(given, digest)
          }
          hasMore={images.hasMore}
          more={images.more}
        />
      )}
    </Answered>
  );
};

/** Offers images to compare with, as long as one side is empty. */
export const Choose = ({
  given,
  between,
}: {
  readonly given: string;
  readonly between: Between;
}): ReactElement | null => {
  const digest = given.split('@')[0] ?? '';
  const isKnown = /^sha256:[0-9a-f]{64}$/.test(digest);
  const image = useAnswer(
    ['/assay/images', digest],
    (signal) => answered(api.GET('/assay/images/{digest}', { params: { path: { digest } }, signal })),
    { enabled: isKnown },
  );
  const placement = image.data?.placements[0];
  if (!isKnown || placement === undefined) return null;
  const { repository, pushedAt } = placement;
  return (
    <Section id="others" title={texts.compare.others(repository)}>
      <Others repository={repository} given={given} pushedAt={pushedAt} between={between} />
    </Section>
  );
};
