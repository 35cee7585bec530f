import { dayOf, oneOf, text, viewed } from '../../hooks/filters.ts';

/** The parts of the page, each an address of its own; the first has no name of its own. */
export const parts = ['', 'parked', 'scanners', 'audit'] as const;
export type Part = (typeof parts)[number];

/** The part of an address, as in `/operations/parked`; undefined if there is none of this name. */
export const partIn = (given: string | undefined): Part | undefined =>
  given === undefined ? '' : parts.find((part) => part !== '' && part === given);

/** State of the parked events: the one whose record is open. */
export const parkedFilters = { open: viewed(text()) };

export const auditKinds = [
  'rule',
  'plan',
  'parked',
  'halted',
  'recall',
  'database',
  'sweep',
  'assessment',
  'charge',
  'period',
  'export',
] as const;

/** Filters of the audit list, as its route takes them. */
export const auditFilters = { what: oneOf(auditKinds), from: dayOf(), to: dayOf(), open: viewed(text()) };
