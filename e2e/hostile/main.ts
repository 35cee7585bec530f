import { Command, Option } from 'commander';
import { driversHere } from '../../apps/sandbox-runner/test/sandboxes.ts';
import type { Group, Input } from './input.ts';
import { groups, patience } from './inputs/index.ts';
import { takenOver } from './inputs/scanners.ts';
import { runIn, type Line } from './run.ts';

interface Options { readonly driver?: string; readonly only?: string }

const say = (line: string): void => { process.stdout.write(`${line}\n`); };
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** One line: whether it held, where, what it was, what happened and how long it took. */
const lineOf = ({ driver, row, what, source, held, happened, ms }: Line): string =>
  `${held ? 'held  ' : 'BROKEN'}  ${driver.padEnd(10)}  ${row.padEnd(6)}  ${seconds(ms).padStart(7)}  ${what}${source === undefined ? '' : ` (${source})`}: ${happened.replaceAll(/\s+/g, ' ')}`;

const hostile = async ({ driver: one, only = '' }: Options): Promise<void> => {
  const began = performance.now();
  const lines: Line[] = [];
  const tell = (line: Line): void => { lines.push(line); say(lineOf(line)); };
  const chosen = (inputs: readonly Input[]): Input[] => inputs.filter(({ row, what, source }) => new RegExp(only, 'i').test(`${row} ${what} ${source}`));
  const { scanner, group } = await takenOver();
  const fitting = (all: readonly Group[]): Group[] => all.map(({ name, inputs }) => ({ name, inputs: chosen(inputs) })).filter(({ inputs }) => inputs.length > 0);
  for (const driver of one === undefined ? driversHere : [one]) {
    const [patient, images, scanners] = [chosen(patience), fitting(groups), fitting([group])];
    if (patient.length + images.length > 0) await runIn({ driver }, { patient, groups: images, tell });
    if (scanners.length > 0) await runIn({ driver, scanner }, { patient: [], groups: scanners, tell });
  }
  const inputs = lines.filter(({ row }) => row !== '-');
  const broken = lines.filter(({ held }) => !held);
  say(`${lines.length - broken.length} held, ${broken.length} did not: ${inputs.length} inputs, ${inputs.filter(({ row }) => row === 'beyond').length} of them beyond the table, in ${seconds(performance.now() - began)}`);
  process.exitCode = broken.length === 0 ? 0 : 1;
};

await new Command('hostile').description('Sends hostile inputs to a whole suite in each sandbox, and looks at what is left afterwards.')
  .addOption(new Option('--driver <driver>', 'one sandbox driver instead of all that are here').choices(driversHere))
  .option('--only <pattern>', 'inputs whose row, name or source fits')
  .action(hostile).parseAsync();
