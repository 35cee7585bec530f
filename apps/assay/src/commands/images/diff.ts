import { InvalidArgumentError, type Command } from 'commander';
import type { ComparedFindingAnswer, DifferenceAnswer, MomentAnswer } from '../../client/answers.ts';
import type { Api } from '../../client/api.ts';
import { withApi } from '../../client/connection.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../../shell.ts';
import { oneLine } from '../../terminal/colors.ts';
import { counted, minuteOf, shortName, statusText } from '../../terminal/format.ts';
import { table } from '../../terminal/table.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { resolveDigest } from './resolve.ts';

interface Options {
  repository?: string;
  data?: string;
  json?: boolean;
}

/** An image as a person names it, and the time at which it is looked at. */
interface NamedMoment {
  readonly image: string;
  readonly time?: string;
}

/** Most lines of each list for people. */
const mostShown = 15;
/** As many as the API gives. */
const mostListed = 10_000;

/** Registers `assay diff`. */
export const registerDiff = (program: Command, shell: Shell): void => {
  program
    .command('diff')
    .summary('compare two images, or two moments of one')
    .description(
      'Shows which findings are gone, new or changed from one image to another, each with its reason, and how the ' +
        'packages differ. Findings that a rule disables do not count.',
    )
    .argument('<a>', 'a digest, the start of one, or repository:tag', momentIn)
    .argument('<b>', 'the image after it; @<time> behind either one: at that time', momentIn)
    .option('--repository <name>', 'the images in this repository')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay diff team/web:1.4 team/web:1.5
  assay diff team/web:1.4@2026-11-01 team/web:1.4
  assay diff sha256:9f2c4e sha256:c0de12@2026-11-24T09:00Z --json`,
    )
    .action((a: NamedMoment, b: NamedMoment, options: Options) => diff(shell, a, b, options));
};

/** Parses `<image>` or `<image>@<time>`. A day means its end. */
const momentIn = (text: string): NamedMoment => {
  const [, image, time] = /^(.+)@(\d{4}-\d\d-\d\d.*)$/.exec(text) ?? [];
  if (image === undefined || time === undefined) return { image: text };
  const at = /^\d{4}-\d\d-\d\d$/.test(time) ? `${time}T23:59:59Z` : time;
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?Z$/.test(at) && Number.isFinite(Date.parse(at)))
    return { image, time: at };
  throw new InvalidArgumentError('A time behind @ is one of UTC, such as 2026-11-24 or 2026-11-24T09:00Z.');
};

const diff = async (
  shell: Shell,
  a: NamedMoment,
  b: NamedMoment,
  { repository, data, json }: Options,
): Promise<void> => {
  const answer = await withApi(shell, dataOf(shell, data), async (api) =>
    api.difference([await resolved(api, a), await resolved(api, b)], repository, mostListed),
  );
  if (json) return shell.terminal.json(answer);
  shell.terminal.result(diffText(shell.terminal, answer));
};

const resolved = async (api: Api, { image, time }: NamedMoment): Promise<string> => {
  const digest = await resolveDigest(api, image);
  return time === undefined ? digest : `${digest}@${time}`;
};

const momentText = (terminal: Terminal, { repository, digest, at, status, reason, findings }: MomentAnswer): string =>
  `${oneLine(shortName(`${repository}@${digest}`))}${at ? ` at ${minuteOf(at)}` : ''}: ` +
  `${statusText(status, terminal)}${reason ? ` (${oneLine(reason)})` : ''}, ${counted(findings, 'finding')}`;

const packageText = ({ package: name, installedVersion }: ComparedFindingAnswer): string =>
  `${name} ${installedVersion}`;

const diffText = (terminal: Terminal, { from, to, counts, packages, ...lists }: DifferenceAnswer): string => {
  const { width, colors } = terminal;
  const section = (title: string, last: string, rows: readonly (readonly string[])[], all: number): string[] =>
    all === 0
      ? []
      : [
          '',
          table(
            [{ title }, { title: 'VULNERABILITY' }, { title: 'PACKAGE', grows: true }, { title: last }],
            rows.slice(0, mostShown).map((row) => row.map(oneLine)),
            width,
            colors.dim,
          ),
          ...(all > mostShown ? [colors.dim(`and ${all - mostShown} more: use --json for all`)] : []),
        ];
  const changedText = ({ counts: { removed, added, changed } }: NonNullable<DifferenceAnswer['packages']>): string =>
    `Packages: ${removed} removed, ${added} added, ${changed} in another version.`;
  const unknown = from.packagesUnknown ?? to.packagesUnknown;
  return [
    `from ${momentText(terminal, from)}`,
    `to   ${momentText(terminal, to)}`,
    '',
    counts.gone + counts.new + counts.changed === 0
      ? `The findings are the same (${counts.same}).`
      : `Findings: ${counts.gone} gone, ${counts.new} new, ${counts.changed} changed, ${counts.same} the same.`,
    packages ? changedText(packages) : `The packages cannot be compared${unknown ? `: ${unknown}` : ''}.`,
    ...section(
      'NEW',
      'BECAUSE',
      lists.new.map((one) => [one.severity, one.vulnerability, packageText(one), reasonText(one)]),
      counts.new,
    ),
    ...section(
      'GONE',
      'BECAUSE',
      lists.gone.map((one) => [one.severity, one.vulnerability, packageText(one), reasonText(one)]),
      counts.gone,
    ),
    ...section(
      'CHANGED',
      'NOW',
      lists.changed.map(({ before, after }) => [
        before.severity === after.severity ? after.severity : `${before.severity} -> ${after.severity}`,
        after.vulnerability,
        packageText(before),
        before.installedVersion === after.installedVersion
          ? (after.fixedVersion ?? 'no fix yet')
          : after.installedVersion,
      ]),
      counts.changed,
    ),
  ].join('\n');
};

const reasonText = ({ because, ruleId }: { readonly because: string; readonly ruleId?: string }): string =>
  ruleId === undefined ? because : `${because} ${ruleId}`;
