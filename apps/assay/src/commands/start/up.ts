import { join } from 'node:path';
import type { Command } from 'commander';
import { at } from '@assay/events/present';
import { settingsHelp } from '@assay/settings';
import { Api } from '../../client/api.ts';
import { offerScanner } from '../../databases/outdated.ts';
import { imagesFolder } from '../../demo/pushes.ts';
import { commandName, dataOf, dataOption, jsonOption, shownPath, type Shell } from '../../shell.ts';
import { localRegistry } from '../../suite/local.ts';
import { benchText, startSuite } from '../../suite/started.ts';
import { portalLink } from '../../suite/data.ts';
import type { Suite } from '../../suite/suite.ts';
import { interrupted } from '../../terminal/interrupts.ts';
import { haltedRemedy } from '../../terminal/standings.ts';
import { shellWord } from '../../terminal/format.ts';
import { portIn } from '../options.ts';

interface Options {
  port: number;
  registryPort: number;
  https?: boolean;
  data?: string;
  json?: boolean;
}

export const registerUp = (program: Command, shell: Shell): void => {
  program
    .command('up')
    .summary('start the suite and a registry to push to')
    .description(
      'Starts all six services in this process, and a registry to push to. Listens on loopback only. Ctrl-C or ' +
        'SIGTERM ends it. The data stay, and the next start continues with them.',
    )
    .option('--port <port>', 'port of the API, 0 for any free one', portIn, 7070)
    .option('--registry-port <port>', 'port of the registry, 0 for any free one', portIn, 5010)
    .option(
      '--https',
      'serve HTTPS with a certificate for this machine, made at the first start, or with that of ASSAY_TLS_CERT',
    )
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      () => `
Examples
  assay up
  assay up --port 0 --registry-port 0 --json     print the address, for scripts
  assay up --https                               for the Azure clients
  assay up --data .assay/demo                    continue with the demo's data

Settings (environment variables)
${settingsHelp('assay up')}`,
    )
    .action((options: Options) => up(shell, options));
};

const up = async (shell: Shell, { port, registryPort, https, data, json }: Options): Promise<void> => {
  const { signal, stop } = interrupted();
  const started = startSuite(shell, {
    data: dataOf(shell, data),
    port,
    registries: [localRegistry(registryPort)],
    https,
  });
  const ended = await Promise.race([started.then(() => undefined), signal]);
  const stopping = new AbortController();
  let offered: Promise<void> | undefined;
  if (ended === undefined) {
    const { suite } = await started;
    if (json) shell.terminal.json(suite.endpoint);
    else {
      shell.terminal.result(greeting(shell, suite, suite.halted()));
      // Later, so that a machine without a network is greeted as soon.
      offered = offers(shell, suite, stopping.signal);
    }
  }
  try {
    await Promise.race([signal, started.then(({ suite }) => suite.broken)]);
  } finally {
    shell.terminal.note('stopping');
    stopping.abort();
    await offered;
    await (await started).close();
    stop();
  }
};

/** Offers a real database and a newer scanner, each in one line, where they can be had. */
const offers = async (shell: Shell, suite: Suite, stopped: AbortSignal): Promise<void> => {
  const { bench, endpoint } = suite;
  if (bench) await offerScanner(shell, bench, new Api(endpoint.url, endpoint.token)).catch(() => undefined);
  if (!bench?.database.demonstration) return;
  const { offerDatabase } = await import('../../databases/offer.ts');
  await offerDatabase(shell, dataArgument(shell, suite), stopped).catch(() => undefined);
};

const headingOf = (halted: readonly string[]): string => {
  const after = `after ${process.uptime().toFixed(1)} s`;
  return halted.length === 0
    ? `Assay is ready ${after}`
    : `Assay has started ${after}, but partitions of ${halted.join(', ')} stand still: ${haltedRemedy}`;
};

/** The option by which a command finds the data of this suite. */
const dataArgument = (shell: Shell, { options }: Suite): string => {
  const data = shownPath(shell, options.data.path);
  return data === '.assay/data' ? '' : ` --data ${shellWord(data)}`;
};

/** @param halted services with partitions at a standstill: such a suite is not ready */
export const greeting = (shell: Shell, suite: Suite, halted: readonly string[]): string => {
  const {
    endpoint: { url, token, ca, registries },
    options,
  } = suite;
  const { scanner, database } = benchText(suite);
  const { loginServer } = at(registries, 0);
  const { bold, dim } = shell.terminal.colors;
  const data = shownPath(shell, options.data.path);
  const more = dataArgument(shell, suite);
  const command = commandName(shell);
  const row = (name: string, value: string): string => `  ${name.padEnd(10)}${value}`;
  return [
    bold(headingOf(halted)),
    row('portal', portalLink(url, token)),
    row('API', url),
    row('token', token),
    row('registry', `${loginServer} (plain HTTP, this machine only)`),
    row('scanner', scanner),
    row('database', database),
    row('data', data),
    ...(ca
      ? ['', 'Clients must trust its certificate. For Node:', `  export NODE_EXTRA_CA_CERTS=${shellWord(ca)}`]
      : []),
    '',
    'Push an image to have it assessed:',
    `  ${command} push ${shellWord(shownPath(shell, join(imagesFolder, 'debian-13.0')))} --wait${more}`,
    '  skopeo copy --dest-tls-verify=false docker://alpine:3.20 \\',
    `    docker://${loginServer}/alpine:3.20`,
    `  docker tag alpine:3.20 ${loginServer}/alpine:3.20`,
    `  docker push ${loginServer}/alpine:3.20`,
    '',
    'See the result:',
    `  ${command} status${more}`,
    '',
    dim('Ctrl-C stops it.'),
  ].join('\n');
};
