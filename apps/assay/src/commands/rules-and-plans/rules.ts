import type { Command } from 'commander';
import { present } from '@assay/events/present';
import type { RuleAnswer } from '../../client/answers.ts';
import { withApi, connectToRunning } from '../../client/connection.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../../shell.ts';
import { oneLine } from '../../terminal/colors.ts';
import { table } from '../../terminal/table.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { whyOption } from '../options.ts';
import { criteriaOf, criteriaOptions, criteriaText, scopeOption, type CriteriaOptions } from './rule-criteria.ts';
import { registerRulesPreview } from './rules-preview.ts';

interface SetOptions extends CriteriaOptions {
  scope: string;
  why: string;
  data?: string;
  json?: boolean;
}
interface RemoveOptions {
  scope: string;
  why: string;
  data?: string;
  json?: boolean;
}
interface ListOptions {
  data?: string;
  json?: boolean;
}

const needsSuite = 'start one with `assay up`: its services apply the rule';

export const registerRules = (program: Command, shell: Shell): void => {
  const rules = program
    .command('rules')
    .summary('list or set rules that disable findings')
    .description(
      'Rules that disable findings in a scope. A disabled finding is not applicable, and is counted apart. ' +
        'Without its rule a finding counts again at once, without a new scan.',
    );
  rules
    .command('list', { isDefault: true })
    .summary('list the rules')
    .description('Lists the rules and how many findings each disables.')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExamples\n  assay rules\n  assay rules list --json')
    .action((options: ListOptions) => list(shell, options));
  criteriaOptions(
    rules
      .command('set')
      .summary('create or change a rule')
      .description(
        'Creates a rule, or changes the rule of that name in that scope. It disables a finding that meets all ' +
          'given criteria. `assay rules preview` shows beforehand what it would do.',
      )
      .argument('<name>', 'letters, digits, dots, dashes; at most 64')
      .addOption(scopeOption()),
  )
    .addOption(whyOption())
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay rules set no-fix --scope /subscriptions/<id> --no-patchable \\
    --why 'there is no fix'
  assay rules set busybox --scope /subscriptions/<id> \\
    --vulnerability CVE-2026-1 --expires 30d --why 'not reachable'`,
    )
    .action((name: string, options: SetOptions) => set(shell, name, options));
  registerRulesPreview(rules, shell);
  rules
    .command('remove')
    .summary('remove a rule')
    .description('Removes a rule. Its findings count again at once.')
    .argument('<name>', 'as in `assay rules`')
    .addOption(scopeOption())
    .addOption(whyOption())
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay rules remove no-fix --scope /subscriptions/<id> --why 'fixed'`,
    )
    .action((name: string, options: RemoveOptions) => remove(shell, name, options));
};

const list = async (shell: Shell, { data, json }: ListOptions): Promise<void> => {
  const rules = await withApi(shell, dataOf(shell, data), (api) => api.rules());
  if (json) return shell.terminal.json({ rules });
  shell.terminal.result(rulesText(shell.terminal, rules));
};

const set = async (
  shell: Shell,
  name: string,
  { scope, why, expires, data, json, ...options }: SetOptions,
): Promise<void> => {
  const criteria = criteriaOf(options);
  const { api } = await connectToRunning(shell, dataOf(shell, data), needsSuite);
  const rule = await api.setRule(name, { scope, criteria, reason: why, ...(expires ? { expiresAt: expires } : {}) });
  if (json) return shell.terminal.json(rule);
  shell.terminal.result(
    `The rule ${rule.ruleId} applies in ${rule.scope}${rule.expiresAt ? ` until ${rule.expiresAt}` : ''}: ` +
      `findings that are ${criteriaText(rule.criteria)} are not applicable.`,
  );
};

const remove = async (shell: Shell, name: string, { scope, why, data, json }: RemoveOptions): Promise<void> => {
  const { api } = await connectToRunning(shell, dataOf(shell, data), needsSuite);
  await api.removeRule(name, scope, why);
  if (json) return shell.terminal.json({ ruleId: name, scope, removed: true });
  shell.terminal.result(`The rule ${name} is removed; its findings count again within moments.`);
};

const rulesText = ({ width, colors }: Pick<Terminal, 'width' | 'colors'>, rules: readonly RuleAnswer[]): string => {
  if (rules.length === 0)
    return 'There are no rules: every finding counts. `assay rules set --help` explains how to create one.';
  const rows = rules.map(({ ruleId, scope, criteria, reason, by, expiresAt, state, exempted, fixable }) => [
    oneLine(ruleId),
    state === 'expired'
      ? `expired\n${present(expiresAt, 'time of expiry').slice(0, 10)}`
      : expiresAt
        ? `until\n${expiresAt.slice(0, 10)}`
        : 'in force',
    fixable > 0 ? `${exempted}\n${fixable} fixable` : String(exempted),
    `${oneLine(criteriaText(criteria))}\n${colors.dim(oneLine(scope))}\n${colors.dim(oneLine(`${reason} (${by})`))}`,
  ]);
  return table(
    [
      { title: 'RULE' },
      { title: 'STATE' },
      { title: 'DISABLES', align: 'right' },
      { title: 'FINDINGS THAT ARE', grows: true },
    ],
    rows,
    width,
    colors.dim,
  );
};
