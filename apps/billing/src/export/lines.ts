import { stringify } from 'csv-stringify/sync';
import type { UsageCharged } from '@assay/events';
import { readCsv, type CsvLine } from './csv.ts';
import { focusCsv } from './focus.ts';
import type { Naming } from './naming.ts';

/** Forms of the export: FOCUS 1.2, and with the columns that the official validator's rules for 1.0 ask for besides. */
export const profiles = ['focus-1.2', 'focus-1.0'] as const;
export type Profile = (typeof profiles)[number];

/**
 * Names that FOCUS gave up after 1.0-preview, by what they repeat (docs/adr/0009). Some differ from today's names by
 * their case only, and where names of columns have none they are the same name: so they are in no file that is not for
 * the validator.
 */
const oldColumns: Readonly<Record<string, (line: CsvLine) => string>> = {
  ChargeType: ({ ChargeClass }) => (ChargeClass === 'Correction' ? 'Adjustment' : 'Usage'),
  InvoiceIssuer: ({ InvoiceIssuerName = '' }) => InvoiceIssuerName,
  Provider: ({ ProviderName = '' }) => ProviderName,
  Publisher: ({ PublisherName = '' }) => PublisherName,
  ResourceID: ({ ResourceId = '' }) => ResourceId,
};

/** Makes files of charges. */
export class Lines {
  constructor(private readonly naming: Naming) {}

  /** The charges in the order given, as FOCUS 1.2. */
  csv(charges: readonly UsageCharged[]): string {
    return focusCsv(charges, this.naming);
  }
}

/** Lines of a file that is made already, in another form, or some of them. Its cells stay as they are. */
export const reshaped = (csv: string, profile: Profile, isKept: (line: CsvLine) => boolean = () => true): string => {
  const { names, lines } = readCsv(csv);
  const more = profile === 'focus-1.0' ? Object.entries(oldColumns) : [];
  const kept = lines
    .filter(isKept)
    .map((line) => [...names.map((name) => line[name]), ...more.map(([, of]) => of(line))]);
  return stringify([[...names, ...more.map(([name]) => name)], ...kept], { record_delimiter: '\n' });
};
