import type { Command } from 'commander';
import type { TagAnswer } from '../../client/answers.ts';
import { withApi } from '../../client/connection.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../../shell.ts';
import { counted, minuteOf, shortName } from '../../terminal/format.ts';
import { table } from '../../terminal/table.ts';
import { tagIn } from './resolve.ts';

interface Options {
  data?: string;
  json?: boolean;
}

/** Most tags of a repository, and most moves of a tag, for people. */
const mostShown = 50;

/** Registers `assay tags`. */
export const registerTags = (program: Command, shell: Shell): void => {
  program
    .command('tags')
    .summary('show what the tags of a repository name')
    .description(
      'Shows the image that each tag of a repository names, by the answer of its registry; of one tag also the ' +
        'images that it named before.',
    )
    .argument('<repository>', 'a repository, or repository:tag; @<day> behind a tag: at the end of that day')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay tags team/web
  assay tags team/web:1.4
  assay tags team/web:1.4@2026-11-20`,
    )
    .action((name: string, { data, json }: Options) =>
      withApi(shell, dataOf(shell, data), async (api) => {
        const tags = await api.tags(tagIn(name) ?? { repository: name });
        if (json) shell.terminal.json({ tags });
        else shell.terminal.result(tagsText(name, tags, shell.terminal.width));
      }),
    );
};

const digestText = (digest: string | undefined): string => digest?.slice(0, 19) ?? 'gone';

/** The tags as a table; a single one with what it named before. */
const tagsText = (name: string, tags: readonly TagAnswer[], width: number): string => {
  const [only] = tags;
  if (!only) return `No tag of ${name} is known: a push with a tag, or a sweep, shows the first.`;
  const rows =
    tags.length === 1
      ? only.moves.map(({ digest, at, times }) => [
          shortName(`${only.repository}:${only.tag}`),
          `${digestText(digest)}${times ? ` (${times} moves)` : ''}`,
          at,
        ])
      : tags.map(({ repository, tag, digest, at }) => [shortName(`${repository}:${tag}`), digestText(digest), at]);
  const shown = rows.slice(0, mostShown).map(([tag = '', digest = '', at = '']) => [tag, digest, minuteOf(at)]);
  const more = rows.length - shown.length;
  return [
    table(
      [{ title: 'TAG', grows: true }, { title: 'NAMES' }, { title: tags.length === 1 ? 'FROM' : 'SINCE' }],
      shown,
      width,
    ),
    ...(more > 0 ? [`and ${counted(more, tags.length === 1 ? 'move' : 'tag')} more: see --json`] : []),
  ].join('\n');
};
