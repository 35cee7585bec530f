import type { ReactElement } from 'react';
import { answered, api } from '../../api/client.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { Section } from '../../components/facts.tsx';
import { Answered } from '../../components/states.tsx';
import { Trace } from '../../components/trace.tsx';
import { durationText, utcText } from '../../text/format.ts';
import { Name } from '../../text/name.tsx';
import { texts } from '../../texts.ts';
import styles from './timeline.module.css';

const words = texts.timeline;

/** Every event of the image, also those that no push caused. An event stands below its cause. */
export const Timeline = ({ digest }: { readonly digest: string }): ReactElement => {
  const timeline = useAnswer(['/assay/images', digest, 'timeline'], (signal) =>
    answered(api.GET('/assay/images/{digest}/timeline', { params: { path: { digest } }, signal })),
  );
  return (
    <Section id="timeline" title={words.title}>
      <Answered from={timeline} rows={6}>
        {({ events }) => (
          <ol className={styles.timeline}>
            {events.map(({ id, topic, time, afterMs, summary, depth, traceId, pushId }, index) => {
              const isNewPush = index > 0 && pushId !== events[index - 1]?.pushId;
              return (
                <li key={id} data-new={isNewPush || undefined} style={{ '--depth': Math.min(depth, 5) - 1 } as object}>
                  <time dateTime={time} title={utcText(time)}>
                    +{durationText(afterMs)}
                  </time>
                  <span className={styles.event}>
                    <b>{topic}</b>
                    <Name of={summary} className={styles.summary ?? ''} />
                  </span>
                  {traceId !== undefined && (index === 0 || events[index - 1]?.traceId !== traceId) ? (
                    <span className={styles.trace}>
                      <Trace of={traceId} />
                    </span>
                  ) : null}
                </li>
              );
            })}
          </ol>
        )}
      </Answered>
    </Section>
  );
};
