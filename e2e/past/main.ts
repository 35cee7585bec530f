// Sets the time, so it comes before everything else.
import { clock } from './clock.ts';
import 'reflect-metadata';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { dayMs } from './catalogue.ts';
import { KeptPast } from './kept.ts';
import { Maker } from './maker.ts';
import { portsOf } from './ports.ts';
import { freePorts, readRecord, writeRecord, type PastRecord } from './record.ts';
import { lastHour, PastStory } from './story.ts';
import { startPast } from './suite.ts';

const help = `npx node e2e/past/main.ts <folder> [--seed N] [--now ISO]   makes a past of 90 days in a new data folder
npx node e2e/past/main.ts <folder> --up [--port N] [--json]   runs the suite on it, until Ctrl-C

The past ends now, or at --now. The same seed and time make the same past, but for the ids that are drawn.

Tests that follow each other share what was made before:
  --ports N   the Nth set of ports for its registries. All but the last hour of the past is kept for the next one
              of the same inputs, set and day
  --fresh     makes it although one is kept, and keeps none`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    now: { type: 'string' },
    up: { type: 'boolean' },
    port: { type: 'string', default: '7070' },
    json: { type: 'boolean' },
    ports: { type: 'string' },
    fresh: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});
const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const [given] = positionals;
if (given === undefined || values.help) {
  print(help);
  process.exit(values.help ? 0 : 2);
}
const folder = resolve(given);

/** A folder for the making: in memory, if there is some, because every step waits for the disk. */
const workshop = (): string => {
  for (const place of ['/dev/shm', tmpdir()])
    try {
      return mkdtempSync(join(place, 'assay-past-'));
    } catch {
      continue;
    }
  throw new Error('there is no place for temporary files');
};

const hourMs = 3_600_000;

/** The midnight before the last hour of a past. */
const dayOf = (end: number): number => Math.floor((end - hourMs) / dayMs) * dayMs;

/** Makes all but the last hour. */
const makeDays = async (made: string, record: PastRecord): Promise<void> => {
  const today = Date.parse(record.today);
  clock.set(today - 90 * dayMs);
  writeRecord(made, record);
  const maker = await Maker.open({ folder: made, record });
  const seen = new Set<number>();
  await new PastStory(maker, record.seed, today).unfold((day) => {
    if (process.stderr.isTTY && !seen.has(day)) process.stderr.write(`\r${String(-day).padStart(3)} days ago `);
    seen.add(day);
  });
  await maker.close();
};

const make = async (): Promise<void> => {
  const began = performance.now();
  mkdirSync(folder, { recursive: true });
  if (readdirSync(folder).length > 0) {
    process.stderr.write(`${folder} is not empty: a past is made in a new folder\n`);
    process.exit(2);
  }
  const end = values.now === undefined ? Date.now() : Date.parse(values.now);
  const record: PastRecord = {
    seed: Number(values.seed),
    today: new Date(dayOf(end)).toISOString(),
    end: new Date(end).toISOString(),
    ports: values.ports === undefined ? await freePorts() : portsOf(Number(values.ports)),
  };
  const made = workshop();
  process.once('exit', () => rmSync(made, { recursive: true, force: true }));
  const kept = values.ports === undefined || values.fresh ? undefined : new KeptPast(record);
  if (!kept?.copyTo(made)) {
    await makeDays(made, record);
    kept?.keep(made);
  }
  clock.set(Date.parse(record.today) + 60_000);
  // The days took minutes: what is on its way at the end must not be over when the past is opened.
  const last = values.now === undefined ? end + Math.round(performance.now() - began) : end;
  const ended: PastRecord = { ...record, end: new Date(last).toISOString() };
  writeRecord(made, ended);
  const maker = await Maker.open({ folder: made, record: ended, isLastHour: true });
  await lastHour(maker, last);
  const databases = await maker.announced();
  await maker.close();
  cpSync(made, folder, { recursive: true });
  if (process.stderr.isTTY) process.stderr.write('\r');
  const seconds = Math.round((performance.now() - began) / 1000);
  print(
    [
      `A past of 90 days until ${ended.end}, in ${folder}, made in ${seconds} s (${databases} announcements).`,
      '',
      'Open it, with the scanner of the past:',
      `  npx node e2e/past/main.ts ${given} --up`,
      '`npx assay up` has another scanner, which assesses every image again.',
    ].join('\n'),
  );
};

const up = async (): Promise<void> => {
  const settings = (prefix: string): Record<string, string> =>
    Object.fromEntries(
      Object.entries(process.env).flatMap(([name, value]) =>
        name.startsWith(prefix) && value !== undefined ? [[name, value]] : [],
      ),
    );
  const { suite, close } = await startPast({
    folder,
    record: readRecord(folder),
    env: settings('ASSAY_'),
    telemetryEnv: settings('OTEL_'),
    port: Number(values.port),
  });
  const { url, token } = suite.endpoint;
  if (values.json) print(JSON.stringify(suite.endpoint));
  else
    print(
      [`Portal  ${url}/portal/#token=${token}`, `API     ${url}`, `Token   ${token}`, '', 'Ctrl-C stops it.'].join(
        '\n',
      ),
    );
  await new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done());
  });
  await close();
};

await (values.up ? up() : make());
