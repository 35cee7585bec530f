import type { App } from '@assay/events';
import { silent, type Observer, type Store } from '@assay/event-sourcing';
import type { EventLog } from '@assay/messaging';
import { MemoryLog, type SimulatedBroker } from '../log/log.ts';
import type { Wrapped } from '../mutants/wrapped.ts';
import type { StoreServer } from '../store/memory.ts';
import { MemoryStore } from '../store/store.ts';
import { Process } from '../world/process.ts';
import type { World } from '../world/world.ts';
import type { ReportEdge } from '../story/pods.ts';
import type { Edge } from '../story/sender.ts';
import type { Given, Installation, RunningInstance } from './composing.ts';
import type { RunningIngestion } from './ingestion.ts';
import { ReadModelFile } from './read-model.ts';
import { services } from './services.ts';

/** One of the replicas of a service; it is restarted whenever it ends. */
export interface Replica {
  readonly app: App;
  readonly name: string;
  process: Process | undefined;
  log: MemoryLog | undefined;
  running: RunningInstance | undefined;
  /** The ports of the service, including a mutant's wrapper. */
  ports: Wrapped | undefined;
  /** The content of its disk, which outlives the process. */
  readonly file: ReadModelFile;
}

export interface ClusterOptions {
  readonly replicas: Readonly<Record<App, number>>;
  readonly given: Omit<Given, 'process' | 'log' | 'store' | 'observer' | 'installed' | 'file'>;
  /** The database and the build of the scanner that an instance has installed. */
  readonly installedAt: (replica: string) => Installation;
  /** Wraps the ports of every service: a mutant. */
  readonly wrap?: ((log: EventLog, store: Store) => Wrapped) | undefined;
  /** Replaces the files of the read models: a mutant. */
  readonly file?: (new () => ReadModelFile) | undefined;
  readonly failed: (name: string, activity: string, error: unknown) => void;
}

/** All replicas of all services, on one broker and six stores. */
export class SimulatedCluster {
  readonly replicas: readonly Replica[];
  /** Ended processes are started again at once, and no process ends by itself any more. */
  healed = false;
  /** Services that are not to start at present. */
  readonly #held = new Set<App>();

  constructor(
    private readonly world: World,
    private readonly broker: SimulatedBroker,
    readonly stores: Readonly<Record<App, StoreServer>>,
    private readonly options: ClusterOptions,
  ) {
    this.replicas = Object.entries(options.replicas).flatMap(([app, count]) =>
      Array.from({ length: count }, (_, n): Replica => ({
        app: app as App,
        name: `${app}/${n + 1}`,
        process: undefined,
        log: undefined,
        running: undefined,
        ports: undefined,
        file: new (options.file ?? ReadModelFile)(),
      })),
    );
  }

  get live(): readonly Replica[] {
    return this.replicas.filter(({ process }) => process?.alive);
  }

  /** Files of recommendation's read models. */
  get files(): readonly ReadModelFile[] {
    return this.replicas.filter(({ app }) => app === 'recommendation').map(({ file }) => file);
  }

  /** Instances that accept notifications and reports at present. */
  get edges(): readonly (Edge & ReportEdge)[] {
    return this.live.flatMap(({ process, running }) => {
      if (!running || !('intake' in running)) return [];
      const { intake, reports } = running as RunningIngestion;
      return [{ process: process!, intake, reports }];
    });
  }

  /** Keeps a service from running until it is let go. */
  hold(app: App): void {
    this.#held.add(app);
    for (const replica of this.replicas) if (replica.app === app) replica.process?.end();
  }

  letGo(app: App): void {
    this.#held.delete(app);
    for (const replica of this.replicas) if (replica.app === app) this.start(replica);
  }

  start(replica: Replica): void {
    const { world, options } = this;
    if (replica.process?.alive || this.#held.has(replica.app)) return;
    world.tally.count('start');
    const process = new Process(world, replica.name, () => this.#ended(replica));
    if (world.random.chance(0.3) && world.weather.crash > 0) process.doomedIn = world.random.whole(0, 60);
    const log = new MemoryLog(this.broker, process);
    const store = new MemoryStore(this.stores[replica.app], process, replica.app);
    Object.assign(replica, { process, log, running: undefined });
    process.atEnd(() => void store.close());
    const wrapped = options.wrap?.(log, store) ?? { log, store };
    replica.ports = wrapped;
    const observer: Observer = {
      ...silent,
      failed: (_app, activity, error) => options.failed(replica.name, activity, error),
    };
    services[replica.app]
      .start({
        ...options.given,
        ...wrapped,
        process,
        observer,
        file: replica.file,
        installed: options.installedAt(replica.name),
      })
      .then(
        (running) => {
          if (replica.process === process) replica.running = running;
        },
        (error: unknown) => {
          options.failed(replica.name, 'starting', error);
          process.end();
        },
      );
  }

  #ended(replica: Replica): void {
    const { random, timeline, tally } = this.world;
    tally.count('process ended');
    const { joined } = replica.log!;
    replica.running = undefined;
    for (const { group, member } of joined)
      timeline.after(this.healed ? 1000 : 50 * 200 ** random.next(), () => group.lost(member));
    timeline.after(this.healed || random.chance(0.3) ? random.between(0, 200) : 50 * 400 ** random.next(), () =>
      this.start(replica),
    );
  }
}
