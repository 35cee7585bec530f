import { announcedAdvisories } from '@assay/event-sourcing';
import type { OfferedAdvisories } from '@assay/events';
import type { HoldLimits } from '@assay/ingestion/advisories/holding';
import { Offers, openOffer, type Offer } from '@assay/ingestion/advisories/offers';
import { offer as recordOffer } from '@assay/ingestion/advisories/records';
import type { EventLog } from '@assay/messaging';
import { comparisonOf } from '../outside/comparison.ts';
import { databaseOf, numberOf } from '../outside/databases.ts';
import type { SimulatedImage } from '../outside/images.ts';
import { BlobCalls } from '../outside/sandbox.ts';
import { firstBuild, scannerOf } from '../outside/scanners.ts';
import { withIds } from '../services/composing.ts';
import type { SimulatedCluster } from '../services/cluster.ts';
import type { Process } from '../world/process.ts';
import type { World } from '../world/world.ts';
import type { Commands } from './commands.ts';
import type { Rollout } from './rollout.ts';

/** Pause after which another process goes on: by then, appends of the one before have arrived or never will, ms. */
const againMs = 30_000;
/** Chance that a database is offered twice: an order is taken over by a process that does not know of the first. */
const twiceShare = 0.2;
const orderWithinMs = 30_000;
/** The shares of held databases that an operator releases and refuses. The others wait for the next one. */
const [releasedShare, refusedShare] = [0.35, 0.25];

type Task =
  | { readonly does: 'take'; readonly database: number; readonly isReleasable: boolean }
  | { readonly does: 'release' | 'refuse'; readonly database: number };

interface KeeperOptions {
  readonly images: readonly SimulatedImage[];
  readonly hold: HoldLimits;
  readonly failed: (name: string, activity: string, error: unknown) => void;
  /** True once every fault has ended, and each service is there. */
  readonly isWell: () => boolean;
  /** Called if partitions were silent about a database that was offered when all was well. */
  readonly silent: (database: string, reasons: string) => void;
}

/** One process at work. */
interface Worker {
  readonly process: Process;
  readonly log: EventLog;
  readonly blobs: BlobCalls;
}

/**
 * Ingestion's keeper of databases, without files and registries: it compares a newer database with the one in use,
 * offers it by the real code, and announces it or leaves it held. It works in any instance of ingestion. If that ends,
 * another one goes on with what the log has. An operator releases some of the held databases, and refuses some.
 */
export class SimulatedKeeper {
  readonly #tasks: Task[] = [];
  /** Number of the events of keepers so far. */
  #events = 0;
  /** Held offers that an operator has seen, by id. */
  readonly #seen = new Set<string>();
  #isBusy = false;
  #awaited = 0;

  constructor(
    private readonly world: World,
    private readonly cluster: Pick<SimulatedCluster, 'live'>,
    private readonly rollout: Rollout,
    private readonly commands: Commands,
    private readonly options: KeeperOptions,
  ) {}

  /** Databases and orders that are to be worked on. */
  get unfinished(): number {
    return this.#tasks.length + this.#awaited;
  }

  /** Takes a newer database. */
  take(database: number, restraint?: 'nothing is released'): void {
    this.#tasks.push({ does: 'take', database, isReleasable: restraint === undefined });
    this.#look();
  }

