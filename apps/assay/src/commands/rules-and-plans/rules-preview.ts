import { Option, type Command } from 'commander';
import type { PreviewedFindings, RulePreviewAnswer } from '../../client/answers.ts';
import { withApi } from '../../client/connection.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../../shell.ts';
import { oneLine } from '../../terminal/colors.ts';
import { counted, shortName, statusText, worstText } from '../../terminal/format.ts';
import { table } from '../../terminal/table.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { criteriaOf, criteriaOptions, criteriaText, scopeOption, type CriteriaOptions } from './rule-criteria.ts';

interface Options extends CriteriaOptions {
  scope: string;
  maxSeverity: string;
  data?: string;
  json?: boolean;
}

/** Registers `assay rules preview`. */
export const registerRulesPreview = (rules: Command, shell: Shell): void => {
  criteriaOptions(
    rules
      .command('preview')
      .summary('show what a rule would do')
      .description(
        'Shows which findings a rule would disable, and which statuses and decisions of the gate would change. ' +
          'Changes nothing.',
      )
      .argument('<name>', 'as in `assay rules set`')
      .addOption(scopeOption()),
  )
    .addOption(
      new Option('--max-severity <severity>', 'the worst severity that the gate allows')
        .choices(['none', 'low', 'medium', 'high', 'critical'])
        .default('none'),
    )
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay rules preview no-fix --scope /subscriptions/<id> --no-patchable
  assay rules preview low --scope /subscriptions/<id> --severity-below Medium \\
    --max-severity high --json`,
    )
    .action((name: string, options: Options) => preview(shell, name, options));
};

const preview = async (
  shell: Shell,
  name: string,
  { scope, maxSeverity, expires, data, json, ...options }: Options,
): Promise<void> => {
  const criteria = criteriaOf(options);
  const answer = await withApi(shell, dataOf(shell, data), (api) =>
    api.previewRule(name, { scope, criteria, ...(expires ? { expiresAt: expires } : {}) }, maxSeverity),
  );
  if (json) return shell.terminal.json(answer);
  shell.terminal.result(previewText(shell.terminal, criteriaText(criteria), answer));
};

const findingsText = ({ findings, images, bySeverity }: PreviewedFindings): string =>
  `${counted(findings, 'finding')} in ${counted(images, 'image')}: ${worstText(bySeverity, 5)}`;

const summaryOf = (
  criteria: string,
  { ruleId, scope, replaces, matches, hides, shows }: RulePreviewAnswer,
): string[] => {
  const already = matches.findings - hides.findings;
  return [
    hides.findings > 0
      ? `The rule ${ruleId} in ${scope} would disable ${findingsText(hides)}.`
      : `The rule ${ruleId} in ${scope} would disable no finding that counts now.`,
    ...(matches.findings === 0 ? [`No finding is ${criteria}.`] : []),
    ...(already > 0
      ? [`${counted(already, 'finding')} that ${already === 1 ? 'is' : 'are'} ${criteria} do not count already.`]
      : []),
    ...(replaces ? ['It changes the rule of that name.'] : []),
    ...(shows.findings > 0 ? [`It would no longer disable ${findingsText(shows)}.`] : []),
  ].map(oneLine);
};

const nameOf = ({ repository, digest }: { readonly repository: string; readonly digest: string }): string =>
  oneLine(shortName(`${repository}@${digest}`));

const previewText = (terminal: Terminal, criteria: string, answer: RulePreviewAnswer): string => {
  const { width, colors } = terminal;
  const { statuses, gates, gateChanges, maxSeverity } = answer;
  const changes = (title: string, rows: readonly (readonly [string, string])[], all: number): string[] => [
    '',
    table(
      [{ title: 'IMAGE', grows: true }, { title }],
      rows.map((row) => [...row]),
      width,
      colors.dim,
    ),
    ...(all > rows.length ? [colors.dim(`and ${all - rows.length} more`)] : []),
  ];
  const shown = (status: string, reason: string | undefined): string =>
    `${statusText(status, terminal)}${reason ? ` (${reason})` : ''}`;
  const flips = statuses.flatMap(({ before, beforeReason, after, afterReason, images }) =>
    images.map((image): [string, string] => [
      nameOf(image),
      `${shown(before, beforeReason)} -> ${shown(after, afterReason)}`,
    ]),
  );
  const all = statuses.reduce((sum, { count }) => sum + count, 0);
  return [
    ...summaryOf(criteria, answer),
    ...(all === 0 ? ['No status would change.'] : changes('STATUS', flips, all)),
    ...(gateChanges === 0
      ? [`The gate would decide as before (--max-severity ${maxSeverity}).`]
      : changes(
          `GATE (--max-severity ${maxSeverity})`,
          gates.map((gate) => [nameOf(gate), `${gate.before} -> ${gate.after}`]),
          gateChanges,
        )),
    '',
    colors.dim('Nothing was changed: `assay rules set` makes the rule.'),
  ].join('\n');
};
