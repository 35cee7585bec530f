import type { Command } from 'commander';
import type { SweepAnswer } from '../client/answers.ts';
import { connectToRunning } from '../client/connection.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../shell.ts';
import { oneLine } from '../terminal/colors.ts';
import { table } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { whyOption } from './options.ts';

interface ReadOptions {
  data?: string;
  json?: boolean;
}
interface OrderOptions extends ReadOptions {
  why: string;
}

const needsSuite = 'start one with `assay up`: it sweeps the registries';

export const registerSweep = (program: Command, shell: Shell): void => {
  const command = program
    .command('sweep')
    .summary('how the sweeps of registries stand; one that seems to have lost its images')
    .description(
      'A sweep that finds more of a registry gone than is plausible (ASSAY_SWEEP_DELETES_PERCENT; up to five ' +
        'images are, where as many are left) says none of it to be deleted: the registry may have been ' +
        'restored empty, or be another one. A registry that is back needs no order.',
    );
  command
    .command('list', { isDefault: true })
    .summary('how the sweeps stand')
    .description('Lists the registries, which of them could not be swept, and which sweeps are held.')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExamples\n  assay sweep\n  assay sweep list --json')
    .action(async ({ data, json }: ReadOptions) => {
      const { api } = await connectToRunning(shell, dataOf(shell, data), needsSuite);
      const sweeps = await api.sweeps();
      if (json) return shell.terminal.json({ sweeps });
      shell.terminal.result(sweepsText(shell.terminal, sweeps));
    });
  command
    .command('confirm <registry>')
    .summary('believe that its images are gone')
    .description(
      'Orders that the images which a held sweep found gone are said to be deleted. It holds for as many as ' +
        'were found; where more are gone by then, it is asked again.',
    )
    .addOption(whyOption())
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay sweep confirm myreg.azurecr.io --why 'emptied on purpose'`,
    )
    .action(async (registry: string, { why, data, json }: OrderOptions) => {
      const { api } = await connectToRunning(shell, dataOf(shell, data), needsSuite);
      const sweep = await api.confirmSweep(registry, why);
      if (json) return shell.terminal.json(sweep);
      shell.terminal.result(
        sweep.state !== 'confirmed'
          ? `${sweep.loginServer} has been swept.`
          : `Ordered: up to ${sweep.gone} of ${sweep.known} images of ${sweep.loginServer} are said to be ` +
              'deleted with its next sweep, within moments.',
      );
    });
};

const sweepsText = ({ width, colors }: Pick<Terminal, 'width' | 'colors'>, sweeps: readonly SweepAnswer[]): string => {
  if (sweeps.length === 0) return 'No registry is watched.';
  const rows = sweeps.map((sweep) => [
    sweep.loginServer,
    stateText(sweep, colors),
    sweep.gone === undefined ? '' : `${sweep.gone} of ${sweep.known}`,
    needsDetails(sweep) ? (sweep.since?.slice(0, 19).replace('T', ' ') ?? '') : '',
    needsDetails(sweep) ? outcomeText(sweep) : '',
  ]);
  const laid = table(
    [{ title: 'REGISTRY' }, { title: 'SWEEP' }, { title: 'GONE' }, { title: 'SINCE' }, { title: 'SAID', grows: true }],
    rows,
    width,
    colors.dim,
  );
  const held = sweeps.filter(({ state }) => state === 'held').map(({ loginServer }) => heldText(loginServer));
  return [laid, ...held].join('\n');
};

const stateText = ({ state }: SweepAnswer, colors: Terminal['colors']): string =>
  state === 'held' || state === 'failed' ? colors.red(state) : state === 'unknown' ? 'not swept yet' : state;

/** A successful sweep is listed without time and reason. */
const needsDetails = ({ outcome }: SweepAnswer): boolean => outcome !== 'reached';

const outcomeText = ({ state, outcome, by, why }: SweepAnswer): string => {
  if (why === undefined) return '';
  if (state === 'failed') return oneLine(why);
  return oneLine(`${outcome === undefined ? '' : `${outcome}: `}${why} (${by})`);
};

const heldText = (loginServer: string): string =>
  oneLine(
    `${loginServer}: none of these images is said to be deleted. See whether it was restored empty, or is ` +
      'another one; once it is back nothing need be done. Where they are gone indeed: assay sweep confirm ' +
      `${loginServer} --why …`,
  );
