import { setTimeout as pause } from 'node:timers/promises';
import { Option, type Command } from 'commander';
import type { GateAnswer, GatedPlaceAnswer } from '../../client/answers.ts';
import type { Api, GateQuestion } from '../../client/api.ts';
import { connectToRunning } from '../../client/connection.ts';
import { haltedNotices } from '../../client/notices.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../../shell.ts';
import { oneLine } from '../../terminal/colors.ts';
import { Failure, lineOf, reasonOf } from '../../terminal/failure.ts';
import { counted, restingText, shortName } from '../../terminal/format.ts';
import { longestValue, rowsIn } from '../../terminal/rows.ts';
import { shortened } from '../../terminal/table.ts';
import { doubtsText, evidenceRows } from './evidence.ts';
import { leftOutLines } from './left-out.ts';
import { digestIn, durationIn, platformIn } from '../options.ts';

interface Options {
  maxSeverity: string;
  onlyFixable?: boolean;
  platform?: string;
  repository?: string;
  subscription?: string;
  wait: number;
  data?: string;
  json?: boolean;
}

const headings: Readonly<Record<GateAnswer['decision'], string>> = {
  allow: 'Allowed',
  deny: 'Denied',
  unknown: 'Unknown',
};

/** Code 2 also means a wrong call, and any other failure. */
const codeOf = ({ decision }: Pick<GateAnswer, 'decision'>): number =>
  decision === 'allow' ? 0 : decision === 'deny' ? 1 : 2;

export const registerGate = (program: Command, shell: Shell): void => {
  program
    .command('gate')
    .summary('decide whether a pipeline may use an image')
    .description('Decides about an image: allow, deny or unknown, with the reason. Unknown is never allow.')
    .argument('<digest>', 'sha256:… of the image, as it was pushed', digestIn)
    .addOption(
      new Option('--max-severity <severity>', 'the worst severity that is allowed')
        .choices(['none', 'low', 'medium', 'high', 'critical'])
        .default('none'),
    )
    .option('--only-fixable', 'ignore findings that have no fix')
    .option('--platform <platform>', 'only the images of an index for linux/arm64, linux/arm/v7, and so on', platformIn)
    .option('--repository <name>', 'only the image in this repository')
    .option('--subscription <id>', 'only the image in this subscription')
    .option('--wait <duration>', 'wait for the decision: 90s, 10m, 1h', durationIn, 0)
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Exit codes
  0  allow
  1  deny
  2  unknown: not known, not finished, not assessed, or no suite answered

Examples
  assay gate sha256:… --repository team/web --wait 10m
  assay gate sha256:… --platform linux/arm64
  assay gate sha256:… --max-severity medium --only-fixable --json`,
    )
    .action((digest: string, options: Options) => gated(shell, digest, options));
};

const gated = async (shell: Shell, digest: string, options: Options): Promise<void> => {
  const { terminal } = shell;
  const answer = await decided(shell, digest, options).catch((error: unknown): GateAnswer => {
    terminal.note(lineOf(error));
    return { decision: 'unknown', reason: 'not-answered', message: 'No suite answered.', pending: true, digest };
  });
  if (options.json) terminal.json(answer);
  else
    terminal.result(
      [
        oneLine(`${headings[answer.decision]}: ${answer.message} [${answer.reason}]`) +
          restingText(undefined, answer.advisoriesAt),
        ...nextLines(answer, terminal.width),
        ...(answer.places ?? []).flatMap((place) => placeLines(place, terminal.width)),
        ...leftOutLines(answer.leftOut),
      ].join('\n'),
    );
  if (answer.demonstrationDatabase)
    terminal.note('Scanned with the small demonstration database: do not deploy by its results.');
  process.exitCode = codeOf(answer);
};

/** The next step for a person. */
const nextLines = ({ upgrade, page }: GateAnswer, width: number): string[] => {
  const row = rowsIn(width);
  return [
    ...(upgrade
      ? row('fix first', `${upgrade.package} → ${upgrade.fixed}, closes ${counted(upgrade.closes, 'finding')}`)
      : []),
    // Both are for copying: a break would spoil them.
    ...(upgrade?.command ? [`  ${'type'.padEnd(12)}${oneLine(upgrade.command)}`] : []),
    ...(page ? [`  ${'page'.padEnd(12)}${oneLine(page)}`] : []),
  ];
};

/** The basis of the decision at one place. */
const placeLines = (
  { repository, digest, status, statusReason, decision, doubts, evidence }: GatedPlaceAnswer,
  width: number,
): string[] => {
  const row = rowsIn(width);
  const name = shortened(oneLine(`${repository}@${digest}`), longestValue);
  return [
    `${shortName(name)}  ${status}${statusReason ? ` (${oneLine(statusReason)})` : ''}: ${decision}`,
    ...(evidence
      ? [
          ...row('scanned by', `${evidence.scanner.name} ${evidence.scanner.version}`),
          ...evidenceRows(evidence).flatMap(([label, value]) => row(label, value)),
        ]
      : []),
    ...row('doubts', doubtsText(doubts)),
  ];
};

const decided = async (
  shell: Shell,
  digest: string,
  { maxSeverity, onlyFixable, platform, repository, subscription, wait, data }: Options,
): Promise<GateAnswer> => {
  const { api, close } = await connectToRunning(shell, dataOf(shell, data), 'start one with `assay up`');
  try {
    const answer = await awaited(
      api,
      { digest, maxSeverity, onlyFixable: onlyFixable === true, platform, repository, subscription },
      wait,
      shell.terminal.progress,
    );
    if (answer.pending) for (const line of await haltedNotices(api)) shell.terminal.note(line);
    return answer;
  } finally {
    await close();
  }
};

/** A server may be gone for a moment, or grant a shorter wait than requested. */
const betweenMs = 1_000;

/** True for errors that a retry may solve. A refusal is final. */
const isPassing = (error: unknown): boolean =>
  !(error instanceof Failure) && (reasonOf(error) === 'no-suite' || (error as Error).name === 'TimeoutError');

/** Polls until the decision is final or the time is up. */
const awaited = async (
  api: Api,
  question: GateQuestion,
  seconds: number,
  progress: (line: string) => void,
): Promise<GateAnswer> => {
  for (const until = performance.now() + seconds * 1000; ;) {
    const left = (): number => Math.max(0, until - performance.now());
    const began = performance.now();
    try {
      const answer = await api.gate(question, Math.ceil(left() / 1000));
      if (!answer.pending || left() === 0) return answer;
      progress(`waiting: ${answer.message}`);
    } catch (error) {
      if (!isPassing(error) || left() === 0) throw error;
    }
    // A timer may fire a millisecond early: the last question is asked once the time is up, and not twice.
    if (performance.now() - began < betweenMs) await pause(Math.min(betweenMs, Math.ceil(left()) + 1));
  }
};
