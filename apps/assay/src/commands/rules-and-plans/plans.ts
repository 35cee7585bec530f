import { InvalidArgumentError, Option, type Command } from 'commander';
import { isSubscriptionId } from '@assay/arm/ids';
import type { Plan } from '@assay/events';
import { modes, plans, tiers } from '@assay/events/vocabulary';
import type { PlanAnswer } from '../../client/answers.ts';
import { connectToRunning } from '../../client/connection.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../../shell.ts';
import { oneLine } from '../../terminal/colors.ts';
import { Failure } from '../../terminal/failure.ts';
import { table } from '../../terminal/table.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { whyOption } from '../options.ts';

interface ListOptions {
  subscription?: string;
  data?: string;
  json?: boolean;
}
interface SetOptions {
  subscription: string;
  tier?: string;
  mode?: string;
  why: string;
  data?: string;
  json?: boolean;
}

const needsSuite = 'start one with `assay up`';
const tierNames = tiers.map((tier) => tier.toLowerCase());

export const registerPlans = (program: Command, shell: Shell): void => {
  const command = program
    .command('plans')
    .summary('list or set the plans of subscriptions')
    .description(
      'The plans of each subscription. ContainerRegistry assesses as in 2020 (classic): only systems with a ' +
        'package manager and a shell. Containers counts findings in any image (extended), also in distroless ' +
        'images and images from scratch. With both on, extended applies.',
    );
  command
    .command('list', { isDefault: true })
    .summary('list the plans')
    .description('Lists the plans of each subscription.')
    .option('--subscription <id>', 'the plans of this subscription only', subscriptionIn)
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExamples\n  assay plans\n  assay plans list --json')
    .action((options: ListOptions) => list(shell, options));
  command
    .command('set')
    .summary('switch a plan, or set how it assesses')
    .description(
      'Switches a plan on or off, or sets how it assesses. A mode that is set here applies until it is set ' +
        'again, or until the plan gets its extension AssayHardenedImages. Images are classified again without a ' +
        'pull, and charged if they never were.',
    )
    .argument('<plan>', plans.join(' or '), planIn)
    .addOption(
      new Option('--subscription <id>', 'subscription of the plan').makeOptionMandatory().argParser(subscriptionIn),
    )
    .addOption(new Option('--tier <tier>', 'on or off').choices(tierNames))
    .addOption(new Option('--mode <mode>', 'how it assesses; `plan` removes the setting').choices([...modes, 'plan']))
    .addOption(whyOption())
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay plans set Containers --subscription <id> --tier standard \\
    --why 'assess hardened images, too'
  assay plans set Containers --subscription <id> --mode classic \\
    --why 'as in 2020'`,
    )
    .action((plan: Plan, options: SetOptions) => set(shell, plan, options));
};

const list = async (shell: Shell, { subscription, data, json }: ListOptions): Promise<void> => {
  const { api } = await connectToRunning(shell, dataOf(shell, data), needsSuite);
  const found = await api.plans(subscription);
  if (json) return shell.terminal.json({ plans: found });
  shell.terminal.result(plansText(shell.terminal, found));
};

const set = async (
  shell: Shell,
  plan: Plan,
  { subscription, tier: tierName, mode, why, data, json }: SetOptions,
): Promise<void> => {
  const tier = tiers.find((one) => one.toLowerCase() === tierName);
  if (tier === undefined && mode === undefined)
    throw new Failure('usage', 'there is nothing to set', 'give --tier, --mode, or both');
  const { api } = await connectToRunning(shell, dataOf(shell, data), needsSuite);
  const now = await api.setPlan(plan, subscription, { ...(tier ? { tier } : {}), ...(mode ? { mode } : {}), why });
  if (json) return shell.terminal.json(now);
  shell.terminal.result(
    `${now.plan} of ${now.subscriptionId} is ${now.scans ? 'on' : 'off'}, and assesses ${now.mode}. Images are ` +
      'classified again within moments.',
  );
};

const plansText = ({ width, colors }: Pick<Terminal, 'width' | 'colors'>, found: readonly PlanAnswer[]): string => {
  if (found.length === 0)
    return (
      'No subscription is known yet. A subscription is known once a registry of it is watched, or a plan of it ' +
      'is switched.'
    );
  const rows = found.map(({ subscriptionId, plan, tier, scans, mode, modeBy, by, why }) => [
    subscriptionId,
    plan,
    scans ? 'on' : tier === 'Standard' ? 'on, without\nregistries' : 'off',
    modeBy === 'plan' ? mode : `${mode}\n${colors.dim(modeBy === 'command' ? 'set' : 'by extension')}`,
    by === undefined ? '' : `${oneLine(by)}\n${colors.dim(oneLine(why ?? ''))}`.trimEnd(),
  ]);
  return table(
    [{ title: 'SUBSCRIPTION' }, { title: 'PLAN' }, { title: 'STATE' }, { title: 'MODE' }, { title: 'BY', grows: true }],
    rows,
    width,
    colors.dim,
  );
};

const planIn = (text: string): Plan => {
  const found = plans.find((plan) => plan.toLowerCase() === text.toLowerCase());
  if (found) return found;
  throw new InvalidArgumentError(`Give ${plans.join(' or ')}.`);
};

const subscriptionIn = (text: string): string => {
  if (isSubscriptionId(text)) return text.toLowerCase();
  throw new InvalidArgumentError('A subscription is named by its id, such as 00000000-0000-0000-0000-000000000001.');
};
