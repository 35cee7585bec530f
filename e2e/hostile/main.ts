import { driversHere } from '../../apps/sandbox-runner/test/sandboxes.ts';
import { runIn, type Line } from './run.ts';
import { answers } from './inputs/answers.ts';
import { layers } from './inputs/layers.ts';

const say = (line: string): void => { process.stdout.write(`${line}\n`); };
const lines: Line[] = [];

/** One line per input: where, what, what happened, how long it took. */
const tell = (line: Line): void => {
  lines.push(line);
  const { driver, row, what, source, held, happened, ms } = line;
  say(`${held ? 'held  ' : 'BROKEN'}  ${driver.padEnd(10)}  ${row.padEnd(6)}  ${`${(ms / 1000).toFixed(1)} s`.padStart(7)}  ${what}${source === undefined ? '' : ` (${source})`}: ${happened.replaceAll(/\s+/g, ' ')}`);
};

const began = performance.now();
for (const driver of driversHere) await runIn({ driver }, { patient: [], groups: [answers, layers], tell });

const broken = lines.filter(({ held }) => !held);
say(`${lines.length - broken.length} held, ${broken.length} did not, in ${((performance.now() - began) / 1000).toFixed(0)} s`);
process.exitCode = broken.length === 0 ? 0 : 1;
