import { unavailable } from '@assay/arm';
import { derivedId } from '@assay/events';
import type { ConfigFollower as Followed } from '@assay/event-sourcing';
import type { EventLog } from '@assay/messaging';
import type { Discoveries } from '@assay/registry';
import type { Config } from '../domain/state.ts';
import { appendOutcome } from '../registry/held.ts';
import { listingKey, standingsOf, type ListingStanding } from './outcomes.ts';

/** The listings as the log records them: every instance knows the same, and any instance takes an order. */
export class DiscoveryOrders {
  constructor(
    private readonly log: EventLog,
    private readonly config: Followed<Config>,
    private readonly discoveries: Discoveries,
    private readonly listedAt: (key: string) => number | undefined,
  ) {}

  /** Null without a mistake in the setting. */
  get error(): string | null {
    return this.discoveries.error ?? null;
  }

  all(): readonly ListingStanding[] {
    return standingsOf(this.config.value, this.discoveries.current).map((standing) => {
      const at = this.listedAt(listingKey(standing.discovery, standing.subscriptionId));
      return at === undefined ? standing : { ...standing, listedAt: new Date(at).toISOString() };
    });
  }

  /**
   * Orders the removals that are held in a subscription, and answers once that is consumed here.
   * @throws ArmError 503 if the log takes nothing
   */
  async confirm(
    held: readonly ListingStanding[],
    { by, why }: { readonly by: string; readonly why: string },
    marks: { readonly id: string; readonly traceparent?: string },
  ): Promise<readonly ListingStanding[]> {
    for (const [at, { discovery, subscriptionId, gone = 0, known = gone }] of held.entries()) {
      const key = listingKey(discovery, subscriptionId);
      await appendOutcome(
        this.log,
        `sweep/${key}`,
        { outcome: 'ordered', by, why, gone, known },
        {},
        { now: Date.now(), ...marks, id: at === 0 ? marks.id : derivedId(marks.id, key) },
      ).catch(() => {
        throw unavailable('The log does not accept events at the moment.', 5);
      });
      if (!(await this.config.until((config) => config.held[key]?.order !== undefined)))
        throw unavailable('The order is recorded, but does not apply here yet.');
    }
    const keys = new Set(held.map(({ discovery, subscriptionId }) => listingKey(discovery, subscriptionId)));
    return this.all().filter(({ discovery, subscriptionId }) => keys.has(listingKey(discovery, subscriptionId)));
  }
}
