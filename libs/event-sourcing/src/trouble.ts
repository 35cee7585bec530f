import { backoffMs } from '@assay/backoff';
import type { Job } from './store.ts';

/**
 * What keeps going wrong with a job that is tried again. It lies with the job, so that whoever decides knows why there
 * is no result yet.
 */
export interface Trouble {
  readonly code: string;
  readonly message: string;
  /** `soon`: it may go away by itself. `later`: somebody has to mend it, and may have at any time. */
  readonly patience: 'soon' | 'later';
  /** So often in a row, with this patience. */
  readonly inARow: number;
  /** How often the job was tried, whatever was in its way. */
  readonly tries: number;
  /** How often all the time was taken that there is. */
  readonly timeouts: number;
}

const minuteMs = 60_000;
const firstMs = { soon: 2_000, later: 15 * minuteMs } as const;
/** Whoever takes all the time so often holds a place that others need. */
const mostTimeouts = 3;
const longestMs = { soon: 10 * minuteMs, later: 6 * 60 * minuteMs } as const;

/** How often a job that is in trouble was tried. */
export const triesOf = ({ trouble }: Pick<Job, 'trouble'>): number => (trouble as Trouble | undefined)?.tries ?? 0;

/** @param isTried false where it was not even tried, since the trouble was known */
export const troubledBy = (
  job: Pick<Job, 'trouble'>,
  { code, message, patience: told }: Pick<Trouble, 'code' | 'message' | 'patience'>,
  isTried = true,
): Trouble => {
  const { inARow = 0, tries = 0, timeouts: before = 0, patience: last } = (job.trouble ?? {}) as Partial<Trouble>;
  const timeouts = before + Number(isTried && code === 'timeout');
  const patience = code === 'timeout' && timeouts >= mostTimeouts ? 'later' : told;
  return {
    code,
    message,
    patience,
    inARow: (last === patience ? inARow : 0) + Number(isTried),
    tries: tries + Number(isTried),
    timeouts,
  };
};

/**
 * How long to wait before a troubled job is tried again, ms: twice as long each time, with jitter.
 *
 * @param isPressing whether somebody waits for it: then no pause is longer than a minute where it may go away by itself
 * @param random from 0 up to 1
 */
export const troublePauseMs = (
  { patience, inARow }: Pick<Trouble, 'patience' | 'inARow'>,
  isPressing: boolean,
  random = Math.random(),
): number =>
  backoffMs(
    {
      firstMs: firstMs[patience],
      longestMs: patience === 'soon' && isPressing ? minuteMs : longestMs[patience],
      jitter: 0.25,
    },
    inARow - 1,
    random,
  );
