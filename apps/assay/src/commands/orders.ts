import type { Command } from 'commander';
import type { OrderAnswer } from '../client/answers.ts';
import type { Api } from '../client/api.ts';
import { connectToRunning } from '../client/connection.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../shell.ts';
import { exitCodes, Failure, type ExitReason } from '../terminal/failure.ts';
import { allParkedIn, whyOption } from './options.ts';

interface Options { why: string; all?: boolean; data?: string; json?: boolean }

export const registerRedrive = (program: Command, shell: Shell): void => {
  program.command('redrive').summary('have parked events handled again')
    .description('Has parked events handled again by the program of today, and then those that wait behind them, in their order. One that fails again stays parked.')
    .argument('[events...]', '<service>/<topic>/<partition>/<offset>, as `assay parked` lists them', allParkedIn)
    .option('--all', 'every event at fault').addOption(whyOption()).addOption(dataOption()).addOption(jsonOption())
    .addHelpText('after', `
Examples
  assay redrive classifier/scan.completed/3/17 --why 'mended in 1.2.1'
  assay redrive --all --why 'the disk has room again'

Exit 1 where one is still parked, 6 where it is not known yet what came of it.`)
    .action((events: readonly string[], options: Options) => ordered(shell, 'redrive', events, options));
};

export const registerDrop = (program: Command, shell: Shell): void => {
  program.command('drop').summary('give parked events up for good')
    .description('Gives parked events up: they are never handled, also where the stores are filled anew from the log. Those that wait behind them are handled, in their order.')
    .argument('<events...>', '<service>/<topic>/<partition>/<offset>, as `assay parked` lists them', allParkedIn)
    .addOption(whyOption()).addOption(dataOption()).addOption(jsonOption())
    .addHelpText('after', `
Examples
  assay parked
  assay drop classifier/scan.completed/3/17 --why 'sent by hand, by mistake'

Exit 6 where it is not known yet what came of it.`)
    .action((events: readonly string[], options: Options) => ordered(shell, 'drop', events, options));
};

type Answer = OrderAnswer | { readonly target: string; readonly outcome: 'refused'; readonly message: string };

const atOnce = 8;

const ordered = async (shell: Shell, command: 'redrive' | 'drop', events: readonly string[], { why, all, data, json }: Options): Promise<void> => {
  const { terminal } = shell;
  if (command === 'redrive' && (events.length > 0) === (all === true)) throw new Failure('usage', 'it is not clear what to redrive', 'name the events, or say --all');
  const { api } = await connectToRunning(shell, dataOf(shell, data), 'start one with `assay up`: its services carry the order out');
  const targets = all ? (await api.parked()).filter(({ waitsFor }) => waitsFor === undefined).map(({ target }) => target) : events;
  const answers: Answer[] = [];
  for (let from = 0; from < targets.length; from += atOnce) {
    terminal.progress(`${command}: ${from} of ${targets.length}`);
    answers.push(...await Promise.all(targets.slice(from, from + atOnce).map((target) => answerTo(api, command, target, why, targets.length))));
  }
  if (json) terminal.json({ orders: answers });
  else terminal.result(answers.length === 0 ? 'Nothing is parked.' : answers.map(answerWords).join('\n'));
  const reason = reasonIn(answers);
  if (reason) process.exitCode = exitCodes[reason].code;
};

/** Of several, one that is refused keeps none of the others from being ordered. */
const answerTo = async (api: Api, command: 'redrive' | 'drop', target: string, why: string, targets: number): Promise<Answer> =>
  api.order(command, target, why).catch((error: unknown) => {
    if (targets === 1 || !(error instanceof Failure)) throw error;
    return { target, outcome: 'refused', message: error.message };
  });

const answerWords = (answer: Answer): string => {
  const { target, outcome } = answer;
  switch (outcome) {
    case 'parked': return `${target} is still parked: ${[answer.code, answer.message].filter(Boolean).join(': ')}`;
    case 'ordered': return `${target} is ordered, and its service has not said yet what came of it`;
    case 'refused': return `${target} was refused: ${answer.message}`;
    default: return `${target} is ${outcome}`;
  }
};

const reasonIn = (answers: readonly Answer[]): ExitReason | undefined => {
  if (answers.some(({ outcome }) => outcome === 'parked' || outcome === 'refused')) return 'failed';
  return answers.some(({ outcome }) => outcome === 'ordered') ? 'not-in-time' : undefined;
};
