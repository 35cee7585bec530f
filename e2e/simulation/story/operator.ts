import type { App } from '@assay/events';
import type { Parked } from '@assay/event-sourcing';
import { kindOf } from '../../laws/records.ts';
import { apps } from '../services/services.ts';
import type { StoreServer } from '../store/memory.ts';
import type { World } from '../world/world.ts';
import type { Commands } from './commands.ts';

const patienceMs = 20_000;

/**
 * A result that answers no approval. If it is dropped, nothing is lost but the set of the digest, which is to come
 * again.
 */
const isReassessment = (app: App, { headers }: Pick<Parked, 'headers'>): boolean =>
  app === 'classifier' && kindOf({ headers }) === 'scan.reassessed';

/**
 * An operator who redrives events that a handler failed at, drops records that are no events and some results, and
 * resumes partitions that stand still.
 */
export class SimulatedOperator {
  readonly #ordered = new Map<string, number>();

  constructor(
    private readonly world: World,
    private readonly stores: Readonly<Record<App, StoreServer>>,
    private readonly commands: Commands,
    private readonly partitions: number,
  ) {}

  /** Resumes everything that stands still, once each, and again if an order has had no effect for long. */
  resume(): void {
    for (const app of apps) {
      for (let partition = 0; partition < this.partitions; partition += 1) {
        const { standstill } = this.stores[app].rows(partition).head;
        if (!standstill || this.world.now < (this.#ordered.get(standstill.id) ?? 0)) continue;
        this.#ordered.set(standstill.id, this.world.now + patienceMs);
        this.world.fault('operator', 'order to resume');
        this.commands.resume(app, partition, standstill);
      }
    }
  }

  /**
   * Orders to redrive or drop every event that is parked for its own fault. Each is ordered once, and again if an order
   * has had no effect for long.
   */
  act(): void {
    for (const app of apps) {
      for (const event of this.stores[app].parked()) {
        const name = `${app}/${event.topic}/${event.partition}/${event.offset}`;
        if (event.code === 'key-halted' || this.world.now < (this.#ordered.get(name) ?? 0)) continue;
        this.#ordered.set(name, this.world.now + patienceMs);
        const command = this.#commandFor(app, event);
        this.world.fault('operator', `order to ${command}`);
        this.commands.order(app, event, command);
      }
    }
  }

  #commandFor(app: App, event: Parked): 'redrive' | 'drop' {
    const { random } = this.world;
    if (isReassessment(app, event) && random.chance(0.7)) {
      this.world.tally.count('result dropped');
      return 'drop';
    }
    return event.code === 'handler-failed' || random.chance(0.2) ? 'redrive' : 'drop';
  }
}
