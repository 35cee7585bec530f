import { stepOf } from '@assay/events';
import { Waits, type Dispatch } from '@assay/messaging';
import { systemClock } from './clock.ts';
import { ConfigFollower } from './config.ts';
import type { HostPorts } from './host.ts';
import { silent } from './observer.ts';
import type { Decider } from './decider.ts';
import { isStoreUpToDate } from './sequence.ts';
import type { PartitionCheckpoint } from './store.ts';
import { PartitionProcessor } from './partition-processor.ts';

const dispatch: Dispatch = async (event, context) => {
  (context as { unit: { receive(e: typeof event): void } }).unit.receive(event);
};

/** An empty store beside the live one that is filled from the log. It says nothing. */
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
   * What operators ordered of parked events belongs to what the log says, so it is read before all else.
   * @throws Waits where a newer decider said some of it
   */
  async open(): Promise<this> {
    await this.#config.start(this.ports.log);
    const [wait] = this.#config.waits;
    if (wait) throw new Waits(wait);
    return this;
  }

  /** Fills a partition up to the present end of the log; the first time from its beginning. */
  async fill(partition: number): Promise<void> {
    await this.#workers[partition]!.restoreReadOnly();
  }

  async close(): Promise<void> {
    for (const worker of this.#workers) await worker.close();
    await this.#config.close();
  }
}

/** Fills an empty store beside the live one from the log, once and for all partitions. */
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
 * Whether a live store and the one that is filled beside it took in the same of the log: from here on they must know
 * the same.
 */
export const areLevel = (live: PartitionCheckpoint, beside: PartitionCheckpoint): boolean =>
  live.restored &&
  beside.restored &&
  isStoreUpToDate(live.lastEmitted, beside.lastEmitted) &&
  [live, beside].every(({ offsets }) =>
    Object.keys(offsets).every((topic) => (live.offsets[topic] ?? 0) === (beside.offsets[topic] ?? 0)),
  );
