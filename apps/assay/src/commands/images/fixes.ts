import type { Command } from 'commander';
import type { FixAnswer } from '../../client/answers.ts';
import { withApi } from '../../client/connection.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../../shell.ts';
import { oneLine } from '../../terminal/colors.ts';
import { worstText } from '../../terminal/format.ts';
import { shortened, table } from '../../terminal/table.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { repositoryOption, rowsIn, severityOption, untaggedText } from './image-filters.ts';

interface Options {
  severity?: string;
  repository?: string;
  top: number;
  data?: string;
  json?: boolean;
}

/** Registers `assay fixes`. */
export const registerFixes = (program: Command, shell: Shell): void => {
  program
    .command('fixes')
    .summary('list the upgrades that close findings')
    .description(
      'Lists upgrades of packages with the findings that each closes: those in images that run first, and the most ' +
        'of the worst first. ' +
        'Findings without a published fix are not in it.',
    )
    .addOption(severityOption('only findings of at least this severity'))
    .addOption(repositoryOption())
    .option('--top <number>', 'list so many', rowsIn, 20)
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay fixes
  assay fixes --severity high --repository 'team/*'
  assay fixes --top 1 --json`,
    )
    .action((options: Options) => fixes(shell, options));
};

const fixes = async (shell: Shell, { severity, repository, top, data, json }: Options): Promise<void> => {
  const filters = { ...(severity ? { severity } : {}), ...(repository ? { repository } : {}) };
  const answer = await withApi(shell, dataOf(shell, data), (api) => api.fixes(filters, top));
  if (json) return shell.terminal.json(answer);
  if (answer.untaggedImages > 0) shell.terminal.note(untaggedText(answer.untaggedImages, '`assay status --untagged`'));
  const isNarrowed = Object.keys(filters).length > 0;
  shell.terminal.result(
    answer.total === 0
      ? `No finding that counts has a fix${isNarrowed ? ' among those' : ''}. That does not make an image healthy: ` +
          '`assay status` shows all.'
      : fixesText(shell.terminal, answer.fixes, answer.total),
  );
};

const mostVersions = 2;
const mostPlaces = 3;

const versionsText = ({ installed, fixed }: FixAnswer): string => {
  const more = installed.length > mostVersions ? ', …' : '';
  return `${installed.slice(0, mostVersions).join(', ')}${more} -> ${fixed}`;
};

const placesText = ({ repositories, repositoryCount }: FixAnswer): string => {
  const shown = repositories.slice(0, mostPlaces);
  const more = repositoryCount > shown.length ? ` and ${repositoryCount - shown.length} more` : '';
  return `${shown.join(', ')}${more}`;
};

/** Width of the other columns. */
const besides = 40;

const fixesText = ({ width, colors }: Terminal, listed: readonly FixAnswer[], total: number): string => {
  // Cut rather than wrapped: a name of a package that is wrapped could begin a line of its own.
  const line = (text: string): string => shortened(oneLine(text), width - besides);
  const rows = listed.map((fix) => [
    `${line(`${fix.package}${fix.system ? ` (${fix.system})` : ''}`)}\n${line(versionsText(fix))}\n` +
      colors.dim(line(`in ${placesText(fix)}`)),
    `${fix.closes} of ${fix.of}\n${worstText(fix.bySeverity)}`,
    fix.running ? `${fix.images}\n${fix.running} run` : String(fix.images),
  ]);
  return [
    table(
      [{ title: 'UPGRADE', grows: true }, { title: 'CLOSES' }, { title: 'IMAGES', align: 'right' }],
      rows,
      width,
      colors.dim,
    ),
    ...(total > listed.length ? [colors.dim(`and ${total - listed.length} more: give --top`)] : []),
  ].join('\n');
};
