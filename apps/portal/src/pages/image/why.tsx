import type { ReactElement } from 'react';
import { answered, api } from '../../api/client.ts';
import type { components } from '../../api/generated/schema.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { Section } from '../../components/facts.tsx';
import { Answered } from '../../components/states.tsx';
import { durationText, utcText } from '../../text/format.ts';
import { Name } from '../../text/name.tsx';
import { texts } from '../../texts.ts';
import type { PlacedImage } from './placement.ts';
import styles from './why.module.css';

type WhyStep = components['schemas']['WhyStep'];

const words = texts.why;

const Step = ({ of, before }: { readonly of: WhyStep; readonly before: string | undefined }): ReactElement => {
  const { step, title, details, time, events, obstacles = [], exemptions = [] } = of;
  const [first, ...others] = details;
  const isMissing = events.length === 0;
  const isLong = others.length > 0 || events.length > 0;
  return (
    <li className={styles.step} data-missing={isMissing || undefined}>
      <span className={styles.kind}>
        {words.steps[step]}
        {time === undefined ? null : (
          <time dateTime={time} title={utcText(time)}>
            {before === undefined
              ? utcText(time).slice(11, 19)
              : `+${durationText(Math.max(0, Date.parse(time) - Date.parse(before)))}`}
          </time>
        )}
      </span>
      <span className={styles.title}>
        <Name of={title} />
      </span>
      {first === undefined ? null : (
        <span className={styles.detail}>
          <Name of={first} />
        </span>
      )}
      {obstacles.map(({ reason, effect, meaning }) => (
        <span key={reason} className={styles.obstacle} data-effect={effect}>
          <b>
            <Name of={reason} />
          </b>{' '}
          <Name of={meaning} /> <i>{words.effects[effect]}</i>
        </span>
      ))}
      {exemptions.map(({ ruleId, findings }) => (
        <span key={ruleId} className={styles.detail}>
          {words.exempted(findings)} <Name of={ruleId} />
        </span>
      ))}
      {isLong ? (
        <details className={styles.more}>
          <summary>{words.more(others.length)}</summary>
          <ul>
            {others.map((detail, index) => (
              <li key={index}>
                <Name of={detail} />
              </li>
            ))}
          </ul>
          {events.map(({ id, topic, partition, offset }) => (
            <code key={id} className={styles.event}>
              {topic}/{partition}/{offset} {id}
            </code>
          ))}
        </details>
      ) : null}
    </li>
  );
};

/** From the push to the charge: each step with its cause before it, and what is missing for the next. */
export const Why = ({ placement }: { readonly placement: PlacedImage }): ReactElement => {
  const { digest, registryId, repository } = placement;
  const why = useAnswer(['/assay/images', digest, 'why'], (signal) =>
    answered(api.GET('/assay/images/{digest}/why', { params: { path: { digest } }, signal })),
  );
  return (
    <Section id="why" title={words.title}>
      <Answered from={why} rows={6}>
        {({ places }) => {
          const place = places.find((each) => each.registryId === registryId && each.repository === repository);
          return (
            <ol className={styles.steps}>
              {place?.steps.map((step, index, all) => (
                <Step
                  key={index}
                  of={step}
                  before={all.slice(0, index).findLast(({ time }) => time !== undefined)?.time}
                />
              ))}
            </ol>
          );
        }}
      </Answered>
    </Section>
  );
};
