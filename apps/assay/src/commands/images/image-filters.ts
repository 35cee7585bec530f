import { InvalidArgumentError, Option, type Command } from 'commander';
import type { ImageFilters } from '../../client/api.ts';
import { counted } from '../../terminal/format.ts';

/** The statuses of a list, the worst first. */
export const listedStatuses = ['unhealthy', 'undetermined', 'scanning', 'queued', 'not-applicable', 'healthy'] as const;

/** The options that narrow a list of images. */
export interface FilterOptions {
  status?: readonly string[];
  severity?: string;
  fixable?: true;
  running?: boolean;
  repository?: string;
  untagged?: true;
}

/** Parses statuses of images as lists show them. */
export const listedStatusesIn = (text: string): readonly string[] => {
  const given = text.split(',').map((one) => one.trim());
  if (given.every((one) => (listedStatuses as readonly string[]).includes(one))) return given;
  throw new InvalidArgumentError(`Give one or more of ${listedStatuses.join(', ')}, with commas between them.`);
};

/**
 * The images that a list leaves out.
 * @param shownBy what shows them
 */
export const untaggedText = (untagged: number, shownBy: string): string =>
  `${counted(untagged, 'image')} that lost ${untagged === 1 ? 'its' : 'their'} tags ` +
  `${untagged === 1 ? 'is' : 'are'} left out: ${shownBy} shows ${untagged === 1 ? 'it' : 'them'}.`;

/** Parses a number of rows. */
export const rowsIn = (text: string): number => {
  if (/^[1-9]\d{0,2}$|^1000$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give a number from 1 to 1000.');
};

export const severityOption = (of: string): Option =>
  new Option('--severity <severity>', of).choices(['critical', 'high', 'medium', 'low', 'unknown']);

export const repositoryOption = (): Option =>
  new Option('--repository <name>', 'only this repository; * stands for any text, as in "team/*"');

/** Adds the options of `FilterOptions`. */
export const filterOptions = (command: Command): Command =>
  command
    .option('--status <statuses>', `only images with one of these: ${listedStatuses.join(', ')}`, listedStatusesIn)
    .addOption(severityOption('only images with a finding of at least this severity'))
    .option('--fixable', 'only images with a finding that has a fix')
    .option('--untagged', 'also images that lost their tags')
    .option('--running', 'only images that a cluster runs')
    .option('--no-running', 'only images that no cluster runs that reports')
    .addOption(repositoryOption());

/** The filters that were given, as the API names them. */
export const filtersOf = ({
  status,
  severity,
  fixable,
  running,
  repository,
  untagged,
}: FilterOptions): ImageFilters => ({
  ...(status ? { status: status.join(',') } : {}),
  ...(severity ? { severity } : {}),
  ...(fixable ? { fixable: 'true' } : {}),
  ...(running === undefined ? {} : { running: String(running) }),
  ...(repository ? { repository } : {}),
  ...(untagged ? { untagged: 'include' } : {}),
});
