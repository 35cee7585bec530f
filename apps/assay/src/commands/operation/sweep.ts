import type { Command } from 'commander';
import type { SweepAnswer } from '../../client/answers.ts';
import { connectToRunning } from '../../client/connection.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../../shell.ts';
import { oneLine } from '../../terminal/colors.ts';
import { table } from '../../terminal/table.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { whyOption } from '../options.ts';

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
    .summary('list the sweeps of registries, or confirm one')
    .description(
      'A sweep reads a whole registry, and so finds pushes and deletions whose notification was lost. ' +
        'It is held if it finds more images gone than is plausible (ASSAY_SWEEP_DELETES_PERCENT), and marks none ' +
        'of them as deleted: the registry may be restored empty, or be another one. Up to five missing images ' +
        'are plausible if as many are left. A held sweep ends by itself once the images are back. So are closings ' +
        'of recommendations on images without a tag, if they are more than a fifth of what is open: untagged-3 ' +
        'is that of partition 3.',
    );
  command
    .command('list', { isDefault: true })
    .summary('list the sweeps')
    .description('Lists the registries, the sweeps that failed, and the sweeps that are held.')
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
    .summary('confirm that the missing images or tags are gone')
    .description(
      'Orders that the missing images of a held sweep are marked as deleted. The order covers as many images ' +
        'as the sweep missed; if more are gone by then, the sweep is held again. For untagged-3, or untagged for ' +
        'all partitions, it orders that the recommendations are closed.',
    )
    .addOption(whyOption())
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay sweep confirm myreg.azurecr.io --why 'emptied on purpose'
  assay sweep confirm untagged --why 'old tags were removed'`,
    )
    .action(async (registry: string, { why, data, json }: OrderOptions) => {
      const { api } = await connectToRunning(shell, dataOf(shell, data), needsSuite);
      if (registry !== 'untagged') {
        const sweep = await api.confirmSweep(registry, why);
        return json ? shell.terminal.json(sweep) : shell.terminal.result(orderedText(sweep));
      }
      const held = (await api.sweeps()).filter((each) => isClosings(each) && each.state === 'held');
      const sweeps: SweepAnswer[] = [];
      for (const { loginServer } of held) sweeps.push(await api.confirmSweep(loginServer, why));
      if (json) return shell.terminal.json({ sweeps });
      shell.terminal.result(sweeps.map(orderedText).join('\n') || 'No closings for want of a tag are held.');
    });
};

/** True for what a partition would close for want of a tag. */
const isClosings = ({ loginServer }: Pick<SweepAnswer, 'loginServer'>): boolean => /^untagged-\d+$/.test(loginServer);

const orderedText = (sweep: SweepAnswer): string => {
  const { loginServer, state, gone, known } = sweep;
  if (state !== 'confirmed') return `${loginServer} was ${isClosings(sweep) ? 'closed' : 'swept'}.`;
  return isClosings(sweep)
    ? `Ordered: up to ${gone} of ${known} open recommendations of ${loginServer} are closed, each after its days.`
    : `Ordered: the next sweep, within moments, marks up to ${gone} of ${known} images of ${loginServer} as deleted.`;
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
    [
      { title: 'REGISTRY' },
      { title: 'SWEEP' },
      { title: 'GONE' },
      { title: 'SINCE' },
      { title: 'REASON', grows: true },
    ],
    rows,
    width,
    colors.dim,
  );
  const held = sweeps.filter(({ state }) => state === 'held').map(heldText);
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

const heldText = ({ loginServer }: SweepAnswer): string =>
  oneLine(
    isClosings({ loginServer })
      ? `${loginServer}: none of these recommendations is closed. Check whether the tags were ` +
          'removed by mistake. Once they are back, nothing is to be done. If they are meant to be gone: assay sweep ' +
          `confirm ${loginServer} --why …`
      : `${loginServer}: none of these images is marked as deleted. Check whether the registry was restored empty, ` +
          'or is another one. Once the images are back, nothing is to be done. If they are really gone: assay sweep ' +
          `confirm ${loginServer} --why …`,
  );
