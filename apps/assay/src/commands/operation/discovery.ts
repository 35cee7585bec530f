import type { Command } from 'commander';
import type { DiscoveryAnswer, ListingAnswer } from '../../client/answers.ts';
import { lackingLines } from '../../client/listings.ts';
import { connectToRunning } from '../../client/connection.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../../shell.ts';
import { oneLine } from '../../terminal/colors.ts';
import { minuteOf } from '../../terminal/format.ts';
import { table } from '../../terminal/table.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { whyOption } from '../options.ts';

interface ReadOptions {
  data?: string;
  json?: boolean;
}
interface OrderOptions extends ReadOptions {
  why: string;
}

const needsSuite = 'start one with `assay up`: ASSAY_DISCOVERY names the subscriptions';

export const registerDiscovery = (program: Command, shell: Shell): void => {
  const command = program
    .command('discovery')
    .summary('list the subscriptions that are listed, or confirm a removal')
    .description(
      'A discovery lists the registries of subscriptions (ASSAY_DISCOVERY). A listing that fails changes nothing. ' +
        'One that would remove more registries than is plausible (ASSAY_SWEEP_DELETES_PERCENT, and more than five) ' +
        'removes none of them before an order.',
    );
  command
    .command('list', { isDefault: true })
    .summary('list the subscriptions')
    .description('Lists the subscriptions with the state of their listings, and what is missing.')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExamples\n  assay discovery\n  assay discovery list --json')
    .action(async ({ data, json }: ReadOptions) => {
      const { api } = await connectToRunning(shell, dataOf(shell, data), needsSuite);
      const { value, error } = await api.discovery();
      if (json) return shell.terminal.json({ listings: value, error });
      shell.terminal.result(discoveryText(shell.terminal, { value, error }));
    });
  command
    .command('confirm <subscription>')
    .summary('confirm that registries are gone')
    .description(
      'Orders that the registries that are gone from a subscription are removed. The order covers as many as were ' +
        'gone; if more are gone by then, the removal is held again.',
    )
    .addOption(whyOption())
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay discovery confirm 00000000-0000-0000-0000-000000000001 --why 'it ended'`,
    )
    .action(async (subscription: string, { why, data, json }: OrderOptions) => {
      const { api } = await connectToRunning(shell, dataOf(shell, data), needsSuite);
      const listings = await api.confirmRemovals(subscription, why);
      if (json) return shell.terminal.json({ listings });
      shell.terminal.result(
        `Ordered: the next listing, within moments, removes the registries that are gone from ${subscription}. ` +
          '`assay registries` lists those on whose images is to be decided.',
      );
    });
};

const discoveryText = (
  { width, colors }: Pick<Terminal, 'width' | 'colors'>,
  { value, error }: DiscoveryAnswer,
): string => {
  const mistake = error === null ? [] : [oneLine(`The last good setting counts: ${error}`)];
  if (value.length === 0) return [...mistake, 'No subscription is listed. ASSAY_DISCOVERY names them.'].join('\n');
  const laid = table(
    [
      { title: 'SUBSCRIPTION', grows: true },
      { title: 'DISCOVERY' },
      { title: 'LISTING' },
      { title: 'SINCE' },
      { title: 'LAST' },
      { title: 'REGISTRIES' },
      { title: 'RESTRICTED' },
      { title: 'LEFT OUT' },
      { title: 'WEBHOOKS' },
    ],
    value.map((listing) => [
      listing.subscriptionName ?? listing.subscriptionId,
      listing.discovery,
      stateText(listing, colors),
      listing.since === undefined ? '' : minuteOf(listing.since),
      listing.listedAt === undefined ? '' : minuteOf(listing.listedAt),
      String(listing.registries ?? ''),
      String(listing.restricted ?? ''),
      listing.leftOut?.length === 50 ? '50+' : String(listing.leftOut?.length ?? ''),
      String(listing.webhooks ?? ''),
    ]),
    width,
    colors.dim,
  );
  return [...mistake, laid, ...lackingLines(value)].join('\n');
};

const stateText = ({ state }: ListingAnswer, colors: Terminal['colors']): string =>
  state === 'held' || state === 'failed' ? colors.red(state) : state === 'unknown' ? 'not listed yet' : state;
