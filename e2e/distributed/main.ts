import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { Api } from '../../apps/assay/dist/client/api.js';
import { colorsOf } from '../../apps/assay/dist/terminal/colors.js';
import { standingLines, unwell } from '../../apps/assay/dist/terminal/standings.js';
import type { Endpoint } from '../../apps/assay/src/suite/data.ts';
import { names, kinds } from '../../tools/services/kinds.ts';
import { start, stop as stopServices } from '../../tools/services/services.ts';
import { numberFrom } from '../options.ts';
import { alone } from './alone.ts';
import { DistributedSuite, type WatchedRegistry } from './suite.ts';

interface Options {
  readonly folder: string;
  readonly services: string;
  readonly port: number;
  readonly replicas: number;
}

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
/** A secret that is generated once and readable by its owner only. */
const secret = (folder: string, name: string): string => {
  const file = join(folder, name);
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
};

const subscriptionId = '00000000-0000-0000-0000-000000000001';

const watched = (url: string, shown: string): WatchedRegistry => ({
  name: 'local',
  registryId:
    `/subscriptions/${subscriptionId}/resourceGroups/local/providers/Microsoft.ContainerRegistry/registries` + '/local',
  subscriptionId,
  subscriptionName: 'Local',
  loginServer: new URL(url).host,
  location: 'local',
  networkAccess: 'public',
  plainHttp: true,
  allowAddresses: ['127.0.0.0/8'],
  secret: shown,
});

/** Reports when a service has ended by itself. Nothing starts the service again here, as an orchestrator would. */
const watch = (suite: DistributedSuite): NodeJS.Timeout => {
  const reported = new Set<string>();
  return setInterval(() => {
    for (const { runs, service, end, log } of suite.processes) {
      if (runs || reported.has(log)) continue;
      reported.add(log);
      print(`${service} has ended (${end}), and its work waits: see ${log}, then stop the suite and start it again`);
    }
  }, 1000);
};

const run = async ({ folder: given, services, port, replicas }: Options): Promise<void> => {
  const folder = resolve(given);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const shown = secret(folder, 'webhook-secret');
  const release = await alone(resolve(services), folder, print);
  print('starting Kafka, Redis and the registry, where they do not run yet');
  // A registry learns at its start where to send its notifications of pushes. A registry that runs already may have no
  // target, or another suite.
  await stopServices(services, ['registry']);
  const started = await start(services, names, { url: `http://127.0.0.1:${port}/ingest/registry`, secret: shown });
  const found = Object.fromEntries(started.map(({ name, url }) => [name, url]));
  const env = Object.assign({}, process.env, ...started.map(({ name, url }) => kinds[name].variables(url)), {
    ASSAY_API_TOKEN: process.env.ASSAY_API_TOKEN || secret(folder, 'token'),
    ASSAY_SIGNING_KEY: process.env.ASSAY_SIGNING_KEY || secret(folder, 'signing-key'),
  }) as NodeJS.ProcessEnv;
  print(`starting six services, ${replicas} of each`);
  const suite = await DistributedSuite.start({
    folder,
    env,
    replicas,
    port,
    registries: [watched(found.registry!, shown)],
  });
  const watching = watch(suite);
  const stop = async (): Promise<void> => {
    print('stopping');
    clearInterval(watching);
    await suite.close();
    release();
    print('Stopped. Kafka, Redis and the registry go on: `npm run services -- stop` ends them.');
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
  await suite.switchOn(subscriptionId);
  for (const { service, port: at, pid, log } of suite.processes)
    print(`  ${service.padEnd(15)} ${String(pid).padEnd(8)} http://127.0.0.1:${at}  ${log}`);
  print(`The suite answers at ${suite.endpoint.url}, its registry is ${new URL(found.registry!).host}.
  npx assay push e2e/images/debian-13.0 --wait --data ${given}
  npx assay status --data ${given}
Ctrl-C stops it.`);
};

const program = new Command('suite')
  .description(
    'Runs the six services as processes of their own, on the Kafka, Redis and registry of `npm run services`.',
  )
  .helpCommand('help [command]', 'print the help of a command');
program
  .command('start')
  .description('start them, and stop them with Ctrl-C')
  .option('--folder <folder>', 'logs, blobs, read models, endpoint.json', '.assay/suite')
  .option('--services <folder>', 'where `npm run services` keeps its own', '.assay/services')
  .option('--port <port>', 'where the suite answers', numberFrom(1, 65_535, true), 7071)
  .option('--replicas <number>', 'of each service', numberFrom(1, 9, true), 1)
  .action(run);

/** Prints the state of each service; exits with 1 if a service does not work. */
const status = async ({ folder }: Pick<Options, 'folder'>): Promise<void> => {
  const { url, token } = JSON.parse(readFileSync(join(resolve(folder), 'endpoint.json'), 'utf8')) as Endpoint;
  const standings = await new Api(url, token).services();
  print([`The suite answers at ${url}.`, ...standingLines(standings, colorsOf(process.stdout.isTTY))].join('\n'));
  if (unwell(standings).length > 0) process.exitCode = 1;
};

program
  .command('status')
  .description('how each of the services stands; exit 1 where one does not work')
  .option('--folder <folder>', 'that of the suite', '.assay/suite')
  .action(status);

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`error: ${(error as Error).message}\n`);
  process.exit(1);
}
