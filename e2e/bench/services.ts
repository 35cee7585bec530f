import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { definitions, saidByWorker, type AnyEvent } from '@assay/events';
import { EmbeddedStore, FolderBlobs, rebuild, silent, type Service } from '@assay/event-sourcing';
import { EmbeddedLog, recordOf, type EventLog } from '@assay/messaging';
import { startTelemetry, type Telemetry } from '@assay/telemetry';
import { billing } from '@assay/billing';
import { classifier } from '@assay/classifier';
import { eligibility } from '@assay/eligibility';
import { recommendation } from '@assay/recommendation';
import { say, temporary, type Row } from './setting.ts';

const example = (topic: string): object => definitions.find((definition) => definition.topic === topic)!.examples[1]!;
const digestOf = (n: number): string => `sha256:${n.toString(16).padStart(64, '0')}`;
const eventOf = (topic: AnyEvent['topic'], subject: string, data: object, id: string): AnyEvent => ({ id, source: '/assay/bench', subject, time: '2026-11-24T09:15:02.500Z', correlationid: id, topic, data });

interface Case { readonly service: Service; readonly hears: AnyEvent['topic']; readonly data: object; readonly counted: string; readonly each: number }

const small = { findings: [], packages: [] };
const manyFindings = (count: number): object => ({ ...example('scan.completed'), findings: Array.from({ length: count }, (_, n) => ({ ...(example('scan.completed') as { findings: object[] }).findings[0]!, vulnerability: `CVE-2026-${n}` })) });

const cases: readonly Case[] = [
  { service: eligibility, hears: 'image.pushed', data: example('image.pushed'), counted: 'events', each: 1 },
  { service: classifier, hears: 'scan.completed', data: { ...example('scan.completed'), ...small, packages: [{ name: 'apt', version: '1', type: 'debian', purl: 'pkg:deb/apt@1' }, { name: 'bash', version: '1', type: 'debian', purl: 'pkg:deb/bash@1' }] }, counted: 'events', each: 1 },
  { service: recommendation, hears: 'finding.classified', data: { ...example('finding.classified'), findings: [] }, counted: 'events', each: 1 },
  { service: billing, hears: 'finding.classified', data: { ...example('finding.classified'), findings: [] }, counted: 'events', each: 1 },
  { service: classifier, hears: 'scan.completed', data: manyFindings(100), counted: 'findings', each: 100 },
];

const filled = async (log: EventLog, hears: AnyEvent['topic'], data: object, from: number, count: number): Promise<void> => {
  for (let n = from; n < from + count; n += 500) {
    await log.append(Array.from({ length: Math.min(500, from + count - n) }, (_, k) => recordOf(eventOf(hears, digestOf(n + k), { ...data, digest: digestOf(n + k), scanId: `scan ${n + k}` }, `event ${n + k}`), log.partitions)));
  }
};

const config = async (log: EventLog): Promise<void> => {
  const observed = example('registry.observed') as { registryId: string };
  await log.append([recordOf(eventOf('registry.observed', observed.registryId.toLowerCase(), observed, 'registry'), log.partitions), recordOf(eventOf('plan.changed', 'plan', example('plan.changed'), 'plan'), log.partitions)]);
};

const said = async (log: EventLog, service: Service): Promise<number> => {
  let count = 0;
  for (const topic of saidByWorker(service.name as never)) for (let partition = 0; partition < log.partitions; partition += 1) count += await log.end(topic, partition);
  return count;
};

/** What it costs to append the events that are heard: the bench's own part, which is taken off. */
const produced = async (hears: AnyEvent['topic'], data: object, count: number): Promise<number> => {
  const log = new EmbeddedLog(join(temporary('producer'), 'log.db'));
  const began = process.cpuUsage();
  await filled(log, hears, data, 0, count);
  const { user, system } = process.cpuUsage(began);
  await log.close();
  return (user + system) / 1e6;
};

/** One service alone (recommendation with its read model): how fast it hears, decides, commits and says, by the processor's time. */
const measured = async ({ service, hears, data, counted, each }: Case, count: number, telemetry: Telemetry): Promise<{ rate: number; log: EventLog; folder: string }> => {
  const folder = temporary(service.name);
  const log = new EmbeddedLog(join(folder, 'log.db'));
  const store = new EmbeddedStore(join(folder, 'store.db'));
  await config(log);
  const running = await service.start({ log, store, blobs: new FolderBlobs(folder), telemetry, observer: silent, env: {}, folder, home: folder, progress: () => undefined });
  const empty = await said(log, service);
  await filled(log, hears, data, 0, Math.min(2000, count));
  while (await said(log, service) - empty < Math.min(2000, count)) await new Promise((resolve) => setTimeout(resolve, 2));
  const before = await said(log, service);
  const producing = await produced(hears, data, count);
  const began = process.cpuUsage();
  await filled(log, hears, data, count, count);
  while (await said(log, service) - before < count) await new Promise((resolve) => setTimeout(resolve, 1));
  const { user, system } = process.cpuUsage(began);
  const seconds = (user + system) / 1e6 - producing;
  await running.close();
  await store.close();
  say(`${service.name}: ${count} ${counted === 'events' ? 'events' : `x ${each} ${counted}`} in ${seconds.toFixed(2)} s of one core`);
  return { rate: (count * each) / seconds, log, folder };
};

/** Rows of the same size written by hand with the same guarantees: what SQLite alone does here and now. */
const baseline = (count: number): number => {
  const database = new DatabaseSync(join(temporary('baseline'), 'rows.db'));
  database.exec('pragma journal_mode = wal; pragma synchronous = full; create table rows (a text, b integer, c integer, value text, primary key (a, b, c)) without rowid');
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

export const measureServices = async (count: number): Promise<Row[]> => {
  const telemetry = await startTelemetry({ version: 'bench', env: {} });
  const rows: Row[] = [];
  const bare = baseline(count);
  rows.push({ what: 'rows of 1 KB inserted into SQLite by hand, one core', measured: bare, unit: 'rows/s', more: true, note: 'baseline' });
  for (const each of cases) {
    const events = each.counted === 'events';
    const { rate, log, folder } = await measured(each, events ? count : Math.ceil(count / 20), telemetry);
    rows.push({ what: `${each.service.name} hears, decides and says, one core`, measured: rate, unit: `${each.counted}/s`, more: true, ...(events ? { target: 10_000 } : {}), note: `${(rate / bare).toFixed(2)} of the baseline` });
    if (each.service === billing) rows.push(await rebuilt(each.service, log, count, telemetry));
    await log.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return rows;
};

/** Fills an empty store from the log, mute. Two events an image: one heard and one said. */
const rebuilt = async (service: Service, log: EventLog, count: number, telemetry: Telemetry): Promise<Row> => {
  const store = new EmbeddedStore(join(temporary('rebuild'), 'store.db'));
  const began = performance.now();
  await rebuild(service.program, { log, store, tracer: telemetry.tracer('bench') });
  const seconds = (performance.now() - began) / 1000;
  await store.close();
  const events = 2 * (count + Math.min(2000, count));
  return { what: `rebuild of ${service.name} from ${events} events, for 1 M events`, measured: (seconds * 1e6) / events, unit: 's', target: 120, note: `${Math.round(events / seconds)} events/s` };
};
