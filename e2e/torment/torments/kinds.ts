import { setTimeout as pause } from 'node:timers/promises';
import type { Proxy } from '../../../tools/services/index.ts';
import { services } from '../../../apps/assay/dist/suite/services.js';
import type { Random } from '../../simulation/world/random.ts';
import type { Load } from '../load/load.ts';
import type { Road } from '../scene/roads.ts';
import type { TormentScene } from '../scene/scene.ts';
import type { Poisoner } from './poison.ts';
import type { Victims } from './victims.ts';

export interface TormentTools {
  readonly scene: TormentScene;
  readonly load: Load;
  readonly victims: Victims;
  readonly poisoner: Poisoner;
  readonly random: Random;
}

/** One kind of torment. */
export interface TormentKind {
  readonly name: string;
  /** Its relative frequency; each kind comes at least once. */
  readonly share: number;
  /** Resolves when the torment is over; false if it could not be done. */
  readonly does: (tools: TormentTools) => Promise<unknown>;
}

const awayMs = 3000;
const stallMs = [2000, 9000] as const;

const killSome = async ({ victims, random }: TormentTools): Promise<unknown> =>
  victims.idle.length > 0 && victims.kill(random.pick(victims.idle), random.between(0, awayMs));

const replicasOf = (name: string, { scene }: TormentTools) => scene.suite.of(name);
const anyService = ({ random }: TormentTools): string => random.pick(services).name;

const stalled = async (road: Proxy, ms: number): Promise<void> => {
  road.stall();
  await pause(ms);
  road.resume();
};
const onARoad =
  (does: (road: Road, tools: TormentTools) => Promise<unknown>) =>
  (tools: TormentTools): Promise<unknown> =>
    does(tools.random.pick(tools.scene.ground.roads), tools);

/** Cuts all replicas on one road off from Kafka, and kills them together with the events that they could not send. */
const killedCutOff = async ({
  scene: {
    ground: { roads },
    suite,
  },
  victims,
  random,
}: TormentTools): Promise<void> => {
  const at = random.whole(0, roads.length - 1);
  roads[at]!.kafka.stall();
  await pause(random.between(1000, 4000));
  const killed = services.map(({ name }) => victims.kill(suite.of(name)[at]!, random.between(500, awayMs)));
  await pause(500);
  roads[at]!.kafka.resume();
  await Promise.all(killed);
};

/** Switches a plan off, and on again after a while. */
const switched = async ({ scene: { suite, registries }, random }: TormentTools): Promise<void> => {
  const { subscriptionId } = registries[1]!;
  await suite.switchPlan(subscriptionId, 'Free');
  await pause(random.between(2000, 8000));
  await suite.switchPlan(subscriptionId, 'Standard');
};

const digestsIn = ({ load }: TormentTools): string[] => load.pushes.map(({ digest }) => digest);

export const kinds: readonly TormentKind[] = [
  { name: 'kill -9 of a service', share: 6, does: killSome },
  {
    name: 'kill -9 of all replicas of a service',
    share: 1,
    does: async (tools) =>
      Promise.all(
        replicasOf(anyService(tools), tools).map((each) => tools.victims.kill(each, tools.random.between(0, awayMs))),
      ),
  },
  { name: 'kill -9 of all that are cut off from Kafka', share: 1, does: killedCutOff },
  {
    name: 'rolling restart of a service',
    share: 2,
    does: async (tools) => {
      for (const each of replicasOf(anyService(tools), tools)) await tools.victims.restart(each);
    },
  },
  {
    name: 'kill -9 of the broker',
    share: 1,
    does: ({ victims, scene, random }) => victims.killServer(scene.ground.kafka, random.between(0, awayMs)),
  },
  {
    name: 'kill -9 of Redis',
    share: 1,
    does: ({ victims, scene, random }) => victims.killServer(scene.ground.redis, random.between(0, awayMs)),
  },
  {
    name: 'a stalled road to Kafka',
    share: 2,
    does: onARoad((road, { random }) => stalled(road.kafka, random.between(...stallMs))),
  },
  {
    name: 'a stalled road to Redis',
    share: 2,
    does: onARoad((road, { random }) => stalled(road.redis, random.between(...stallMs))),
  },
  {
    name: 'cut connections',
    share: 2,
    does: onARoad(async ({ kafka, redis }) => {
      kafka.cut();
      redis.cut();
    }),
  },
  { name: 'a plan switched off and on', share: 1, does: switched },
  {
    name: 'a record that is not JSON',
    share: 0.5,
    does: (tools) => tools.poisoner.poison('not JSON', digestsIn(tools)),
  },
  {
    name: 'a record of an unknown type',
    share: 0.5,
    does: (tools) => tools.poisoner.poison('of an unknown type', digestsIn(tools)),
  },
  {
    name: 'a record of an unknown version',
    share: 0.5,
    does: (tools) => tools.poisoner.poison('of an unknown version', digestsIn(tools)),
  },
];

/** Once in a run, in the middle of it. */
export const emptying: TormentKind = { name: 'Redis emptied', share: 0, does: ({ scene }) => scene.emptyRedis() };
