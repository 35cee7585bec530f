import { setTimeout as pause } from 'node:timers/promises';
import { pushLayout } from '@assay/local-registry';
import type { Random } from '../../simulation/world/random.ts';
import type { WatchedRegistry } from '../../distributed/suite.ts';
import type { TruePush } from '../checker/truth.ts';
import { laidOut, madeImage, type MadeImage } from './images.ts';

export interface LoadOptions {
  readonly registries: readonly WatchedRegistry[];
  readonly random: Random;
  /** Average time between two pushes, in ms. */
  readonly everyMs: number;
  readonly failed: (activity: string, error: unknown) => void;
}

/** The kinds of pushes: a new image, or an image that is already known. */
const deeds = ['new', 'new', 'new', 'new', 'new', 'new', 'again', 'tagged', 'copied', 'copied'] as const;

/** Sometimes several images are pushed at once, so that more work is in progress when a process is killed. */
const [burst, burstShare] = [6, 0.15];

const repositories = ['team/app', 'team/web', 'team/base'] as const;

/**
 * Pushes images and records each. A tag stays with its image: if a tag moved before a sweep, no registry could report
 * the old image.
 */
export class Load {
  readonly pushes: TruePush[] = [];
  readonly #made: { readonly image: MadeImage; readonly at: TruePush; readonly registry: WatchedRegistry }[] = [];
  #numbers = 0;
  #tags = 0;
  readonly #options: LoadOptions;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  /** Pushes until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { random, everyMs, failed } = this.#options;
    while (!signal.aborted) {
      const atOnce = random.chance(burstShare) ? burst : 1;
      await Promise.all(
        Array.from({ length: atOnce }, () => this.push().catch((error: unknown) => failed('a push', error))),
      );
      await pause(random.between(0.3, 1.7) * everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async push(): Promise<void> {
    const { random, registries } = this.#options;
    const known = this.#made.length > 0 ? random.pick(this.#made) : undefined;
    const deed = known === undefined ? 'new' : random.pick(deeds);
    if (deed === 'new' || known === undefined)
      return this.#push(
        madeImage((this.#numbers += 1), (of) => random.pick(of)),
        random.pick(registries),
        random.pick(repositories),
        this.#newTag(),
      );
    if (deed === 'again') return this.#push(known.image, known.registry, known.at.repository, known.at.tag);
    if (deed === 'tagged') return this.#push(known.image, known.registry, known.at.repository, this.#newTag());
    return this.#push(known.image, random.pick(registries), random.pick(repositories), this.#newTag());
  }

  /** Pushes a known image, whose digest fits, again under another name; it needs no scan. */
  async pushKnown(fits: (digest: string) => boolean): Promise<void> {
    const known = this.#made.filter(({ at }) => fits(at.digest));
    const { random, registries } = this.#options;
    if (known.length > 0)
      await this.#push(random.pick(known).image, random.pick(registries), random.pick(repositories), this.#newTag());
  }

  #newTag(): string {
    this.#tags += 1;
    return `v${this.#tags}`;
  }

  async #push(image: MadeImage, registry: WatchedRegistry, repository: string, tag: string): Promise<void> {
    const { registryId, loginServer, subscriptionId } = registry;
    const { digest } = await laidOut(image, (layout) =>
      pushLayout(layout, { registry: loginServer, repository, tag, plainHttp: true }),
    );
    const at: TruePush = { registryId, loginServer, subscriptionId, repository, digest, tag, deserved: image.deserved };
    this.pushes.push(at);
    this.#made.push({ image, at, registry });
  }
}
