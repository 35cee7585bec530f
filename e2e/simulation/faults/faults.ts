import type { App } from '@assay/events';
import type { SimulatedBroker } from '../log/log.ts';
import type { SimulatedCluster, Replica } from '../services/cluster.ts';
import { apps } from '../services/services.ts';
import type { StoreServer } from '../store/memory.ts';
import type { World } from '../world/world.ts';

const sessionMs = 10_000;
/** Outages and frozen processes last up to half a minute; a few outlast the deadline of a push. */
const shortMs = 30_000;
const longMs = 16 * 60_000;

export type SimulatedFaultKind =
  | 'kill'
  | 'stop'
  | 'freeze'
  | 'cut-off'
  | 'rebalance'
  | 'restless'
  | 'log-outage'
  | 'registry-outage'
  | 'store-outage'
  | 'empty'
  | 'roll-back'
  | 'disaster'
  | 'readers'
  | 'unwritable'
  | 'time-jump'
  | 'blobs-outage';

/** Timed faults of a process, a server, a network or the clock. */
export class Faults {
  /**
   * @param isEmitted whether an event is in the log
   * @param readers readers of a store that they do not own
   */
  constructor(
    private readonly world: World,
    private readonly cluster: SimulatedCluster,
    private readonly broker: SimulatedBroker,
    private readonly stores: Readonly<Record<App, StoreServer>>,
    private readonly isEmitted: (id: string) => boolean,
    private readonly readers: { readBill(): Promise<void> },
  ) {}

  /** Puts faults on the timeline: a random selection of kinds, plus every kind in `always`. */
  brew(withinMs: number, always: readonly string[] = []): void {
    const { random, timeline } = this.world;
    for (const [kind, fault] of Object.entries(this.#kinds)) {
      if (!random.chance(0.22) && !always.includes(kind)) continue;
      for (let times = random.whole(1, 3); times > 0; times -= 1)
        timeline.after(random.between(0, withinMs), () => {
          if (!this.cluster.healed) fault();
        });
    }
  }

  /** Makes everything reachable again and lets every process go on. */
  heal(): void {
    this.world.down.clear();
    this.world.unwritable = 0;
    this.cluster.healed = true;
    for (const replica of this.cluster.replicas) {
      const { process } = replica;
      if (!process?.alive) {
        this.cluster.start(replica);
        continue;
      }
      process.doomedIn = Infinity;
      // A hanging process is killed sooner or later by its liveness probe.
      if (process.stillUntil > this.world.now) process.end();
    }
  }

  readonly #kinds: Readonly<Record<SimulatedFaultKind, () => void>> = {
    kill: () => this.#replica('killed', ({ process }) => process!.end()),
    stop: () => this.#replica('stopped', (replica) => void this.#stop(replica)),
    freeze: () => this.#replica('stands still', (replica) => this.#freeze(replica)),
    'cut-off': () => this.#replica('cut off from its group', (replica) => this.#cutOff(replica)),
    rebalance: () => this.#all('rebalance', () => this.#rebalance()),
    restless: () => this.#restless(),
    'log-outage': () => void this.#outage('log'),
    'registry-outage': () => void this.#outage('registry'),
    'store-outage': () => void this.#outage(`store/${this.world.random.pick(apps)}`),
    empty: () => this.#empty(this.world.random.pick(apps)),
    'roll-back': () => this.#rollBack(this.world.random.pick(apps)),
    disaster: () => this.#disaster(),
    readers: () => this.#readers(),
    unwritable: () => this.#all('read models cannot be written', () => this.#unwritable()),
    'time-jump': () => this.#all('time jumps', () => this.world.timeline.jump(this.#duration(0.02))),
    'blobs-outage': () => void this.#outage('blobs'),
  };

