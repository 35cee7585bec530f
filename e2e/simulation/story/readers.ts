import { Charges } from '@assay/billing/read-model/charges';
import { StoreIncomplete } from '@assay/event-sourcing';
import type { UsageCharged } from '@assay/events';
import type { SimulatedRecords } from '../log/records.ts';
import type { SimulatedCluster } from '../services/cluster.ts';
import type { TruthLedger } from '../truth/ledger.ts';
import { Unreachable } from '../world/process.ts';
import type { World } from '../world/world.ts';

/** Readers of bills, at any state of billing's store. */
export class BillReaders {
  constructor(
    private readonly world: World,
    private readonly cluster: SimulatedCluster,
    private readonly ledger: TruthLedger,
    private readonly records: SimulatedRecords,
  ) {}

  /**
   * Asks a replica of billing for the whole bill: the bill has every charge up to then, or it is refused. A charge that
   * a cut took out of the log may be lost with the store.
   */
  async readBill(): Promise<void> {
    const candidates = this.cluster.live.filter(({ app, ports }) => app === 'billing' && ports !== undefined);
    if (candidates.length === 0) return;
    const { name, process, ports } = this.world.random.pick(candidates);
    const charged = this.#charged();
    try {
      const { charges } = await new Charges({ ...ports!, clock: process! }).of();
      this.world.tally.count('bill given');
      this.world.note(name, `a bill of ${charges.length} charges is given`);
      const billed = new Set(charges.map(({ chargeId }) => chargeId));
      const missing = charged.filter((charge) => !billed.has(charge) && this.#isInLog(charge));
      if (missing.length > 0)
        this.ledger.fail(
          'a bill is whole, or there is none',
          `${name} gave a bill of ${charges.length} charges without ${missing.join(', ')}`,
        );
    } catch (error) {
      if (!(error instanceof StoreIncomplete) && !(error instanceof Unreachable)) throw error;
      this.world.tally.count('bill refused');
      this.world.note(name, `a bill is refused: ${error.message}`);
    }
  }

  #isInLog(charge: string): boolean {
    for (let partition = 0; partition < this.records.partitions; partition += 1)
      if (this.records.of('usage.charged', partition).some(({ value }) => value.includes(charge))) return true;
    return false;
  }

  #charged(): string[] {
    return this.ledger.reader.received
      .filter(({ topic }) => topic === 'usage.charged')
      .map(({ record }) => (JSON.parse(record.value) as UsageCharged).chargeId);
  }
}
