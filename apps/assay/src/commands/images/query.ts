import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text as read } from 'node:stream/consumers';
import type { Command } from 'commander';
import { at } from '@assay/events/present';
import type { QueryAnswer } from '../../client/answers.ts';
import { withApi } from '../../client/connection.ts';
import { markedLine, QueryFailure } from '../../client/query-failure.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../../shell.ts';
import { Failure } from '../../terminal/failure.ts';
import { table } from '../../terminal/table.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { allIn } from '../options.ts';

/** Assessment key of the findings in the 2020 format. */
const keyOf2020 = 'dbd0cb49-b563-45e7-9724-889e799fa648';

interface Options {
  data?: string;
  json?: boolean;
  file?: string;
  subscription?: readonly string[];
}

export const registerQuery = (program: Command, shell: Shell): void => {
  program
    .command('query')
    .summary('query findings and registries in KQL')
    .description(
      'Runs a query in KQL, the language of Azure Resource Graph, over the tables securityresources, resources ' +
        'and resourcecontainers. Prints all rows.',
    )
    .argument('[query]', 'the query; default: read from --file or stdin')
    .option('--file <path>', 'read the query from a file')
    .option('--subscription <id>', 'only rows of this subscription (repeatable)', allIn)
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay query "securityresources | summarize count() by type"
  assay query "securityresources | summarize count() by tostring(properties.id)"
  assay query --file findings.kql --json

docs/api.md lists the supported parts of the language.`,
    )
    .action((query: string | undefined, options: Options) => run(shell, query, options));
};

const textOf = async ({ directory }: Shell, query: string | undefined, file: string | undefined): Promise<string> => {
  if (query !== undefined && file !== undefined) throw new Failure('usage', 'give the query or --file, not both');
  if (query !== undefined) return query;
  if (file !== undefined) {
    return readFile(resolve(directory, file), 'utf8').catch((error: unknown) => {
      throw new Failure('failed', `the file ${file} cannot be read`, (error as Error).message);
    });
  }
  if (process.stdin.isTTY)
    throw new Failure('usage', 'there is no query', 'give it in quotes, with --file or on stdin');
  return read(process.stdin);
};

const run = async (
  shell: Shell,
  given: string | undefined,
  { data, json, file, subscription }: Options,
): Promise<void> => {
  const query = await textOf(shell, given, file);
  const { terminal } = shell;
  try {
    const { answer, of2020 } = await withApi(shell, dataOf(shell, data), async (api) => {
      const found = await api.query(query, subscription);
      return {
        answer: found,
        of2020: !json && speaksOfSeverity(query, found) && (await api.query(anyOf2020, subscription)).rows.length > 0,
      };
    });
    if (json)
      return terminal.json(
        answer.rows.map((row) => Object.fromEntries(answer.columns.map(({ name }, index) => [name, row[index]]))),
      );
    terminal.result(answerText(terminal, answer));
    if (of2020) terminal.note(severitiesOf2020);
    if (answer.truncated)
      terminal.note(
        `Only ${answer.rows.length} of ${answer.total} rows can be shown: project a column that is not ` +
          'dynamic, or take fewer rows.',
      );
  } catch (error) {
    if (!(error instanceof QueryFailure)) throw error;
    const marked = markedLine(error, query);
    if (marked !== undefined) terminal.note(marked);
    throw new Failure(
      'failed',
      `${error.message.replace(/\.$/, '')} (${error.code})`,
      error.code === 'DisallowedLogicalTableName'
        ? 'there are securityresources, resources, resourcecontainers'
        : undefined,
    );
  }
};

/** The 2020 format has three severities, so that counting by them would hide the critical images. */
const severitiesOf2020 =
  'Rows of 2020 show Critical as High, and an unknown severity as Medium, as Azure did. ' +
  'properties.additionalData.assaySeverity has the severity of Assay.';
const anyOf2020 =
  `securityresources | where type == 'microsoft.security/assessments/subassessments' | where id contains ` +
  `'/assessments/${keyOf2020}/' | take 1`;

/** Aggregated rows no longer show their source: then the existing rows decide whether to print the note. */
export const speaksOfSeverity = (query: string, { columns, rows }: Pick<QueryAnswer, 'columns' | 'rows'>): boolean =>
  rows.length > 0 &&
  (/severity/i.test(query) ||
    columns.some(({ name }) => /severity/i.test(name)) ||
    rows.some((row) => row.some((value) => /"severity"/.test(cell(value)))));

const cell = (value: unknown): string =>
  value === null || value === undefined
    ? ''
    : typeof value === 'string'
      ? value
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value as number | boolean);

/** A longer value is not fit for a table, which would cut it. */
const mostInTable = 400;

/** Prints rows as a table, or each row as a list if a table would be too wide. */
export const answerText = (
  { width, colors }: Pick<Terminal, 'width' | 'colors'>,
  { columns, rows }: QueryAnswer,
): string => {
  if (rows.length === 0) return 'No rows.';
  const cells = rows.map((row) => row.map((value) => cell(value).replaceAll(/\s*\n\s*/g, ' ')));
  const widths = columns.map(({ name }, index) => Math.max(name.length, ...cells.map((row) => at(row, index).length)));
  const widest = widths.indexOf(Math.max(...widths));
  const others = widths.reduce((sum, one, index) => (index === widest ? sum : sum + one + 2), 0);
  if (others + 12 <= width && (widths[widest] ?? Infinity) <= mostInTable) {
    return table(
      columns.map(({ name, type }, index) => ({
        title: name,
        ...(type === 'integer' || type === 'number' ? { align: 'right' as const } : {}),
        ...(index === widest ? { grows: true } : {}),
      })),
      cells,
      width,
      colors.dim,
    );
  }
  const indent = Math.max(...columns.map(({ name }) => name.length));
  return cells
    .map((row, rowIndex) =>
      [
        colors.dim(`row ${rowIndex + 1}`),
        ...columns.map(({ name }, index) => `  ${name.padEnd(indent)}  ${at(row, index)}`),
      ].join('\n'),
    )
    .join('\n');
};