  #all(fault: string, happens: () => void): void {
    this.world.fault('world', fault);
    happens();
  }

  #replica(fault: string, happens: (replica: Replica) => void): void {
    const { live } = this.cluster;
    if (live.length === 0) return;
    const replica = this.world.random.pick(live);
    this.world.fault(replica.name, fault);
    happens(replica);
  }

  #duration(long = 0.05): number {
    const { random } = this.world;
    return random.chance(long) ? random.between(shortMs, longMs) : 50 * (shortMs / 50) ** random.next();
  }

  /** SIGTERM: the process has ten seconds, then it is killed. */
  async #stop({ process, running }: Replica): Promise<void> {
    this.world.timeline.after(sessionMs, () => process!.end());
    await running?.close();
    process!.end();
  }

  #freeze({ process, log }: Replica): void {
    const ms = this.#duration(0.02);
    process!.stillUntil = this.world.now + ms;
    if (ms > sessionMs)
      this.world.timeline.after(sessionMs, () => {
        for (const { group, member } of log!.joined) group.lost(member);
      });
  }

  #cutOff({ log }: Replica): void {
    for (const { group, member } of log!.joined) group.lost(member);
  }

  /** @returns how long it lasts, in ms */
  #outage(server: string, leastMs = 0): number {
    const ms = Math.max(leastMs, this.#duration());
    this.world.fault('world', `outage of ${server.replace(/\/.*/, '')}`);
    this.world.down.add(server);
    this.world.timeline.after(ms, () => {
      this.world.down.delete(server);
      this.world.note('world', `${server} is back`);
    });
    return ms;
  }

  /** Nothing can be sent. When a service has something to send, its store is lost and another owner takes over. */
  #disaster(): void {
    const { random, timeline } = this.world;
    this.world.fault('world', 'disaster');
    const before = new Map(apps.map((app) => [app, this.stores[app].snapshot()]));
    const over = this.world.now + this.#outage('log', 2000);
    const look = (): void => {
      if (this.cluster.healed || this.world.now > over) return;
      const unsentOf = (each: App) => this.stores[each].unsent((id) => this.isEmitted(id));
      const app = random.shuffled(apps).find((each) => unsentOf(each).length > 0);
      if (!app) {
        timeline.after(random.between(1, 50), look);
        return;
      }
      if (random.chance(0.5)) return this.#lost(app, unsentOf(app), over);
      if (random.chance(0.7)) this.#empty(app);
      else this.#lose(app, before.get(app));
      for (const replica of this.cluster.live)
        if (replica.app === app && random.chance(0.8)) {
          if (random.chance(0.3)) this.#freeze(replica);
          this.#cutOff(replica);
        }
    };
    look();
  }

  /**
   * A service is lost with its store. The appends that were on their way arrive when the log is back: once the next
   * owner has read what there is, and before it has emitted anything.
   */
  #lost(app: App, sent: ReturnType<StoreServer['unsent']>, over: number): void {
    const { timeline, random, down } = this.world;
    for (const { app: of, process } of this.cluster.live) if (of === app) process!.end();
    this.#empty(app);
    for (const [partition, rows] of Map.groupBy(sent, (each) => each.partition)) {
      const look = (): void => {
        if (this.cluster.healed) return;
        if (down.has('log') || !this.stores[app].rows(partition).head.restored) {
          // Without a process, nothing is read soon.
          const isSoon = this.cluster.live.some((replica) => replica.app === app);
          timeline.after(isSoon ? random.between(0, 2) : 50, look);
          return;
        }
        const records = rows.map(({ row }) => row).filter(({ headers }) => !this.isEmitted(headers.ce_id!));
        if (records.length === 0) return;
        this.world.fault(app, 'late append of a lost owner');
        this.broker.records.append(records);
      };
      timeline.at(over, look);
    }
  }

  /** A store is lost and restored from the log while it is read. */
  #readers(): void {
    const { random, timeline } = this.world;
    if (random.chance(0.7)) this.#empty('billing');
    else this.#rollBack('billing');
    this.world.fault('store/billing', 'read while it is restored');
    for (let times = random.whole(3, 12), at = 0; times > 0; times -= 1)
      timeline.after((at += random.between(0, 300)), () => void this.readers.readBill());
  }

  /** A full disk or too little memory: some writes fail, or all of them. */
  #unwritable(): void {
    const { random, timeline } = this.world;
    this.world.unwritable = random.between(0.3, 1);
    timeline.after(this.#duration(), () => {
      this.world.unwritable = 0;
    });
  }

  /** Partitions move back and forth, and the next owner sends again what an owner sent. */
  #restless(): void {
    const { random, timeline } = this.world;
    this.world.fault('world', 'restless');
    for (let times = random.whole(3, 10), at = 0; times > 0; times -= 1)
      timeline.after((at += random.between(10, 400)), () => {
        if (!this.cluster.healed) this.#rebalance();
      });
  }

  #rebalance(): void {
    const groups = [...this.broker.groups.values()];
    if (groups.length > 0) this.world.random.pick(groups).rebalance();
  }

  #empty(app: App): void {
    this.world.fault(`store/${app}`, 'store emptied');
    this.stores[app].lose();
  }

  /** A server fails, and its replacement is behind. */
  #rollBack(app: App): void {
    const then = this.stores[app].snapshot();
    this.world.timeline.after(10 * 1000 ** this.world.random.next(), () => {
      if (!this.cluster.healed) this.#lose(app, then);
    });
  }

  #lose(app: App, then: Parameters<StoreServer['lose']>[0]): void {
    this.world.fault(`store/${app}`, 'store rolled back');
    this.stores[app].lose(then);
  }
}
