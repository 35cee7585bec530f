import { Option, type Command } from 'commander';
import type { ListingAnswer, RegistryAnswer, SweepAnswer } from '../../client/answers.ts';
import type { Api } from '../../client/api.ts';
import { connectToRunning } from '../../client/connection.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../../shell.ts';
import { Failure } from '../../terminal/failure.ts';
import { table } from '../../terminal/table.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { whyOption } from '../options.ts';

interface ReadOptions {
  data?: string;
  json?: boolean;
}
interface RemovedOptions extends ReadOptions {
  keep?: boolean;
  close?: boolean;
  why: string;
}

const needsSuite = 'start one with `assay up`: ASSAY_REGISTRIES names the registries';

export const registerRegistries = (program: Command, shell: Shell): void => {
  const command = program
    .command('registries')
    .summary('list the registries, or decide on a removed one')
    .description(
      'The registries that are watched, and removed ones whose images still count. A registry is removed when ' +
        'ASSAY_REGISTRIES names it no more: its images keep their last status until an operator decides.',
    );
  command
    .command('list', { isDefault: true })
    .summary('list the registries')
    .description(
      'Lists the registries with their plan, network, webhook, last sweep and the counts of their images.' +
        ' Webhooks and sweeps need the right to read sweeps.',
    )
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExamples\n  assay registries\n  assay registries list --json')
    .action(async ({ data, json }: ReadOptions) => {
      const { api } = await connectToRunning(shell, dataOf(shell, data), needsSuite);
      const registries = await joined(api);
      if (json) return shell.terminal.json({ registries });
      shell.terminal.result(registriesText(shell.terminal, registries));
    });
  command
    .command('removed <registry>')
    .summary('decide on the images of a removed registry')
    .description(
      'Keeps the status of the images of a removed registry until they are deleted, or closes them as ' +
        'not-applicable (registry-removed). Charges stay. A registry that is declared again goes on.',
    )
    .addOption(new Option('--keep', 'keep the status of the images until they are deleted').conflicts('close'))
    .option('--close', 'close the images: they are not applicable, and their recommendations end')
    .addOption(whyOption())
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay registries removed old.azurecr.io --close --why 'moved'`,
    )
    .action(async (registry: string, { keep, close, why, data, json }: RemovedOptions) => {
      if (!keep && !close) throw new Failure('usage', 'nothing is decided', 'give --keep or --close');
      const { api } = await connectToRunning(shell, dataOf(shell, data), needsSuite);
      const value = await api.decideOnRemoved(registry, close ? 'close' : 'keep', why);
      if (json) return shell.terminal.json({ registries: value });
      shell.terminal.result(
        close
          ? `The images of ${registry} are closed within moments. Charges stay.`
          : `The images of ${registry} keep their status until they are deleted.`,
      );
    });
};

/** A registry with what ingestion knows of it, as far as the caller may read that. */
interface JoinedRegistry extends RegistryAnswer {
  /** `missing` if the discovery is to keep a webhook in it and there is none. */
  readonly webhook?: 'kept' | 'missing';
  readonly listing?: Pick<ListingAnswer, 'state' | 'since' | 'listedAt'>;
  readonly sweep?: Pick<SweepAnswer, 'state' | 'since' | 'outcome' | 'why'>;
}

const joined = async (api: Api): Promise<readonly JoinedRegistry[]> => {
  const [registries, sweeps, { value: listings }] = await Promise.all([
    api.registries(),
    api.sweeps().catch(() => []),
    api.discovery().catch(() => ({ value: [] as readonly ListingAnswer[] })),
  ]);
  return registries.map((registry) => {
    const { registryId, discovery, removed } = registry;
    const id = registryId.toLowerCase();
    const listing = listings.find(
      (each) => each.discovery === discovery && id.startsWith(`/subscriptions/${each.subscriptionId}/`),
    );
    const sweep = sweeps.find((each) => each.registryId.toLowerCase() === id);
    if (removed) return registry;
    const isWithout = listing?.withoutWebhook?.some((each) => each.registryId.toLowerCase() === id);
    // The list of those without one has at most fifty.
    const isKnown = isWithout || (listing?.withoutWebhook ?? []).length < 50;
    return {
      ...registry,
      ...(listing && { listing: parts(listing, 'state', 'since', 'listedAt') }),
      ...(listing?.webhooks !== undefined &&
        isKnown &&
        (registry.cloud ?? 'AzureCloud') === 'AzureCloud' &&
        (registry.networkAccess === 'public' || registry.assessesRestricted) && {
          webhook: isWithout ? 'missing' : 'kept',
        }),
      ...(sweep && { sweep: parts(sweep, 'state', 'since', 'outcome', 'why') }),
    };
  });
};

const parts = <Whole extends object, Name extends keyof Whole>(whole: Whole, ...names: Name[]): Pick<Whole, Name> =>
  Object.fromEntries(names.flatMap((name) => (name in whole ? [[name, whole[name]]] : []))) as Pick<Whole, Name>;

const watchText = ({ removed, removedImages, networkAccess }: RegistryAnswer, colors: Terminal['colors']): string =>
  removed ? (removedImages === 'keep' ? 'no, kept' : colors.yellow('no, undecided')) : networkAccess;

const sweepText = (sweep: JoinedRegistry['sweep'], colors: Terminal['colors']): string =>
  sweep === undefined || sweep.state === 'unknown'
    ? ''
    : sweep.state === 'clear'
      ? (sweep.outcome ?? sweep.state)
      : colors.yellow(sweep.state);

const registriesText = (
  { width, colors }: Pick<Terminal, 'width' | 'colors'>,
  registries: readonly JoinedRegistry[],
): string => {
  if (registries.length === 0)
    return 'No registry is watched. ASSAY_REGISTRIES names those of a suite, and ASSAY_DISCOVERY finds them.';
  return table(
    [
      { title: 'REGISTRY', grows: true },
      { title: 'SUBSCRIPTION' },
      { title: 'FOUND BY' },
      { title: 'WATCHED' },
      { title: 'PLAN' },
      { title: 'WEBHOOK' },
      { title: 'SWEEP' },
      { title: 'UNHEALTHY' },
      { title: 'UNDETERMINED' },
      { title: 'HEALTHY' },
    ],
    registries.map((registry) => [
      registry.loginServer,
      registry.subscriptionName,
      registry.discovery ?? 'ASSAY_REGISTRIES',
      watchText(registry, colors),
      registry.planOn ? 'on' : 'off',
      registry.webhook === 'missing' ? colors.yellow('missing') : (registry.webhook ?? ''),
      sweepText(registry.sweep, colors),
      ...(['unhealthy', 'undetermined', 'healthy'] as const).map((status) => String(registry.images?.[status] ?? 0)),
    ]),
    width,
    colors.dim,
  );
};
