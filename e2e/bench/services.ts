import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { canonical, type AnyEvent, type Finding } from '@assay/events';
import { EmbeddedStore, FolderBlobs, rebuild, silent, type RunningService, type Service } from '@assay/event-sourcing';
import { EmbeddedLog, type EventLog } from '@assay/messaging';
import { startTelemetry, type Telemetry } from '@assay/telemetry';
import { billing } from '@assay/billing';
import { classifier } from '@assay/classifier';
import { recommendation } from '@assay/recommendation';
import { deciding, held } from './deciding.ts';
import { configure, example, withFindings, fed, feed, emittedBy, type Fed } from './fed.ts';
import { print, temporary, type BenchRow } from './setting.ts';

interface Case extends Fed {
  readonly counted: string;
  readonly each: number;
  readonly what: string;
  readonly target?: number;
  /** Waits for work of the service beyond the events that it emits. */
  readonly until?: (running: RunningService) => Promise<void>;
}

const manyFindings = (count: number): object => {
  const [finding] = (example('scan.completed') as { findings: Finding[] }).findings;
  return withFindings(
    'scan.completed',
    canonical(Array.from({ length: count }, (_, n) => ({ ...finding!, vulnerability: `CVE-2026-${n}` }))),
  );
};

const decides = { counted: 'events', each: 1, what: 'hears, decides and says, one core' } as const;

const cases: readonly Case[] = fed.flatMap((each): Case[] => {
  const decided: Case = { ...each, ...decides, target: 10_000 };
  if (each.service === recommendation)
    return [
      { ...decided, service: deciding },
      { ...each, ...decides, what: 'does the same and has it all in its read model, one core', until: held },
    ];
  if (each.service === classifier)
    return [decided, { ...each, data: manyFindings(100), ...decides, counted: 'findings', each: 100 }];
  return [decided];
});

/** The cost of appending the input events. It is the bench's own, so it is subtracted. */
const produced = async (receives: AnyEvent['topic'], data: object, count: number): Promise<number> => {
  const log = new EmbeddedLog(join(temporary('producer'), 'log.db'));
  const began = process.cpuUsage();
  await feed(log, { receives, data }, 0, count);
  const { user, system } = process.cpuUsage(began);
  await log.close();
  return (user + system) / 1e6;
};

/** The fastest pass counts: other load on the machine can slow the processor by half or more. */
const passes = 3;

/**
 * Measures one service alone: how fast it consumes, decides, commits and emits, in processor time. The first pass does
 * not count, because it runs code that is not compiled yet.
 */
const measured = async (
  { service, receives, data, counted, each, until }: Case,
  count: number,
  telemetry: Telemetry,
): Promise<{ rate: number; log: EventLog; folder: string }> => {
  const folder = temporary(service.name);
  const log = new EmbeddedLog(join(folder, 'log.db'));
  const store = new EmbeddedStore(join(folder, 'store.db'));
  await configure(log);
  let parked = 0;
  const running = await service.start({
    log,
    store,
    blobs: new FolderBlobs(folder),
    telemetry,
    observer: { ...silent, parked: () => (parked += 1) },
    env: {},
    folder,
    home: folder,
    progress: () => undefined,
    fatal: () => undefined,
  });
  const empty = await emittedBy(log, service);
  const pass = async (number: number): Promise<number> => {
    const began = process.cpuUsage();
    await feed(log, { receives, data }, number * count, count);
    while ((await emittedBy(log, service)) - empty < (number + 1) * count) {
      if (parked > 0) throw new Error(`${service.name} parked ${parked} of these events: they are not valid any more`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await until?.(running);
    const { user, system } = process.cpuUsage(began);
    return (user + system) / 1e6;
  };
  await pass(0);
  let seconds = Infinity;
  for (let number = 1; number <= passes; number += 1) {
    const producing = await produced(receives, data, count);
    seconds = Math.min(seconds, (await pass(number)) - producing);
  }
  await running.close();
  await store.close();
  print(
    `${service.name}: ${count} ${counted === 'events' ? 'events' : `x ${each} ${counted}`} in ` +
      `${seconds.toFixed(2)} s of one core`,
  );
  return { rate: (count * each) / seconds, log, folder };
};

/** Writes rows of the same size by hand, with the same guarantees: the speed of SQLite alone on this machine. */
const baseline = (count: number): number => {
  const database = new DatabaseSync(join(temporary('baseline'), 'rows.db'));
  database.exec(
    'pragma journal_mode = wal; pragma synchronous = full; create table rows (a text, b integer, c ' +
      'integer, value text, primary key (a, b, c)) without rowid',
  );
  const insert = database.prepare('insert into rows values (?, ?, ?, ?)');
  const value = JSON.stringify(example('image.pushed'));
  const began = process.cpuUsage();
  for (let n = 0; n < count; n += 500) {
    database.exec('begin');
    for (let k = 0; k < 500; k += 1) insert.run('topic', (n + k) % 12, n + k, value);
    database.exec('commit');
  }
  const { user, system } = process.cpuUsage(began);
  database.close();
  return count / ((user + system) / 1e6);
};

export const measureServices = async (count: number): Promise<BenchRow[]> => {
  const telemetry = await startTelemetry({ version: 'bench', env: {} });
  const rows: BenchRow[] = [];
  const bare = Math.max(...Array.from({ length: passes }, () => baseline(count)));
  rows.push({
    what: 'rows of 1 KB inserted into SQLite by hand, one core',
    measured: bare,
    unit: 'rows/s',
    more: true,
    note: 'baseline',
  });
  for (const each of cases) {
    const { rate, log, folder } = await measured(each, Math.ceil(each.each === 1 ? count : count / 20), telemetry);
    rows.push({
      what: `${each.service.name} ${each.what}`,
      measured: rate,
      unit: `${each.counted}/s`,
      more: true,
      ...(each.target ? { target: each.target } : {}),
      note: `${(rate / bare).toFixed(2)} of the baseline`,
    });
    if (each.service === billing) rows.push(await rebuilt(each.service, log, count, telemetry));
    await log.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return rows;
};

/** Fills an empty store from the log without emitting. Each image has two events: one received and one emitted. */
const rebuilt = async (service: Service, log: EventLog, count: number, telemetry: Telemetry): Promise<BenchRow> => {
  const store = new EmbeddedStore(join(temporary('rebuild'), 'store.db'));
  const began = performance.now();
  await rebuild(service.decider, { log, store, tracer: telemetry.tracer('bench') });
  const seconds = (performance.now() - began) / 1000;
  await store.close();
  const events = 2 * count * (passes + 1);
  return {
    what: `rebuild of ${service.name} from ${events} events, for 1 M events`,
    measured: (seconds * 1e6) / events,
    unit: 's',
    target: 120,
    note: `${Math.round(events / seconds)} events/s`,
  };
};
