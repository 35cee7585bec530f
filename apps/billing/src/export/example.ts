import { definitionOf, type UsageCharged } from '@assay/events';

export type { UsageCharged };

/** The golden charge, changed where a test says so. */
export const usageCharged = (data: Partial<UsageCharged> = {}): UsageCharged => ({ ...(definitionOf('usage.charged')!.examples[1] as unknown as Pick<UsageCharged, keyof UsageCharged>), ...data });

/** Reads CSV (RFC 4180) for tests, so that what is checked is what a reader gets. */
export const parseCsv = (text: string): Record<string, string>[] => {
  const records: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    records.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain!);
    if (end === '\n') records.push([]);
  }
  const [names = [], ...lines] = records.slice(0, -1);
  return lines.map((cells) => Object.fromEntries(names.map((name, index) => [name, cells[index]!])));
};
