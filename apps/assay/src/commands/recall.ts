import { InvalidArgumentError, Option, type Command } from 'commander';
import { isDigest } from '@assay/events';
import { scanners } from '@assay/sandbox-runner/scanner/scanners';
import { connectToRunning } from '../client/connection.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../shell.ts';
import { whyOption } from './options.ts';

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
    .summary('no longer believe one build of the scanner')
    .description(
      'Recalls one build of the scanner: what rests on it is undetermined until another build has looked, ' +
        'and queued for that again, free of charge. The build is not run any more; its runners say so and wait ' +
        'for another one.',
    )
    .addOption(
      new Option('--scanner <digest>', 'as `assay scanner list` shows it').makeOptionMandatory().argParser(digestIn),
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

Then give the runner another one by \`assay scanner install\` or
${programSettings}, and start it again.`,
    )
    .action((options: Options) => recall(shell, options));
};

const recall = async (shell: Shell, { scanner, why, data, json }: Options): Promise<void> => {
  const { api } = await connectToRunning(
    shell,
    dataOf(shell, data),
    'start one with `assay up`: its services carry the recall out',
  );
  const { digest, name, version, images } = await api.recall(scanner, why);
  if (json) return shell.terminal.json({ digest, name, version, images });
  const rests =
    images === 0
      ? 'No image rests on it.'
      : `${images === 1 ? '1 image rests' : `${images} images rest`} on it: undetermined until another build ` +
        'has looked.';
  shell.terminal.result(`${name ? `${name} ${version ?? ''} (${digest})` : digest} is recalled. ${rests}`);
};

const digestIn = (text: string): string => {
  if (isDigest(text)) return text;
  throw new InvalidArgumentError(
    'A scanner build is named by sha256: and 64 hex digits, as `assay scanner list` shows it.',
  );
};
