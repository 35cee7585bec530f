import type { Command } from 'commander';
import type { HaltedAnswer, ResumeAnswer } from '../../client/answers.ts';
import { withApi, connectToRunning } from '../../client/connection.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../../shell.ts';
import { oneLine } from '../../terminal/colors.ts';
import { exitCodes, Failure } from '../../terminal/failure.ts';
import { table } from '../../terminal/table.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { allHaltedIn, whyOption } from '../options.ts';

interface Options {
  data?: string;
  json?: boolean;
}

export const registerHalted = (program: Command, shell: Shell): void => {
  program
    .command('halted')
    .summary('list partitions at a standstill')
    .description(
      'Lists the partitions at a standstill. Their log differs from what the service read of it: a topic came ' +
        'back shorter, or was created again. Such a partition consumes and publishes nothing until `assay ' +
        'resume`.',
    )
    .option('--each', 'print a line for each partition of a topic')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay halted
  assay halted --each
  assay halted --json

Restore the topic if possible, then run \`assay resume\`.`,
    )
    .action((options: Options & { each?: boolean }) =>
      withApi(shell, dataOf(shell, options.data), async (api) => {
        const halted = await api.halted();
        if (options.json) shell.terminal.json({ halted });
        else shell.terminal.result(haltedText(shell.terminal, halted, options.each));
      }),
    );
};

export const registerResume = (program: Command, shell: Shell): void => {
  program
    .command('resume')
    .summary('continue partitions at a standstill with the log as it is')
    .description(
      'Rebuilds each partition from the log as it is: the service forgets its state of the partition and reads ' +
        'all its records again. No record is skipped, and nothing is published twice. A record that is gone ' +
        'from the log is forgotten, unless the service has published something because of it.',
    )
    .argument('[partitions...]', '<service>/<topic>/<partition>/<offset>, as in `assay halted`', allHaltedIn)
    .option('--all', 'every partition at a standstill')
    .addOption(whyOption())
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay resume classifier/scan.completed/3/17 --why 'the backup is all we have'
  assay resume --all --why 'the topic is restored'

Exit 1 if an order was refused, 6 if a partition has not continued yet.`,
    )
    .action((partitions: readonly string[], options: ResumeOptions) => resume(shell, partitions, options));
};

interface ResumeOptions extends Options {
  why: string;
  all?: boolean;
}
type Answer = ResumeAnswer | { readonly target: string; readonly outcome: 'refused'; readonly message: string };

const resume = async (
  shell: Shell,
  partitions: readonly string[],
  { why, all, data, json }: ResumeOptions,
): Promise<void> => {
  if (partitions.length > 0 === (all === true))
    throw new Failure('usage', 'no partition is given', 'name partitions, or give --all');
  const { api } = await connectToRunning(
    shell,
    dataOf(shell, data),
    'start one with `assay up`: its services execute the order',
  );
  const targets = all ? (await api.halted()).map(({ target }) => target) : partitions;
  const answers = await Promise.all(
    targets.map((target): Promise<Answer> =>
      api.resume(target, why).catch((error: unknown) => {
        // A refused order must not prevent the other orders.
        if (targets.length === 1 || !(error instanceof Failure)) throw error;
        return { target, outcome: 'refused', message: error.message };
      }),
    ),
  );
  if (json) shell.terminal.json({ orders: answers });
  else shell.terminal.result(answers.length === 0 ? 'No partition stands still.' : answers.map(answerText).join('\n'));
  const reason = answers.some(({ outcome }) => outcome === 'refused')
    ? 'failed'
    : answers.some(({ outcome }) => outcome === 'ordered')
      ? 'not-in-time'
      : undefined;
  if (reason) process.exitCode = exitCodes[reason].code;
};

const answerText = (answer: Answer): string => {
  switch (answer.outcome) {
    case 'resumed':
      return `${answer.target} continues: it is rebuilt from the log as it is`;
    case 'ordered':
      return `${answer.target}: ordered, but the service has not continued yet`;
    case 'refused':
      return `${answer.target}: refused: ${answer.message}`;
  }
};

const rereadsText = (rereads: number): string =>
  `resume: reads ${rereads} ${rereads === 1 ? 'record' : 'records'} again, skips none`;

/** Removes the position, which another column shows, and the ids of events, which JSON has. */
const whyText = (message: string): string =>
  oneLine(
    message
      .replace(/^\S+ differs from what was read of it: /, '')
      .replace(/ \([^()]*\)$/, '')
      .replaceAll(/(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\S*Z/g, '$1 $2 UTC'),
  );

const rowOf = (
  [first, ...more]: readonly [HaltedAnswer, ...HaltedAnswer[]],
  { dim }: Terminal['colors'],
): readonly string[] => {
  const { target, service, topic, since, message, rereads } = first;
  const all = more.reduce((sum, one) => sum + one.rereads, rereads);
  return [
    more.length === 0
      ? `${target}\n${dim(`  ${rereadsText(all)}`)}`
      : `${service}/${topic}\n${dim(`  ${more.length + 1} partitions\n  ${rereadsText(all)}`)}`,
    since.slice(0, 19).replace('T', '\n'),
    whyText(message),
  ];
};

/** Groups partitions by service and topic unless each is requested, and prints what an order would do. */
export const haltedText = (
  { width, colors }: Pick<Terminal, 'width' | 'colors'>,
  halted: readonly HaltedAnswer[],
  each = false,
): string => {
  if (halted.length === 0) return 'No partition stands still.';
  const groups = [
    ...Map.groupBy(halted, ({ service, topic, target }) => (each ? target : `${service}/${topic}`)).values(),
  ] as [HaltedAnswer, ...HaltedAnswer[]][];
  const isGrouped = groups.length < halted.length;
  return [
    table(
      [{ title: 'PARTITION' }, { title: 'SINCE (UTC)' }, { title: 'WHY, AS FOUND THEN', grows: true }],
      groups.map((some) => rowOf(some, colors)),
      width,
      colors.dim,
    ),
    '',
    'The log may have changed since. An order uses the log as it is.',
    ...(isGrouped ? ['A row of several partitions shows the first; `assay halted --each` shows all.'] : []),
  ].join('\n');
};
