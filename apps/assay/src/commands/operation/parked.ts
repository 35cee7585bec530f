import type { Command } from 'commander';
import type { ParkedAnswer } from '../../client/answers.ts';
import type { Api } from '../../client/api.ts';
import { withApi } from '../../client/connection.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../../shell.ts';
import { oneLine } from '../../terminal/colors.ts';
import { broken, table } from '../../terminal/table.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { parkedIn } from '../options.ts';

interface Options {
  data?: string;
  json?: boolean;
}

export const registerParked = (program: Command, shell: Shell): void => {
  program
    .command('parked')
    .summary('list events that a service could not handle')
    .description(
      'Lists the events that a service could not handle, with the events that wait behind each. Such an event ' +
        'halts its image only, which is shown as undetermined/parked. With an event as argument: the record in ' +
        'the log.',
    )
    .argument('[event]', '<service>/<topic>/<partition>/<offset>', parkedIn)
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay parked
  assay parked classifier/scan.completed/3/17
  assay parked --json

\`assay redrive\` handles an event again once its cause is fixed. \`assay drop\`\ngives it up.`,
    )
    .action((event: string | undefined, options: Options) =>
      withApi(shell, dataOf(shell, options.data), (api) =>
        event === undefined ? all(shell, api, options) : one(shell, api, event, options),
      ),
    );
};

const all = async ({ terminal }: Shell, api: Api, { json }: Options): Promise<void> => {
  const parked = await api.parked();
  if (json) return terminal.json({ parked });
  terminal.result(parkedText(terminal, parked));
};

const one = async ({ terminal }: Shell, api: Api, target: string, { json }: Options): Promise<void> => {
  const event = await api.parkedEvent(target);
  if (json) return terminal.json(event);
  terminal.result(eventText(terminal, event));
};

const eventsText = (count: number): string => (count === 1 ? '1 event' : `${count} events`);
const imageOf = ({ key = '', repositories }: ParkedAnswer): string =>
  [repositories.join(', '), key.replace(/^sha256:([0-9a-f]{12})[0-9a-f]+$/, '$1')].filter(Boolean).join(' ');
const whenText = (since: string): string => since.slice(0, 19).replace('T', ' ');

/** Lists the events at fault, with the number of events behind each. */
export const parkedText = (
  { width, colors }: Pick<Terminal, 'width' | 'colors'>,
  parked: readonly ParkedAnswer[],
): string => {
  if (parked.length === 0) return 'Nothing is parked.';
  const behind = Map.groupBy(parked, ({ waitsFor }) => waitsFor);
  const rows = (behind.get(undefined) ?? []).map((event) => {
    const waiting = behind.get(event.target)?.length ?? 0;
    const lines = [
      event.target,
      ...[imageOf(event), waiting > 0 ? `and ${eventsText(waiting)} behind it` : '']
        .filter(Boolean)
        .map((line) => colors.dim(`  ${line}`)),
    ];
    return [lines.join('\n'), event.code ?? '', whenText(event.since).replace(' ', '\n'), oneLine(event.message ?? '')];
  });
  return table(
    [{ title: 'EVENT' }, { title: 'CODE' }, { title: 'SINCE (UTC)' }, { title: 'WHY', grows: true }],
    rows,
    width,
    colors.dim,
  );
};

const indent = 12;

export const eventText = ({ width, colors }: Pick<Terminal, 'width' | 'colors'>, event: ParkedAnswer): string => {
  const row = (name: string, text: string): string =>
    `  ${name.padEnd(indent - 2)}${broken(text, width - indent).replaceAll('\n', `\n${' '.repeat(indent)}`)}`;
  const { target, code, message, since, waitsFor, key, repositories, record } = event;
  return [
    `${colors.bold(target)}  ${code ?? ''}`,
    row('why', message),
    row('since', `${whenText(since)} UTC`),
    ...(waitsFor ? [row('waits for', waitsFor)] : []),
    ...(key ? [row('key', key)] : []),
    ...(repositories.length > 0 ? [row('in', repositories.join(', '))] : []),
    ...(record
      ? [
          ...Object.entries(record.headers).map(([name, text], index) =>
            row(index === 0 ? 'headers' : '', `${name}: ${text}`),
          ),
          row('value', `${record.bytes} bytes${record.truncated ? ', only the start is shown' : ''}`),
          '',
          record.value,
        ]
      : [row('record', 'no longer in the log')]),
  ].join('\n');
};
