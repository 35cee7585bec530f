import { Option, type Command } from 'commander';
import type { Service } from '@assay/event-sourcing';
import type { Telemetry } from '@assay/telemetry';
import type { DistributedRebuild } from '../../rebuild/distributed.ts';
import type { Rebuilt } from '../../rebuild/rebuild.ts';
import { isSame } from '../../rebuild/stores.ts';
import { dataOf, dataOption, failuresTo, homeOf, jsonOption, telemetryOf, type Shell } from '../../shell.ts';
import { exitCodes, Failure } from '../../terminal/failure.ts';
import { table } from '../../terminal/table.ts';
import { refuseUnlessAlone } from './alone.ts';

interface Options {
  data?: string;
  json?: boolean;
  force?: boolean;
  back?: boolean;
  dropPrevious?: boolean;
}

export const registerRebuild = (program: Command, shell: Shell): void => {
  program
    .command('rebuild')
    .summary('rebuild the state of a service from the event log')
    .description(
      'Builds a new store of a service from the log alone and compares it with the old one (count and checksum ' +
        'of an ordered export; for billing also its FOCUS export). Switches over if both are equal, and keeps ' +
        'the old store for the way back. With Kafka and Redis (ASSAY_KAFKA_BROKERS, ASSAY_REDIS_URL) the ' +
        'services keep running meanwhile. With --data, or without these settings, no suite may run meanwhile, ' +
        'and the answers of the APIs of recommendation are compared, too.',
    )
    .argument('<services...>', 'ingestion, eligibility, sandbox-runner, classifier, recommendation, billing; or all')
    .option('--force', 'switch over even if the stores differ')
    .addOption(
      new Option('--back', 'with Redis: switch back to the store before the last switch').conflicts([
        'force',
        'dropPrevious',
      ]),
    )
    .addOption(new Option('--drop-previous', 'with Redis: remove the store before the last switch').conflicts('force'))
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay rebuild recommendation
  assay rebuild all --data .assay/demo
  assay rebuild billing --back

Exit 1 if the stores differ and nothing was switched; the new store is kept
beside the old one.`,
    )
    .action((names: string[], options: Options) => rebuilt(shell, names, options));
};

const rebuilt = async (shell: Shell, names: readonly string[], options: Options): Promise<void> => {
  const { services } = await import('../../suite/services.ts');
  const known = services.map(({ name }) => name);
  const wanted = names.includes('all') ? services : services.filter(({ name }) => names.includes(name));
  const strange = names.find((name) => name !== 'all' && !known.includes(name));
  if (strange !== undefined)
    throw new Failure('not-found', `there is no service ${strange}`, `the services are ${known.join(', ')}`);
  const telemetry = await telemetryOf({ ...shell, env: {} });
  try {
    await ((await usesRedis(shell, options)) ? onRedis : onData)(shell, wanted, options, telemetry);
  } finally {
    await telemetry.shutdown();
  }
};

/** A given data folder takes precedence over the environment. */
const usesRedis = async (shell: Shell, { data, back, dropPrevious }: Options): Promise<boolean> => {
  const { isDistributed } = await import('../../rebuild/distributed.ts');
  if (data === undefined && isDistributed(shell.env)) return true;
  if (back || dropPrevious)
    throw new Failure(
      'usage',
      `--${back ? 'back' : 'drop-previous'} is for a suite over Kafka and Redis`,
      'set ASSAY_KAFKA_BROKERS and ASSAY_REDIS_URL; in a data folder the old store is kept as .previous',
    );
  return false;
};

type Rebuilds = (shell: Shell, services: readonly Service[], options: Options, telemetry: Telemetry) => Promise<void>;

const onData: Rebuilds = async (shell, wanted, { data: folder, json, force = false }, telemetry) => {
  const data = dataOf(shell, folder);
  await refuseUnlessAlone(shell, data);
  const { rebuildService } = await import('../../rebuild/rebuild.ts');
  const done: Rebuilt[] = [];
  for (const service of wanted)
    done.push(
      await rebuildService({
        data,
        service,
        force,
        home: homeOf(shell),
        env: shell.env,
        telemetry,
        progress: shell.terminal.progress,
        failed: failuresTo(shell),
      }),
    );
  print(shell, done, json);
};

const onRedis: Rebuilds = async (shell, wanted, { json, force = false, back, dropPrevious: drop }, telemetry) => {
  const { dropPrevious, rebuildDistributed, switchBack } = await import('../../rebuild/distributed.ts');
  const each = async <T>(work: (options: DistributedRebuild) => Promise<T>): Promise<readonly T[]> => {
    const done: T[] = [];
    for (const service of wanted)
      done.push(
        await work({
          service,
          force,
          env: shell.env,
          telemetry,
          progress: shell.terminal.progress,
          failed: failuresTo(shell),
        }),
      );
    return done;
  };
  const printLines = <T extends object>(done: readonly T[], line: (one: T) => string): void => {
    if (json) shell.terminal.json(done);
    else shell.terminal.result(done.map(line).join('\n'));
  };
  if (back)
    return printLines(
      await each(switchBack),
      ({ service, from, to }) => `${service}: back to generation ${to}; generation ${from} is kept`,
    );
  if (drop)
    return printLines(
      await each(dropPrevious),
      ({ service, dropped }) => `${service}: generation ${dropped} is removed`,
    );
  const done = await each(rebuildDistributed);
  print(shell, done, json);
  if (done.some(({ service }) => service === 'recommendation'))
    shell.terminal.note(
      'The read model of recommendation is a file of each instance. To rebuild it, stop the instance, delete ' +
        'view.duckdb in its ASSAY_FOLDER and start it, once without ASSAY_SNAPSHOTS if that is set.',
    );
};

const print = (shell: Shell, done: readonly Rebuilt[], json: boolean | undefined): void => {
  if (json) shell.terminal.json(done);
  else shell.terminal.result(rebuiltText(shell, done));
  if (done.some(({ switched }) => !switched)) process.exitCode = exitCodes.failed.code;
};

const rebuiltText = ({ terminal: { width, colors } }: Pick<Shell, 'terminal'>, all: readonly Rebuilt[]): string => {
  const rows = all.flatMap(({ service, comparisons }) =>
    comparisons
      .map((comparison, index) => ({ ...comparison, comparison, index }))
      .map(({ what, before, after, comparison, index }) => [
        index === 0 ? service : '',
        what,
        before ? String(before.count) : '-',
        String(after.count),
        after.sha256.slice(0, 12),
        before === undefined ? 'new' : isSame(comparison) ? colors.green('same') : colors.red('differs'),
      ]),
  );
  const laid = table(
    [
      { title: 'SERVICE' },
      { title: 'COMPARED', grows: true },
      { title: 'OLD', align: 'right' },
      { title: 'NEW', align: 'right' },
      { title: 'SHA256' },
      { title: '' },
    ],
    rows,
    width,
    colors.dim,
  );
  const strays = all.flatMap(({ service, comparisons }) =>
    comparisons.flatMap(({ what, differing }) => differing.map((one) => colors.dim(`${service}, ${what}: ${one}`))),
  );
  const unfinished = all.flatMap(({ service, comparisons, generations }) =>
    comparisons
      .filter((one) => one.unfinished > 0)
      .map(
        (one) =>
          `${service}: ${one.unfinished} ${one.what} not compared, because the old store ` +
          `${generations ? 'went on' : 'was stopped'} meanwhile`,
      ),
  );
  const ends = all.map((one) => `${one.service}: ${endOf(one)} (${one.seconds.toFixed(1)} s)`);
  return [laid, '', ...strays, ...unfinished, ...ends].join('\n');
};

const endOf = ({ service, switched, same, generations }: Rebuilt): string => {
  const [old, rebuilt] = generations
    ? [`generation ${generations.before}`, `generation ${generations.after}`]
    : ['the old store', 'the new store'];
  if (!switched)
    return (
      `not switched: ${rebuilt} ` +
      (generations ? 'is kept, and the next attempt fills it again' : 'is kept beside the old one as .rebuilding')
    );
  return (
    `switched over${generations ? ` to ${rebuilt}` : ''}${same ? '' : ' (forced)'}; ` +
    `${old} is kept${generations ? `: \`assay rebuild ${service} --back\` returns to it` : ' as .previous'}`
  );
};
