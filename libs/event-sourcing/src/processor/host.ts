import { present, stepOf } from '@assay/events';
import { Waits, type Consumer, type Dispatch, type EventLog, type Subscription, type Wait } from '@assay/messaging';
import type { ServiceTracer } from '@assay/telemetry';
import { placeOf } from '../parking/audit.ts';
import { every, systemClock, type Clock } from '../clock.ts';
import { refuseOlderLog } from '../checkpoint/older-log.ts';
import { ConfigFollower } from '../config/config.ts';
import { ageOf, watchFigures, type FigurePorts, type ServiceFigures } from '../figures.ts';
import { silent, type Observer } from '../observer.ts';
import type { Decider } from '../decider/decider.ts';
import { standstillNotes, Standstills, type NamedStandstill } from '../checkpoint/standstill.ts';
import { announcedForMs, Fenced, type Store } from '../stores/store.ts';
import { PartitionProcessor } from './partition-processor.ts';

export interface HostPorts extends Pick<FigurePorts, 'parkedElsewhere'> {
  readonly log: EventLog;
  readonly store: Store;
  readonly tracer: ServiceTracer;
  readonly observer?: Observer | undefined;
  readonly clock?: Clock | undefined;
}

/** Runs the decider of one service on the partitions that this instance owns. */
export class ServiceHost<Received, Emitted, C> {
  readonly config: ConfigFollower<C>;
  readonly #workers = new Map<number, PartitionProcessor<Received, Emitted, C>>();
  #consumer: Consumer | undefined;
  /** Partitions given up by their processors before the log had returned the consumer. */
  readonly #givenUp = new Set<number>();
  /** Reasons why partitions could not be opened, by number. */
  readonly #waits = new Map<number, Wait>();
  readonly #standstills: Standstills;
  #unwatch: readonly (() => void)[] = [];

  constructor(
    readonly decider: Decider<Received, Emitted, C>,
    readonly ports: HostPorts,
  ) {
    this.config = new ConfigFollower(decider, stepOf(decider.app).config, {
      ...ports,
      waiting: (wait) => this.#wait(wait),
    });
    this.#standstills = new Standstills({
      app: decider.app,
      clock: ports.clock ?? systemClock,
      failed: (...args) => ports.observer?.failed(...args),
      standing: () => this.#standing(),
    });
    // Each partition, when it is opened, detects whether it was evaluated by config that is gone.
    this.config.renewed = () => {
      for (const partition of this.#workers.keys()) this.#reopen(partition);
    };
  }

  /**
   * Follows the config to its present end, then takes partitions. Called by `LogServer`.
   * @throws OlderLog if the events in the log have the shape of before the first release
   */
  async open(topics: readonly string[], dispatch: Dispatch): Promise<Subscription> {
    const { consumes } = stepOf(this.decider.app);
    const unhandled = consumes.filter((topic) => !topics.includes(topic));
    if (unhandled.length > 0)
      throw new Error(
        `${this.decider.app} has no handler for ${unhandled.join(', ')}, which the flow lists as consumed`,
      );
    await refuseOlderLog(this.ports.log);
    await this.config.start(this.ports.log);
    await this.#announce();
    this.#consumer = await this.ports.log.consume(this.decider.app, consumes, {
      opened: async (partition) => {
        await this.#workers.get(partition)?.close();
        const worker = this.#worker(partition, dispatch);
        this.#workers.set(partition, worker);
        try {
          for (const wait of this.config.waits) throw new Waits(wait);
          const offsets = await worker.open();
          this.#waits.delete(partition);
          if (worker.standstill) this.#standstills.look();
          return offsets;
        } catch (error) {
          if (error instanceof Waits) this.#waitToOpen(partition, error.wait);
          else this.ports.observer?.failed(this.decider.app, `opening partition ${partition}`, error);
          throw error;
        }
      },
      received: async (batch) => {
        try {
          return await present(this.#workers.get(batch.partition), 'owner of the partition').receive(batch);
        } catch (error) {
          if (!(error instanceof Fenced))
            this.ports.observer?.failed(this.decider.app, `${batch.topic}/${batch.partition}`, error);
          throw error;
        }
      },
      closed: async (partition) => {
        await this.#workers.get(partition)?.close();
        this.#workers.delete(partition);
        this.#waits.delete(partition);
      },
    });
    for (const partition of this.#givenUp) this.#consumer.reopen(partition);
    this.#givenUp.clear();
    this.#unwatch = [
      every(this.ports.clock ?? systemClock, announcedForMs / 3, () => void this.#announce()),
      ...watchFigures(
        this.#workers,
        { lag: () => this.lag(), waits: () => this.waits },
        {
          ...this.ports,
          consumes,
        },
      ),
    ];
    return { close: () => this.close() };
  }

  /** The standstills of the partitions owned here, one line per topic. */
  notes(): readonly string[] {
    return standstillNotes(this.#standing());
  }

  #standing(): readonly NamedStandstill[] {
    return [...this.#workers].flatMap(([partition, { standstill }]) =>
      standstill ? [{ ...standstill, target: placeOf(this.decider.app, partition, standstill) }] : [],
    );
  }

  /** The work that this instance has before it. */
  async figures(): Promise<ServiceFigures> {
    const unsent = [...this.#workers.values()].map(({ unsentSince }) => unsentSince);
    return { lag: await this.lag(), outboxAgeSeconds: ageOf(unsent, this.ports.clock ?? systemClock) / 1000 };
  }

  /** Number of records in the log that the processors here have not received. */
  async lag(): Promise<number> {
    const behind = [...this.#workers].flatMap(([partition, { offsets }]) =>
      stepOf(this.decider.app).consumes.map(async (topic) =>
        Math.max(0, (await this.ports.log.end(topic, partition)) - (offsets[topic] ?? 0)),
      ),
    );
    return (await Promise.all(behind)).reduce((sum, records) => sum + records, 0);
  }

  /** Reasons why some consumed or followed topics are not read any further. */
  get waits(): readonly Wait[] {
    return [
      ...this.config.waits,
      ...this.#waits.values(),
      ...[...this.#workers.values()].flatMap(({ waits }) => waits),
    ];
  }

  /**
   * Announces this program's version to the others on the same store. A failure is ignored: a store that is away serves
   * no program.
   */
  async #announce(): Promise<void> {
    await this.ports.store.announce(this.decider.stateVersion).catch(() => undefined);
  }

  /** Every decision may depend on the missing config, so decide nothing until it is known. */
  #wait(wait: Wait): void {
    this.ports.observer?.waiting(wait);
    for (const partition of this.owned()) this.#reopen(partition);
  }

  /** Reports a wait only once, although the partition is opened repeatedly meanwhile. */
  #waitToOpen(partition: number, wait: Wait): void {
    if (this.config.waits.includes(wait)) return;
    if (this.#waits.get(partition)?.message !== wait.message) this.ports.observer?.waiting(wait);
    this.#waits.set(partition, wait);
  }

  #worker(partition: number, dispatch: Dispatch): PartitionProcessor<Received, Emitted, C> {
    const { decider, config, ports } = this;
    return new PartitionProcessor(
      {
        decider,
        config,
        dispatch,
        log: ports.log,
        store: ports.store,
        tracer: ports.tracer,
        observer: ports.observer ?? silent,
        clock: ports.clock ?? systemClock,
      },
      partition,
      () => this.#reopen(partition),
    );
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
    this.#standstills.close();
    await this.#consumer?.close();
    this.#consumer = undefined;
    await this.config.close();
  }
}
