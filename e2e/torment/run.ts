import { setTimeout as pause } from 'node:timers/promises';
import { Random, seedOf } from '../simulation/world/random.ts';
import { closeSight, conclude, openSight, untilQuiet, untilSealed } from './aftermath.ts';
import type { CheckerVerdict } from './checker/check.ts';
import { faults } from './checker/fault.ts';
import type { JudgedSeals } from './checker/sealed.ts';
import { truthfully } from './checker/truth.ts';
import { heal } from './heal.ts';
import { Greedy } from './load/greedy.ts';
import { DatabaseLoad } from './load/databases.ts';
import { Load } from './load/load.ts';
import { openPlaces } from './quiet.ts';
import { TormentScene } from './scene/scene.ts';
import { cuttable, shorten, type Cuttable, type Shortened } from './torments/cut.ts';
import { Poisoner } from './torments/poison.ts';
import { Tormentor } from './torments/tormentor.ts';
import { Victims } from './torments/victims.ts';

/** Parts of the load. */
export const loads = ['images', 'databases'] as const;
export type Loaded = (typeof loads)[number];

export interface RunOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly replicas: number;
  readonly folder: string;
  /** The topic that is restored without its end; any if undefined. */
  readonly cut?: Cuttable | undefined;
  /** The part of the load to leave, or to have most of. */
  readonly only?: Loaded | undefined;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The outcome of a run. */
export interface TormentOutcome {
  readonly pushes: number;
  readonly notifications: { readonly lost: number; readonly repeated: number };
  /** The outcomes of imported databases, and how often each came. */
  readonly databases: ReadonlyMap<string, number>;
  readonly torments: ReadonlyMap<string, number>;
  /** The answers to greedy queries, and how often each came. */
  readonly queries: ReadonlyMap<string, number>;
  readonly dropped: number;
  /** Before the cut. */
  readonly seals: JudgedSeals;
  readonly shortened: Shortened;
  readonly ownEnds: readonly string[];
  readonly restarts: number;
  readonly verdict: CheckerVerdict;
}

const progressMs = 5000;
/** The API does not answer while a service that it needs is away. */
const requestMs = 4000;
const pushEveryMs = 1000;
/** Each database has all images assessed again. */
const databaseEveryMs = 20_000;
/**
 * Time limit after the last torment: a lost notification needs a sweep, and a job of a killed process waits for its
 * lease to end.
 */
const patienceMs = 4 * 60_000;

/** Everything is stopped when it returns or throws. */
export const run = async (options: RunOptions): Promise<TormentOutcome> => {
  const { seed, replicas, folder, print } = options;
  print(`seed ${seed}: starting Kafka, Redis, two registries and six services, ${replicas} of each`);
  const scene = await TormentScene.start({ folder, replicas, random: new Random(seedOf(seed, 1)) });
  try {
    return await tormented(scene, options);
  } finally {
    print('stopping everything');
    await scene.stop();
  }
};

const tormented = async (
  scene: TormentScene,
  { minutes, seed, print, signal, cut, only }: RunOptions,
): Promise<TormentOutcome> => {
  const { suite, registries, relay } = scene;
  const failed = (activity: string, error: unknown): void =>
    print(`  ${activity} failed: ${error instanceof Error ? error.message : String(error)}`);
  const sight = await openSight(scene);
  const load = new Load({
    registries,
    random: new Random(seedOf(seed, 2)),
    everyMs: pushEveryMs * (only === 'databases' ? 4 : 1),
    failed,
  });
  const databases = new DatabaseLoad({
    suite,
    blobs: scene.blobs,
    random: new Random(seedOf(seed, 4)),
    everyMs: databaseEveryMs / (only === 'databases' ? 2 : 1),
    failed,
  });
  const [victims, random] = [new Victims(suite), new Random(seed)];
  const greedy = new Greedy(suite);
  const poisoner = new Poisoner(sight.log, random);
  const tormentor = new Tormentor({ scene, load, victims, poisoner, random }, failed);

  const runMs = minutes * 60_000;
  const over = AbortSignal.any([signal, AbortSignal.timeout(runMs)]);
  let looking = new AbortController();
  const [pushing, importing, querying, tormenting, lookingAfter] = [
    load.run(over),
    only === 'images' ? Promise.resolve() : databases.run(over),
    greedy.run(over),
    tormentor.run(runMs, over, signal),
    victims.lookAfter(looking.signal),
  ];
  for (const began = Date.now(); !over.aborted;) {
    await pause(progressMs, undefined, { signal: over }).catch(() => undefined);
    const open = await Promise.race([openPlaces({ suite, truth: load }).catch(() => undefined), pause(requestMs)]);
    print(
      `  ${Math.round((Date.now() - began) / 1000)} s: ${load.pushes.length} pushes, ` +
        `${open === undefined ? 'nobody can say how many settled' : `${load.pushes.length - open} settled`}, ` +
        `${tormentor.summary}`,
    );
  }
  await Promise.all([pushing, importing, querying, tormenting]);
  signal.throwIfAborted();
  print('healing');
  relay.healthy = true;
  looking.abort();
  await lookingAfter;
  const dropped = await heal(scene);
  if (only !== 'images') await databases.finish(signal);
  const wrong = await greedy.faults(patienceMs);
  const truth = truthfully({ pushes: load.pushes, taken: relay.taken, poison: poisoner.ids });
  await untilQuiet(scene, sight, { truth, patienceMs, print, signal });
  // No log that was cut is sealed.
  const seals = await untilSealed(scene, sight, { patienceMs, print, signal });
  looking = new AbortController();
  const lookingOn = victims.lookAfter(looking.signal);
  const drawing = new Random(seedOf(seed, 3));
  const shortened = await shorten(cut ?? drawing.pick(cuttable), {
    scene,
    ...sight,
    load,
    victims,
    random: drawing,
    print,
    signal,
  });
  // With a partition still at a standstill, the API may not be able to answer, so print these faults first.
  for (const each of shortened.wrong) print(`  ${each}`);
  looking.abort();
  await lookingOn;
  const verdict = await conclude(scene, sight, {
    truth: { ...truth, gone: shortened.gone },
    patienceMs,
    print,
    signal,
  });
  await closeSight(sight);
  const found = {
    ...verdict,
    faults: [
      ...verdict.faults,
      ...seals.faults,
      ...faults('stuck')(victims.slowEnds),
      ...faults('wrong')([...wrong, ...shortened.wrong, ...victims.ownEnds]),
    ],
  };
  return {
    seals,
    shortened,
    pushes: load.pushes.length,
    notifications: relay,
    databases: databases.outcomes,
    torments: tormentor.counts,
    queries: greedy.answers,
    dropped,
    ownEnds: victims.ownEnds,
    restarts: victims.restarts,
    verdict: found,
  };
};
