import type { ReactElement } from 'react';
import { useParams } from 'wouter';
import { answered, api } from '../../api/client.ts';
import { useMe } from '../../api/use-me.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { Answered } from '../../components/states.tsx';
import { Heading } from '../../frame/heading.tsx';
import { useFilters } from '../../hooks/use-filters.ts';
import { shortDigest } from '../../text/format.ts';
import { texts } from '../../texts.ts';
import { Children } from './children.tsx';
import { Essentials } from './essentials.tsx';
import { GateOnly } from './gate-only.tsx';
import { History } from './history.tsx';
import { imageFilters } from './filters.ts';
import { Findings } from './findings.tsx';
import { placeOf, type PlacedImage } from './placement.ts';
import { Timeline } from './timeline.tsx';
import { Why } from './why.tsx';
import { Evidence } from './evidence.tsx';
import styles from './image.module.css';

/** The placement that the address names, or the first. */
const chosen = (placements: readonly PlacedImage[], place: string): PlacedImage | undefined =>
  placements.find((each) => placeOf(each) === place) ?? placements[0];

const Page = (): ReactElement => {
  const { digest } = useParams<{ digest: string }>();
  const filters = useFilters(imageFilters);
  const me = useMe();
  const image = useAnswer(
    ['/assay/images', digest],
    (signal) => answered(api.GET('/assay/images/{digest}', { params: { path: { digest } }, signal })),
    { every: 15_000 },
  );
  const missing = image.failure?.missing;
  if (missing !== undefined && me?.operations.includes('gate/read'))
    return <GateOnly digest={digest} missing={missing} />;
  return (
    <Answered
      from={image}
      subject={`${texts.image.subject} ${shortDigest(digest)}`}
      heading={<Heading title={`${texts.pages.image} ${shortDigest(digest)}`} />}
    >
      {({ placements }) => {
        const placement = chosen(placements, filters.values.place);
        if (placement === undefined) return <Heading title={shortDigest(digest)} />;
        return (
          <>
            <Essentials placement={placement} placements={placements} filters={filters} />
            <div className={styles.columns}>
              <div className={styles.main}>
                {placement.children === undefined ? (
                  <Findings placement={placement} filters={filters} />
                ) : (
                  <Children of={placement.children} />
                )}
              </div>
              <div className={styles.rail}>
                <Why placement={placement} />
                <Evidence of={placement} />
                <History of={placement} />
                <Timeline digest={digest} />
              </div>
            </div>
          </>
        );
      }}
    </Answered>
  );
};
export default Page;
