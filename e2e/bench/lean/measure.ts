import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { markType, type AnyEvent, type MarkData } from '@assay/events';
import { recordOf } from '@assay/messaging';
import { View } from '@assay/recommendation';
import {
  findingPage,
  inOneShape,
  positionOf,
  type FindingPosition,
} from '@assay/recommendation/read-model/sub-assessments';
import { example } from '../fed.ts';
import { timedQueries } from '../queries.ts';
import { print, quantile, temporary, type BenchRow } from '../setting.ts';
import { basesOf } from './bases.ts';
import { bytesOf, shareOf } from './files.ts';
import {
  addedFindings,
  databaseOf,
  imagesOf,
  isChanged,
  scanner,
  type DatabaseState,
  type EstateImage,
} from './made.ts';
import { stateRatio } from './growth.ts';
import { LeanSuite, registry, stores } from './suite.ts';

/** Figures of one run, in the units of their names. Undefined if the run did not measure it. */
export interface LeanFigures {
  findings: number;
  images: number;
  logBytesPerFinding: number;
  descriptionBytesPerFinding: number;
  unchangedLogBytesPerImage?: number;
  rewordedLogBytesPerImage?: number;
  changedLogBytes: { readonly changes: number; readonly bytes: number };
  storeBytesPerFinding: number;
  stateRatio: number;
  readModelBytesPerFinding: number;
  pageP95Ms: number;
  queriesP95Ms: Record<string, number>;
  rssMb: number;
  fillPerSecond: number;
  ruleInForceMs: { readonly meetsNothing: number; readonly meetsSome: number };
}

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

