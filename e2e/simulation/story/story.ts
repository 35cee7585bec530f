import { flow, keyedTopics, type Topic } from '@assay/events';
import type { HostNotice } from '@assay/ingestion/http/notification';
import type { SimulatedImage } from '../outside/images.ts';
import type { SimulatedCloud } from '../outside/cloud.ts';
import type { ImageRegistry } from '../outside/registry.ts';
import type { Random } from '../world/random.ts';
import type { World } from '../world/world.ts';
import type { Commands } from './commands.ts';
import type { DrawnScene } from './drawn.ts';
import type { SimulatedKeeper } from './keeper.ts';
import type { Rollout } from './rollout.ts';
import type { SimulatedSender } from './sender.ts';

const repositories = ['team/app', 'team/base'] as const;

/** Databases are announced when most images have been assessed, as shares of the time of a story. */
const announcedWithin = [0.2, 1.4] as const;
/** A fleet is pushed in this share of the time. */
const fleetWithin = 0.2;
const [againShare, soonMs] = [0.5, 1500];
/** Chance that a database is taken back soon after its announcement. */
const takenBackShare = 0.25;

/** An image that was pushed to a repository. */
export interface StoryPush {
  readonly image: SimulatedImage;
  readonly registry: ImageRegistry;
  readonly repository: string;
}

/** The changes of registries, plans and rules, and their notifications. */
export class Story {
  readonly pushes: StoryPush[] = [];
  /** Actions that have begun and are to end. */
  unfinished = 0;
  #notices = 0;
  #lastAt = 0;

  constructor(
    private readonly world: World,
    private readonly scene: DrawnScene,
    private readonly commands: Commands,
    private readonly sender: SimulatedSender,
    private readonly rollout: Rollout,
    /** Takes newer databases, if they are offered before they are announced. */
    private readonly keeper?: Pick<SimulatedKeeper, 'take'>,
    private readonly cloud?: SimulatedCloud,
    /** Whether tags are removed without a notification, and notifications are forged. */
    private readonly isSly = false,
  ) {}

