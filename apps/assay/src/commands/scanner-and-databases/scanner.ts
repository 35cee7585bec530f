import { Argument, Option, type Command } from 'commander';
import { present } from '@assay/events/present';
import { scannersDirectoryIn, type ScannerRegistration } from '@assay/sandbox-runner/scanner/registration';
import { scannerFor, scanners } from '@assay/sandbox-runner/scanner/scanners';
import type { ScannerAnswer } from '../../client/answers.ts';
import { withApi } from '../../client/connection.ts';
import { dataOf, dataOption, homeOf, jsonOption, shownPath, type Shell } from '../../shell.ts';
import { Failure } from '../../terminal/failure.ts';
import { table } from '../../terminal/table.ts';
import type { Terminal } from '../../terminal/terminal.ts';

interface ListOptions {
  data?: string;
  json?: boolean;
}
interface Options {
  from?: string;
  json?: boolean;
}

export const registerScanner = (program: Command, shell: Shell): void => {
  const scanner = program
    .command('scanner')
    .summary('list scanners, or install one')
    .description('The scanner of Assay, and how to install one.');
  scanner
    .command('list')
    .summary('list the builds that images depend on')
    .description('Lists every scanner build that an image depends on or that was recalled.')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExamples\n  assay scanner list\n  assay scanner list --json')
    .action((options: ListOptions) => list(shell, options));
  scanner
    .command('install')
    .summary('install a scanner')
    .description(
      'Installs a current scanner into the folder of Assay: built here, where there is Go, and else the message ' +
        'names other ways. One that is fetched is checked against its known digest.',
    )
    .addArgument(
      new Argument('[scanner]', 'which one').choices(scanners.map(({ name }) => name)).default(scanners[0].name),
    )
    .addOption(new Option('--from <source>', efforts()).choices(sourceNames()))
    .addOption(jsonOption())
    .addHelpText('after', `\nExamples\n${examples()}`)
    .action((name: string, options: Options) => install(shell, scannerCalled(name), options));
};

const sourceNames = (): string[] => [...new Set(scanners.flatMap(({ sources }) => sources.map(({ name }) => name)))];

/** The sources of each scanner, for the help. */
const efforts = (): string =>
  scanners
    .map(({ title, sources }) => {
      const all = sources.map(({ name, effort }, at) => `${name}: ${effort}${at === 0 ? ', the default' : ''}`);
      return `${scanners.length > 1 ? `${title}: ` : ''}${all.join('; ')}`;
    })
    .join('. ');

const examples = (): string => {
  const lines = scanners.flatMap(({ name, title, sources }, scanner) =>
    sources.map((source, at): readonly [command: string, result: string] => [
      `  assay scanner install${scanner === 0 ? '' : ` ${name}`}${at === 0 ? '' : ` --from ${source.name}`}`,
      `${title} ${source.version}, ${source.form}`,
    ]),
  );
  const width = Math.max(...lines.map(([command]) => command.length));
  return lines.map(([command, result]) => `${command.padEnd(width)}    ${result}`).join('\n');
};

const scannerCalled = (name: string): ScannerRegistration =>
  present(
    scanners.find((scanner) => scanner.name === name),
    'scanner of that name',
  );

const list = async (shell: Shell, { data, json }: ListOptions): Promise<void> => {
  const scanners = await withApi(shell, dataOf(shell, data), (api) => api.scanners());
  if (json) return shell.terminal.json({ scanners });
  shell.terminal.result(scannersText(shell.terminal, scanners));
};

const scannersText = (
  { width, colors }: Pick<Terminal, 'width' | 'colors'>,
  scanners: readonly ScannerAnswer[],
): string => {
  if (scanners.length === 0) return 'No image was scanned yet.';
  const rows = scanners.map(({ digest, name, version, images, recalled }) => [
    name ? `${name} ${version ?? ''}` : 'unknown',
    String(images),
    [
      digest,
      ...(recalled ? [colors.dim(`recalled ${recalled.since.slice(0, 10)}: ${recalled.why} (${recalled.by})`)] : []),
    ].join('\n'),
  ]);
  return table(
    [{ title: 'SCANNER' }, { title: 'IMAGES', align: 'right' }, { title: 'DIGEST', grows: true }],
    rows,
    width,
    colors.dim,
  );
};

const install = async (shell: Shell, scanner: ScannerRegistration, { from, json }: Options): Promise<void> => {
  const { terminal, env } = shell;
  const { name, title, settings, sources } = scanner;
  const source = from === undefined ? sources[0] : sources.find((each) => each.name === from);
  if (source === undefined)
    throw new Failure(
      'usage',
      `there is no ${title} from ${from}`,
      `leave --from out, or give ${sources.map((each) => each.name).join(' or ')}`,
    );
  const lacking = from === undefined ? await source.lacking?.(env as NodeJS.ProcessEnv) : undefined;
  if (lacking !== undefined) throw new Failure('no-scanner', lacking, scanner.otherWays);
  const program = await source.install({
    scannersDirectory: scannersDirectoryIn(homeOf(shell)),
    env: env as NodeJS.ProcessEnv,
    onProgress: terminal.progress,
  });
  if (json) return terminal.json({ program, from: source.name });
  const own = env[settings.program];
  const used = scannerFor(env);
  terminal.result(
    `${title} is at ${shownPath(shell, program)}` +
      (own ? `\n${settings.program} is set, so ${own} is used instead` : '') +
      (used.name === name ? '' : `\n${used.settings.program} is set, so ${used.title} is used instead`),
  );
};
