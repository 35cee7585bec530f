// Measures what the product promises. Each figure has a target, or a baseline of the same run, beside it.
import 'reflect-metadata';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { measureDistributed } from './distributed.ts';
import { measureLean, type LeanFigures } from './lean/measure.ts';
import { rowsOf } from './lean/rows.ts';
import { measureKafka, measureRebuild } from './kafka.ts';
import { measureProcess } from './process.ts';
import { measurePushes } from './pushes.ts';
import { measureQueries } from './queries.ts';
import { measurePreviews } from './previews.ts';
import { measureReads } from './reads.ts';
import { measureRematch, type RematchFigures } from './rematch.ts';
import { measureScans } from './scans.ts';
import { measureWitness } from './witness.ts';
import { measureSeals } from './seals.ts';
import { measureServices } from './services.ts';
import { print, type BenchRow } from './setting.ts';
import { measureWire } from './wire.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    quick: { type: 'boolean' },
    full: { type: 'boolean' },
    only: { type: 'string' },
    findings: { type: 'string' },
    images: { type: 'string' },
    kafka: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});
if (values.help) {
  console.log(
    'npm run bench -- [--quick] [--full] [--only ' +
      'process,scans,witness,pushes,reads,previews,services,wire,seals,queries,estate,rematch,kafka,rebuild,' +
      'distributed] ' +
      '[--findings N] [--images N] [--kafka] [--json]\n\nPrints each ' +
      'figure with its target. Figures of a busy machine are high: run it alone.\nkafka, rebuild and ' +
      'distributed start Kafka and Redis. estate makes an estate of --findings findings (100,000),\n' +
      'and with --kafka also writes its log to a Kafka that it starts, for the bytes of its segments.\n' +
      'rematch announces a newer database to --images images (200), which the scanner in the sandbox matches.\n' +
      '--full rebuilds from 1 M events instead of 200,000.',
  );
  process.exit(0);
}
const some = values.quick ? 0.2 : 1;
const estateFindings = Number(values.findings ?? 100_000 * some);
if (!Number.isInteger(estateFindings) || estateFindings < 1) {
  console.error(`--findings is a number of findings, not '${values.findings}'`);
  process.exit(2);
}
const rematchImages = Number(values.images ?? 200 * some);
if (!Number.isInteger(rematchImages) || rematchImages < 1) {
  console.error(`--images is a number of images, not '${values.images}'`);
  process.exit(2);
}
let figures: LeanFigures | RematchFigures | undefined;
const parts: Readonly<Record<string, () => Promise<BenchRow[]>>> = {
  process: () => measureProcess(Math.ceil(5 * some)),
  scans: () => measureScans(Math.ceil(15 * some)),
  witness: () => measureWitness(Math.ceil(9 * some)),
  pushes: () => measurePushes(Math.ceil(50 * some)),
  reads: () => measureReads(Math.ceil(1_000_000 * some), Math.ceil(40 * some)),
  previews: () => measurePreviews(Math.ceil(1_000_000 * some), Math.ceil(40 * some)),
  services: () => measureServices(Math.ceil(40 * some) * 500),
  wire: () => measureWire(Math.ceil(100_000 * some), Math.ceil(20 * some)),
  seals: () => measureSeals(Math.ceil(2000 * some) * 500),
  queries: () => measureQueries(Math.ceil(1_000_000 * some)),
  estate: async () => {
    const measured = await measureLean({ findings: estateFindings, withKafka: values.kafka ?? false });
    figures = measured;
    return rowsOf(measured);
  },
  rematch: async () => {
    const measured = await measureRematch(rematchImages);
    figures = measured.figures;
    return measured.rows;
  },
  kafka: () => measureKafka(Math.ceil(400 * some) * 500),
  distributed: () => measureDistributed(Math.ceil(150 * some)),
  rebuild: () => measureRebuild(values.full ? 1_000_000 : Math.ceil(200_000 * some)),
};
const wanted = values.only?.split(',') ?? Object.keys(parts);
for (const name of wanted)
  if (!parts[name]) {
    console.error(`there is no part '${name}': ${Object.keys(parts).join(', ')}`);
    process.exit(2);
  }
const rows: BenchRow[] = [];
const failed: string[] = [];
for (const name of wanted) {
  print(`measuring ${name} …`);
  try {
    rows.push(...(await parts[name]!()));
  } catch (error) {
    print(`${name} could not be measured: ${error instanceof Error ? error.stack : String(error)}`);
    failed.push(name);
  }
}

const shown = (value: number): string => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1));
// The figures of a re-match alone are one line.
if (values.json && wanted.join() !== 'rematch')
  console.log(JSON.stringify({ node: process.version, rows, failed }, null, 2));
else if (!values.json) {
  const table = new Table({
    head: ['what', 'measured', 'target', 'measured / target', ''],
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'right', 'right', 'left'],
  });
  for (const { what, measured, unit, target, more, note } of rows) {
    table.push([
      what,
      `${shown(measured)} ${unit}`,
      target === undefined ? '' : `${more ? '>=' : '<='} ${shown(target)} ${unit}`,
      target === undefined ? '' : (measured / target).toFixed(2),
      note ?? '',
    ]);
  }
  console.log(table.toString());
}
if (values.json && figures) console.log(JSON.stringify(figures));
if (failed.length > 0) print(`not measured: ${failed.join(', ')}`);
process.exit(failed.length > 0 ? 1 : 0);
