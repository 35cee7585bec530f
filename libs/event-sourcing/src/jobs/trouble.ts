import { backoffMs } from '@assay/backoff';
import type { Job } from '../stores/store.ts';

/**
 * The problem of a job that is tried again. Stored with the job, so that the decider knows why there is no result yet.
 */
export interface Trouble {
  readonly code: string;
  readonly message: string;
  /** `soon`: it may pass by itself. `later`: an operator has to fix it, and may have done so at any time. */
  readonly patience: 'soon' | 'later';
  /** Number of failures in a row, with this patience. */
  readonly inARow: number;
  /** Number of attempts at the job, failed for any reason. */
  readonly tries: number;
  /** Number of attempts that timed out. */
  readonly timeouts: number;
}

const minuteMs = 60_000;
const firstMs = { soon: 2_000, later: 15 * minuteMs } as const;
/** A job that times out this often holds a slot that other jobs need. */
const maxTimeouts = 3;
const longestMs = { soon: 10 * minuteMs, later: 6 * 60 * minuteMs } as const;

/** Number of attempts at a troubled job. */
export const triesOf = ({ trouble }: Pick<Job, 'trouble'>): number => (trouble as Trouble | undefined)?.tries ?? 0;

/** @param isTried false if there was no attempt, because the trouble was known */
export const troubledBy = (
  job: Pick<Job, 'trouble'>,
  { code, message, patience: reported }: Pick<Trouble, 'code' | 'message' | 'patience'>,
  isTried = true,
): Trouble => {
  const { inARow = 0, tries = 0, timeouts: before = 0, patience: last } = (job.trouble ?? {}) as Partial<Trouble>;
  const timeouts = before + Number(isTried && code === 'timeout');
  const patience = code === 'timeout' && timeouts >= maxTimeouts ? 'later' : reported;
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
 * Pause before a troubled job is tried again, ms: doubled each time, with jitter.
 * @param isPressing true if a client waits for the job: pauses of `soon` are then at most a minute
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
