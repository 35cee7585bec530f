import { lastDatabase, oldDatabase } from '../outside/databases.ts';
import type { Replica } from '../services/cluster.ts';
import type { World } from '../world/world.ts';
import type { Commands } from './commands.ts';

/** Chance that an instance has a database before it is announced, and that it gets one soon after. */
const [ahead, soon] = [0.2, 0.6];
const backShare = 0.3;
/** Chance that all begins with a database that was built long ago. */
const oldShare = 0.15;
const soonMs = 2000;
const settledMs = 10_000;

/**
 * Announcements of databases, and the database that each instance of the runner has installed. A change comes to one
 * instance after the other. Some keep what they have until everything is well.
 */
export class Rollout {
  /** The database that was announced last. */
  announced: number;
  /** Instances that are to get a database yet. */
  unfinished = 0;
  #isSettled = false;
  readonly #first: number;
  readonly #known: number[];
  readonly #installed = new Map<string, number>();

  constructor(
    private readonly world: World,
    private readonly commands: Commands,
    private readonly replicas: () => readonly Replica[],
  ) {
    this.#first = this.announced = world.random.chance(oldShare) ? oldDatabase : 1;
    this.#known = [this.#first];
  }

  /** The number of the database of an instance. */
  of(replica: string): number {
    return this.#installed.get(replica) ?? this.#first;
  }

  /**
   * Announces a newer database, or an earlier one once more; nothing once all is to be well.
   * @returns whether it did
   */
  announce(): boolean {
    if (this.#isSettled) return false;
    const { random } = this.world;
    const earlier = this.#known.filter((n) => n !== this.announced);
    const next = (this.#known.at(-1)! % oldDatabase) + 1;
    const isBack = earlier.length > 0 && (next > lastDatabase || random.chance(backShare));
    if (!isBack) this.#known.push(next);
    this.announced = isBack ? random.pick(earlier) : next;
    this.world.fault('world', isBack ? 'database goes back' : 'new database');
    const database = this.announced;
    for (const replica of this.#runners) if (random.chance(ahead)) this.#install(replica, database);
    this.commands.advisories(database);
    for (const replica of this.#runners)
      if (random.chance(soon))
        this.world.timeline.after(random.between(0, soonMs), () => {
          // No instance goes back to what is not announced any more.
          if (this.announced === database) this.#install(replica, database);
        });
    return true;
  }

  /** Brings the announced database to every instance, one after the other. */
  settle(): void {
    this.#isSettled = true;
    for (const replica of this.#runners) {
      this.unfinished += 1;
      this.world.timeline.after(this.world.random.between(0, settledMs), () => {
        this.unfinished -= 1;
        this.#install(replica, this.announced);
      });
    }
  }

  get #runners(): readonly Replica[] {
    return this.replicas().filter(({ app }) => app === 'sandbox-runner');
  }

  /** An instance reads its database when it starts. */
  #install({ name, process }: Replica, database: number): void {
    if (this.of(name) === database) return;
    this.#installed.set(name, database);
    this.world.note(name, `has database ${database}`);
    process?.end();
  }
}
