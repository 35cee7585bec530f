import { stepOf } from '@assay/events';
import type { Consumer, Dispatch, EventLog, Listening } from '@assay/messaging';
import type { ServiceTracer } from '@assay/telemetry';
import { systemClock, type Clock } from './clock.ts';
import { placeOf } from './audit.ts';
import { Config } from './config.ts';
import { watchFigures } from './figures.ts';
import { silent, type Observer } from './observer.ts';
import type { Program } from './program.ts';
import { StandsStill } from './standstill.ts';
import { Fenced, type Store } from './store.ts';
import { PartitionWorker } from './worker.ts';

export interface HostPorts {
  readonly log: EventLog;
  readonly store: Store;
  readonly tracer: ServiceTracer;
  readonly observer?: Observer | undefined;
  readonly clock?: Clock | undefined;
}

/** Runs one service's program over the partitions that this instance owns. */
export class ServiceHost<Heard, Said, C> {
  readonly config: Config<C>;
  readonly #workers = new Map<number, PartitionWorker<Heard, Said, C>>();
  #consumer: Consumer | undefined;
  /** Given up by their workers before the log had answered that we are its consumer. */
  readonly #givenUp = new Set<number>();
  #unwatch: readonly (() => void)[] = [];

  constructor(readonly program: Program<Heard, Said, C>, readonly ports: HostPorts) {
    this.config = new Config(program, stepOf(program.app).follows, ports.observer?.failed);
  }

  /** Follows the config to its present end, then takes partitions. What `LogServer` opens. */
  async open(topics: readonly string[], dispatch: Dispatch): Promise<Listening> {
    const { hears } = stepOf(this.program.app);
    const deaf = hears.filter((topic) => !topics.includes(topic));
    if (deaf.length > 0) throw new Error(`${this.program.app} has no handler for ${deaf.join(', ')}, which the flow says it hears`);
    await this.config.start(this.ports.log);
    this.#consumer = await this.ports.log.consume(this.program.app, hears, {
      opened: async (partition) => {
        await this.#workers.get(partition)?.close();
        const worker = this.#worker(partition, dispatch);
        this.#workers.set(partition, worker);
        try {
          return await worker.open();
        } catch (error) {
          this.ports.observer?.failed(this.program.app, `opening partition ${partition}`, error);
          throw error;
        }
      },
      heard: async (batch) => {
        try {
          await this.#workers.get(batch.partition)!.hear(batch);
        } catch (error) {
          if (!(error instanceof Fenced)) this.ports.observer?.failed(this.program.app, `${batch.topic}/${batch.partition}`, error);
          throw error;
        }
      },
      closed: async (partition) => { await this.#workers.get(partition)?.close(); this.#workers.delete(partition); },
    });
    for (const partition of this.#givenUp) this.#consumer.reopen(partition);
    this.#givenUp.clear();
    this.#unwatch = watchFigures(this.#workers, () => this.lag(), this.ports);
    return { close: () => this.close() };
  }

  /** What stands still of the partitions owned here, and why, a line each. */
  notes(): readonly string[] {
    return [...this.#workers].flatMap(([partition, { standstill }]) => (standstill ? [new StandsStill(placeOf(this.program.app, partition, standstill), standstill).message] : []));
  }

  /** Records in the log that the workers here have not heard. */
  async lag(): Promise<number> {
    const behind = [...this.#workers].flatMap(([partition, { offsets }]) => stepOf(this.program.app).hears.map(async (topic) => Math.max(0, await this.ports.log.end(topic, partition) - (offsets[topic] ?? 0))));
    return (await Promise.all(behind)).reduce((sum, records) => sum + records, 0);
  }

  #worker(partition: number, dispatch: Dispatch): PartitionWorker<Heard, Said, C> {
    const { program, config, ports } = this;
    return new PartitionWorker({ program, config, dispatch, log: ports.log, store: ports.store, tracer: ports.tracer, observer: ports.observer ?? silent, clock: ports.clock ?? systemClock },
      partition, () => this.#reopen(partition));
  }

  #reopen(partition: number): void {
    if (this.#consumer) this.#consumer.reopen(partition);
    else this.#givenUp.add(partition);
  }

  /** Partition numbers owned now. */
  owned(): readonly number[] {
    return this.#consumer?.owned() ?? [];
  }

  async close(): Promise<void> {
    for (const unwatch of this.#unwatch) unwatch();
    await this.#consumer?.close();
    this.#consumer = undefined;
    await this.config.close();
  }
}
