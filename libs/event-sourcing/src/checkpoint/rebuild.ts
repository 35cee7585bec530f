import { at, stepOf } from '@assay/events';
import { Waits, type Dispatch } from '@assay/messaging';
import { systemClock } from '../clock.ts';
import { ConfigFollower } from '../config/config.ts';
import type { HostPorts } from '../processor/host.ts';
import { silent } from '../observer.ts';
import type { Decider } from '../decider/decider.ts';
import { isStoreUpToDate } from '../processor/sequence.ts';
import type { PartitionCheckpoint } from '../stores/store.ts';
import { PartitionProcessor } from '../processor/partition-processor.ts';

const dispatch: Dispatch = async (event, context) => {
  (context as { unit: { receive(e: typeof event): void } }).unit.receive(event);
};

/** An empty store beside the live one that is restored from the log. It emits nothing. */
export class Rebuilding<Received, Emitted, C> {
  readonly #config: ConfigFollower<C>;
  readonly #workers: readonly PartitionProcessor<Received, Emitted, C>[];

  constructor(
    decider: Decider<Received, Emitted, C>,
    private readonly ports: HostPorts,
  ) {
    const { log, observer = silent, clock = systemClock } = ports;
    this.#config = new ConfigFollower(decider, stepOf(decider.app).config, { observer, clock });
    this.#workers = Array.from(
      { length: log.partitions },
      (_, partition) =>
        new PartitionProcessor(
          { ...ports, decider, config: this.#config, dispatch, observer, clock },
          partition,
          () => undefined,
        ),
    );
  }

  /**
   * Reads the config first: the orders about parked events decide how events are handled.
   * @throws Waits if a part of it was emitted by a newer program
   */
  async open(): Promise<this> {
    await this.#config.start(this.ports.log);
    const [wait] = this.#config.waits;
    if (wait) throw new Waits(wait);
    return this;
  }

  /** Restores a partition up to the present end of the log. The first call begins at the start. */
  async fill(partition: number): Promise<void> {
    await at(this.#workers, partition).restoreReadOnly();
  }

  async close(): Promise<void> {
    for (const worker of this.#workers) await worker.close();
    await this.#config.close();
  }
}

/** Restores all partitions of an empty store beside the live one from the log, once. */
export const rebuild = async <Received, Emitted, C>(
  decider: Decider<Received, Emitted, C>,
  ports: HostPorts,
  progress?: (partition: number) => void,
): Promise<void> => {
  const rebuilding = new Rebuilding(decider, ports);
  try {
    await rebuilding.open();
    for (let partition = 0; partition < ports.log.partitions; partition += 1) {
      await rebuilding.fill(partition);
      progress?.(partition);
    }
  } finally {
    await rebuilding.close();
  }
};

/**
 * True if the live store and the store restored beside it have processed the same part of the log. From here on they
 * must hold the same.
 */
export const haveSameProgress = (live: PartitionCheckpoint, beside: PartitionCheckpoint): boolean =>
  live.restored &&
  beside.restored &&
  isStoreUpToDate(live.lastEmitted, beside.lastEmitted) &&
  [live, beside].every(({ offsets }) =>
    Object.keys(offsets).every((topic) => (live.offsets[topic] ?? 0) === (beside.offsets[topic] ?? 0)),
  );
