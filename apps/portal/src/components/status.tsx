import type { ReactElement } from 'react';
import { texts } from '../texts.ts';
import { wordFor } from '../text/format.ts';
import { harmless } from '../text/harmless.ts';
import { Name } from '../text/name.tsx';
import styles from './status.module.css';

/** The states that an image can have. Any other word of a later API is shown as it is, and never as healthy. */
type Kind = 'healthy' | 'unhealthy' | 'undetermined' | 'plain' | 'waiting';

interface Look {
  readonly kind: Kind;
  /** A shape besides the colour. */
  readonly sign: string;
}

const looks: Readonly<Record<string, Look>> = {
  unhealthy: { kind: 'unhealthy', sign: '✗' },
  undetermined: { kind: 'undetermined', sign: '?' },
  'not-applicable': { kind: 'plain', sign: '–' },
  queued: { kind: 'waiting', sign: '…' },
  scanning: { kind: 'waiting', sign: '…' },
};

const unknown: Look = { kind: 'plain', sign: '·' };

/**
 * The only place that draws green: for the word `healthy` in the field `status` of an answer with code 200, and never
 * for counts that are zero.
 */
const lookOf = (status: string): Look =>
  status === 'healthy'
    ? { kind: 'healthy', sign: '✓' }
    : Object.hasOwn(looks, status)
      ? (looks[status] ?? unknown)
      : unknown;

export interface StatusProps {
  /** The field `status` of an answer. */
  readonly of: string;
  /** Why it has this status, where that is not findings. */
  readonly reason?: string | undefined;
  /** `large` is for the heading of a page. */
  readonly size?: 'large';
  /** Only the sign, with the word for screen readers. */
  readonly isBrief?: boolean;
}

/** A status by word, shape and colour. */
export const Status = ({ of, reason, size, isBrief = false }: StatusProps): ReactElement => {
  const { kind, sign } = lookOf(of);
  const word = harmless(wordFor(texts.statuses, of));
  return (
    <span className={`${styles.status} ${size === 'large' ? styles.large : ''}`} data-kind={kind}>
      <span className={styles.sign} aria-hidden="true">
        {sign}
      </span>
      <span className={isBrief ? 'hidden' : styles.word}>{word}</span>
      {reason === undefined ? null : (
        <span className={styles.reason}>
          <Name of={reason} />
        </span>
      )}
    </span>
  );
};
