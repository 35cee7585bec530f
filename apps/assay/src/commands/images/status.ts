import { Option, type Command } from 'commander';
import { at } from '@assay/events/present';
import {
  isTerminal,
  type DatabaseAnswer,
  type ImageListAnswer,
  type ListTotals,
  type KnowledgeAnswer,
  type PlacementAnswer,
  type ScannerAnswer,
} from '../../client/answers.ts';
import { reportFormats, type Api, type ReportFormat } from '../../client/api.ts';
import { withApi } from '../../client/connection.ts';
import { announcedDatabase, haltedNotices, notices } from '../../client/notices.ts';
import { unreadLines, unreadSystems } from '../../client/unread-systems.ts';
import { unwatchedLines, unwatchedRegistries } from '../../client/unwatched.ts';
import { clientSettings } from '../../settings.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../../shell.ts';
import { unchargedAmong } from '../../push/uncharged.ts';
import { exitCodes, Failure } from '../../terminal/failure.ts';
import { table } from '../../terminal/table.ts';
import {
  advisoriesText,
  ageText,
  counted,
  minuteOf,
  narrowReason,
  shortName,
  statusText,
  worstText,
} from '../../terminal/format.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import {
  filterOptions,
  filtersOf,
  listedStatuses,
  listedStatusesIn,
  rowsIn,
  untaggedText,
  type FilterOptions,
} from './image-filters.ts';
import { resolveDigest } from './resolve.ts';
import { imageText } from './format.ts';

interface Options extends FilterOptions {
  top?: number;
  data?: string;
  json?: boolean;
  format?: ReportFormat;
  failOn?: readonly string[];
}

const mostRows = 50;

