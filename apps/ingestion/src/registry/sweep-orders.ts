import { unavailable } from '@assay/arm';
import type { RegistryObserved } from '@assay/events';
import type { ConfigFollower as Followed } from '@assay/event-sourcing';
import type { EventLog } from '@assay/messaging';
import type { Config } from '../domain/state.ts';
import { announceRemoval } from './announce.ts';
import { appendSweepOutcome } from './held.ts';
import { isSwept } from './sweeper.ts';

/** The state of the sweep of one registry. Held closings have `untagged-` and their partition for both names. */
export interface SweepStanding {
  readonly registryId: string;
  readonly loginServer: string;
  /** `unknown` if no sweep has ended yet, `failed` if the last one could not read all of the registry. */
  readonly state: 'unknown' | 'clear' | 'failed' | 'held' | 'confirmed';
  /** Number of images that are gone, of those that are known; of closings, out of what is open. */
  readonly gone?: number;
  readonly known?: number;
  readonly since?: string;
  /** The last outcome: `reached`, `failed`, `cut`, `swept` or `released`. */
  readonly outcome?: string;
  /** The author of that outcome or of the confirmation, and the reason. */
  readonly by?: string;
  readonly why?: string;
}

/** The held sweeps as the log records them: every instance knows the same, and any instance takes an order. */
export class SweepOrders {
  constructor(
    private readonly log: EventLog,
    private readonly config: Followed<Config>,
    private readonly sweepSoon: (loginServer: string) => void,
  ) {}

  /** The sweeps of registries, and the closings for want of a tag that a partition of recommendation holds. */
  all(): readonly SweepStanding[] {
    const closings = Object.keys(this.config.value.held).filter((id) => id.startsWith('untagged-'));
    return [...this.#registries(), ...closings.map((id) => this.#standing({ registryId: id, loginServer: id }))];
  }

  #registries(): readonly SweepStanding[] {
    return [...this.config.value.byId.values()]
      .filter(isSwept)
      .map((registry) => this.#standing(registry))
      .toSorted((a, b) => (a.loginServer < b.loginServer ? -1 : 1));
  }

  /** Whether the last sweep of every registry could read it. Undefined before any sweep has ended. */
  areReached(): boolean | undefined {
    const known = this.#registries().filter(({ state }) => state !== 'unknown');
    if (known.length === 0) return undefined;
    return known.every(({ state, outcome }) => state !== 'failed' && outcome !== 'failed');
  }

  of(loginServer: string): SweepStanding | undefined {
    return this.all().find((standing) => standing.loginServer.toLowerCase() === loginServer.toLowerCase());
  }

  /**
   * Appends the order, and answers once it is consumed here.
   * @throws ArmError 503 if the log takes nothing
   */
  async confirm(
    standing: SweepStanding,
    { by, why }: { readonly by: string; readonly why: string },
    marks: { readonly id: string; readonly now: number; readonly traceparent?: string },
  ): Promise<SweepStanding> {
    const { gone, known } = standing;
    await appendSweepOutcome(
      this.log,
      standing,
      { outcome: 'ordered', by, why, ...(gone === undefined ? {} : { gone, known: known ?? gone }) },
      marks,
    ).catch(() => {
      throw unavailable('The log does not accept events at the moment.', 5);
    });
    const isKnown = await this.config.until(({ held }) => held[standing.registryId.toLowerCase()]?.order !== undefined);
    if (!isKnown) throw unavailable('The order is recorded, but does not apply here yet.');
    this.sweepSoon(standing.loginServer.toLowerCase());
    return this.of(standing.loginServer) ?? standing;
  }

  /** The removed registries of an address. */
  removed(loginServer: string): readonly RegistryObserved[] {
    return [...this.config.value.byId.values()].filter(
      (known) => known.removed && known.loginServer.toLowerCase() === loginServer.toLowerCase(),
    );
  }

  /**
   * Appends the decision on the images of a removed registry, and answers once it is consumed here.
   * @throws ArmError 503 if the log takes nothing
   */
  async close(
    registry: RegistryObserved,
    decided: { readonly removedImages: 'keep' | 'close'; readonly by: string; readonly why: string },
    marks: { readonly id: string; readonly traceparent?: string },
  ): Promise<RegistryObserved> {
    await announceRemoval(this.log, registry, decided, marks).catch(() => {
      throw unavailable('The log does not accept events at the moment.', 5);
    });
    const id = registry.registryId.toLowerCase();
    const isKnown = await this.config.until(({ byId }) => byId.get(id)?.removedImages === decided.removedImages);
    if (!isKnown) throw unavailable('The order is recorded, but does not apply here yet.');
    return { ...registry, ...decided };
  }

  #standing({ registryId, loginServer }: Pick<RegistryObserved, 'registryId' | 'loginServer'>): SweepStanding {
    const { held, sweeps } = this.config.value;
    const last = sweeps[registryId.toLowerCase()];
    const hold = held[registryId.toLowerCase()];
    if (!hold) {
      const state = last === undefined ? 'unknown' : last.outcome === 'failed' ? 'failed' : 'clear';
      return { registryId, loginServer, state, ...last };
    }
    const { gone, known, since, order } = hold;
    return {
      registryId,
      loginServer,
      state: order ? 'confirmed' : 'held',
      gone,
      known,
      since,
      // An order stays pending whether or not the registry answers meanwhile.
      ...(order
        ? { by: order.by, why: order.why }
        : last?.outcome === 'failed' && { outcome: 'failed', by: last.by, why: last.why }),
    };
  }
}
