import type { ReactElement } from 'react';
import type { components } from '../../api/generated/schema.ts';
import { Digest } from '../../components/digest.tsx';
import { SeverityBar } from '../../components/severity.tsx';
import { Status } from '../../components/status.tsx';
import { Name } from '../../text/name.tsx';
import styles from './exemptions.module.css';
import { exemptionTexts } from './texts.ts';

const words = exemptionTexts;

/** The effect that a rule would have: findings that go, images whose status changes, answers of the gate that flip. */
export const Preview = ({
  of,
  image,
}: {
  readonly of: components['schemas']['RulePreview'];
  /** The image that the rule began with, if it did. */
  readonly image?: string | undefined;
}): ReactElement => {
  const others = image === undefined ? 0 : of.hides.places.filter(({ digest }) => digest !== image).length;
  const { hides, shows, statuses, gates, gateChanges } = of;
  return (
    <section className={styles.preview} role="status">
      <h3>{words.effect(hides.findings, hides.images)}</h3>
      {hides.findings === 0 ? null : <SeverityBar counts={hides.bySeverity} isLong />}
      {others === 0 ? null : <p className={styles.wider}>{words.wider}</p>}
      <ul className={styles.hint}>
        {hides.places.map(({ registryId, repository, digest, tags, findings }) => (
          <li key={`${registryId} ${repository} ${digest}`}>
            <Name of={repository} />
            {tags[0] === undefined ? ' ' : ':'}
            {tags[0] === undefined ? <Digest of={digest} /> : <Name of={tags[0]} />} · {words.hidden(findings)}
          </li>
        ))}
        {hides.images > hides.places.length ? <li>{words.more(hides.images - hides.places.length)}</li> : null}
      </ul>
      {shows.findings === 0 ? null : <p>{words.shows(shows.findings)}</p>}
      {statuses.length === 0 ? <p className={styles.hint}>{words.sameStatuses}</p> : null}
      <ul>
        {statuses.map(({ before, after, afterReason, count, images }) => (
          <li key={`${before} ${after} ${afterReason ?? ''}`}>
            <span className={styles.change}>
              {words.images(count)} <Status of={before} /> → <Status of={after} reason={afterReason} />
            </span>
            <span className={styles.hint}>
              {images.slice(0, 5).map(({ repository, digest }) => (
                <span key={`${repository} ${digest}`}>
                  <Name of={repository} /> <Digest of={digest} />
                </span>
              ))}
            </span>
          </li>
        ))}
      </ul>
      {gateChanges === 0 ? null : (
        <>
          <p>{words.gateChanges(gateChanges)}</p>
          <ul className={styles.hint}>
            {gates.slice(0, 5).map(({ repository, digest, before, after }) => (
              <li key={`${repository} ${digest}`}>
                <Name of={repository} /> <Digest of={digest} /> {before} → {after}
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
};
