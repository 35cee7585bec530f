import { definitionOf, present, type UsageCharged } from '@assay/events';

export type { UsageCharged };
export { parseCsv } from './csv.ts';

/** The golden charge, overridden by the test. */
export const usageCharged = (data: Partial<UsageCharged> = {}): UsageCharged => ({
  ...(present(definitionOf('usage.charged'), 'definition').examples[1] as unknown as Pick<
    UsageCharged,
    keyof UsageCharged
  >),
  ...data,
});
