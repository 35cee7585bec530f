import { setTimeout as pause } from 'node:timers/promises';
import { fenceType, flow, type App, type Topic } from '@assay/events';
import { partitionOf, type EventLog } from '@assay/messaging';
import { Api } from '../../../apps/assay/dist/client/api.js';
import type { Random } from '../../simulation/world/random.ts';
import type { Rebuildable } from '../checker/projections.ts';
import type { Load } from '../load/load.ts';
import { openPlaces } from '../quiet.ts';
import { recordsOf, restore } from '../scene/backup.ts';
import type { TormentScene } from '../scene/scene.ts';
import type { Victims } from './victims.ts';

/** Topics whose lost events their producers emit again: the inputs are in other topics. */
export const cuttable = [
  'image.pushed',
  'scan.approved',
  'scan.completed',
  'finding.classified',
] as const satisfies readonly Topic[];
export type Cuttable = (typeof cuttable)[number];

export interface CutTools {
  readonly scene: TormentScene;
  readonly log: EventLog;
  readonly services: readonly Rebuildable[];
  readonly load: Load;
  readonly victims: Victims;
  readonly random: Random;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The result of cutting a topic. */
export interface Shortened {
  /** A short description. */
  readonly description: string;
  /** Ids of the events that are gone: other events may name them as their cause. */
  readonly gone: ReadonlySet<string>;
  /** Partitions that stood still and were ordered to resume. */
  readonly stoodStill: number;
  readonly wrong: readonly string[];
}

/** How many partitions of a topic are cut, and how many events at the end of each. */
const [partitionsCut, eventsCut] = [3, [2, 5]] as const;
const patienceMs = 120_000;
const againMs = 500;

/** Waits until the condition holds. Returns false if that takes too long. */
const awaited = async (signal: AbortSignal, holds: () => Promise<boolean>): Promise<boolean> => {
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await pause(againMs)) {
    signal.throwIfAborted();
    if (await holds().catch(() => false)) return true;
  }
  return false;
};

const readersOf = (topic: Topic): App[] =>
  flow.filter(({ consumes }) => (consumes as readonly Topic[]).includes(topic)).map(({ app }) => app);

/** The offset from which on each partition is lost: a few events, and the fences among them. */
const drawn = async (log: EventLog, topic: Topic, random: Random): Promise<Map<number, number>> => {
  const keeps = new Map<number, number>();
  for (const partition of random.shuffled(Array.from({ length: log.partitions }, (_, each) => each))) {
    const events = (await recordsOf(log, topic, partition)).filter(({ headers }) => headers.ce_type !== fenceType);
    const first = events.at(-random.whole(...eventsCut)) ?? events[0];
    if (first && keeps.size < partitionsCut) keeps.set(partition, first.offset);
  }
  return keeps;
};

/**
 * When all is quiet, a topic is restored without its end while one of its readers is away. Before that reader returns,
 * the topic grows past its old end. All that had read more must stand still there and nowhere else, and report it; then
 * they are ordered to resume.
 */
export const shorten = async (topic: Cuttable, tools: CutTools): Promise<Shortened> => {
  const {
    scene: { suite },
    scene,
    log,
    load,
    victims,
    random,
    print,
    signal,
  } = tools;
  const api = new Api(suite.endpoint.url, suite.endpoint.token);
  const wrong: string[] = [];
  const must = async (failure: string, holds: () => Promise<boolean>): Promise<void> => {
    if (!(await awaited(signal, holds))) wrong.push(failure);
  };

  const readers = readersOf(topic);
  const keeps = await drawn(log, topic, random);
  const ends = new Map(
    await Promise.all(
      [...keeps.keys()].map(async (partition) => [partition, await log.end(topic, partition)] as const),
    ),
  );
  const targets = new Set(
    readers.flatMap((app) => [...ends].map(([partition, end]) => `${app}/${topic}/${partition}/${end}`)),
  );
  const away = random.pick(readers.filter((app) => app !== 'recommendation'));
  const cut = [...keeps].map(([partition, from]) => `${partition} (${from} to ${ends.get(partition)!})`).join(', ');
  print(`${topic} is cut: partitions ${cut}, while ${away} is away`);

  const gone = await victims.without(suite.of(away), async () => {
    const lost = await restore(scene, log, { topic, keeps });
    print('it grows past where it had ended');
    const isCut = (digest: string): boolean => keeps.has(partitionOf(digest, log.partitions));
    const hasGrown = async (): Promise<boolean> =>
      (await Promise.all([...ends].map(async ([partition, end]) => (await log.end(topic, partition)) > end))).every(
        Boolean,
      );
    await must(`${topic} did not grow past where it had ended`, async () => {
      await load.push();
      await load.pushKnown(isCut);
      return hasGrown();
    });
    return lost;
  });

  const standing = async (): Promise<Set<string>> => new Set((await api.halted()).map(({ target }) => target));
  print('waiting until all who read it stand still');
  await must(`not all who had read what is gone stand still: of ${[...targets].join(', ')}`, async () => {
    const now = await standing();
    return [...targets].every((target) => now.has(target));
  });
  await must('no /readyz tells of each partition that stands still', async () => {
    const answers = (
      await Promise.all(
        suite.processes.map(async ({ port }) => (await fetch(`http://127.0.0.1:${port}/readyz?verbose`)).text()),
      )
    ).join('\n');
    return [...targets].every((target) => answers.includes(target));
  });
  print('waiting until the other partitions have settled');
  const others = load.pushes.filter(({ digest }) => !keeps.has(partitionOf(digest, log.partitions)));
  await must(
    'what lies in partitions that were not cut does not go on',
    async () => (await openPlaces({ suite, truth: { pushes: others } })) === 0,
  );

  const now = await standing().catch(() => new Set<string>());
  wrong.push(
    ...[...now]
      .filter((target) => !targets.has(target))
      .map((target) => `${target} stands still, and nothing of it was cut`),
  );
  for (const { app, store } of tools.services.filter(({ app: each }) => readers.includes(each))) {
    for (const [partition, end] of ends) {
      const head = await store.checkpoint(partition);
      if (head?.offsets[topic] !== end || !head.standstill)
        wrong.push(
          `${app}/${partition} went on from ${end} to ${head?.offsets[topic]} of ${topic} before anybody ordered it to`,
        );
    }
  }
  print(`${now.size} partitions stand still; ordering them on`);
  await must('not all that stood still goes on', async () => {
    for (const target of await standing()) await api.resume(target, 'the backup is all there is');
    return (await standing()).size === 0;
  });
  return { description: `${topic}, partitions ${cut}, while ${away} was away`, gone, stoodStill: now.size, wrong };
};
