import type { components } from '../../api/generated/schema.ts';

export type Sums = components['schemas']['CoverageSums'];

/** Outcomes of a push, in the order of the ledger. */
export const outcomes = ['assessed', 'notApplicable', 'undetermined', 'onItsWay', 'missing'] as const;
export type CoverageOutcome = (typeof outcomes)[number];
