import type { ReactElement } from 'react';
import { numberText, wordFor } from '../text/format.ts';
import { harmless } from '../text/harmless.ts';
import { texts } from '../texts.ts';
import styles from './severity.module.css';

/** Severities, worst first. */
export const severityNames = ['Critical', 'High', 'Medium', 'Low', 'Unknown'] as const;
export type SeverityName = (typeof severityNames)[number];
/** Number of findings of each severity. */
type SeverityCounts = Readonly<Record<SeverityName, number>>;

const known = (severity: string): severity is SeverityName => (severityNames as readonly string[]).includes(severity);

/** A severity by word and colour, for one finding. */
export const Severity = ({ of }: { readonly of: string }): ReactElement => (
  <span className={styles.severity} data-severity={known(of) ? of : 'Unknown'}>
    <span className={styles.mark} aria-hidden="true" />
    {harmless(wordFor(texts.severities, of))}
  </span>
);

/** One number of a severity in a cell of a table. Zero is faint, so that the eye goes to what is there. */
export const SeverityCount = ({
  severity,
  count,
}: {
  readonly severity: SeverityName;
  readonly count: number;
}): ReactElement => (
  <span className={styles.count} data-severity={severity} data-zero={count === 0 || undefined}>
    {numberText(count)}
  </span>
);

const sentence = (counts: SeverityCounts): string =>
  severityNames
    .filter((severity) => counts[severity] > 0)
    .map((severity) => `${numberText(counts[severity])} ${texts.severities[severity].toLowerCase()}`)
    .join(', ');

export interface SeverityBarProps {
  /** Undefined if it is not known: then nothing is drawn that could be taken for zero. */
  readonly counts: SeverityCounts | undefined;
  /** Also writes the numbers. */
  readonly isLong?: boolean;
}

/** Findings by severity as one bar, with the numbers as its text. */
export const SeverityBar = ({ counts, isLong = false }: SeverityBarProps): ReactElement => {
  if (counts === undefined) return <span className={styles.none}>–</span>;
  const total = severityNames.reduce((sum, severity) => sum + counts[severity], 0);
  let at = 0;
  return (
    <span className={styles.both}>
      <svg
        className={styles.bar}
        viewBox="0 0 100 8"
        preserveAspectRatio="none"
        role="img"
        aria-label={sentence(counts) || texts.noFindings}
      >
        <rect className={styles.rest} x={0} y={0} width={100} height={8} />
        {severityNames.map((severity) => {
          if (counts[severity] === 0) return null;
          const width = (counts[severity] / total) * 100;
          const x = at;
          at += width;
          return <rect key={severity} data-severity={severity} x={x} y={0} width={width} height={8} />;
        })}
      </svg>
      {isLong ? (
        <span className={styles.numbers} aria-hidden="true">
          {severityNames.map((severity) =>
            counts[severity] === 0 ? null : (
              <span key={severity} data-severity={severity}>
                <b>{numberText(counts[severity])}</b> {texts.severities[severity].toLowerCase()}
              </span>
            ),
          )}
        </span>
      ) : null}
    </span>
  );
};