  #look(): void {
    const [task] = this.#tasks;
    if (this.#isBusy || !task) return;
    this.#isBusy = true;
    const able = this.cluster.live.filter(({ app, ports }) => app === 'ingestion' && ports !== undefined);
    if (able.length === 0) return this.#again(1000);
    const { process, ports } = this.world.random.pick(able);
    let isOver = false;
    const over = (pauseMs: number): void => {
      if (isOver) return;
      isOver = true;
      this.#again(pauseMs);
    };
    process!.atEnd(() => over(againMs));
    // A seal covers the ids of its events, too.
    const log = withIds(ports!.log, process!, () => `offered-${(this.#events += 1)}`);
    this.#work({ process: process!, log, blobs: new BlobCalls(process!) }, task).then(
      () => {
        if (!isOver) this.#tasks.shift();
        over(0);
      },
      (error: unknown) => {
        this.options.failed(process!.name, 'keeping databases', error);
        over(againMs);
      },
    );
  }

  #again(pauseMs: number): void {
    this.world.timeline.after(pauseMs, () => {
      this.#isBusy = false;
      this.#look();
    });
  }

  /** Ends an open offer first, as each process does before it looks for a newer database. */
  async #work(worker: Worker, task: Task): Promise<void> {
    const open = await this.#open(worker);
    if (open?.data.state === 'offered') {
      this.world.tally.count('offer settled by another process');
      await this.#settled(worker, open, await this.#offers(worker).settle(open, {}));
    }
    if (task.does === 'take') await this.#take(worker, databaseOf(task.database).digest, task.database);
    else await this.#ordered(worker, task.does, task.database);
    await this.#show(worker, task.does !== 'take' || task.isReleasable);
  }

  #offers({ process, log }: Worker): Offers {
    return new Offers({ log, hold: this.options.hold, clock: process });
  }

  async #inUse({ log }: Worker): Promise<string | undefined> {
    return (await announcedAdvisories(log)).at(-1)?.database.digest;
  }

  async #open(worker: Worker): Promise<Offer | undefined> {
    return openOffer(worker.log, await this.#inUse(worker));
  }

  async #take(worker: Worker, digest: string, database: number): Promise<void> {
    const before = await this.#inUse(worker);
    const open = await this.#open(worker);
    if (before === undefined || before === digest || open?.data.database.digest === digest) return;
    const { isWorse, ...comparison } = comparisonOf(this.options.images, before, digest);
    if (!isWorse) return this.#announce(worker, database, before);
    const blob = await worker.blobs.put(Buffer.from(JSON.stringify(comparison)));
    const data: OfferedAdvisories = {
      scanner: scannerOf(firstBuild).name,
      database: databaseOf(database),
      dataref: 'none',
      bytes: 1,
      families: [],
      buckets: [],
      before,
      state: 'offered',
      reasons: ['it takes something away'],
      comparison: blob,
    };
    this.world.fault('world', 'database offered');
    const wasWell = this.options.isWell();
    if (this.world.random.chance(twiceShare)) {
      await recordOffer(worker.log, data, worker.process);
      this.world.tally.count('database offered twice');
    }
    const held = await this.#offers(worker).offer(data, {});
    await this.#settled(worker, { data }, held);
    const silence = held?.data.reasons.find((reason) => reason.includes('did not answer'));
    if (wasWell && silence !== undefined) this.options.silent(digest, silence);
  }

  /** Announces the database of an offer, unless it is held. */
  async #settled(worker: Worker, { data }: Pick<Offer, 'data'>, held: Offer | undefined): Promise<void> {
    if (data.comparison) await worker.blobs.delete(data.comparison.dataref);
    if (!held) {
      this.world.tally.count('offer used');
      await this.#announce(worker, numberOf(data.database.digest), data.before);
      return;
    }
    this.world.fault('world', 'database held');
    if (held.data.reasons.some((reason) => reason.includes('did not answer')))
      this.world.tally.count('held for silence');
  }

  #announce({ process }: Worker, database: number, before: string): Promise<void> {
    return process.call('log', 'append', () => this.rollout.follow(database, before));
  }

  /** Shows the held database to an operator, who may give an order a little later. */
  async #show(worker: Worker, isReleasable: boolean): Promise<void> {
    const held = await this.#open(worker);
    if (held?.data.state !== 'held' || this.#seen.has(held.id)) return;
    this.#seen.add(held.id);
    const { random, timeline } = this.world;
    const drawn = random.next();
    const does = drawn < releasedShare ? 'release' : drawn < releasedShare + refusedShare ? 'refuse' : undefined;
    if (does === undefined || (does === 'release' && !isReleasable)) return;
    const database = numberOf(held.data.database.digest);
    this.#awaited += 1;
    timeline.after(random.between(0, orderWithinMs), () => {
      this.#awaited -= 1;
      this.#tasks.push({ does, database });
      this.#look();
    });
  }

  /** An order counts only while the database is held. */
  async #ordered(worker: Worker, does: 'release' | 'refuse', database: number): Promise<void> {
    const { process, log } = worker;
    const open = await this.#open(worker);
    if (open?.data.state !== 'held' || numberOf(open.data.database.digest) !== database) return;
    await process.call('log', 'append', () => this.commands.decide(database, does));
    const state = does === 'release' ? 'used' : 'refused';
    await recordOffer(log, { ...open.data, state, reasons: ['looked at it'] }, process);
    this.world.fault('operator', does === 'release' ? 'database released' : 'database refused');
    if (does === 'release') await this.#announce(worker, database, open.data.before);
  }
}