export const registerStatus = (program: Command, shell: Shell): void => {
  filterOptions(
    program
      .command('status')
      .summary('show one image, or all')
      .description(
        'Shows an image in each of its repositories: status and reason, findings, charge. Without an argument: ' +
          'how many images have which status, and the images, the worst first.',
      )
      .argument('[image]', 'a digest, the start of one, or repository:tag'),
  )
    .option('--top <number>', `show so many images; default: ${mostRows}`, rowsIn)
    .option('--fail-on <statuses>', 'exit 7 if a status is one of these', listedStatusesIn)
    .addOption(
      new Option('--format <format>', 'print the findings as SARIF 2.1.0, CycloneDX 1.6 or SPDX 2.3')
        .choices(reportFormats)
        .conflicts('json'),
    )
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay status
  assay status --status unhealthy,undetermined --repository 'team/*'
  assay status --fixable --severity high
  assay status nginx:1.23.3
  assay status sha256:efeecec1ba30 --json
  assay status nginx:1.23.3 --format sarif > nginx.sarif
  assay status --data .assay/demo`,
    )
    .action((image: string | undefined, options: Options) =>
      withApi(shell, dataOf(shell, options.data), (api) =>
        image === undefined ? all(shell, api, options) : one(shell, api, image, onlyOfOne(options)),
      ),
    );
};

/** @throws Failure `usage` for an option that narrows a list */
const onlyOfOne = (options: Options): Options => {
  const of = (['status', 'severity', 'fixable', 'running', 'repository', 'untagged', 'top'] as const).find(
    (name) => options[name] !== undefined,
  );
  if (of === undefined) return options;
  throw new Failure('usage', `--${of} narrows the list of images`, 'leave it out, or name no image');
};

const judged = (placements: readonly PlacementAnswer[], { failOn }: Options): void => {
  if (placements.some(({ status }) => failOn?.includes(status))) process.exitCode = exitCodes['failing-status'].code;
};

const mostTags = 5;
const nameOf = ({ repository, tags, digest }: PlacementAnswer): string =>
  shortName(
    tags.length === 0
      ? `${repository}@${digest}`
      : `${repository}:${tags.slice(0, mostTags).join(', ')}` +
          (tags.length > mostTags ? ` and ${tags.length - mostTags} more` : ''),
  );

const reasonOf = ({ status, reason, bySeverity, advisoriesAt, children }: PlacementAnswer): string =>
  reason
    ? narrowReason(reason)
    : status === 'healthy' && advisoriesAt !== undefined && !children
      ? advisoriesText(advisoriesAt)
      : bySeverity
        ? worstText(bySeverity)
        : children
          ? `as the worst of ${children.filter(({ leftOut }) => leftOut === undefined).length}`
          : '';

/** A cluster that may still run it has a question mark. */
const clustersText = (running: NonNullable<PlacementAnswer['running']>): string =>
  running.map(({ cluster, silent }) => `${cluster}${silent ? '?' : ''}`).join(', ');

const one = async ({ terminal }: Shell, api: Api, text: string, options: Options): Promise<void> => {
  const digest = await resolveDigest(api, text);
  const image = await api.image(digest);
  judged(image.placements, options);
  const noticed = await (image.placements.every(isTerminal) ? haltedNotices(api) : notices(api));
  if (!options.json) for (const line of noticed) terminal.note(line);
  if (options.format) return terminal.json(await api.report(digest, options.format));
  const findings = await Promise.all(image.placements.map((placement) => api.findings(placement)));
  const uncharged = await Promise.all(
    image.placements.map((placement) =>
      unchargedAmong(api, [placement], placement.times.classified?.slice(0, 'yyyy-mm'.length)),
    ),
  );
  if (options.json)
    return terminal.json({
      ...image,
      placements: image.placements.map((placement, index) => ({
        ...placement,
        ...uncharged[index],
        list: findings[index],
      })),
      ...(noticed.length > 0 ? { notices: noticed } : {}),
    });
  terminal.result(
    image.placements
      .map((placement, index) =>
        imageText(
          terminal,
          nameOf(placement),
          placement,
          index === 0 ? at(findings, 0) : [],
          placement.charge,
          uncharged[index],
        ),
      )
      .join('\n\n'),
  );
};

const databaseText = (
  { builtAt, digest }: DatabaseAnswer,
  ageSeconds: number,
  knowledge: KnowledgeAnswer | undefined,
): string => {
  const age = `The vulnerability database in use is of ${minuteOf(builtAt)}, ${ageText(ageSeconds * 1000)} old`;
  if (!knowledge || knowledge.images === 0) return `${age}.`;
  const { database, assessed, images, completedAt, latencySeconds } = knowledge;
  if (database.digest !== digest)
    return `${age}; images are assessed with that of ${minuteOf(database.builtAt)} so far.`;
  const all = `${assessed} of ${images} images are assessed with it`;
  return completedAt === undefined
    ? `${age}; ${all} so far.`
    : `${age}; ${all}, the last ones ${ageText(latencySeconds * 1000)} after it was built.`;
};

/** The images of a list, the worst status first, and within it those with the worst findings. */
const worstFirst = async (api: Api, options: Options, rows: number): Promise<ImageListAnswer> => {
  const filters = filtersOf(options);
  const wanted = listedStatuses.filter((status) => options.status?.includes(status) ?? true);
  const { images: _images, ...totals } = await api.worstImages(filters, 1);
  const images: PlacementAnswer[] = [];
  for (const status of wanted) {
    const left = rows - images.length;
    if (left > 0 && (totals.counts[status] ?? 0) > 0)
      images.push(...(await api.worstImages({ ...filters, status }, left)).images);
  }
  return { images, ...totals };
};

const hasFindingFilter = ({ severity, fixable }: Options): boolean => severity !== undefined || fixable === true;

/** An image without a final result may have any finding, so no condition on findings may leave it out of a decision. */
const alsoUnknown: readonly string[] = ['undetermined', 'queued', 'scanning', 'not-applicable'];

/** The counts of a list. An image of which it is not known whether it runs counts in either list by that. */
const countsOf = async (
  api: Api,
  { running, ...options }: Options,
  totals?: ListTotals,
): Promise<ListTotals['counts']> => {
  if (running === undefined) return (totals ?? (await api.worstImages(filtersOf(options), 1))).counts;
  const [all, others] = await Promise.all(
    [options, { ...options, running: !running }].map((each) => api.worstImages(filtersOf(each), 1)),
  );
  return Object.fromEntries(
    Object.entries(all?.counts ?? {}).map(([status, count]) => [status, count - (others?.counts[status] ?? 0)]),
  );
};

/** True if an image of the list has one of the statuses that must fail. */
const mustFail = async (api: Api, options: Options, totals: ListTotals): Promise<boolean> => {
  const failing = options.failOn?.filter((each) => options.status?.includes(each) ?? true) ?? [];
  if (failing.length === 0) return false;
  const counts = await countsOf(api, options, totals);
  if (failing.some((each) => (counts[each] ?? 0) > 0)) return true;
  const unknown = failing.filter((each) => alsoUnknown.includes(each));
  if (unknown.length === 0 || !hasFindingFilter(options)) return false;
  const { severity: _severity, fixable: _fixable, ...others } = options;
  const known = await countsOf(api, others);
  return unknown.some((each) => (known[each] ?? 0) > 0);
};

/** A warning about images that a condition on findings cannot judge. */
const unknownText = (unknown: number): string =>
  `${counted(unknown, 'image')} ${unknown === 1 ? 'has' : 'have'} no final result and may have such findings: ` +
  'see `assay status --status undetermined,scanning,queued`.';

const labels: Readonly<Record<string, string>> = { 'not-applicable': 'not applicable', queued: 'waiting' };

/** Counts by status, the worst first: `31 unhealthy, 6 undetermined, 118 healthy`. */
const summaryText = ({ counts, total, all, hidden }: ListTotals, { status }: Options, { colors }: Terminal): string => {
  const colorOf = (each: string): ((text: string) => string) =>
    ({ unhealthy: colors.red, undetermined: colors.yellow, healthy: colors.green })[each] ?? ((text) => text);
  const parts = listedStatuses
    .filter((each) => (counts[each] ?? 0) > 0 && (status?.includes(each) ?? true))
    .map((each) => colorOf(each)(`${counts[each]} ${labels[each] ?? each}`));
  const of = total === all ? counted(all, 'image') : `${total} of ${counted(all, 'image')}`;
  return (
    `${parts.join(', ')} (${of})` +
    (hidden > 0 ? `; rules disable ${counted(hidden, 'finding')} of ${total === 1 ? 'it' : 'them'}` : '')
  );
};

const emptyText = ({ env }: Shell, options: Options, all: number): string => {
  if (all > 0)
    return `None of the ${counted(all, 'image')} matches. Leave a filter out, or see \`assay status --help\`.`;
  return clientSettings.read(env).url && options.data === undefined
    ? 'No image was pushed yet. Push one to a registry that the suite watches.'
    : 'No image was pushed yet. Try `assay push e2e/images/debian-13.0 --wait`.';
};

