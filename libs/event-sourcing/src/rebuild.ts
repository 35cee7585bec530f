import { stepOf } from '@assay/events';
import { Waits, type Dispatch } from '@assay/messaging';
import { systemClock } from './clock.ts';
import { Config } from './config.ts';
import type { HostPorts } from './host.ts';
import { silent } from './observer.ts';
import type { Program } from './program.ts';
import { isWhatWasSaid } from './sequence.ts';
import type { PartitionHead } from './store.ts';
import { PartitionWorker } from './worker.ts';

const dispatch: Dispatch = async (event, context) => {
  (context as { unit: { hear(e: typeof event): void } }).unit.hear(event);
};

/** An empty store beside the live one that is filled from the log. It says nothing. */
export class Rebuilding<Heard, Said, C> {
  readonly #config: Config<C>;
  readonly #workers: readonly PartitionWorker<Heard, Said, C>[];

  constructor(
    program: Program<Heard, Said, C>,
    private readonly ports: HostPorts,
  ) {
    const { log, observer = silent, clock = systemClock } = ports;
    this.#config = new Config(program, stepOf(program.app).follows, { observer, clock });
    this.#workers = Array.from(
      { length: log.partitions },
      (_, partition) =>
        new PartitionWorker(
          { ...ports, program, config: this.#config, dispatch, observer, clock },
          partition,
          () => undefined,
        ),
    );
  }

  /**
   * What operators ordered of parked events belongs to what the log says, so it is read before all else.
   * @throws Waits where a newer program said some of it
   */
  async open(): Promise<this> {
    await this.#config.start(this.ports.log);
    const [wait] = this.#config.waits;
    if (wait) throw new Waits(wait);
    return this;
  }

  /** Fills a partition up to the present end of the log; the first time from its beginning. */
  async fill(partition: number): Promise<void> {
    await this.#workers[partition]!.fillMute();
  }

  async close(): Promise<void> {
    for (const worker of this.#workers) await worker.close();
    await this.#config.close();
  }
}

/** Fills an empty store beside the live one from the log, once and for all partitions. */
export const rebuild = async <Heard, Said, C>(
  program: Program<Heard, Said, C>,
  ports: HostPorts,
  progress?: (partition: number) => void,
): Promise<void> => {
  const rebuilding = new Rebuilding(program, ports);
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

/** Whether a live store and the one that is filled beside it took in the same of the log: from here on they must know the same. */
export const areLevel = (live: PartitionHead, beside: PartitionHead): boolean =>
  live.filled &&
  beside.filled &&
  isWhatWasSaid(live.last, beside.last) &&
  [live, beside].every(({ offsets }) =>
    Object.keys(offsets).every((topic) => (live.offsets[topic] ?? 0) === (beside.offsets[topic] ?? 0)),
  );
