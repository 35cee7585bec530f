import { Option, type Command } from 'commander';
import { at } from '@assay/events';
import { isTerminal, type DatabaseAnswer, type KnowledgeAnswer, type PlacementAnswer } from '../client/answers.ts';
import { reportFormats, type Api, type ReportFormat } from '../client/api.ts';
import { withApi } from '../client/connection.ts';
import { announcedDatabase, haltedNotices, notices } from '../client/notices.ts';
import { clientSettings } from '../settings.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../shell.ts';
import { unchargedAmong } from '../push/uncharged.ts';
import { exitCodes, Failure } from '../terminal/failure.ts';
import { table } from '../terminal/table.ts';
import { ageText, minuteOf, narrowReason, shortName, statusText, worstText } from '../terminal/format.ts';
import { statusesIn } from './options.ts';
import { resolveDigest } from './resolve.ts';
import { imageText } from './format.ts';

interface Options {
  data?: string;
  json?: boolean;
  format?: ReportFormat;
  failOn?: readonly string[];
}

export const registerStatus = (program: Command, shell: Shell): void => {
  program
    .command('status')
    .summary('show one image, or all')
    .description(
      'Shows an image in each of its repositories: status and reason, findings, charge. Without an argument: ' +
        'all images.',
    )
    .argument('[image]', 'a digest, the start of one, or repository:tag')
    .option('--fail-on <statuses>', 'exit 7 if a status is one of these', statusesIn)
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
  assay status nginx:1.23.3
  assay status sha256:efeecec1ba30 --json
  assay status nginx:1.23.3 --format sarif > nginx.sarif
  assay status --data .assay/demo`,
    )
    .action((image: string | undefined, options: Options) =>
      withApi(shell, dataOf(shell, options.data), (api) =>
        image === undefined ? all(shell, api, options) : one(shell, api, image, options),
      ),
    );
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

const reasonOf = ({ reason, bySeverity, children }: PlacementAnswer): string =>
  reason
    ? narrowReason(reason)
    : bySeverity
      ? worstText(bySeverity)
      : children
        ? `as the worst of ${children.filter(({ leftOut }) => leftOut === undefined).length}`
        : '';

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

const all = async ({ terminal, env }: Shell, api: Api, options: Options): Promise<void> => {
  if (options.format) throw new Failure('usage', `--format ${options.format} needs one image`, 'say which');
  const images = await api.images();
  judged(images, options);
  const announced = announcedDatabase(api);
  const [noticed, { database, java, freshness }, knowledge] = await Promise.all([
    notices(api, announced),
    announced,
    api.knowledge().catch(() => undefined),
  ]);
  if (options.json)
    return terminal.json({
      images,
      ...(database ? { database: { ...database, ...freshness } } : {}),
      ...(java ? { javaDatabase: java } : {}),
      ...(knowledge ? { knowledge } : {}),
      ...(noticed.length > 0 ? { notices: noticed } : {}),
    });
  for (const line of noticed) terminal.note(line);
  if (database && freshness?.ageSeconds !== undefined)
    terminal.note(databaseText(database, freshness.ageSeconds, knowledge));
  if (java) terminal.note(`The database of Java archives in use is of ${minuteOf(java.builtAt)}.`);
  if (images.length === 0)
    return terminal.result(
      clientSettings.read(env).url && options.data === undefined
        ? 'No image was pushed yet. Push one to a registry that the suite watches.'
        : 'No image was pushed yet. Try `assay push e2e/images/debian-13.0 --wait`.',
    );
  const rows = images.map((image) => [
    nameOf(image),
    image.digest.slice(7, 19),
    statusText(image.status, terminal),
    reasonOf(image),
  ]);
  terminal.result(
    table(
      [{ title: 'IMAGE', grows: true }, { title: 'DIGEST' }, { title: 'STATUS' }, { title: 'WHY' }],
      rows,
      terminal.width,
      terminal.colors.dim,
    ),
  );
  if (images.some(({ demonstrationDatabase }) => demonstrationDatabase))
    terminal.note(
      'Scanned with the small demonstration database. Take a real one by `assay database update` before you trust a ' +
        'result.',
    );
};
