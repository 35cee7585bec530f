import { InvalidArgumentError, Option, type Command } from 'commander';
import { present, digestPattern, severities } from '@assay/events';
import type { RuleAnswer, RuleCriteriaAnswer } from '../client/answers.ts';
import { withApi, connectToRunning } from '../client/connection.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../shell.ts';
import { oneLine } from '../terminal/colors.ts';
import { Failure } from '../terminal/failure.ts';
import { table } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { whyOption } from './options.ts';

interface SetOptions {
  scope: string;
  vulnerability?: string[];
  digest?: string[];
  os?: string[];
  severityBelow?: (typeof severities)[number];
  cvssBelow?: number;
  patchable?: boolean;
  why: string;
  expires?: string;
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
const scopeOption = (): Option =>
  new Option('--scope <id>', 'id of the subscription, resource group or registry').makeOptionMandatory();

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
  rules
    .command('set')
    .summary('create or change a rule')
    .description(
      'Creates a rule, or changes the rule of that name in that scope. It disables a finding that meets all ' +
        'given criteria.',
    )
    .argument('<name>', 'letters, digits, dots, dashes; at most 64')
    .addOption(scopeOption())
    .option('--vulnerability <id...>', 'CVE ids and similar')
    .option('--digest <digest...>', 'images', digestsIn)
    .option('--os <os...>', 'such as debian, or "debian 13"')
    .addOption(
      new Option('--severity-below <severity>', 'findings below this severity').choices(
        severities.filter((severity) => severity !== 'Unknown'),
      ),
    )
    .option('--cvss-below <score>', 'findings with a highest score below this', scoreIn)
    .option('--patchable', 'findings with a fixed version')
    .option('--no-patchable', 'without one')
    .option('--expires <time>', 'such as 2026-12-31, or 30d', expiryIn)
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
  { scope, vulnerability, digest, os, severityBelow, cvssBelow, patchable, why, expires, data, json }: SetOptions,
): Promise<void> => {
  const criteria: RuleCriteriaAnswer = {
    ...(vulnerability ? { vulnerabilities: vulnerability } : {}),
    ...(digest ? { digests: digest } : {}),
    ...(os ? { operatingSystems: os } : {}),
    ...(severityBelow ? { severityBelow } : {}),
    ...(cvssBelow === undefined ? {} : { cvssBelow }),
    ...(patchable === undefined ? {} : { patchable }),
  };
  if (Object.keys(criteria).length === 0)
    throw new Failure(
      'usage',
      'the rule has no criterion',
      'give one or more of --vulnerability, --digest, --os, --severity-below, --cvss-below, --patchable, ' +
        '--no-patchable',
    );
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

/** All criteria of a rule as text. */
const criteriaText = ({
  vulnerabilities,
  digests,
  operatingSystems,
  severityBelow,
  cvssBelow,
  patchable,
}: RuleCriteriaAnswer): string =>
  [
    vulnerabilities && `one of ${vulnerabilities.join(', ')}`,
    digests && `in ${digests.map((digest) => digest.slice(0, 19)).join(', ')}`,
    operatingSystems && `on ${operatingSystems.join(', ')}`,
    severityBelow && `below ${severityBelow}`,
    cvssBelow !== undefined && `below CVSS ${cvssBelow}`,
    patchable !== undefined && (patchable ? 'fixable' : 'not fixable'),
  ]
    .filter(Boolean)
    .join(' and ');

const rulesText = ({ width, colors }: Pick<Terminal, 'width' | 'colors'>, rules: readonly RuleAnswer[]): string => {
  if (rules.length === 0)
    return 'There are no rules: every finding counts. `assay rules set --help` explains how to create one.';
  const rows = rules.map(({ ruleId, scope, criteria, reason, by, expiresAt, state, exempted }) => [
    oneLine(ruleId),
    state === 'expired'
      ? `expired\n${present(expiresAt, 'time of expiry').slice(0, 10)}`
      : expiresAt
        ? `until\n${expiresAt.slice(0, 10)}`
        : 'in force',
    String(exempted),
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

const digestsIn = (text: string, before: readonly string[] = []): readonly string[] => {
  if (digestPattern.test(text)) return [...before, text];
  throw new InvalidArgumentError('A digest is sha256: and 64 hex digits.');
};

const scoreIn = (text: string): number => {
  const score = Number(text);
  if (text.trim() !== '' && score >= 0 && score <= 10) return score;
  throw new InvalidArgumentError('A CVSS score is a number from 0 to 10.');
};

/** Parses a day (its end), a time, or a number of days from now. */
const expiryIn = (text: string): string => {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  const at =
    days === undefined
      ? Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T23:59:59Z` : text)
      : Date.now() + Number(days) * 86_400_000;
  if (Number.isFinite(at) && at > Date.now()) return new Date(at).toISOString();
  throw new InvalidArgumentError('Give a future day or time such as 2026-12-31, or a number of days such as 30d.');
};
