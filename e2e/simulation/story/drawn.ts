import { flow, type App } from '@assay/events';
import { chartOf, doubtful, imageOf, indexOf, truths, type SimulatedImage, type TrueScan } from '../outside/images.ts';
import { ImageRegistry, longPages } from '../outside/registry.ts';
import type { Random } from '../world/random.ts';

/** The scene of a schedule: small, so that many schedules fit into a minute. */
export interface DrawnScene {
  readonly partitions: number;
  readonly replicas: Readonly<Record<App, number>>;
  readonly registries: readonly ImageRegistry[];
  /** Registries without images, whose listings do not end. With them, the first one that has images has a long one. */
  readonly endless: readonly ImageRegistry[];
  /** The images to push, without images that only an index lists. */
  readonly images: readonly SimulatedImage[];
  readonly all: ReadonlyMap<string, SimulatedImage>;
  /** A fleet: many images are pushed first, and databases are announced when matches are proven. */
  readonly isFleet: boolean;
}

const subscriptions = ['11111111-0000-0000-0000-000000000000', '22222222-0000-0000-0000-000000000000'] as const;

const registryOf = (name: string, subscription: string): ImageRegistry =>
  new ImageRegistry(
    `/subscriptions/${subscription}/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/${name}`,
    `${name}.test`,
    subscription,
  );

/** Share of schedules with a fleet, in which a runner matches several inventories at once. */
const fleetShare = 0.05;
const fleetSize = 8;
/** As many as are swept at once. */
const endlessOnes = ['east', 'west', 'north', 'south'] as const;

/** Kinds of images and how often each is drawn. */
const kinds: readonly (readonly [number, TrueScan | 'doubtful' | 'windows' | 'chart' | 'index'])[] = [
  [30, truths.healthy],
  [26, truths.unhealthy],
  [8, truths.distroless],
  [8, truths.invalid],
  [8, truths.slow],
  [0.7, truths.endless],
  [3, truths.paged],
  [4, truths.spread],
  [20, truths.many],
  [3, truths.disagreeing],
  [9, 'doubtful'],
  [5, 'windows'],
  [4, 'chart'],
  [6, 'index'],
];

const kindOf = (random: Random): TrueScan | 'doubtful' | 'windows' | 'chart' | 'index' => {
  let left = random.next() * kinds.reduce((sum, [weight]) => sum + weight, 0);
  return kinds.find(([weight]) => (left -= weight) < 0)![1];
};

/** @param areIndexesRelated true for two more indexes, which have an image in common */
export const drawnScene = (random: Random, isEndless: boolean, areIndexesRelated: boolean): DrawnScene => {
  const replicas = (): number => (random.chance(0.6) ? 1 : 2);
  const registries = random.chance(0.75)
    ? [registryOf('one', subscriptions[0])]
    : [registryOf('one', subscriptions[0]), registryOf('two', random.pick(subscriptions))];
  const endless = isEndless ? endlessOnes.map((name) => registryOf(name, subscriptions[0])) : [];
  for (const registry of endless) registry.pages = Infinity;
  if (isEndless) registries[0]!.pages = longPages;
  const all = new Map<string, SimulatedImage>();
  let made = 0;
  const kept = (image: SimulatedImage): SimulatedImage => {
    all.set(image.digest, image);
    return image;
  };
  const next = (): number => (made += 1) * 0x1357 + 1;
  const drawn = (): SimulatedImage => {
    const kind = kindOf(random);
    if (kind === 'doubtful') return kept(imageOf(next(), random.pick(doubtful)));
    if (kind === 'windows') return kept(imageOf(next(), truths.healthy, 'windows'));
    if (kind === 'chart') return kept(chartOf(next()));
    if (kind === 'index')
      return kept(
        indexOf(next(), [
          kept(imageOf(next(), truths.healthy)),
          kept(imageOf(next(), random.pick([truths.unhealthy, truths.healthy]))),
        ]),
      );
    return kept(imageOf(next(), kind));
  };
  const isFleet = random.chance(fleetShare);
  const images = isFleet
    ? Array.from({ length: fleetSize }, () => kept(imageOf(next(), random.pick([truths.healthy, truths.unhealthy]))))
    : Array.from({ length: random.pick([1, 1, 1, 2, 2, 3]) }, drawn);
  if (areIndexesRelated) {
    const common = kept(imageOf(next(), truths.unhealthy));
    for (let n = 0; n < 2; n += 1) images.push(kept(indexOf(next(), [common, kept(imageOf(next(), truths.healthy))])));
  }
  return {
    partitions: random.pick([1, 1, 1, 2, 2, 3]),
    registries,
    endless,
    images,
    all,
    isFleet,
    replicas: Object.fromEntries(flow.map(({ app }) => [app, replicas()])) as Record<App, number>,
  };
};
