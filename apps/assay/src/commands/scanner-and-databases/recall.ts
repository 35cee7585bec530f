import { InvalidArgumentError, Option, type Command } from 'commander';
import { isDigest } from '@assay/events/patterns';
import { scanners } from '@assay/sandbox-runner/scanner/scanners';
import { connectToRunning } from '../../client/connection.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../../shell.ts';
import { whyOption } from '../options.ts';

interface Options {
  scanner: string;
  why: string;
  data?: string;
  json?: boolean;
}

const programSettings = scanners.map(({ settings }) => settings.program).join(' or ');

export const registerRecall = (program: Command, shell: Shell): void => {
  program
    .command('recall')
    .summary('stop trusting one build of the scanner')
    .description(
      'Recalls one build of the scanner. Its images are undetermined until another build has scanned them, ' +
        'which is queued at once and free of charge. The build does not run any more: its runners are not ready ' +
        'until they get another one.',
    )
    .addOption(
      new Option('--scanner <digest>', 'a digest of `assay scanner list`').makeOptionMandatory().argParser(digestIn),
    )
    .addOption(whyOption())
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay scanner list
  assay recall --scanner sha256:<64 hex digits> --why 'CVE-2026-33634'

Then give the runner another build: \`assay scanner install\` needs no restart,
${programSettings} does.`,
    )
    .action((options: Options) => recall(shell, options));
};

const recall = async (shell: Shell, { scanner, why, data, json }: Options): Promise<void> => {
  const { api } = await connectToRunning(
    shell,
    dataOf(shell, data),
    'start one with `assay up`: its services execute the recall',
  );
  const { digest, name, version, images } = await api.recall(scanner, why);
  if (json) return shell.terminal.json({ digest, name, version, images });
  const rests =
    images === 0
      ? 'No image depends on it.'
      : `${images === 1 ? '1 image depends' : `${images} images depend`} on it: undetermined until another build ` +
        'has scanned.';
  shell.terminal.result(`${name ? `${name} ${version ?? ''} (${digest})` : digest} is recalled. ${rests}`);
};

const digestIn = (text: string): string => {
  if (isDigest(text)) return text;
  throw new InvalidArgumentError('A scanner build is named by sha256: and 64 hex digits, as in `assay scanner list`.');
};
