import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { DatabaseComparison, ReadDatabase } from '@assay/advisories';
import { jsonOption, type Shell } from '../../shell.ts';
import { Failure } from '../../terminal/failure.ts';
import { table } from '../../terminal/table.ts';

/** A command that compares two databases. It needs no suite. */
export const registerCompare = (program: Command, shell: Shell): void => {
  program.commands
    .find((each) => each.name() === 'database')
    ?.command('compare <before> <after>')
    .summary('show what one takes away from another')
    .description(
      'Compares two databases entry by entry: the buckets, packages and advisories that the second has not any more, ' +
        'and those that are weaker there. Give archives (db.tar.gz), or folders with trivy.db and metadata.json. A ' +
        'suite compares every newer database in this way with the one in use.',
    )
    .addOption(jsonOption())
    .addHelpText('after', '\nExamples\n  assay database compare yesterday.tar.gz db.tar.gz')
    .action((before: string, after: string, options: { json?: boolean }) => compare(shell, [before, after], options));
};

/** The folder of a database; an archive is unpacked. */
const folderOf = async ({ directory }: Shell, given: string, unpacked: string): Promise<string> => {
  const path = resolve(directory, given);
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new Failure('not-found', `there is no ${given}`, 'give db.tar.gz, or a folder with trivy.db');
  if (found.isDirectory()) return path;
  const { unpackDatabase } = await import('@assay/advisories');
  await unpackDatabase(createReadStream(path), unpacked);
  return unpacked;
};

const compare = async (shell: Shell, given: readonly [string, string], { json }: { json?: boolean }): Promise<void> => {
  const { compareDatabases, readDatabase, reasonsToOffer } = await import('@assay/advisories');
  const folder = await mkdtemp(join(tmpdir(), 'assay-compare-'));
  try {
    shell.terminal.progress('database: reading both');
    const [before, after] = await Promise.all(given.map((each, at) => folderOf(shell, each, join(folder, `${at}`))));
    const [one, other] = [await readDatabase(before ?? ''), await readDatabase(after ?? '')];
    const comparison = await compareDatabases(before ?? '', after ?? '');
    const reasons = reasonsToOffer(comparison, Date.now());
    if (json) return shell.terminal.json({ before: shown(one), after: shown(other), reasons, ...comparison });
    shell.terminal.result(textOf(shell, [one, other], comparison, reasons));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const shown = ({ digest, builtAt, claimedAt }: ReadDatabase): object => ({ digest, builtAt, claimedAt });

const textOf = (
  { terminal: { width, colors } }: Shell,
  [one, other]: readonly [ReadDatabase, ReadDatabase],
  { buckets, gone, emptied, lowered, raised }: DatabaseComparison,
  reasons: readonly string[],
): string => {
  const packages = Object.entries(emptied).flatMap(([bucket, names]) => names.map((name) => `${name} (${bucket})`));
  return [
    `From ${one.builtAt} (${one.digest})`,
    `to   ${other.builtAt} (${other.digest})`,
    '',
    buckets.length === 0
      ? 'Nothing is removed or weakened.'
      : table(
          [
            { title: 'BUCKET', grows: true },
            { title: 'BEFORE', align: 'right' },
            { title: 'AFTER', align: 'right' },
            { title: 'REMOVED', align: 'right' },
            { title: 'WEAKENED', align: 'right' },
          ],
          buckets.map((each) => [
            `${each.name}${gone.includes(each.name) ? ' (gone)' : ''}`,
            ...[each.before, each.after, each.removed, each.weakened].map((count) => count.toLocaleString('en')),
          ]),
          width,
          colors.dim,
        ),
    ...(packages.length > 0 ? [`Packages without any advisory now: ${packages.join(', ')}`] : []),
    ...(lowered.length + raised.length > 0 ? [`Rated lower: ${lowered.length}; higher: ${raised.length}`] : []),
    reasons.length > 0
      ? `A suite would ask its images before it uses it: ${reasons.join('; ')}`
      : 'By its entries a suite would use it without asking its images.',
  ].join('\n');
};
