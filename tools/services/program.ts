import { Command, InvalidArgumentError, Option } from 'commander';
import { table } from '../../apps/assay/src/terminal/table.ts';
import { ServiceError } from './failure.ts';
import { kinds, names, type Name } from './kinds.ts';
import { start, status, stop } from './services.ts';

interface Options {
  readonly folder: string;
  readonly only: readonly Name[];
}

const some = (value: string): Name[] =>
  value.split(',').map((given) => {
    const name = names.find((each) => each === given.trim());
    if (!name) throw new InvalidArgumentError(`Known are ${names.join(', ')}.`);
    return name;
  });

const address = (value: string): string => {
  if (!/^https?:/.test(value) || !URL.canParse(value))
    throw new InvalidArgumentError('It must begin with http:// or https://.');
  return value;
};

const secretIn = ({ ASSAY_NOTIFY_SECRET: secret }: NodeJS.ProcessEnv): string => {
  if (!secret)
    throw new ServiceError(
      'service-failed',
      'ASSAY_NOTIFY_SECRET is not set: give the secret of the registry in ASSAY_REGISTRIES, which --notify has to show',
    );
  return secret;
};

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
const columns = (...titles: string[]) => titles.map((title) => ({ title }));
const seconds = (iso: string): string => `${iso.slice(0, 19)}Z`;

/** `npm run services`: Kafka, Redis and a registry for development, without a container engine. */
export const services = (): Command => {
  const program = new Command('services')
    .description('Runs Apache Kafka, Redis and the CNCF registry on loopback, without a container engine (Linux).')
    .helpOption('-h, --help', 'print this')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText(
      'after',
      `
Needs
  java (17 or newer) and mvn     apt-get install default-jre-headless maven
  redis-server, docker-registry  apt-get install redis-server docker-registry
Kafka itself is fetched once, by Maven, into \${XDG_CACHE_HOME:-~/.cache}/assay.`,
    );

  const command = (name: string, description: string): Command =>
    program
      .command(name)
      .description(description)
      .option('--folder <folder>', 'where data, logs and services.json are', '.assay/services')
      .addOption(
        new Option('--only <names>', 'some of them, with commas between')
          .argParser(some)
          .default(names, names.join(',')),
      );

  command('start', 'start what does not run yet, and print how to reach it')
    .option(
      '--notify <url>',
      'tell this address (http://…/ingest/registry) of pushes to the registry; the secret is in ASSAY_NOTIFY_SECRET',
      address,
    )
    .action(async ({ folder, only, notify }: Options & { notify?: string }) => {
      const started = await start(
        folder,
        only,
        notify === undefined ? undefined : { url: notify, secret: secretIn(process.env) },
      );
      print(
        table(
          columns('service', 'address', 'pid', ''),
          started.map(({ name, url, pid, isNew }) => [name, url, String(pid), isNew ? 'started' : 'runs already']),
          100,
        ),
      );
      const variables = started.flatMap(({ name, url }) => Object.entries(kinds[name].variables(url)));
      if (variables.length > 0) print(['', ...variables.map(([name, value]) => `export ${name}=${value}`)].join('\n'));
    });

  command('status', 'show what runs; exits with 1 if one has ended or does not answer, or none runs')
    .option('--json', 'for programs')
    .action(async ({ folder, only, json }: Options & { json?: boolean }) => {
      const all = await status(folder, only);
      if (json) print(JSON.stringify(all, null, 2));
      else
        print(
          table(
            columns('service', 'state', 'address', 'pid', 'since', 'log'),
            all.map(({ name, state, url = '', pid = '', since, log = '' }) => [
              name,
              state,
              url,
              String(pid),
              since ? seconds(since) : '',
              log,
            ]),
            160,
          ),
        );
      if (
        all.some(({ state }) => state === 'ended' || state === 'silent') ||
        !all.some(({ state }) => state === 'running')
      )
        process.exitCode = 1;
    });

  command('stop', 'stop them; their data stays').action(async ({ folder, only }: Options) => {
    const stopped = await stop(folder, only);
    print(stopped.length > 0 ? `Stopped ${stopped.join(', ')}; the data stays in ${folder}.` : 'None of them ran.');
  });

  return program;
};
