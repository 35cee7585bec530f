import { createInterface } from 'node:readline/promises';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { HeldDatabaseAnswer } from '../../client/answers.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../../shell.ts';
import { Failure } from '../../terminal/failure.ts';
import { digestIn, whyOption } from '../options.ts';
import { withOrders } from './database.ts';

interface Options {
  why: string;
  healthy?: number;
  data?: string;
  json?: boolean;
}

const numberIn = (text: string): number => {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give the number of images that would become healthy, as `assay database` shows it.');
};

/** Orders about a held database. */
export const registerHeld = (program: Command, shell: Shell): void => {
  const command = program.commands.find((each) => each.name() === 'database');
  command
    ?.command('release [digest]')
    .summary('use one that is held')
    .description(
      'Puts the held database into use. On a terminal it shows what the database would change, and asks. Elsewhere ' +
        'give its digest and the number of images that would become healthy, as `assay database` shows them: a ' +
        'script cannot release another database than the one that somebody looked at.',
    )
    .addOption(new Option('--healthy <number>', 'images that would become healthy by it').argParser(numberIn))
    .addOption(whyOption())
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay database release --why 'the maker withdrew them'
  assay database release sha256:<64 hex digits> --healthy 9 --why meant`,
    )
    .action((digest: string | undefined, options: Options) => release(shell, digest, options));
  command
    ?.command('refuse [digest]')
    .summary('refuse one that is held')
    .description('Refuses the held database. It is not taken from a source any more; the next one is compared anew.')
    .addOption(whyOption())
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText('after', "\nExamples\n  assay database refuse --why 'a build without Debian'")
    .action((digest: string | undefined, options: Options) => refuse(shell, digest, options));
};

const heldOf = (held: HeldDatabaseAnswer | undefined, digest: string | undefined): HeldDatabaseAnswer => {
  if (held?.state === 'held' && (digest === undefined || digestIn(digest) === held.digest)) return held;
  throw new Failure(
    'not-found',
    held ? `${held.digest} is ${held.state === 'held' ? 'held' : 'not weighed yet'}` : 'no database is held',
    '`assay database` lists the databases',
  );
};

const isAgreed = async (shell: Shell, { note, consequences }: HeldDatabaseAnswer): Promise<boolean> => {
  shell.terminal.note(note);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const healthy = consequences?.healthy ?? 0;
    return /^y(es)?$/i.test(await terminal.question(`Use it, with ${healthy} images that become healthy? [y/N] `));
  } finally {
    terminal.close();
  }
};

const release = async (shell: Shell, digest: string | undefined, options: Options): Promise<void> => {
  const { why, healthy, data, json } = options;
  await withOrders(shell, dataOf(shell, data), async (orders) => {
    const held = heldOf(await orders.heldDatabase(), digest);
    const isNamed = digest !== undefined && healthy !== undefined;
    if (!isNamed && !process.stdin.isTTY)
      throw new Failure(
        'usage',
        'without a terminal the order names the digest and the number of images that would become healthy',
        `look at \`assay database\`, then \`assay database release ${held.digest} --healthy ` +
          `${held.consequences?.healthy ?? 0} --why …\``,
      );
    if (!isNamed && !(await isAgreed(shell, held))) throw new Failure('failed', 'nothing was changed');
    const outcome = await orders.releaseDatabase(held.digest, healthy ?? held.consequences?.healthy ?? 0, why);
    if (json) return shell.terminal.json(outcome);
    shell.terminal.result(`The database of ${outcome.builtAt} (${outcome.digest}) is in use from now on.`);
  });
};

const refuse = async (shell: Shell, digest: string | undefined, { why, data, json }: Options): Promise<void> =>
  withOrders(shell, dataOf(shell, data), async (orders) => {
    const held = heldOf(await orders.heldDatabase(), digest);
    await orders.refuseDatabase(held.digest, why);
    if (json) return shell.terminal.json({ digest: held.digest });
    shell.terminal.result(`The database ${held.digest} is refused. The one in use stays.`);
  });
