import type { SimulatedRecords } from '../log/records.ts';
import { cloudSubscriptions, discoveryName, type CloudRegistry, type SimulatedCloud } from '../outside/cloud.ts';
import type { ImageRegistry } from '../outside/registry.ts';
import { discoveredIn } from '../truth/discovery.ts';
import type { World } from '../world/world.ts';
import type { Commands } from './commands.ts';

/** Changes go on a little longer than everything else: some come once all is well. */
const changesWithin = 1.5;

/** Registries of the cloud come and go, rights are lost, and an event is forged. */
export class CloudStory {
  /** Changes that are to come. */
  unfinished = 0;
  /** Time of the last change, ms since the epoch. */
  changedAt = 0;
  #isOver = false;

  constructor(
    private readonly world: World,
    private readonly cloud: SimulatedCloud,
    private readonly commands: Commands,
    private readonly records: SimulatedRecords,
    /** Pushes an image into a server. */
    private readonly push: (registry: ImageRegistry) => void,
  ) {}

  unfold(withinMs: number): void {
    const { random, timeline } = this.world;
    this.unfinished = random.whole(2, 8);
    for (let count = this.unfinished; count > 0; count -= 1)
      timeline.after(random.between(0, withinMs * changesWithin), () => {
        this.unfinished -= 1;
        this.changedAt = this.world.now;
        this.#change();
      });
  }

  /** An operator closes the images of each registry that was removed. */
  act(): void {
    for (const registry of discoveredIn(this.records))
      if (registry.removed && registry.removedImages === undefined)
        this.commands.observed({ ...registry, removedImages: 'close', by: 'operator', why: 'it is gone' });
  }

  /** True until images are pushed into restricted registries that every service knows as such. */
  get isRestrictedAhead(): boolean {
    return !this.#isOver && this.#restricted.length > 0;
  }

  pushIntoRestricted(): void {
    this.#isOver = true;
    for (const { images } of this.#restricted) this.push(images);
  }

  get #restricted(): readonly CloudRegistry[] {
    return this.cloud.registries.filter(({ network }) => network);
  }

  #change(): void {
    const { cloud, world } = this;
    const { random } = world;
    const kinds = ['appear', 'close', 'open', 'move', 'vanish', 'vanish', 'hide', 'lose', 'forge', 'push'] as const;
    const kind = random.pick(kinds);
    const registry = random.pick(cloud.registries) as CloudRegistry | undefined;
    if ((cloud.isWell && (kind === 'hide' || kind === 'lose')) || !registry) return;
    world.fault('cloud', `${kind} in the cloud`);
    world.note('cloud', registry.images.loginServer);
    if (kind === 'forge') this.#forge(random.pick(cloud.foreign), registry.images);
    else if (kind === 'push') this.push(registry.images);
    else if (kind === 'hide') registry.isHidden = true;
    else if (kind === 'lose')
      cloud.states.set(random.pick(cloudSubscriptions), random.pick(['Enabled', 'Disabled', 'unseen']));
    else cloud[kind](registry);
  }

  /** A forged event gives the discovery a server outside of the cloud, under an id of its own or of a true registry. */
  #forge(server: ImageRegistry, { registryId }: ImageRegistry): void {
    const id = this.world.random.chance(0.5) ? { registryId } : {};
    this.commands.observe(server, false, { ...id, discovery: discoveryName, by: 'discovery', plainHttp: false });
    this.push(server);
  }
}