  /** Before anything runs. */
  begin(): void {
    const { random } = this.world;
    for (const registry of [...this.scene.registries, ...this.scene.endless]) this.commands.observe(registry);
    for (const subscription of this.#subscriptions)
      if (random.chance(0.9)) this.commands.plan(subscription, 'Standard');
    this.commands.advisories(this.rollout.announced);
  }

  /**
   * Puts the actions of the next `withinMs` milliseconds on the timeline.
   * @param announcements how often a database is announced
   * @param builds how often something happens to builds of the scanner
   */
  unfold(withinMs: number, announcements: number, builds: number): void {
    const { random } = this.world;
    const { isFleet } = this.scene;
    const later = (does: () => void, share = 1): void => {
      this.world.timeline.after(random.between(0, withinMs * share), does);
    };
    for (const image of this.scene.images) {
      const pushes = random.pick([1, 1, 1, 2]);
      for (let n = 0; n < pushes; n += 1)
        later(
          () => this.#push({ image, registry: random.pick(this.#registries), repository: random.pick(repositories) }),
          isFleet ? fleetWithin : 1,
        );
    }
    const sometimes = (chance: number, does: () => void): void => {
      if (random.chance(chance)) later(does);
    };
    sometimes(0.2, () => this.#delete());
    for (const chance of [0.3, 0.1]) sometimes(chance, () => this.#again());
    if (this.isSly)
      for (const chance of [0.6, 0.6, 0.3]) {
        sometimes(chance, () => this.#forge());
        sometimes(chance, () => this.#untag());
        sometimes(chance, () => this.#again());
      }
    for (const subscription of this.#subscriptions) {
      sometimes(0.25, () => this.commands.plan(subscription, random.chance(0.5) ? 'Free' : 'Standard'));
      sometimes(0.15, () => this.commands.plan(subscription, random.chance(0.5) ? 'Free' : 'Standard'));
      sometimes(0.2, () =>
        this.commands.rule(subscription, random.chance(0.5) ? {} : { forMs: random.between(1000, 60_000) }),
      );
      sometimes(0.1, () => this.commands.rule(subscription, { removed: true }));
    }
    sometimes(0.08, () => this.#remove());
    sometimes(0.1, () => this.#poison());
    for (let times = isFleet ? Math.max(1, announcements) : announcements; times > 0; times -= 1)
      this.world.timeline.after(withinMs * random.between(...announcedWithin), () => this.#announce());
    for (let times = builds; times > 0; times -= 1)
      this.world.timeline.after(withinMs * random.between(...announcedWithin), () => this.#rebuild());
  }

  get #subscriptions(): ReadonlySet<string> {
    return new Set(this.#registries.map(({ subscriptionId }) => subscriptionId));
  }

  /** Those into which images are pushed. */
  get #registries(): readonly ImageRegistry[] {
    return [...this.scene.registries, ...(this.cloud?.registries.map(({ images }) => images) ?? [])];
  }

  /** Pushes some image into a registry. */
  pushInto(registry: ImageRegistry): void {
    const { random } = this.world;
    this.#push({ image: random.pick(this.scene.images), registry, repository: random.pick(repositories) });
  }

  #push(push: StoryPush): void {
    const { image, registry, repository } = push;
    this.world.note('world', `push ${image.truth.name}`, `${repository}@${image.digest.slice(0, 15)}`);
    registry.put(repository, 'latest', image, this.world.now);
    this.pushes.push(push);
    this.#notify('push', push);
  }

  #delete(): void {
    if (this.pushes.length === 0) return;
    const push = this.world.random.pick(this.pushes);
    this.world.note('world', 'delete', `${push.repository}@${push.image.digest.slice(0, 15)}`);
    push.registry.remove(push.repository, push.image.digest, this.world.now);
    this.#notify('delete', push);
  }

  /** Announces a database. Often, an image that was assessed before is scanned again meanwhile. */
  #announce(): void {
    const { random, timeline } = this.world;
    const { keeper } = this;
    if (!this.rollout.announce(keeper && ((database) => keeper.take(database)))) return;
    if (random.chance(againShare)) timeline.after(random.between(0, soonMs), () => this.#again());
    if (random.chance(takenBackShare)) timeline.after(random.between(0, 2 * soonMs), () => this.rollout.takeBack());
  }

  /** Builds of the scanner come and go. */
  #rebuild(): void {
    switch (this.world.random.pick(['announce', 'install', 'recall', 'recall'] as const)) {
      case 'announce':
        return this.rollout.announceBuild();
      case 'install':
        return this.rollout.installBuild();
      default:
        return this.rollout.recallBuild();
    }
  }

  /** Pushes the same image once more: it was built again without changes. */
  #again(): void {
    if (this.pushes.length > 0) this.#push(this.world.random.pick(this.pushes));
  }

  /** A notification of what never happened: the registry has the image, and the tag names another one. */
  #forge(): void {
    if (this.pushes.length === 0) return;
    const push = this.world.random.pick(this.pushes);
    this.world.fault('world', 'notification forged');
    this.#notify('push', push);
  }

  /** A tag goes, and its image stays. No registry sends a notification about that. */
  #untag(): void {
    if (this.pushes.length === 0) return;
    const { registry, repository } = this.world.random.pick(this.pushes);
    this.world.fault('world', 'tag removed');
    registry.untag(repository, 'latest', this.world.now);
  }

  /** A registry is removed, and added again. */
  #remove(): void {
    const registry = this.world.random.pick(this.scene.registries);
    this.commands.observe(registry, true);
    this.unfinished += 1;
    this.world.timeline.after(this.world.random.between(100, 10_000), () => {
      this.unfinished -= 1;
      this.commands.observe(registry);
    });
  }

  #poison(): void {
    const { random } = this.world;
    const topic = random.pick(
      keyedTopics.filter((each) => flow.some(({ consumes }) => (consumes as readonly Topic[]).includes(each))),
    );
    this.world.fault('world', 'poison');
    this.commands.poison(
      topic,
      random.pick([...this.scene.all.keys()]),
      random.pick(['{"half', '{}', '{"digest":7}']),
      random.chance(0.5) ? '9000000000000000.1' : undefined,
    );
  }

  /** Notifications come, come late, come twice, or never. */
  #notify(action: 'push' | 'delete', { image, registry, repository }: StoryPush): void {
    const { random, tally, timeline, now } = this.world;
    this.#notices += 1;
    // No registry does two things in the same millisecond.
    this.#lastAt = Math.max(Math.floor(now), this.#lastAt + 1);
    const notice: HostNotice = {
      sender: 'acr',
      senderEventId: `event-${this.#notices}`,
      action,
      host: registry.loginServer,
      repository,
      digest: image.digest,
      ...(action === 'push' ? { tag: 'latest', mediaType: image.mediaType } : {}),
      occurredAt: new Date(this.#lastAt).toISOString(),
      body: {},
    };
    if (random.chance(0.07)) {
      tally.count('notification lost');
      return;
    }
    if (random.chance(0.15)) {
      tally.count('notification late');
      timeline.after(100 * 200 ** random.next(), () => this.sender.send(notice));
    } else this.sender.send(notice);
    if (random.chance(0.2)) {
      tally.count('notification repeated');
      this.#repeat(notice, random);
    }
  }

  #repeat(notice: HostNotice, random: Random): void {
    // Some senders give a repeat its own id.
    const repeat = random.chance(0.3) ? { ...notice, senderEventId: `${notice.senderEventId}-again` } : notice;
    this.world.timeline.after(10 * 1000 ** random.next(), () => this.sender.send(repeat));
  }
}
