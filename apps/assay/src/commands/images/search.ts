import type { Command } from 'commander';
import type { SearchAnswer } from '../../client/answers.ts';
import { withApi } from '../../client/connection.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../../shell.ts';
import { oneLine } from '../../terminal/colors.ts';
import { counted } from '../../terminal/format.ts';
import { shortened, table } from '../../terminal/table.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { rowsIn, untaggedText } from './image-filters.ts';

/** Registers `assay search`. */
export const registerSearch = (program: Command, shell: Shell): void => {
  program
    .command('search')
    .summary('find packages, vulnerabilities, images and registries by name')
    .description(
      'Finds a text in the names of packages with findings, vulnerabilities and their aliases, images and ' +
        'registries. A package without a known vulnerability is not found.',
    )
    .argument('<words...>', 'the text; case does not count')
    .option('--top <number>', 'list so many of each kind', rowsIn, 5)
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay search log4j
  assay search DSA-6101-1 --json`,
    )
    .action((words: string[], options: { top: number; data?: string; json?: boolean }) =>
      search(shell, words.join(' '), options),
    );
};

const search = async (
  shell: Shell,
  text: string,
  { top, data, json }: { top: number; data?: string; json?: boolean },
): Promise<void> => {
  const answer = await withApi(shell, dataOf(shell, data), (api) => api.search(text, top));
  if (json) return shell.terminal.json(answer);
  if (answer.unknownImages > 0)
    shell.terminal.note(
      `${counted(answer.unknownImages, 'image')} without a final result may have more: \`assay status\` shows all.`,
    );
  if (answer.untaggedImages > 0) shell.terminal.note(untaggedText(answer.untaggedImages, '`assay status --untagged`'));
  shell.terminal.result(foundText(shell.terminal, oneLine(text), answer));
};

/** Width of the other columns. */
const besides = 48;

const known = (count: number): string => `${count} ${count === 1 ? 'vulnerability' : 'vulnerabilities'}`;

const foundText = ({ width, colors }: Terminal, text: string, found: SearchAnswer): string => {
  const { packages, vulnerabilities, images, registries } = found;
  const imagesOf = (count: number): string => counted(count, 'image');
  const kinds: readonly [string, number, readonly (readonly [string, string])[]][] = [
    [
      'package',
      packages.total,
      packages.value.map((each) => [each.package, `${imagesOf(each.images)}, ${known(each.vulnerabilities)}`]),
    ],
    [
      'vulnerability',
      vulnerabilities.total,
      vulnerabilities.value.map(({ id, images: has, severity }) => [id, `${imagesOf(has)}, ${severity.toLowerCase()}`]),
    ],
    [
      'image',
      images.total,
      images.value.map(({ loginServer, repository, tags, digest }) => [
        `${loginServer}/${repository}${tags[0] === undefined ? `@${digest}` : `:${tags[0]}`}`,
        '',
      ]),
    ],
    ['registry', registries.total, registries.value.map(({ loginServer }) => [loginServer, ''])],
  ];
  const rows = kinds.flatMap(([kind, total, hits]) => [
    ...hits.map(([name, has]) => [kind, shortened(oneLine(name), width - besides), has]),
    ...(total > hits.length ? [[kind, colors.dim(`and ${total - hits.length} more: give --top`), '']] : []),
  ]);
  const sum =
    `${text}: ${imagesOf(packages.images)} with such a package, ${known(vulnerabilities.total)}, ` +
    `${imagesOf(images.total)} and ${registries.total} ${registries.total === 1 ? 'registry' : 'registries'} by name`;
  return rows.length === 0
    ? `${sum}.`
    : `${sum}\n${table([{ title: 'KIND' }, { title: 'NAME', grows: true }, { title: 'IN' }], rows, width, colors.dim)}`;
};
