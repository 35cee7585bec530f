import type { Command } from 'commander';
import type { WhyAnswer, WhyChildAnswer, WhyPlaceAnswer, WhyStepAnswer } from '../../client/answers.ts';
import { withApi } from '../../client/connection.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../../shell.ts';
import { oneLine } from '../../terminal/colors.ts';
import { restingText, statusText } from '../../terminal/format.ts';
import { broken, shortened } from '../../terminal/table.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { resolveDigest } from './resolve.ts';

interface Options {
  data?: string;
  json?: boolean;
}

export const registerWhy = (program: Command, shell: Shell): void => {
  program
    .command('why')
    .summary('explain the status of an image, from its events')
    .description(
      'Explains the status of an image, from the notification to the charge: each step with what it rests on, ' +
        'each rule that applied, and what is missing. It reads the events in the log, not the tables. An index ' +
        'is followed by the images that it lists.',
    )
    .argument('<image>', 'a digest, the start of one, or repository:tag')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay why debian:13.0
  assay why sha256:efeecec1ba30 --json     with ids, topics, offsets and fields`,
    )
    .action((image: string, { data, json }: Options) =>
      withApi(shell, dataOf(shell, data), async (api) => {
        const answer = await api.why(await resolveDigest(api, image));
        if (json) shell.terminal.json(answer);
        else shell.terminal.result(whyText(shell.terminal, answer));
      }),
    );
};

/** Names and messages of an image may be long. JSON has the full text. */
const longestLine = 800;

export const whyText = (terminal: Pick<Terminal, 'colors' | 'width'>, { places, parked = [] }: WhyAnswer): string =>
  [
    ...places.map((place) => placeText(terminal, place)),
    ...(parked.length > 0
      ? [`${parked.length} of its events ${parked.length === 1 ? 'is' : 'are'} parked: see \`assay parked\`.`]
      : []),
  ].join('\n\n');

const mostTags = 5;
const nameOf = ({ repository, tags }: WhyPlaceAnswer): string => {
  const more = tags.length > mostTags ? ` and ${tags.length - mostTags} more` : '';
  return tags.length === 0 ? repository : `${repository}:${tags.slice(0, mostTags).join(', ')}${more}`;
};

const placeText = (terminal: Pick<Terminal, 'colors' | 'width'>, place: WhyPlaceAnswer, as?: ChildHead): string => {
  const { status, reason, advisoriesAt, digest, loginServer, repository, steps, children = [] } = place;
  const head = [
    `${terminal.colors.bold(shortened(oneLine(as?.name ?? nameOf(place)), longestLine))}  ` +
      `${statusText(status, terminal)}${restingText(reason && oneLine(reason), advisoriesAt)}`,
    `  ${digest}`,
    `  in ${shortened(oneLine(`${loginServer}/${repository}`), longestLine)}`,
    ...(as?.unclear === undefined ? [] : [`  The index and its manifest do not fit together: ${oneLine(as.unclear)}.`]),
  ].join('\n');
  return [
    `${head}\n\n${stepsText(terminal, steps)}`,
    ...children.map((child) => childText(terminal, child, nameOf(place))),
  ].join('\n\n');
};

/** Heading of an image that an index lists. */
interface ChildHead {
  readonly name: string;
  readonly unclear?: string;
}

/** The steps of a manifest that does not count are in JSON only. */
const childText = (
  terminal: Pick<Terminal, 'colors' | 'width'>,
  { place, digest, kind, leftOut, unclear, ...platform }: WhyChildAnswer,
  index: string,
): string => {
  const of = [platform.os, platform.architecture, platform.variant].filter(Boolean).join('/') || kind;
  const name = `${of} of ${index}`;
  if (place && leftOut === undefined)
    return placeText(terminal, place, { name, ...(unclear === undefined ? {} : { unclear }) });
  const why =
    leftOut === undefined
      ? 'No event about it has arrived yet.'
      : `Left out of the status of the index: ${oneLine(leftOut)}.`;
  return `${terminal.colors.bold(shortened(oneLine(name), longestLine))}\n  ${digest}\n  ${why}`;
};

const stepsText = (terminal: Pick<Terminal, 'colors' | 'width'>, steps: readonly WhyStepAnswer[]): string => {
  const days = [...new Set(steps.flatMap(({ time }) => time?.slice(0, 10) ?? []))];
  const isOneDay = days.length <= 1;
  const shown = (time: string | undefined): string =>
    time === undefined ? '' : isOneDay ? time.slice(11, 23) : `${time.slice(0, 10)} ${time.slice(11, 19)}`;
  const indent = (isOneDay ? '00:00:00.000' : '0000-00-00 00:00:00').length + 2;
  const line = (text: string): string => {
    const hang = text.startsWith('- ') ? 2 : 0;
    const lines = broken(shortened(oneLine(text), longestLine), terminal.width - indent - hang).split('\n');
    return lines.map((one, index) => `${' '.repeat(indent + (index === 0 ? 0 : hang))}${one}`).join('\n');
  };
  return [
    `  Times are UTC${isOneDay && days[0] !== undefined ? `, ${days[0]}` : ''}.`,
    ...steps.map(({ time, title, details }) =>
      [
        `${shown(time).padEnd(indent)}${terminal.colors.bold(shortened(oneLine(title), longestLine))}`,
        ...details.map(line),
      ].join('\n'),
    ),
  ].join('\n\n');
};
