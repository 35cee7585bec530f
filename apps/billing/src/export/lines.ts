import { stringify } from 'csv-stringify/sync';
import type { UsageCharged } from '@assay/events';
import { readCsv, type CsvLine } from './csv.ts';
import { focusCsv } from './focus.ts';
import type { Naming } from './naming.ts';

/**
 * Profiles of the export: FOCUS 1.2, and FOCUS 1.2 plus the columns that the official validator's rules for 1.0
 * require.
 */
export const profiles = ['focus-1.2', 'focus-1.0'] as const;
export type Profile = (typeof profiles)[number];

/**
 * Names that FOCUS dropped after 1.0-preview, with the column that each repeats (docs/adr/0009). Some differ from
 * today's names only in case. Consumers that ignore the case of column names would see duplicates, so only the
 * validator's profile has these columns.
 */
const oldColumns: Readonly<Record<string, (line: CsvLine) => string>> = {
  ChargeType: ({ ChargeClass }) => (ChargeClass === 'Correction' ? 'Adjustment' : 'Usage'),
  InvoiceIssuer: ({ InvoiceIssuerName = '' }) => InvoiceIssuerName,
  Provider: ({ ProviderName = '' }) => ProviderName,
  Publisher: ({ PublisherName = '' }) => PublisherName,
  ResourceID: ({ ResourceId = '' }) => ResourceId,
};

/** Formats charges as CSV. */
export class Lines {
  constructor(private readonly naming: Naming) {}

  /** Formats the charges in the given order as FOCUS 1.2. */
  csv(charges: readonly UsageCharged[]): string {
    return focusCsv(charges, this.naming);
  }
}

/** Filters the lines of an existing file and converts it to a profile. The cells stay as they are. */
export const reshaped = (csv: string, profile: Profile, isKept: (line: CsvLine) => boolean = () => true): string => {
  const { names, lines } = readCsv(csv);
  const more = profile === 'focus-1.0' ? Object.entries(oldColumns) : [];
  const kept = lines
    .filter(isKept)
    .map((line) => [...names.map((name) => line[name]), ...more.map(([, of]) => of(line))]);
  return stringify([[...names, ...more.map(([name]) => name)], ...kept], { record_delimiter: '\n' });
};
