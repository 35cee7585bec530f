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
import { billedIn } from '../domain/periods.ts';
import { summaryIn, summaryOf, type SummaryEntry } from '../domain/summary.ts';
import { Totals, type Total } from './totals.ts';

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

/** Some of the charges. */
export interface ChargesFilter {
  /** A calendar month; undefined for all. */
  readonly period: string | undefined;
  /** Whether the charges of a registry are wanted. */
  readonly isShown: (registryId: string) => boolean;
}

/** A place in the store: a partition, and a key of it. */
export type ChargesPosition = readonly [partition: number, key: string];

/** A line of a bill, with what corrected it since, in any month. */
export type ListedCharge = UsageCharged & {
  readonly corrections?: readonly Pick<UsageCharged, 'chargeId' | 'amount' | 'billedIn' | 'by' | 'why'>[];
};

/** Charges and assessments of some images, in the order of the store. */
export interface ChargesPage extends Pick<Bill, 'waiting'> {
  readonly charges: readonly ListedCharge[];
  /** The place behind which the next page begins; absent on the last page. */
  readonly last?: ChargesPosition;
}

/** The sums of a bill. */
export interface ChargesSums {
  /** Of all registries. */
  readonly all: readonly Total[];
  /** Of the registries that are shown. */
  readonly shown: readonly Total[];
  /** Number of assessments without a price, of the registries that are shown. */
  readonly waiting: number;
}

export interface ChargesPorts {
  readonly store: Pick<Store, 'checkpoint' | 'read' | 'scan' | 'summaries'>;
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

  /**
   * Sums up a bill. It reads summaries, and the states of the few keys without one.
   * @throws StoreIncomplete as `of` does
   */
  async sums({ period, isShown }: ChargesFilter): Promise<ChargesSums> {
    const [all, shown] = [new Totals(), new Totals()];
    let waiting = 0;
    for (let partition = 0; partition < this.ports.log.partitions; partition += 1)
      await whenComplete(this.#whole, partition, async () => {
        for await (const [, entries] of this.#summaries(partition))
          for (const [billed, registryId, amount, currency] of entries) {
            if (period !== undefined && billed !== period) continue;
            const isWaiting = amount === undefined || currency === undefined;
            if (!isWaiting) all.add({ amount, currency });
            if (!isShown(registryId)) continue;
            if (isWaiting) waiting += 1;
            else shown.add({ amount, currency });
          }
      });
    return { all: all.value, shown: shown.value, waiting };
  }

  /**
   * Reads a page of a bill. It finds the images by their summaries, and reads the states of those on the page only. An
   * image is not divided: one with more entries than a page is a page of its own.
   * @param after the place of the page before
   * @param most entries of a page
   * @throws StoreIncomplete as `of` does, of the partitions that it reads
   */
  async page(filter: ChargesFilter, after: ChargesPosition | undefined, most: number): Promise<ChargesPage> {
    const [first, behind] = after ?? [0, undefined];
    const page = { charges: [] as ListedCharge[], waiting: [] as UnpricedCharge[] };
    let [room, last] = [most, after];
    for (let partition = first; partition < this.ports.log.partitions; partition += 1) {
      const isFull = await whenComplete(this.#whole, partition, async () => {
        const keys: string[] = [];
        let isMore = false;
        for await (const [key, entries] of this.#summaries(partition, partition === first ? behind : undefined)) {
          const count = entries.filter(([period, registryId]) => isWanted(filter, period, registryId)).length;
          if (count === 0) continue;
          isMore = count > room && room < most;
          if (isMore) break;
          keys.push(key);
          room -= count;
          last = [partition, key];
        }
        const states = await this.ports.store.read(partition, keys);
        for (const { state } of states.values()) addTo(page, stateIn(state), filter, withCorrections);
        return isMore;
      });
      if (isFull && last) return { ...page, last };
    }
    return page;
  }

  /** The keys of a partition behind one, each with the entries of its summary. */
  async *#summaries(partition: number, behind?: string): AsyncGenerator<readonly [string, readonly SummaryEntry[]]> {
    const { store, clock = systemClock } = this.ports;
    for (let after = behind; ;) {
      const page = await store.summaries(partition, after, pageKeys);
      // Those that are too long for a summary.
      const states = await store.read(
        partition,
        page.filter(({ summary }) => summary === undefined).map(({ key }) => key),
      );
      for (const { key, summary } of page) {
        const state = states.get(key)?.state;
        yield [key, summary === undefined ? (state ? summaryOf(stateIn(state)) : []) : summaryIn(summary)];
      }
      after = page.at(-1)?.key;
      if (after === undefined) return;
      await clock.yield();
    }
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
  const part = { charges: [] as UsageCharged[], waiting: [] as UnpricedCharge[] };
  for (let after: string | undefined; ;) {
    const page = await store.scan(partition, after, pageKeys);
    const last = page.at(-1);
    if (last === undefined) return part;
    for (const { state } of page) addTo(part, stateIn(state), { period, isShown: () => true });
    after = last.key;
    // The embedded store answers synchronously: without this yield a large store would block the event loop.
    await clock.yield();
  }
};

const stateIn = (text: string): State<Received, Emitted> => JSON.parse(text) as State<Received, Emitted>;

const isWanted = (filter: ChargesFilter, period: string, registryId: string): boolean =>
  (filter.period === undefined || filter.period === period) && filter.isShown(registryId);

const withCorrections = (charge: UsageCharged, all: readonly UsageCharged[]): ListedCharge => {
  const corrections = all.filter(({ correctionOf }) => correctionOf === charge.chargeId);
  if (corrections.length === 0) return charge;
  return {
    ...charge,
    corrections: corrections.map(({ chargeId, amount, billedIn: month, by, why }) => ({
      chargeId,
      amount,
      ...(month === undefined ? {} : { billedIn: month }),
      ...(by === undefined ? {} : { by }),
      ...(why === undefined ? {} : { why }),
    })),
  };
};

/**
 * Adds what is wanted of a state.
 * @param shown makes the line of a charge, given all charges of the image
 */
const addTo = (
  part: { readonly charges: UsageCharged[]; readonly waiting: UnpricedCharge[] },
  state: State<Received, Emitted>,
  filter: ChargesFilter,
  shown: (charge: UsageCharged, all: readonly UsageCharged[]) => UsageCharged = (charge) => charge,
): void => {
  const isOf = (one: Pick<UsageCharged, 'chargedFor' | 'billedIn' | 'registryId'>): boolean =>
    isWanted(filter, billedIn(one), one.registryId);
  const all = Object.values(state.emitted).flat();
  part.charges.push(...all.filter(isOf).map((charge) => shown(charge, all)));
  part.waiting.push(...unpaid(state).filter(isOf).map(waitingOf));
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
