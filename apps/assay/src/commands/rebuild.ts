import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { runningSuite } from '../client/connection.ts';
import type { Rebuilt } from '../rebuild/rebuild.ts';
import { isSame } from '../rebuild/stores.ts';
import { dataOf, dataOption, failuresTo, homeOf, jsonOption, shownPath, telemetryOf, type Shell } from '../shell.ts';
import { exitCodes, Failure } from '../terminal/failure.ts';
import { table } from '../terminal/table.ts';

interface Options { data?: string; json?: boolean; force?: boolean }

export const registerRebuild = (program: Command, shell: Shell): void => {
  program.command('rebuild').summary('fill a service\'s store anew from the log')
    .description('Fills a new store beside the old one from the log alone, compares both (count and checksum of an ordered export; for recommendation also what its APIs answer, for billing its FOCUS export), and switches over if they are the same. The old one is kept as .previous. No suite may run meanwhile.')
    .argument('<services...>', 'ingestion, eligibility, sandbox-runner, classifier, recommendation, billing; or all')
    .option('--force', 'switch over also where they differ')
    .addOption(dataOption()).addOption(jsonOption())
    .addHelpText('after', `
Examples
  assay rebuild recommendation
  assay rebuild all --data .assay/demo

Exit 1 where they differ and nothing was switched; the new store stays beside
the old one as .rebuilding.`)
    .action((names: string[], options: Options) => rebuilt(shell, names, options));
};

const rebuilt = async (shell: Shell, names: readonly string[], { data: folder, json, force = false }: Options): Promise<void> => {
  const data = dataOf(shell, folder);
  const { services } = await import('../suite/suite.ts');
  const known = services.map(({ name }) => name);
  const wanted = names.includes('all') ? services : services.filter(({ name }) => names.includes(name));
  const strange = names.find((name) => name !== 'all' && !known.includes(name));
  if (strange !== undefined) throw new Failure('not-found', `there is no service ${strange}`, `there are ${known.join(', ')}`);
  if (!existsSync(data.log)) throw new Failure('no-suite', `there is no log in ${shownPath(shell, data.path)}`, 'give the --data folder of a suite that has run');
  if (await runningSuite(data)) throw new Failure('no-suite', `a suite runs on ${shownPath(shell, data.path)}`, 'stop it first: it has its stores to itself');
  const { rebuildService } = await import('../rebuild/rebuild.ts');
  const telemetry = await telemetryOf({ ...shell, env: {} });
  const done: Rebuilt[] = [];
  for (const service of wanted) done.push(await rebuildService({ data, service, force, home: homeOf(shell), env: shell.env, telemetry, progress: shell.terminal.progress, failed: failuresTo(shell) }));
  await telemetry.shutdown();
  if (json) shell.terminal.json(done);
  else shell.terminal.result(rebuiltWords(shell, done));
  if (done.some(({ switched }) => !switched)) process.exitCode = exitCodes.failed.code;
};

export const rebuiltWords = ({ terminal: { width, colors } }: Pick<Shell, 'terminal'>, all: readonly Rebuilt[]): string => {
  const rows = all.flatMap(({ service, comparisons }) => comparisons.map((comparison, index) => ({ ...comparison, comparison, index })).map(({ what, before, after, comparison, index }) => [
    index === 0 ? service : '', what, before ? String(before.count) : '-', String(after.count), after.sha256.slice(0, 12),
    before === undefined ? 'new' : isSame(comparison) ? colors.green('same') : colors.red('differs'),
  ]));
  const laid = table([{ title: 'SERVICE' }, { title: 'COMPARED', grows: true }, { title: 'OLD', align: 'right' }, { title: 'NEW', align: 'right' }, { title: 'SHA256' }, { title: '' }], rows, width, colors.dim);
  const strays = all.flatMap(({ service, comparisons }) => comparisons.flatMap(({ what, differing }) => differing.map((one) => colors.dim(`${service}, ${what}: ${one}`))));
  const unfinished = all.flatMap(({ service, comparisons }) => comparisons.filter((one) => one.unfinished > 0)
    .map((one) => `${service}: ${one.unfinished} ${one.what} not compared: the old store was stopped in the middle of them`));
  const ends = all.map(({ service, switched, same, seconds }) => `${service}: ${switched ? `switched over${same ? '' : ' (forced)'}; the old one is kept as .previous` : 'not switched: the new store lies beside the old one as .rebuilding'} (${seconds.toFixed(1)} s)`);
  return [laid, '', ...strays, ...unfinished, ...ends].join('\n');
};
