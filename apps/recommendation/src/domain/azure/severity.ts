import type { Severity } from '@assay/events';

/** The shape of 2020 has three severities. */
export const severity2020 = (severity: Severity): 'High' | 'Medium' | 'Low' =>
  severity === 'Critical' ? 'High' : severity === 'Unknown' ? 'Medium' : severity;
