import type { MetricName } from '@assay/telemetry';

/** Metrics that no board shows, each with the reason. */
export const notOnBoards: Partial<Record<MetricName, string>> = {
  'nodejs.eventloop.delay.mean': 'the 99th percentile is on the board of the pipeline; the mean hides pauses',
  'nodejs.eventloop.delay.max': 'one pause of the collector of garbage makes it jump; the 99th percentile is shown',
};