const unreadOf = ({ name, version, digest, unread }: ScannerAnswer): object => ({
  scanner: { name, version, digest },
  systems: unread,
});

const all = async (shell: Shell, api: Api, options: Options): Promise<void> => {
  const { terminal } = shell;
  if (options.format) throw new Failure('usage', `--format ${options.format} needs one image`, 'say which');
  const rows = options.top ?? mostRows;
  const list = await worstFirst(api, options, options.json ? 0 : rows);
  const { images, ...totals } = list;
  if (await mustFail(api, options, totals)) process.exitCode = exitCodes['failing-status'].code;
  const announced = announcedDatabase(api);
  const [noticed, unread, unwatched, { database, freshness }, knowledge] = await Promise.all([
    notices(api, announced),
    unreadSystems(api),
    unwatchedRegistries(api),
    announced,
    api.knowledge().catch(() => undefined),
  ]);
  if (options.json)
    return terminal.json({
      images: await api.images(filtersOf(options)),
      ...totals,
      ...(database ? { database: { ...database, ...freshness } } : {}),
      ...(knowledge ? { knowledge } : {}),
      ...(unread.length > 0 ? { unreadSystems: unread.map(unreadOf) } : {}),
      ...(unwatched.length > 0 ? { unwatched: unwatched.map(({ loginServer }) => loginServer) } : {}),
      ...(noticed.length > 0 ? { notices: noticed } : {}),
    });
  for (const line of [...noticed, ...unreadLines(unread), ...unwatchedLines(unwatched)]) terminal.note(line);
  if (database && freshness?.ageSeconds !== undefined)
    terminal.note(databaseText(database, freshness.ageSeconds, knowledge));
  if (totals.unknown > 0 && hasFindingFilter(options)) terminal.note(unknownText(totals.unknown));
  if (totals.untagged > 0) terminal.note(untaggedText(totals.untagged, '--untagged'));
  if (totals.total === 0) return terminal.result(emptyText(shell, options, totals.all));
  terminal.result(
    [
      summaryText(totals, options, terminal),
      '',
      table(
        [
          { title: 'IMAGE', grows: true },
          { title: 'DIGEST' },
          { title: 'STATUS' },
          { title: 'WHY' },
          ...(images.some(({ running }) => running) ? [{ title: 'RUNS IN' }] : []),
        ],
        images.map((image) => [
          nameOf(image),
          image.digest.slice(7, 19),
          statusText(image.status, terminal),
          reasonOf(image),
          ...(image.running ? [clustersText(image.running)] : []),
        ]),
        terminal.width,
        terminal.colors.dim,
      ),
      ...(totals.total > images.length
        ? [
            terminal.colors.dim(
              `and ${totals.total - images.length} more: narrow by --status, --severity, --fixable or --repository, ` +
                'or give --top',
            ),
          ]
        : []),
    ].join('\n'),
  );
  if (images.some(({ demonstrationDatabase }) => demonstrationDatabase))
    terminal.note(
      'Scanned with the small demonstration database. Take a real one by `assay database update` before you trust a ' +
        'result.',
    );
};
