import type { Command } from 'commander';
import type { ComparedFindingAnswer, DifferenceAnswer, MomentAnswer } from '../../client/answers.ts';
import type { Api } from '../../client/api.ts';
import { withApi } from '../../client/connection.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../../shell.ts';
import { oneLine } from '../../terminal/colors.ts';
import { counted, minuteOf, shortName, statusText } from '../../terminal/format.ts';
import { table } from '../../terminal/table.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { momentIn, resolveDigest, tagIn, type ImageMoment } from './resolve.ts';

interface Options {
  repository?: string;
  data?: string;
  json?: boolean;
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
    .action((a: ImageMoment, b: ImageMoment, options: Options) => diff(shell, a, b, options));
};

const diff = async (
  shell: Shell,
  a: ImageMoment,
  b: ImageMoment,
  { repository, data, json }: Options,
): Promise<void> => {
  const answer = await withApi(shell, dataOf(shell, data), async (api) =>
    api.difference([await resolved(api, a), await resolved(api, b)], repository, mostListed),
  );
  if (json) return shell.terminal.json(answer);
  shell.terminal.result(diffText(shell.terminal, answer));
};

const resolved = async (api: Api, { image, time }: ImageMoment): Promise<string> => {
  // A tag means the image that it named then.
  const digest = await resolveDigest(api, time !== undefined && tagIn(image) ? `${image}@${time}` : image);
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
