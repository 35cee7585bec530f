import 'reflect-metadata';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { runDemo } from '../../apps/assay/dist/demo/run.js';
import { agreementOn } from './agreement.ts';
import { faultsOf, isExact, tried, type FaultRow } from './faults.ts';
import { answersOf } from './panels.ts';
import { withPast } from './past.ts';
import { pictures } from './pictures.ts';
import { countsByEvents, countsByMetrics } from './pushes.ts';
import { shortenedRules } from './shortened.ts';
import { Alerting, Victoria } from './victoria.ts';
import { hourMs, BoardsWorld } from './world.ts';

const help = `npm run test:boards [-- --only fault|panels|agreement] [--faults <pattern>] [--pictures] [--keep]

Runs the demonstration and the past of e2e/past with their metrics in a real VictoriaMetrics on this machine:

  panels     every query of ops/grafana and ops/vmui gives data, or is on a list with its reason
  counts     pushes, those in time and the bucket of their p99: equal by metrics and by events
  fault      each fault gives exactly its alerts, by ops/prometheus/rules.yml sixty times faster
  agreement  assay doctor, the page Operations and the boards agree on three faults at once

--pictures writes docs/boards/*.png. VictoriaMetrics is built by Go once.`;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    faults: { type: 'string', default: '' },
    pictures: { type: 'boolean' },
    keep: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});
if (values.help) {
  console.log(help);
  process.exit(0);
}
const wants = (part: string): boolean => values.only === undefined || values.only === part;

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'assay-boards-'));
const problems: string[] = [];
const began = new Date();
const step = (line: string): void => {
  console.log(`${String(Math.round((Date.now() - began.getTime()) / 1000)).padStart(4)} s  ${line}`);
};

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const shown = new Table({ head: [...head], style: { head: [], border: [] } });
  shown.push(...rows.map((row) => [...row]));
  return shown.toString();
};

const faultTable = (rows: readonly FaultRow[]): string =>
  table(
    ['fault', 'alerts that it gives', ''],
    rows.map((row) => [
      row.fault,
      (isExact(row)
        ? row.expected
        : [
            ...row.fired.map((alert) => (row.expected.includes(alert) ? alert : `+ ${alert}`)),
            ...row.expected.filter((alert) => !row.fired.includes(alert)).map((alert) => `- ${alert}`),
          ]
      ).join('\n') || 'none',
      isExact(row) ? 'ok' : 'differs',
    ]),
  );

const victoria = await Victoria.start(join(folder, 'victoria'), join(root, 'ops/vmui'));
const closing: (() => Promise<unknown>)[] = [() => victoria.stop()];
const closeAll = async (): Promise<void> => {
  for (const close of closing.splice(0)) await close().catch((error: unknown) => console.error(error));
  if (values.keep) console.log(folder);
  else rmSync(folder, { recursive: true, force: true });
};
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void closeAll().finally(() => process.exit(130)));
try {
  if (wants('panels')) {
    step('the past of 90 days');
    await withPast(victoria.otlp);
  }
  step('six processes with Kafka and Redis');
  const worldBegan = new Date();
  const world = await BoardsWorld.start(join(folder, 'world'), victoria.otlp);
  closing.unshift(() => world.close());
  // Before the first push: no image rests on the database of the demonstration.
  await world.importDatabase(hourMs);
  step('the demonstration');
  await runDemo(world.suite, () => undefined);
  await world.settled();
  // Twice: a rate needs two values.
  for (let turn = 0; turn < 2; turn += 1) {
    await world.use();
    await pause(2_000);
  }
  const rules = join(folder, 'rules.yml');
  writeFileSync(rules, shortenedRules(readFileSync(join(root, 'ops/prometheus/rules.yml'), 'utf8')));
  const alerting = await Alerting.start(join(folder, 'vmalert'), rules, victoria);
  closing.unshift(() => alerting.stop());

  const rows: FaultRow[] = [];
  if (wants('fault'))
    for (const fault of faultsOf(world).filter(({ name }) => new RegExp(values.faults).test(name))) {
      step(`fault: ${fault.name}`);
      rows.push(await tried(fault, alerting));
      console.log(faultTable(rows.slice(-1)));
    }
  await alerting.sound();
  for (const row of rows.filter((each) => !isExact(each))) problems.push(`fault: ${row.fault}`);

  if (wants('agreement')) {
    step('three faults at once, by three places');
    const { agree, shown } = await agreementOn(world, victoria);
    console.log(
      table(
        ['place', 'dead', 'database', 'parked'],
        shown.map(({ place, dead, databaseDays, parked }) => [
          place,
          dead.join(', '),
          `${databaseDays} days`,
          parked.join(', '),
        ]),
      ),
    );
    if (!agree) problems.push('doctor, the page Operations and the boards do not agree');
  }

  step('counts');
  await world.settled();
  const [byMetrics, byEvents] = [await countsByMetrics(victoria, worldBegan), await countsByEvents(world.log)];
  console.log(
    table(
      ['', 'by metrics', 'by events'],
      (['pushes', 'inTime', 'p99'] as const).map((what) => [what, String(byMetrics[what]), String(byEvents[what])]),
    ),
  );
  if (JSON.stringify(byMetrics) !== JSON.stringify(byEvents)) problems.push('metrics and events count differently');

  if (wants('panels')) {
    step('panels');
    const answers = await answersOf(victoria, began, new Date());
    const empty = answers.filter(({ series, reason }) => series === 0 && reason === undefined);
    const filled = answers.filter(({ series, reason }) => series > 0 && reason !== undefined);
    for (const { board, panel, promql } of empty) problems.push(`${board}, ${panel} is empty: ${promql}`);
    for (const { board, panel } of filled)
      problems.push(`${board}, ${panel} is on the list of empty panels and is not`);
    console.log(`${answers.length} queries, ${answers.length - empty.length} as expected`);
  }
  if (values.pictures) {
    step('pictures');
    const minutes = Math.max(5, Math.ceil((Date.now() - began.getTime()) / 60_000));
    for (const file of await pictures(victoria, join(root, 'docs/boards'), minutes)) console.log(file);
  }
  if (rows.length > 0) console.log(faultTable(rows));
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
} finally {
  await closeAll();
}