const until = async (what: string, isDone: () => Promise<boolean>): Promise<number> => {
  const began = performance.now();
  for (let nth = 1; !(await isDone()); nth += 1) {
    await pause(20);
    if (nth % 1500 === 0) print(`  ${what}: ${Math.round((performance.now() - began) / 1000)} s …`);
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

/** Assesses the whole estate with another database, and gives the bytes that it added to the log. */
const reassessed = async (suite: LeanSuite, state: DatabaseState): Promise<number> => {
  const [before, since] = [bytesOf(join(suite.folder, 'log.db')), await endsOf(suite)];
  await suite.scanWith(state);
  await announce(suite, state);
  const ms = await until(state, marksOf(suite, state, since));
  print(`  ${state}: ${(ms / 1000).toFixed(0)} s`);
  return bytesOf(join(suite.folder, 'log.db')) - before;
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
}

/** Fills an empty read model from the log, and asks it. */
const filled = async ({ log }: LeanSuite): Promise<ViewFigures> => {
  const path = join(temporary('lean-view'), 'view.duckdb');
  const began = performance.now();
  const view = await View.open({ path, log });
  await view.caughtUp();
  const ms = performance.now() - began;
  print(`  read model: ${(ms / 1000).toFixed(0)} s`);
  const pages: number[] = [];
  let after: FindingPosition | undefined;
  for (let nth = 0; nth < 30; nth += 1) {
    const asked = performance.now();
    const page = await view.read((query) =>
      findingPage(query, { prefix: '' }, inOneShape('classic'), after, 100, view.staleBefore()),
    );
    pages.push(performance.now() - asked);
    const last = page.at(-1);
    after = last && positionOf(last);
  }
  const queriesP95Ms = Object.fromEntries(await timedQueries(view, 5));
  await view.close();
  return { ms, bytes: statSync(path).size, pageP95Ms: quantile(pages.slice(3), 0.95), queriesP95Ms };
};

/** Announces registry, plan and database, and pushes every image. */
const prepared = async (suite: LeanSuite, images: readonly EstateImage[]): Promise<void> => {
  await put(suite, [
    eventOf('registry.observed', registry.registryId.toLowerCase(), { ...example('registry.observed'), ...registry }),
    eventOf('plan.changed', registry.subscriptionId, {
      ...example('plan.changed'),
      subscriptionId: registry.subscriptionId,
    }),
  ]);
  await announce(suite, 'first');
  await suite.scanWith('first');
  await put(
    suite,
    images.flatMap(({ digest, repositories }) => repositories.map((each) => pushOf(digest, each))),
  );
};

/**
 * Makes an estate of this number of findings, and measures what its log, stores and read model take.
 * @param isWhole also assesses the estate with databases that change nothing and that reword texts
 */
const measureLean = async (findings: number, isWhole = findings <= 2_000_000): Promise<LeanFigures> => {
  const bases = await basesOf();
  const images = imagesOf(findings, bases);
  const placements = placementsOf(images);
  print(`making ${findings.toLocaleString('en')} findings in ${images.length} images, ${placements} placements …`);
  const suite = await LeanSuite.start(images, bases);
  try {
    const began = performance.now();
    await prepared(suite, images);
    const charged = (): Promise<number> => recordsIn(suite, 'usage.charged');
    const without = await charged();
    await until('first scans', async () => (await charged()) - without >= images.length);
    print(`  first scans: ${Math.round((performance.now() - began) / 1000)} s`);
    const logFile = join(suite.folder, 'log.db');
    const [bytes, share] = [bytesOf(logFile), shareOf(logFile, 'vulnerability.described')];
    const figures: Partial<LeanFigures> = {
      findings,
      images: images.length,
      logBytesPerFinding: (bytes * (1 - share)) / findings,
      descriptionBytesPerFinding: (bytes * share) / findings,
      storeBytesPerFinding: stores.reduce((sum, name) => sum + bytesOf(suite.storeFile(name)), 0) / findings,
    };
    const view = await filled(suite);
    figures.fillPerSecond = findings / (view.ms / 1000);
    figures.readModelBytesPerFinding = view.bytes / findings;
    figures.pageP95Ms = view.pageP95Ms;
    figures.queriesP95Ms = view.queriesP95Ms;
    if (isWhole) {
      figures.unchangedLogBytesPerImage = (await reassessed(suite, 'unchanged')) / images.length;
      figures.rewordedLogBytesPerImage = (await reassessed(suite, 'reworded')) / images.length;
    }
    const changed = images.filter(isChanged);
    figures.changedLogBytes = {
      changes: addedFindings,
      bytes: (await reassessed(suite, 'changed')) / placementsOf(changed),
    };
    figures.ruleInForceMs = {
      meetsNothing: await ruled(suite, ['CVE-1999-0001']),
      meetsSome: await ruled(suite, ['CVE-2019-10004']),
    };
    figures.stateRatio = stateRatio();
    figures.rssMb = process.memoryUsage.rss() / 2 ** 20;
    return figures as LeanFigures;
  } finally {
    await suite.close();
  }
};

/** The targets of each figure, as the issue of lean facts set them. */
export const measureEstate = async (findings: number): Promise<{ rows: BenchRow[]; figures: LeanFigures }> => {
  const figures = await measureLean(findings);
  const of = `of ${findings.toLocaleString('en')} findings`;
  const { changedLogBytes, ruleInForceMs } = figures;
  const rows: BenchRow[] = [
    { what: `estate ${of}: log, for each finding`, measured: figures.logBytesPerFinding, unit: 'B', target: 120 },
    {
      what: `estate ${of}: log of descriptions, for each finding`,
      measured: figures.descriptionBytesPerFinding,
      unit: 'B',
      target: 40,
    },
    {
      what: `estate ${of}: stores, for each finding`,
      measured: figures.storeBytesPerFinding,
      unit: 'B',
      target: 190,
    },
    {
      what: `estate ${of}: read model, for each finding`,
      measured: figures.readModelBytesPerFinding,
      unit: 'B',
    },
    {
      what: `estate ${of}: change of ${addedFindings} findings, log for each placement`,
      measured: changedLogBytes.bytes,
      unit: 'B',
      target: 2500 + 60 * addedFindings,
    },
    {
      what: 'states after 365 days of changes, to those after 90',
      measured: figures.stateRatio,
      unit: 'x',
      target: 1.1,
    },
    {
      what: `estate ${of}: filling an empty read model`,
      measured: figures.fillPerSecond,
      unit: 'findings/s',
      target: 50_000,
      more: true,
    },
    { what: `estate ${of}: page of 100 findings, p95`, measured: figures.pageP95Ms, unit: 'ms', target: 100 },
    ...Object.entries(figures.queriesP95Ms).map(([name, measured]) => ({
      what: `estate ${of}: query ${name}, p95`,
      measured,
      unit: 'ms',
    })),
    {
      what: `estate ${of}: a rule that meets nothing is in force`,
      measured: ruleInForceMs.meetsNothing,
      unit: 'ms',
      target: 15_000,
    },
    {
      what: `estate ${of}: a rule about a frequent vulnerability is in force`,
      measured: ruleInForceMs.meetsSome,
      unit: 'ms',
      target: 30_000,
    },
    { what: `estate ${of}: memory of the process`, measured: figures.rssMb, unit: 'MB' },
  ];
  const { unchangedLogBytesPerImage: unchanged, rewordedLogBytesPerImage: reworded } = figures;
  if (unchanged !== undefined)
    rows.push({
      what: `estate ${of}: a database that changes nothing, log for each image`,
      measured: unchanged,
      unit: 'B',
    });
  if (reworded !== undefined)
    rows.push({
      what: `estate ${of}: a database that rewords 400 vulnerabilities, log for each image`,
      measured: reworded,
      unit: 'B',
      note: 'with their descriptions',
    });
  return { rows, figures };
};
