import type { Command } from 'commander';
import { at } from '@assay/events/present';
import type { TimelineEvent } from '../../client/answers.ts';
import { withApi } from '../../client/connection.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../../shell.ts';
import { oneLine } from '../../terminal/colors.ts';
import { table } from '../../terminal/table.ts';
import { resolveDigest } from './resolve.ts';

interface Options {
  data?: string;
  json?: boolean;
}

export const registerTimeline = (program: Command, shell: Shell): void => {
  program
    .command('timeline')
    .summary('show every event of an image, cause before effect')
    .description(
      'Shows every event of an image with its time, each below its cause. Rules, plans and orders that changed ' +
        'the image are shown with their author and reason.',
    )
    .argument('<image>', 'a digest, the start of one, or repository:tag')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay timeline debian:13.0
  assay timeline sha256:efeecec1ba30 --json     with ids, causes and trace ids`,
    )
    .action((image: string, { data, json }: Options) =>
      withApi(shell, dataOf(shell, data), async (api) => {
        const { digest, events } = await api.timeline(await resolveDigest(api, image));
        if (json) shell.terminal.json({ digest, events });
        else shell.terminal.result(timelineText(shell, digest, events));
      }),
    );
};

const sinceText = (ms: number): string => (ms < 10_000 ? `+${ms} ms` : `+${(ms / 1000).toFixed(1)} s`);

export const timelineText = (
  { terminal }: Pick<Shell, 'terminal'>,
  digest: string,
  events: readonly TimelineEvent[],
): string => {
  const day = at(events, 0).time.slice(0, 10);
  const places = new Set(events.map(({ repository }) => repository).filter((repository) => repository !== undefined));
  /** The repositories of one image have events with equal summaries, so add the repository. Pushes name it already. */
  const summaryOf = ({ topic, repository, summary }: TimelineEvent): string =>
    places.size > 1 && repository !== undefined && !topic.startsWith('image.') ? `${summary} [${repository}]` : summary;
  const pushes = [...Map.groupBy(events, ({ pushId }) => pushId ?? '')];
  const rows = pushes.flatMap(([, own]) => {
    const begin = Date.parse(at(own, 0).time);
    const shallow = Math.min(...own.map(({ depth }) => depth));
    return own
      .map((event) => ({ ...event, text: summaryOf(event) }))
      .map(({ time, topic, depth, text }) => [
        time.slice(0, 10) === day ? time.slice(11, 23) : time.slice(0, 19),
        sinceText(Date.parse(time) - begin),
        `${' '.repeat(depth - shallow)}${topic}`,
        oneLine(text),
      ]);
  });
  const laid = table(
    [{ title: 'TIME (UTC)' }, { title: 'AFTER', align: 'right' }, { title: 'EVENT' }, { title: 'WHAT', grows: true }],
    rows,
    terminal.width,
    terminal.colors.dim,
  );
  return `${digest}, ${day}\n${laid}`;
};
