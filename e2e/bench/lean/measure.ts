import { randomBytes } from 'node:crypto';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { FolderBlobs } from '@assay/event-sourcing';
import { configTopics, keyedTopics, markType, type AnyEvent, type MarkData } from '@assay/events';
import { recordOf } from '@assay/messaging';
import { View } from '@assay/recommendation';
import { readModelShare } from '@assay/read-model/store/memory';
import type { SnapshotOptions } from '@assay/read-model/snapshots/taker';
import {
  findingPage,
  inOneShape,
  positionOf,
  type FindingPosition,
} from '@assay/recommendation/http/sub-assessments/sub-assessments';
import { example } from '../fed.ts';
import { timedQueries } from '../queries.ts';
import { timedLists } from './lists.ts';
import { diskBytes, print, quantile, temporary } from '../setting.ts';
import { basesOf } from './bases.ts';
import { bytesOf, partsOf, placeOf, type RecordParts } from './files.ts';
import {
  addedFindings,
  databaseOf,
  imagesOf,
  isChanged,
  scanner,
  vulnerabilityOf,
  type DatabaseState,
  type EstateImage,
} from './made.ts';
import { stateRatio } from './growth.ts';
import { pastRoutes } from './past.ts';
import { Segments } from './segments.ts';
import { LeanSuite, registry, stores } from './suite.ts';
import today from './today.json' with { type: 'json' };

/** Bytes of a log, in the units of their names. */
export interface LogFigures {
  logBytesPerFinding: number;
  descriptionBytesPerFinding: number;
  unchangedLogBytesPerImage: number;
  rewordedLogBytesPerImage: number;
  changedLogBytes: { readonly changes: number; readonly bytes: number };
}

/** Figures of one run, in the units of their names. The log is the file of SQLite. */
export interface LeanFigures extends LogFigures {
  findings: number;
  images: number;
  /** The same records in the segments of Kafka, if the run measured it. */
  kafka?: LogFigures;
  storeBytesPerFinding: number;
  stateRatio: number;
  readModelBytesPerFinding: number;
  pageP95Ms: number;
  queriesP95Ms: Record<string, number>;
  pastP95Ms: Record<string, number>;
  listsP95Ms: Record<string, number>;
  rssMb: number;
  /** All files of the run at the same time, at most: log, stores, read model, its snapshot and copies. */
  diskMb: number;
  fillPerSecond: number;
  snapshotReadyMs: number;
  ruleInForceMs: { readonly meetsNothing: number; readonly meetsSome: number };
  /** The build before facts were published once, measured in the same way. */
  today: typeof today;
}

const secondsOf = (ms: number): string => (ms / 1000).toFixed(1);

let numbered = 0;
const eventOf = (topic: AnyEvent['topic'], subject: string, data: object): AnyEvent => {
  numbered += 1;
  const id = `estate-${numbered}`;
  return { id, source: '/assay/bench', subject, time: new Date().toISOString(), correlationid: id, topic, data };
};

const put = async (suite: LeanSuite, events: readonly AnyEvent[]): Promise<void> => {
  for (let n = 0; n < events.length; n += 500)
    await suite.log.append(events.slice(n, n + 500).map((event) => recordOf(event, suite.log.partitions)));
};

const announce = (suite: LeanSuite, state: DatabaseState): Promise<void> =>
  put(suite, [
    eventOf('advisories.updated', scanner.name, {
      scanner: scanner.name,
      database: databaseOf(state),
      program: scanner,
    }),
  ]);

const pushOf = (digest: string, repository: string): AnyEvent =>
  eventOf('image.pushed', digest, {
    ...example('image.pushed'),
    ...registry,
    repository,
    digest,
    pushId: `push ${repository}`,
    pushedAt: new Date().toISOString(),
    receivedAt: new Date().toISOString(),
  });

const reportEveryMs = 30_000;

/** Waits until something is done, and reports how far it is. @returns ms */
const until = async (
  what: string,
  isDone: () => Promise<boolean>,
  progress: () => Promise<string> = async () => '',
): Promise<number> => {
  const began = performance.now();
  let reported = began;
  while (!(await isDone())) {
    await pause(20);
    if (performance.now() - reported < reportEveryMs) continue;
    reported = performance.now();
    print(`  ${what}: ${secondsOf(reported - began)} s … ${await progress()}`);
  }
  return performance.now() - began;
};

const classifications = 'finding.classified';

const endsOf = ({ log }: LeanSuite): Promise<number[]> =>
  Promise.all(Array.from({ length: log.partitions }, (_, partition) => log.end(classifications, partition)));

