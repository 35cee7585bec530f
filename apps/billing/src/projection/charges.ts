import { placementKey, type UsageCharged } from '@assay/events';
import { lackOf, wholly, type State, type Store, type WholePorts } from '@assay/event-sourcing';
import { unpaid, type Chargeable, type Heard, type Said } from '../domain/state.ts';
import { billedIn } from './period.ts';

const pageKeys = 500;

/** An assessment that is to be paid for and has no price yet. */
export type Waiting = Pick<Chargeable, 'subscriptionId' | 'registryId' | 'loginServer' | 'repository' | 'digest' | 'pushId' | 'scanId' | 'chargedFor'>;

export interface Bill {
  /** By time and id. */
  readonly charges: readonly UsageCharged[];
  readonly waiting: readonly Waiting[];
}

export interface ChargesPorts {
  readonly store: Pick<Store, 'head' | 'scan'>;
  readonly log: WholePorts['log'];
}

/** What was charged, read out of the store: all of it, or nothing. */
export class Charges {
  readonly #whole: WholePorts;

  constructor(private readonly ports: ChargesPorts) {
    this.#whole = { app: 'billing', ...ports };
  }

  /** Why charges cannot be read just now, in a line; undefined where they can. */
  lack(): Promise<string | undefined> {
    return lackOf(this.#whole);
  }

  /**
   * The bill of a period (of all, where none is named): the same charges come in the same order, wherever they lie.
   * @throws NotWhole where the store lacks some of them, or may: it is empty, being filled, or was rolled back
   */
  async of(period?: string): Promise<Bill> {
    const states: State<Heard, Said>[] = [];
    for (let partition = 0; partition < this.ports.log.partitions; partition += 1) {
      states.push(...await wholly(this.#whole, partition, () => statesIn(this.ports.store, partition)));
    }
    return billOf(states, period);
  }
}

/** What a store that is compared with another one has of charges, whole or not. */
export const chargesIn = async (store: Pick<Store, 'scan'>, partitions: number): Promise<readonly UsageCharged[]> => {
  const states: State<Heard, Said>[] = [];
  for (let partition = 0; partition < partitions; partition += 1) states.push(...await statesIn(store, partition));
  return billOf(states).charges;
};

const statesIn = async (store: Pick<Store, 'scan'>, partition: number): Promise<readonly State<Heard, Said>[]> => {
  const states: State<Heard, Said>[] = [];
  for (let after: string | undefined; ;) {
    const page = await store.scan(partition, after, pageKeys);
    if (page.length === 0) return states;
    states.push(...page.map(({ state }) => JSON.parse(state) as State<Heard, Said>));
    after = page.at(-1)!.key;
    // The embedded store answers at once: without this a large one would keep everything else waiting.
    await new Promise(setImmediate);
  }
};

const billOf = (states: readonly State<Heard, Said>[], period?: string): Bill => {
  const isOf = (one: Pick<UsageCharged, 'chargedFor' | 'billedIn'>): boolean => period === undefined || billedIn(one) === period;
  const charges = states.flatMap(({ said }) => Object.values(said).flat()).filter(isOf);
  const waiting = states.flatMap(unpaid).filter(isOf)
    .map(({ subscriptionId, registryId, loginServer, repository, digest, pushId, scanId, chargedFor }): Waiting => ({ subscriptionId, registryId, loginServer, repository, digest, pushId, scanId, chargedFor }));
  return { charges: charges.toSorted((a, b) => byTime(a, b) || compare(a.chargeId, b.chargeId)), waiting: waiting.toSorted((a, b) => byTime(a, b) || compare(placementKey(a), placementKey(b))) };
};

/** By code units: a locale would let two machines disagree. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const byTime = (a: { readonly chargedFor: string }, b: { readonly chargedFor: string }): number => compare(a.chargedFor, b.chargedFor);
