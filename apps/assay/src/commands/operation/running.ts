import { text as textOf } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { ClusterAnswer, PlacementAnswer } from '../../client/answers.ts';
import { withApi } from '../../client/connection.ts';
import { reportedIn } from '../../running/reported.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../../shell.ts';
import { oneLine } from '../../terminal/colors.ts';
import { Failure } from '../../terminal/failure.ts';
import { counted, minuteOf, shortName } from '../../terminal/format.ts';
import { table } from '../../terminal/table.ts';
import type { Terminal } from '../../terminal/terminal.ts';

interface ReadOptions {
  cluster?: string;
  data?: string;
  json?: boolean;
}
interface ReportOptions extends ReadOptions {
  cluster: string;
}

/** References that are printed at most. */
const mostNamed = 20;

export const registerRunning = (program: Command, shell: Shell): void => {
  const command = program
    .command('running')
    .summary('list what runs in clusters, or report it')
    .description(
      'Clusters report the digests of the images that run there. What no report names for a day runs no more. Of a ' +
        'cluster that has not reported for two days nothing is known.',
    );
  command
    .command('list', { isDefault: true })
    .summary('list what runs where')
    .description('Lists the clusters, and the images that run in them, the worst first.')
    .option('--cluster <name>', 'only this cluster')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExamples\n  assay running\n  assay running list --cluster prod --json')
    .action(({ cluster, data, json }: ReadOptions) =>
      withApi(shell, dataOf(shell, data), async (api) => {
        const isWanted = (each: { readonly cluster: string }): boolean =>
          cluster === undefined || each.cluster === cluster;
        const clusters = (await api.clusters()).filter(isWanted);
        const images = (await api.images({ running: 'true', sort: '-severity' })).flatMap((image) => {
          const running = image.running?.filter((each) => isWanted(each)) ?? [];
          return running.length > 0 ? [{ ...image, running }] : [];
        });
        if (json) return shell.terminal.json({ clusters, images });
        for (const line of clusters.flatMap(silentText)) shell.terminal.note(line);
        shell.terminal.result(runningText(shell.terminal, clusters, images));
      }),
    );
  command
    .command('report')
    .summary('report what runs in a cluster')
    .description(
      'Reads from stdin what runs in a cluster, and sends the digests: a PodList or a ReplicaSetList of Kubernetes ' +
        'as JSON, or a digest in each line. Containers, init and ephemeral containers and image volumes count, by ' +
        'the digest that was pulled. A report names all that runs there: what it lacks for a day counts as gone.',
    )
    .requiredOption('--cluster <name>', 'the name of the cluster')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  kubectl get pods -A -o json | assay running report --cluster prod
  assay running report --cluster edge < digests.txt`,
    )
    .action(async ({ cluster, data, json }: ReportOptions) => {
      if (process.stdin.isTTY) throw new Failure('usage', 'there is no report', 'give it on stdin');
      const { images, leftOut } = reportedIn(await textOf(process.stdin));
      await withApi(shell, dataOf(shell, data), async (api) => {
        const counts = await api.reportRunning(cluster, images);
        if (json) return shell.terminal.json({ cluster, ...counts, leftOut });
        for (const reference of leftOut.slice(0, mostNamed))
          shell.terminal.note(oneLine(`left out, because its digest is not known: ${reference}`));
        if (leftOut.length > mostNamed) shell.terminal.note(`and ${leftOut.length - mostNamed} more left out`);
        shell.terminal.result(
          `${cluster} reported ${counted(counts.digests, 'digest')}: ${counts.firstSeen} for the first time, ` +
            `${counts.gone} gone since.`,
        );
      });
    });
};

const silentText = ({ cluster, reportedAt, silent }: ClusterAnswer): string[] =>
  silent
    ? [`${cluster} is silent: it reported last at ${minuteOf(reportedAt)}, so what runs there now is not known.`]
    : [];

const runningText = (
  { width, colors }: Pick<Terminal, 'width' | 'colors'>,
  clusters: readonly ClusterAnswer[],
  images: readonly PlacementAnswer[],
): string => {
  if (clusters.length === 0) return 'No cluster has reported what runs there: see `assay running report --help`.';
  const laid = table(
    [{ title: 'CLUSTER', grows: true }, { title: 'REPORTED' }, { title: 'DIGESTS', align: 'right' }],
    clusters.map(({ cluster, reportedAt, digests, silent }) => [
      cluster,
      silent ? colors.yellow(minuteOf(reportedAt)) : minuteOf(reportedAt),
      String(digests),
    ]),
    width,
    colors.dim,
  );
  if (images.length === 0) return `${laid}\n\nNo image of the watched registries runs there.`;
  const rows = images.flatMap(({ repository, tags, digest, status, running = [] }) =>
    running.map(({ cluster, namespaces = [], since, silent }) => [
      shortName(tags[0] === undefined ? `${repository}@${digest}` : `${repository}:${tags[0]}`),
      status,
      `${cluster}${namespaces.length > 0 ? ` (${namespaces.join(', ')})` : ''}${silent ? ', not known now' : ''}`,
      minuteOf(since),
    ]),
  );
  const named = table(
    [{ title: 'IMAGE', grows: true }, { title: 'STATUS' }, { title: 'RUNS IN', grows: true }, { title: 'SINCE' }],
    rows,
    width,
    colors.dim,
  );
  return `${laid}\n\n${named}`;
};