/**
 * Looks whether every partition has a mark of the database behind these offsets. Each call reads only what is new since
 * the last one.
 */
const marksOf = (suite: LeanSuite, state: DatabaseState, since: readonly number[]): (() => Promise<boolean>) => {
  const { digest } = databaseOf(state);
  const next = new Map(since.entries());
  return async () => {
    for (const [partition, from] of next) {
      const end = await suite.log.end(classifications, partition);
      let isMarked = false;
      for await (const { records } of suite.log.read(classifications, partition, from, end))
        for (const record of records.filter(({ headers }) => headers['ce_type'] === markType))
          isMarked ||= (JSON.parse(record.value) as MarkData).database.digest === digest;
      if (isMarked) next.delete(partition);
      else next.set(partition, end);
    }
    return next.size === 0;
  };
};

const placementsOf = (images: readonly EstateImage[]): number =>
  images.reduce((sum, { repositories }) => sum + repositories.length, 0);

/** Bytes of a log by where it lies. */
interface LogBytes {
  readonly sqlite: number;
  /** Undefined if the run has no Kafka. */
  readonly kafka: number | undefined;
}

const scaled = ({ sqlite, kafka }: LogBytes, by: number): LogBytes => ({
  sqlite: sqlite * by,
  kafka: kafka === undefined ? undefined : kafka * by,
});

const less = (all: LogBytes, part: LogBytes): LogBytes => ({
  sqlite: all.sqlite - part.sqlite,
  kafka: all.kafka === undefined ? undefined : all.kafka - part.kafka!,
});

const markedTopics = ['scan.completed', 'finding.classified'] as const;

/** Measures the log of a suite. */
class LogMeter {
  readonly #suite: LeanSuite;
  readonly #segments: Segments | undefined;

  constructor(suite: LeanSuite, segments: Segments | undefined) {
    this.#suite = suite;
    this.#segments = segments;
  }

  get #file(): string {
    return join(this.#suite.folder, 'log.db');
  }

