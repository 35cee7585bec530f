import { setTimeout as pause } from 'node:timers/promises';
import type { Telemetry } from '@assay/telemetry';
import type { Logger } from './logger.ts';

/** Enough for a rule that needs two values in a row. */
const scrapes = 2;
/** Three scrapes at the usual 30 s, in ms. */
const longestMs = 90_000;

export interface LastScrapesPorts {
  readonly telemetry: Pick<Telemetry, 'scraped'>;
  readonly logger: Pick<Logger, 'error'>;
  /** Aborts when the process is to end at once. */
  readonly signal: AbortSignal;
  /** Resolves when the process waits no longer. */
  readonly longest?: (signal: AbortSignal) => Promise<unknown>;
}

/**
 * Waits, if a metric reports this error (`measured`) and `/metrics` is served, until it was read twice, at most 90 s.
 * Otherwise the process would end before the metric could be read.
 */
export const lastScrapes = async (
  error: unknown,
  {
    telemetry: { scraped },
    logger,
    signal,
    longest = (until) => pause(longestMs, undefined, { signal: until }),
  }: LastScrapesPorts,
): Promise<void> => {
  if (!scraped || (error as { measured?: boolean } | undefined)?.measured !== true) return;
  logger.error({ error }, `does not start, and ends once /metrics was read ${scrapes} times, at the latest in 90 s`);
  await Promise.race([scraped(scrapes), longest(signal).catch(() => undefined)]);
};
