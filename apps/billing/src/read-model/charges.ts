import { placementKey, type UsageCharged } from '@assay/events';
import {
  incompleteReason,
  systemClock,
  whenComplete,
  type Clock,
  type State,
  type Store,
  type CompletenessPorts,
} from '@assay/event-sourcing';
import { stateVersion } from '../domain/decider.ts';
import { unpaid, type Chargeable, type Received, type Emitted } from '../domain/state.ts';
import { billedIn } from './period.ts';

const pageKeys = 500;

/** A chargeable assessment without a price yet. */
export type UnpricedCharge = Pick<
  Chargeable,
  'subscriptionId' | 'registryId' | 'loginServer' | 'repository' | 'digest' | 'pushId' | 'scanId' | 'chargedFor'
>;

export interface Bill {
  /** By time, then by id. */
  readonly charges: readonly UsageCharged[];
  readonly waiting: readonly UnpricedCharge[];
}

export interface ChargesPorts {
  readonly store: Pick<Store, 'checkpoint' | 'scan'>;
  readonly log: CompletenessPorts['log'];
  /** Why billing does not read on in this process. */
  readonly waits?: CompletenessPorts['waits'];
  readonly clock?: Pick<Clock, 'yield'>;
}

/** Reads the charges from the store: all of them, or none. */
export class Charges {
  readonly #whole: CompletenessPorts;

  constructor(private readonly ports: ChargesPorts) {
    this.#whole = { app: 'billing', stateVersion, ...ports };
  }

  /** Returns in one line why charges cannot be read now; undefined if they can. */
  incompleteReason(): Promise<string | undefined> {
    return incompleteReason(this.#whole);
  }

  /**
   * Reads the bill of a period, or of all periods. Equal charges come in the same order from any partition.
   * @throws StoreIncomplete if charges are or may be missing: the store is empty, being restored or rolled back, or its
   * owner waits or stands still
   */
  async of(period?: string): Promise<Bill> {
    const { partitions } = this.ports.log;
    return billOf(partitions, (partition) =>
      whenComplete(this.#whole, partition, () => partOf(this.ports, partition, period)),
    );
  }
}

/** Reads the charges of a store for a comparison, complete or not. */
export const chargesIn = async (store: Pick<Store, 'scan'>, partitions: number): Promise<readonly UsageCharged[]> =>
  (await billOf(partitions, (partition) => partOf({ store }, partition, undefined))).charges;

const billOf = async (partitions: number, read: (partition: number) => Promise<Bill>): Promise<Bill> => {
  const parts: Bill[] = [];
  for (let partition = 0; partition < partitions; partition += 1) parts.push(await read(partition));
  return {
    charges: parts
      .flatMap(({ charges }) => charges)
      .toSorted((a, b) => byTime(a, b) || compare(a.chargeId, b.chargeId)),
    waiting: parts
      .flatMap(({ waiting }) => waiting)
      .toSorted((a, b) => byTime(a, b) || compare(placementKey(a), placementKey(b))),
  };
};

/**
 * Reads one partition in the order of its keys. It reads page by page, so that only the charges of the period are kept
 * in memory.
 */
const partOf = async (
  { store, clock = systemClock }: { readonly store: Pick<Store, 'scan'>; readonly clock?: Pick<Clock, 'yield'> },
  partition: number,
  period: string | undefined,
): Promise<Bill> => {
  const isOf = (one: Pick<UsageCharged, 'chargedFor' | 'billedIn'>): boolean =>
    period === undefined || billedIn(one) === period;
  const part = { charges: [] as UsageCharged[], waiting: [] as UnpricedCharge[] };
  for (let after: string | undefined; ;) {
    const page = await store.scan(partition, after, pageKeys);
    const last = page.at(-1);
    if (last === undefined) return part;
    for (const { state: text } of page) {
      const state = JSON.parse(text) as State<Received, Emitted>;
      part.charges.push(...Object.values(state.emitted).flat().filter(isOf));
      part.waiting.push(...unpaid(state).filter(isOf).map(waitingOf));
    }
    after = last.key;
    // The embedded store answers synchronously: without this yield a large store would block the event loop.
    await clock.yield();
  }
};

const waitingOf = ({
  subscriptionId,
  registryId,
  loginServer,
  repository,
  digest,
  pushId,
  scanId,
  chargedFor,
}: Chargeable): UnpricedCharge => ({
  subscriptionId,
  registryId,
  loginServer,
  repository,
  digest,
  pushId,
  scanId,
  chargedFor,
});

/** Compares by code units: a locale would make the order depend on the machine. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const byTime = (a: { readonly chargedFor: string }, b: { readonly chargedFor: string }): number =>
  compare(a.chargedFor, b.chargedFor);
