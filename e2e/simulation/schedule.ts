import type { App } from '@assay/events';
import { Fenced } from '@assay/event-sourcing';
import type { LogRecord } from '@assay/messaging';
import { RegistryError } from '@assay/registry';
import { Faults } from './faults/faults.ts';
import { factsOf, judged } from './invariants/invariants.ts';
import { Broker } from './log/log.ts';
import { Records } from './log/records.ts';
import type { Mutant } from './mutants/mutants.ts';
import { apps } from './services/services.ts';
import { Cluster } from './services/cluster.ts';
import type { RunningIngestion } from './services/ingestion.ts';
import { StoreServer } from './store/memory.ts';
import { Commands, poison } from './story/commands.ts';
import { drawnScene } from './story/drawn.ts';
import { Operator } from './story/operator.ts';
import { Sender, type Edge } from './story/sender.ts';
import { Story } from './story/story.ts';
import type { Broken } from './truth/broken.ts';
import { Ledger } from './truth/ledger.ts';
import { comparedWithRebuilt } from './truth/rebuilt.ts';
import { unfinished } from './truth/quiet.ts';
import { Unreachable } from './world/process.ts';
import { Random } from './world/random.ts';
import { Tally } from './world/tally.ts';
import { settled } from './world/timeline.ts';
import { calm, drawnWeather, rarely } from './world/weather.ts';
import { World } from './world/world.ts';

export interface Outcome {
  readonly seed: number;
  readonly broken: readonly Broken[];
  readonly counts: Readonly<Record<string, number>>;
  readonly steps: number;
  /** The same for every run of a seed. */
  readonly hash: number;
}

export interface ScheduleOptions {
  readonly seed: number;
  readonly mutant?: Mutant | undefined;
  /** Is told everything that happens, a line each. */
  readonly line?: ((text: string) => void) | undefined;
}

const mostSteps = 150_000;
const mostAfterHealingMs = 45 * 60_000;
const lookEveryMs = 500;
const clocksDifferMs = 2000;
/** Answers of two servers come in one breath: nobody acted on the first when the second is there. */
const atOnce = 0.1;
/** A rebuild takes about as long as everything else. */
const rebuiltShare = 0.05;
/** Some last longer than a push may take. */
const longShare = 0.01;

/** Runs one schedule from its seed: what there is, what happens, what goes wrong, and whether all held. */
export const runSchedule = async ({ seed, mutant, line }: ScheduleOptions): Promise<Outcome> => {
  const random = new Random(seed);
  const tally = new Tally();
  const isLong = random.chance(longShare);
  const weather = drawnWeather(random);
  const world = new World(random, tally, isLong ? rarely(weather) : weather, line);
  const ledger = new Ledger(() => world.now);
  const scene = drawnScene(random);
  const records = new Records(scene.partitions, () => random.chance(world.weather.gaps), (record) => { ledger.appended(record); world.explain(() => told(record)); });
  const stores = Object.fromEntries(apps.map((app) => [app, new (mutant?.server ?? StoreServer)(ledger.witness(app))])) as Record<App, StoreServer>;
  const broker = new Broker(records);
  const cluster = new Cluster(world, broker, stores, {
    replicas: scene.replicas, databaseOf: () => story.database, failed: (name, what, error) => { if (!isOfTheWorld(error)) ledger.fail('nothing throws', `${name}, ${what}: ${error instanceof Error ? error.stack : String(error)}`); },
    wrap: mutant?.wrap, given: { registries: scene.registries, image: (digest) => scene.all.get(digest)!, reports: ledger },
  });
  const edges = (): readonly Edge[] => cluster.live.flatMap(({ process, running }) => (running && 'intake' in running ? [{ process: process!, intake: (running as RunningIngestion).intake }] : []));
  const sender = new Sender(world, edges);
  const commands = new Commands(records, () => world.now);
  const story = new Story(world, scene, commands, sender);
  const operator = new Operator(world, stores, commands);

  story.begin();
  for (const replica of cluster.replicas) world.timeline.after(random.between(0, 300), () => cluster.start(replica));
  const withinMs = isLong ? 17 * 60_000 : 1000 * 30 ** random.next();
  story.unfold(withinMs);
  const faults = new Faults(world, cluster, broker, stores, (id) => ledger.isSaid(id));
  faults.brew(withinMs, mutant?.shownBy);
  // Before all is well, orders come to nothing as often as not.
  world.timeline.after(random.between(0, withinMs), () => operator.act());

  let isOver = false;
  let healedAt = Infinity;
  const heal = (): void => {
    world.note('world', 'healed');
    healedAt = world.now;
    world.weather = { ...calm, skewMs: world.weather.skewMs };
    faults.heal();
    look();
  };
  const look = (): void => {
    operator.act();
    const open = unfinished({ records, stores, ledger, pushes: story.pushes, now: world.now });
    if (sender.waiting + story.unfinished > 0) open.push('something is under way outside');
    if (commands.expiries.some((at) => Math.abs(at - world.now) < clocksDifferMs)) open.push('a rule ends, by the clock of one or another');
    if (open.length === 0) { isOver = true; return; }
    if (world.now > healedAt + mostAfterHealingMs) { ledger.fail('everything comes to an end', open.join('; ')); return; }
    world.timeline.after(lookEveryMs, look);
  };
  world.timeline.after(withinMs * random.between(1, 2), heal);

  while (!isOver && ledger.broken.length === 0) {
    await settled();
    if (world.timeline.steps > mostSteps) ledger.fail('everything comes to an end', `after ${mostSteps} steps: ${unfinished({ records, stores, ledger, pushes: story.pushes, now: world.now }).join('; ')}`);
    else do world.timeline.step(); while (random.chance(atOnce));
  }
  const all = { records, stores, ledger, pushes: story.pushes, now: world.now };
  if (isOver && random.chance(rebuiltShare)) ledger.broken.push(...await comparedWithRebuilt(all));
  if (isOver) ledger.broken.push(...judged(factsOf({ ...all, scene, healedAt })));
  tally.count('calls', world.timeline.steps);
  for (const { process } of cluster.replicas) process?.end();
  return { seed, broken: ledger.broken, counts: tally.counts, steps: world.timeline.steps, hash: world.hash };
};

const told = ({ topic, partition, offset, key, headers, value }: LogRecord): string => {
  const { verdict, classification, cause, status, reason, outcome, page, pages, command, pushId } = JSON.parse(headers.ce_source === poison ? '{}' : value) as Record<string, unknown>;
  return `${topic}/${partition}@${offset} ${key.slice(7, 15)} ${headers.ce_sequence ?? ''} ${headers.ce_id?.slice(0, 8)} by ${headers.ce_causationid?.slice(0, 8)} ${JSON.stringify({ verdict, classification, cause, status, reason, outcome, page, pages, command, pushId: (pushId as string | undefined)?.slice(0, 8) })}`;
};

/** What services are told of the world's failures is no mistake of theirs. */
const isOfTheWorld = (error: unknown): boolean => error instanceof Unreachable || error instanceof Fenced || (error instanceof RegistryError && error.retriable);
