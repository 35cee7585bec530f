import type { DemoResult } from './run.ts';
import type { ShownRow } from './rows.ts';
import { commandName, type Shell } from '../shell.ts';
import { chargeText } from '../commands/images/format.ts';
import { localSubscription } from '../suite/local.ts';
import { table } from '../terminal/table.ts';
import { durationText, narrowReason, shellWord, shortName, statusText, worstText } from '../terminal/format.ts';

const nameText = ({ row: { reference, index, subscription } }: ShownRow): string => {
  if (index !== null) return `  ${shortName(reference.slice(reference.indexOf('@')))}`;
  const name = shortName(reference);
  return subscription === localSubscription ? name : `${name}\nsubscription …${subscription.slice(-4)}`;
};

const findingsText = ({ row: { findings, bySeverity }, fixable }: ShownRow): string =>
  findings === 0 ? '-' : `${findings}, ${fixable} fixable\n${worstText(bySeverity)}`;

/** Explains a status that is not obvious, and why nothing is charged. */
const whyText = ({ row: { reason, status, charge }, joined }: ShownRow, isIndex: boolean): string =>
  (reason && narrowReason(reason)) ??
  (isIndex
    ? 'as its worst image'
    : joined
      ? 'same digest as above'
      : charge === null && status === 'unhealthy'
        ? 'not charged'
        : '');

export const demoText = (
  shell: Pick<Shell, 'env' | 'terminal'>,
  { rows, charges }: DemoResult,
  seconds: number,
  folder: string,
): string => {
  const { terminal } = shell;
  const { colors, width } = terminal;
  const command = commandName(shell);
  const indexes = new Set(rows.map(({ row }) => row.index));
  const cells = rows.map((shown) => {
    const { row } = shown;
    const why = whyText(shown, indexes.has(row.digest));
    return [
      nameText(shown),
      `${statusText(row.status, terminal)}${why ? `\n${colors.dim(why)}` : ''}`,
      findingsText(shown),
      durationText(row.pushToRecommendationMs ?? undefined),
      chargeText(row.charge),
    ];
  });
  const laid = table(
    [
      { title: 'IMAGE', grows: true },
      { title: 'STATUS' },
      { title: 'FINDINGS' },
      { title: 'TIME', align: 'right' },
      { title: 'CHARGE', align: 'right' },
    ],
    cells,
    width,
    colors.dim,
  );
  const totals =
    charges.totals
      .map(({ amount, currency, charges: count }) => `${amount} ${currency} for ${count} images`)
      .join(', ') || 'nothing';
  const there = shellWord(folder);
  const example = rows.find(({ row }) => row.status === 'unhealthy')?.row.reference ?? 'IMAGE';
  return [
    laid,
    '',
    `${colors.bold('Charged')}  ${totals}: each once, and only if it could be assessed`,
    `${colors.bold('Took')}     ${seconds.toFixed(1)} s, with its own small database, and no other`,
    '',
    'Look next at',
    `  ${command} status ${example} --data ${there}`,
    `  ${command} why ${example} --data ${there}`,
    `  ${command} timeline ${example} --data ${there}`,
    `  ${command} export --data ${there}`,
    `  ${command} rebuild all --data ${there}`,
    `  ${`${command} up`.padEnd(31)}  and push an image of your own`,
    `  ${`${command} database update`.padEnd(31)}  a real vulnerability database for it`,
  ].join('\n');
};
