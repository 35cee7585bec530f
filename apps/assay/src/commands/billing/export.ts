import { Option, type Command } from 'commander';
import { faultOf } from '@assay/billing/export/tally';
import type { Api } from '../../client/api.ts';
import { withApi } from '../../client/connection.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../../shell.ts';
import { Failure } from '../../terminal/failure.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { periodIn } from '../options.ts';

const formats = ['focus-csv', 'findings'] as const;

interface Options {
  format: string;
  profile: string;
  period?: string;
  data?: string;
  json?: boolean;
}

/** A line of an export of findings, as far as it is counted. */
interface ExportedLine {
  readonly kind: string;
  readonly images?: number;
  readonly findings?: number;
  readonly pages?: number;
  readonly classified?: { readonly findings: readonly object[] };
}

const incomplete = (why: string): Failure =>
  new Failure('failed', `the export is incomplete: ${why}`, 'do not use this file; try again');

/** Writes the lines as they arrive, and compares the last one with those before it. */
const exportFindings = async (api: Api, terminal: Terminal): Promise<void> => {
  const counts = { images: 0, findings: 0, pages: 0 };
  let last: ExportedLine | undefined;
  try {
    for await (const text of api.exportedSets()) {
      terminal.raw(`${text}\n`);
      last = JSON.parse(text) as ExportedLine;
      counts.images += Number(last.kind === 'image');
      counts.pages += Number(last.kind === 'page');
      counts.findings += last.classified?.findings.length ?? 0;
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw incomplete(error instanceof Error ? error.message : String(error));
  }
  if (last?.kind !== 'end') throw incomplete('its last line is missing');
  const { images, findings, pages } = last;
  if (images !== counts.images || findings !== counts.findings || pages !== counts.pages)
    throw incomplete(
      `it has ${counts.images} images and ${counts.findings} findings, but announced ${images} and ${findings}`,
    );
  terminal.note(
    `${images} ${images === 1 ? 'image' : 'images'}, ${findings} ${findings === 1 ? 'finding' : 'findings'}`,
  );
};

export const registerExport = (program: Command, shell: Shell): void => {
  program
    .command('export')
    .summary('print the charges, or all findings, one line each')
    .description(
      'Writes the charges to stdout, one line each, in FOCUS columns. Or all images with their findings, one JSON ' +
        'object a line, with the offsets from which a consumer of the events goes on (docs/events.md).',
    )
    .addOption(
      new Option('--format <format>', 'the charges, or all findings').choices([...formats]).default(formats[0]),
    )
    .addOption(
      new Option(
        '--profile <profile>',
        'the columns: FOCUS 1.2, or also the old ones that the\nofficial validator requires',
      )
        .choices(['focus-1.2', 'focus-1.0'])
        .default('focus-1.2'),
    )
    .option('--period <month>', 'charges of one month (UTC), such as 2026-11; default: all', periodIn)
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay export --format focus-csv --period 2026-11 > charges.csv
  assay export --data .assay/demo
  assay export --format findings > findings.ndjson
  assay export --json     with the cause of each charge, and totals`,
    )
    .action(({ format, profile, period, data, json }: Options, command: Command) => {
      const isOfCharges = (name: string): boolean => command.getOptionValueSource(name) === 'cli';
      const unfit = ['period', 'profile', 'json'].find(isOfCharges);
      if (format === 'findings' && unfit !== undefined)
        throw new Failure('usage', `--${unfit} belongs to charges`, 'omit it, or give --format focus-csv');
      return withApi(shell, dataOf(shell, data), async (api) => {
        if (format === 'findings') return exportFindings(api, shell.terminal);
        if (json) return shell.terminal.json(await api.charges(period));
        const { file, ...tally } = await api.export(format, period, profile);
        shell.terminal.raw(file);
        const fault = faultOf(file, tally);
        if (fault) throw new Failure('failed', `the export is incomplete: ${fault}`, 'do not use this file; try again');
        const { charges, total, waiting } = tally;
        shell.terminal.note(
          charges === 0
            ? `there are no charges${period === undefined ? '' : ` in ${period}`}`
            : `${charges} ${charges === 1 ? 'charge' : 'charges'}, ${total}`,
        );
        if (waiting > 0)
          shell.terminal.note(
            `${waiting} more ${waiting === 1 ? 'waits' : 'wait'} for a price: \`assay charges --open\` lists them`,
          );
      });
    });
};
