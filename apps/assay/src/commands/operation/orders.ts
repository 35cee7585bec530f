import type { Command } from 'commander';
import type { OrderAnswer } from '../../client/answers.ts';
import type { Api } from '../../client/api.ts';
import { connectToRunning } from '../../client/connection.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../../shell.ts';
import { exitCodes, Failure, type ExitReason } from '../../terminal/failure.ts';
import { allParkedIn, whyOption } from '../options.ts';

interface Options {
  why: string;
  all?: boolean;
  data?: string;
  json?: boolean;
}

export const registerRedrive = (program: Command, shell: Shell): void => {
  program
    .command('redrive')
    .summary('handle parked events again')
    .description(
      'Handles parked events again with the current version of the service, then the events that wait behind ' +
        'them, in order. An event that fails again stays parked.',
    )
    .argument('[events...]', '<service>/<topic>/<partition>/<offset>, as in `assay parked`', allParkedIn)
    .option('--all', 'every event that failed itself')
    .addOption(whyOption())
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay redrive classifier/scan.completed/3/17 --why 'fixed in 1.2.1'
  assay redrive --all --why 'the disk has room again'

Exit 1 if an event is still parked, 6 if a result is not known yet.`,
    )
    .action((events: readonly string[], options: Options) => ordered(shell, 'redrive', events, options));
};

export const registerDrop = (program: Command, shell: Shell): void => {
  program
    .command('drop')
    .summary('give parked events up for good')
    .description(
      'Gives parked events up: they are never handled, not even by a rebuild from the log. The events that ' +
        'wait behind them are handled, in order.',
    )
    .argument('<events...>', '<service>/<topic>/<partition>/<offset>, as in `assay parked`', allParkedIn)
    .addOption(whyOption())
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay parked
  assay drop classifier/scan.completed/3/17 --why 'sent by hand, by mistake'

Exit 1 if an event was handled before it could be dropped, 6 if a result is not
known yet.`,
    )
    .action((events: readonly string[], options: Options) => ordered(shell, 'drop', events, options));
};

type Answer = OrderAnswer | { readonly target: string; readonly outcome: 'refused'; readonly message: string };

const atOnce = 8;

const ordered = async (
  shell: Shell,
  command: 'redrive' | 'drop',
  events: readonly string[],
  { why, all, data, json }: Options,
): Promise<void> => {
  const { terminal } = shell;
  if (command === 'redrive' && events.length > 0 === (all === true))
    throw new Failure('usage', 'no event is given', 'name events, or give --all');
  const { api } = await connectToRunning(
    shell,
    dataOf(shell, data),
    'start one with `assay up`: its services execute the order',
  );
  const targets = all
    ? (await api.parked()).filter(({ waitsFor }) => waitsFor === undefined).map(({ target }) => target)
    : events;
  const answers: Answer[] = [];
  for (const wave of await wavesOf(api, command, targets)) {
    terminal.progress(`${command}: ${answers.length + wave.length} of ${targets.length}`);
    answers.push(...(await Promise.all(wave.map((target) => answerTo(api, command, target, why, targets.length)))));
  }
  answers.sort((a, b) => targets.indexOf(a.target) - targets.indexOf(b.target));
  if (json) terminal.json({ orders: answers });
  else
    terminal.result(
      answers.length === 0 ? 'Nothing is parked.' : answers.map((answer) => answerText(command, answer)).join('\n'),
    );
  const reason = reasonIn(command, answers);
  if (reason) process.exitCode = exitCodes[reason].code;
};

/**
 * Groups the orders to send at once. Waiting events are dropped before the events that they wait for: dropping the
 * latter first would handle the former.
 */
const wavesOf = async (
  api: Api,
  command: 'redrive' | 'drop',
  targets: readonly string[],
): Promise<readonly (readonly string[])[]> => {
  const waiting = new Set(
    command === 'drop' && targets.length > 1
      ? (await api.parked()).filter(({ waitsFor }) => waitsFor !== undefined).map(({ target }) => target)
      : [],
  );
  return [targets.filter((target) => waiting.has(target)), targets.filter((target) => !waiting.has(target))].flatMap(
    (some) =>
      Array.from({ length: Math.ceil(some.length / atOnce) }, (_, wave) =>
        some.slice(wave * atOnce, (wave + 1) * atOnce),
      ),
  );
};

/** A refused order must not prevent the other orders. */
const answerTo = async (
  api: Api,
  command: 'redrive' | 'drop',
  target: string,
  why: string,
  targets: number,
): Promise<Answer> =>
  api.order(command, target, why).catch((error: unknown) => {
    if (targets === 1 || !(error instanceof Failure)) throw error;
    return { target, outcome: 'refused', message: error.message };
  });

const cameTooLate = (command: 'redrive' | 'drop', { outcome }: Answer): boolean =>
  command === 'drop' && outcome === 'redriven';

const answerText = (command: 'redrive' | 'drop', answer: Answer): string => {
  const { target, outcome } = answer;
  if (cameTooLate(command, answer))
    return `${target} was not dropped: it was handled before, once the event that it waited for was released`;
  switch (outcome) {
    case 'parked':
      return `${target} is still parked: ${[answer.code, answer.message].filter(Boolean).join(': ')}`;
    case 'ordered':
      return `${target}: ordered, but the service has not reported a result yet`;
    case 'refused':
      return `${target}: refused: ${answer.message}`;
    default:
      return `${target} is ${outcome}`;
  }
};

const reasonIn = (command: 'redrive' | 'drop', answers: readonly Answer[]): ExitReason | undefined => {
  if (
    answers.some(
      (answer) => answer.outcome === 'parked' || answer.outcome === 'refused' || cameTooLate(command, answer),
    )
  )
    return 'failed';
  return answers.some(({ outcome }) => outcome === 'ordered') ? 'not-in-time' : undefined;
};
