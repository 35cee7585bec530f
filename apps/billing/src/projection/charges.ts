import type { UsageCharged } from '@assay/events';
import type { State, Store } from '@assay/event-sourcing';
import type { Heard, Said } from '../domain/state.ts';
import { periodOf } from './period.ts';

const pageKeys = 500;

/** What was charged, read out of the store. */
export class Charges {
  constructor(private readonly store: Pick<Store, 'scan'>, private readonly partitions: number) {}

  /** Charges of a period (of all, where none is named) by time and id: the same charges come in the same order, wherever they lie. */
  async of(period?: string): Promise<readonly UsageCharged[]> {
    const charges: UsageCharged[] = [];
    for (let partition = 0; partition < this.partitions; partition += 1) {
      for await (const charge of this.#in(partition)) {
        if (period === undefined || periodOf(charge.chargedFor) === period) charges.push(charge);
      }
    }
    return charges.sort(byTimeAndId);
  }

  async *#in(partition: number): AsyncIterable<UsageCharged> {
    for (let after: string | undefined; ;) {
      const page = await this.store.scan(partition, after, pageKeys);
      if (page.length === 0) return;
      for (const { state } of page) yield* Object.values((JSON.parse(state) as State<Heard, Said>).said).flat();
      after = page.at(-1)!.key;
      // The embedded store answers at once: without this a large one would keep everything else waiting.
      await new Promise(setImmediate);
    }
  }
}

/** By code units: a locale would let two machines disagree. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const byTimeAndId = (a: UsageCharged, b: UsageCharged): number => compare(a.chargedFor, b.chargedFor) || compare(a.chargeId, b.chargeId);