  async bytes(): Promise<LogBytes> {
    await this.#segments?.take(this.#suite.log);
    return { sqlite: bytesOf(this.#file), kafka: this.#segments?.bytes() };
  }

  /** The next offset of each partition, by `<topic>/<partition>`. */
  async ends(): Promise<ReadonlyMap<string, number>> {
    const { log } = this.#suite;
    const ends = new Map<string, number>();
    for (const topic of [...keyedTopics, ...configTopics])
      for (let partition = 0; partition < log.partitions; partition += 1)
        ends.set(`${topic}/${partition}`, await log.end(topic, partition));
    return ends;
  }

  /** The parts of what the log gained since then. */
  async gained(since: ReadonlyMap<string, number>): Promise<RecordParts> {
    const { log } = this.#suite;
    const marks = new Set<string>();
    for (const topic of markedTopics)
      for (let partition = 0; partition < log.partitions; partition += 1) {
        const from = since.get(`${topic}/${partition}`) ?? 0;
        for await (const { records } of log.read(topic, partition, from, await log.end(topic, partition)))
          for (const { headers, offset } of records)
            if (headers['ce_type'] === markType) marks.add(placeOf(topic, partition, offset));
      }
    return partsOf(this.#file, since, marks);
  }

  /** The part of all bytes that the descriptions of vulnerabilities take. */
  descriptions({ sqlite }: LogBytes): LogBytes {
    return {
      sqlite: sqlite * partsOf(this.#file).descriptions,
      kafka: this.#segments?.bytes((topic) => topic === 'vulnerability.described'),
    };
  }
}

/** Assesses the whole estate with another database, and gives the bytes that it added to the log. */
const reassessed = async (suite: LeanSuite, meter: LogMeter, state: DatabaseState): Promise<LogBytes> => {
  const [before, since] = [await meter.bytes(), await endsOf(suite)];
  await suite.scanWith(state);
  await announce(suite, state);
  const ms = await until(state, marksOf(suite, state, since));
  print(`  ${state}: ${secondsOf(ms)} s`);
  return less(await meter.bytes(), before);
};

/** Bytes that three databases add to the log. */
type Reassessed = Readonly<Record<'unchanged' | 'reworded' | 'changed', LogBytes>>;

/** Beyond this number of findings the estate is assessed once more instead of three times. */
export const mostInTurn = 2_000_000;

const inTurn = async (suite: LeanSuite, meter: LogMeter): Promise<Reassessed> => ({
  unchanged: await reassessed(suite, meter, 'unchanged'),
  reworded: await reassessed(suite, meter, 'reworded'),
  changed: await reassessed(suite, meter, 'changed'),
});

/**
 * Assesses the estate with one database that rewords and changes. Its records are divided: marks are published for
 * every database, descriptions by what is reworded, and all else by what changes.
 */
const atOnce = async (suite: LeanSuite, meter: LogMeter): Promise<Reassessed> => {
  const before = await meter.ends();
  const all = await reassessed(suite, meter, 'changed');
  const parts = await meter.gained(before);
  return {
    unchanged: scaled(all, parts.marks),
    reworded: scaled(all, parts.marks + parts.descriptions),
    changed: scaled(all, parts.marks + parts.others),
  };
};

const ruled = async (suite: LeanSuite, vulnerabilities: readonly string[]): Promise<number> => {
  const { offset } = await appendRule(suite, vulnerabilities);
  const ms = await until('rule', async () => isEvaluated(suite, offset));
  return ms;
};

const appendRule = async (
  suite: LeanSuite,
  vulnerabilities: readonly string[],
): Promise<{ readonly offset: number }> => {
  const offset = await suite.log.end('rule.changed', 0);
  await put(suite, [
    eventOf('rule.changed', registry.subscriptionId, {
      ruleId: `rule-${offset}`,
      scope: `/subscriptions/${registry.subscriptionId}`,
      criteria: { vulnerabilities },
      reason: 'measured',
      by: 'bench',
      removed: false,
    }),
  ]);
  return { offset };
};

/** True if every partition of the classifier was evaluated by the rule at an offset. */
const isEvaluated = async ({ classifications, log }: LeanSuite, offset: number): Promise<boolean> => {
  const heads = await Promise.all(
    Array.from({ length: log.partitions }, (_, partition) => classifications.checkpoint(partition)),
  );
  return heads.every((head) => (head?.configEvaluated['rule.changed'] ?? 0) > offset);
};

const recordsIn = async ({ log }: LeanSuite, topic: string): Promise<number> =>
  (await Promise.all(Array.from({ length: log.partitions }, (_, partition) => log.end(topic, partition)))).reduce(
    (sum, end) => sum + end,
    0,
  );

interface ViewFigures {
  readonly ms: number;
  readonly bytes: number;
  readonly pageP95Ms: number;
  readonly queriesP95Ms: Record<string, number>;
  readonly pastP95Ms: Record<string, number>;
  readonly listsP95Ms: Record<string, number>;
  readonly snapshotReadyMs: number;
}

/** The memory of the read model in a process that may use 2 GB. */
const { megabytes: memoryMb } = readModelShare(undefined, { megabytes: 2048, limitedBy: 'control group' });

const pageOf = (view: View, after?: FindingPosition) =>
  view.read((query) => findingPage(query, { prefix: '' }, inOneShape('classic'), after, 100, view.staleBefore()));

/** Fills an empty read model from the log, and asks it. Then starts an empty replica from its snapshot. */
const filled = async ({ log }: LeanSuite): Promise<ViewFigures> => {
  const path = join(temporary('lean-view'), 'view.duckdb');
  const errors: unknown[] = [];
  const snapshots: SnapshotOptions = {
    store: new FolderBlobs(temporary('lean-snapshots')),
    key: randomBytes(32).toString('base64'),
    everyMs: Infinity,
    everyRecords: Infinity,
    isTaker: () => false,
    onProgress: (line) => print(`  ${line}`),
  };
  const options = { log, memoryMb, snapshots, onError: (error: unknown) => errors.push(error) };
  const began = performance.now();
  const view = await View.open({ ...options, path });
  await view.caughtUp();
  const ms = performance.now() - began;
  print(`  read model: ${secondsOf(ms)} s`);
  const pages: number[] = [];
  let after: FindingPosition | undefined;
  for (let nth = 0; nth < 30; nth += 1) {
    const asked = performance.now();
    const page = await pageOf(view, after);
    pages.push(performance.now() - asked);
    const last = page.at(-1);
    after = last && positionOf(last);
  }
  const queriesP95Ms = Object.fromEntries(await timedQueries(view, 5));
  const pastP95Ms = await pastRoutes(view);
  const listsP95Ms = Object.fromEntries(await timedLists(view, 20));
  const taking = performance.now();
  await view.snapshots!.take();
  print(`  snapshot: ${secondsOf(performance.now() - taking)} s`);
  await view.close();
  const bytes = statSync(path).size;
  rmSync(path);

  const asked = performance.now();
  const replica = await View.open({ ...options, path: join(temporary('lean-replica'), 'view.duckdb') });
  await replica.caughtUp();
  const first = await pageOf(replica);
  const snapshotReadyMs = performance.now() - asked;
  await replica.close();
  if (errors.length > 0) throw new Error('the read model failed', { cause: errors[0] });
  if (first.length === 0) throw new Error('a replica that started from a snapshot has no findings');
  return {
    ms,
    bytes,
    pageP95Ms: quantile(pages.slice(3), 0.95),
    queriesP95Ms,
    listsP95Ms,
    pastP95Ms,
    snapshotReadyMs,
  };
};

/** Announces registry, plan and database. Each partition of each topic gets a mark of the database. */
const announced = async (suite: LeanSuite): Promise<void> => {
  await put(suite, [
    eventOf('registry.observed', registry.registryId.toLowerCase(), { ...example('registry.observed'), ...registry }),
    eventOf('plan.changed', registry.subscriptionId, {
      ...example('plan.changed'),
      subscriptionId: registry.subscriptionId,
    }),
  ]);
  await announce(suite, 'first');
  await suite.scanWith('first');
};

const push = (suite: LeanSuite, images: readonly EstateImage[]): Promise<void> =>
  put(
    suite,
    images.flatMap(({ digest, repositories }) => repositories.map((each) => pushOf(digest, each))),
  );

interface LeanOptions {
  readonly findings: number;
  /** Whether to write the log to a Kafka, too. */
  readonly withKafka: boolean;
}

/** Makes an estate of this number of findings, and measures what its log, stores and read model take. */
export const measureLean = async ({ findings, withKafka }: LeanOptions): Promise<LeanFigures> => {
  const bases = await basesOf();
  const images = imagesOf(findings, bases);
  const placements = placementsOf(images);
  print(`making ${findings.toLocaleString('en')} findings in ${images.length} images, ${placements} placements …`);
  const suite = await LeanSuite.start(images, bases);
  const segments = withKafka ? await Segments.start(suite.log.partitions) : undefined;
  const meter = new LogMeter(suite, segments);
  let disk = 0;
  // The timers of the services do not keep a process running. This one does.
  const looking = setInterval(() => {
    disk = Math.max(disk, diskBytes());
  }, 2_000);
  try {
    const began = performance.now();
    await announced(suite);
    const charged = async (): Promise<number> => (await recordsIn(suite, 'usage.charged')) - suite.log.partitions;
    await until('marks', async () => (await charged()) >= 0);
    await push(suite, images);
    await until(
      'first scans',
      async () => (await charged()) >= images.length,
      async () => `${await charged()} of ${images.length} images`,
    );
    print(`  first scans: ${secondsOf(performance.now() - began)} s`);
    // The runner notes what it has answered. Its thread writes while this one copies files.
    await pause(2000);
    const first = await meter.bytes();
    const described = meter.descriptions(first);
    const storeBytes = stores.reduce((sum, name) => sum + bytesOf(suite.storeFile(name)), 0);
    const view = await filled(suite);
    const { unchanged, reworded, changed } = await (findings > mostInTurn ? atOnce : inTurn)(suite, meter);
    const changedPlacements = placementsOf(images.filter(isChanged));
    const logFigures = (where: keyof LogBytes): LogFigures | undefined =>
      first[where] === undefined
        ? undefined
        : {
            logBytesPerFinding: (first[where] - described[where]!) / findings,
            descriptionBytesPerFinding: described[where]! / findings,
            unchangedLogBytesPerImage: unchanged[where]! / images.length,
            rewordedLogBytesPerImage: reworded[where]! / images.length,
            changedLogBytes: { changes: addedFindings, bytes: changed[where]! / changedPlacements },
          };
    const kafka = logFigures('kafka');
    return {
      findings,
      images: images.length,
      ...logFigures('sqlite')!,
      ...(kafka ? { kafka } : {}),
      storeBytesPerFinding: storeBytes / findings,
      stateRatio: stateRatio(),
      readModelBytesPerFinding: view.bytes / findings,
      pageP95Ms: view.pageP95Ms,
      queriesP95Ms: view.queriesP95Ms,
      pastP95Ms: view.pastP95Ms,
      listsP95Ms: view.listsP95Ms,
      fillPerSecond: findings / (view.ms / 1000),
      snapshotReadyMs: view.snapshotReadyMs,
      ruleInForceMs: {
        meetsNothing: await ruled(suite, ['CVE-1999-0001']),
        meetsSome: await ruled(suite, [vulnerabilityOf(0.01, images, bases)]),
      },
      rssMb: process.resourceUsage().maxRSS / 2 ** 10,
      diskMb: disk / 2 ** 20,
      today,
    };
  } finally {
    clearInterval(looking);
    await segments?.close();
    await suite.close();
  }
};
