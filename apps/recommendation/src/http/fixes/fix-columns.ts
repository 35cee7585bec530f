import { severities } from '@assay/events';
import type { Writer } from '@assay/read-model/store/writer';
import { writeCsv, type CsvColumn } from '../csv-lines.ts';
import { fixPage, type Fix, type FixFilter } from './fix-list.ts';

const columns: readonly CsvColumn<Fix>[] = [
  { name: 'package', of: (fix) => fix.package },
  { name: 'type', of: ({ type }) => type },
  { name: 'system', of: ({ system }) => system },
  { name: 'fixed', of: ({ fixed }) => fixed },
  { name: 'installed', of: ({ installed }) => installed.join(' ') },
  { name: 'closes', of: ({ closes }) => closes },
  { name: 'of', of: ({ of }) => of },
  { name: 'images', of: ({ images }) => images },
  { name: 'running', of: ({ running }) => running },
  ...severities.map((severity) => ({
    name: severity.toLowerCase(),
    of: ({ bySeverity }: Fix) => Number(bySeverity[severity]),
  })),
  { name: 'repositories', of: ({ repositories }) => repositories.join(' ') },
  { name: 'repositoryCount', of: ({ repositoryCount }) => repositoryCount },
  { name: 'packages', of: ({ packages }) => packages.join(' ') },
  { name: 'command', of: ({ command }) => command },
];

/** There are fewer packages. */
const mostLines = 1_000_000;

/** All upgrades of a list as CSV. */
export const fixesCsv: Writer<FixFilter> = {
  module: import.meta.url,
  name: 'fixesCsv',
  write: async ({ query, out }, filter) => {
    const { value } = await fixPage(query, filter, { size: mostLines });
    await writeCsv(out, columns, [value]);
  },
};
