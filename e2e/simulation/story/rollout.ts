import { databaseOf, lastDatabase, oldDatabase } from '../outside/databases.ts';
import { builds, firstBuild } from '../outside/scanners.ts';
import type { Replica } from '../services/cluster.ts';
import type { Installation } from '../services/composing.ts';
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
 * Announcements of databases and of builds of the scanner, recalls, and what each instance of the runner has installed.
 * A change comes to one instance after the other. Some keep what they have until everything is well.
 */
export class Rollout {
  /** The database that was announced last. */
  announced: number;
  /** Instances that are to get something yet. */
  unfinished = 0;
  /** The build that was announced last. Undefined: any counts. */
  #program: number | undefined;
  readonly #recalled = new Set<number>();
  readonly #recalledDatabases = new Set<number>();
  #isSettled = false;
  readonly #first: number;
  readonly #known: number[];
  /** The last newer database that there was, also if it is held. */
  #newest: number;
  readonly #installed = new Map<string, Installation>();

  constructor(
    private readonly world: World,
    private readonly commands: Commands,
    private readonly replicas: () => readonly Replica[],
  ) {
    this.#first = this.announced = world.random.chance(oldShare) ? oldDatabase : 1;
    this.#known = [this.#first];
    this.#newest = this.#first;
  }

  /** The database and the build of an instance. */
  of(replica: string): Installation {
    return this.#installed.get(replica) ?? { database: this.#first, build: firstBuild };
  }

  /**
   * Announces a newer database, or an earlier one once more; nothing once all is to be well.
   * @param take takes a newer one in place of an announcement
   * @returns whether there was one
   */
  announce(take?: (database: number) => void): boolean {
    if (this.#isSettled) return false;
    const { random } = this.world;
    const earlier = this.#known.filter((n) => n !== this.announced && !this.#recalledDatabases.has(n));
    const next = (this.#newest % oldDatabase) + 1;
    if (earlier.length === 0 && next > lastDatabase) return false;
    const isBack = earlier.length > 0 && (next > lastDatabase || random.chance(backShare));
    if (isBack) this.#announced(random.pick(earlier), 'database goes back');
    else {
      this.#newest = next;
      if (take) take(next);
      else this.#taken(next);
    }
    return true;
  }

  /** Announces a database that was compared with the one in use, unless it was recalled or another one is in use. */
  follow(database: number, before: string): void {
    if (this.#recalledDatabases.has(database)) this.world.tally.count('recalled database left out');
    else if (databaseOf(this.announced).digest === before) this.#taken(database);
    else this.world.tally.count('database overtaken');
  }

  #taken(database: number): void {
    this.#known.push(database);
    this.#announced(database, 'new database');
  }

  /** Recalls the database that was announced last, and announces the one before it again. */
  takeBack(): void {
    const before = this.#known.findLast((n) => n !== this.announced && !this.#recalledDatabases.has(n));
    if (this.#isSettled || before === undefined) return;
    this.#recalledDatabases.add(this.announced);
    this.commands.recallDatabase(this.announced);
    this.#announced(before, 'database recalled');
  }

  /** Announces a build of the scanner: only its results count from then on. */
  announceBuild(): void {
    const others = builds.filter((build) => build !== this.#program && !this.#recalled.has(build));
    if (this.#isSettled || others.length === 0) return;
    this.#program = this.world.random.pick(others);
    this.world.fault('world', 'new build');
    this.#spread(() => this.commands.advisories(this.announced, this.#program));
  }

  /** Installs another build at some instances, which nothing announces. */
  installBuild(): void {
    if (this.#isSettled) return;
    const build = this.world.random.pick(builds.filter((each) => !this.#recalled.has(each)));
    for (const replica of this.#runners) if (this.world.random.chance(soon)) this.#install(replica, { build });
  }

  /** Recalls a build, mostly one that is in use. Another one is left. */
  recallBuild(): void {
    const left = builds.filter((build) => !this.#recalled.has(build));
    if (this.#isSettled || left.length < 2) return;
    const used = left.filter(
      (build) => build === this.#program || this.#runners.some(({ name }) => this.of(name).build === build),
    );
    const { random } = this.world;
    const build = random.pick(used.length > 0 && random.chance(0.8) ? used : left);
    this.#recalled.add(build);
    this.world.fault('world', 'build recalled');
    this.commands.recall(build);
  }

  /**
   * Brings what is announced to every instance, one after the other. None keeps a build that was recalled.
   *
   * @param isLost whether the announcements were cut: ingestion, which takes databases from sources, announces again
   */
  settle(isLost: boolean): void {
    this.#isSettled = true;
    const counting = builds.filter((build) => !this.#recalled.has(build));
    const isRecalled = this.#program !== undefined && this.#recalled.has(this.#program);
    if (isRecalled) this.#program = this.world.random.pick(counting);
    if (isRecalled || isLost) this.commands.advisories(this.announced, this.#program);
    this.#bringToAll((build) => (this.#recalled.has(build) ? this.world.random.pick(counting) : build));
  }

  #bringToAll(counting: (build: number) => number): void {
    for (const replica of this.#runners) {
      this.unfinished += 1;
      this.world.timeline.after(this.world.random.between(0, settledMs), () => {
        this.unfinished -= 1;
        const { build } = this.of(replica.name);
        this.#install(replica, { database: this.announced, build: this.#program ?? counting(build) });
      });
    }
  }

  get #runners(): readonly Replica[] {
    return this.replicas().filter(({ app }) => app === 'sandbox-runner');
  }

  #announced(database: number, how: string): void {
    this.announced = database;
    this.world.fault('world', how);
    this.#spread(() => this.commands.advisories(database));
  }

  /** Announces, and brings what is announced to some instances before, and to some soon after. */
  #spread(announce: () => void): void {
    const { random, timeline } = this.world;
    const [database, program] = [this.announced, this.#program];
    const what = { database, ...(program === undefined ? {} : { build: program }) };
    for (const replica of this.#runners) if (random.chance(ahead)) this.#install(replica, what);
    announce();
    if (this.#isSettled) return this.#bringToAll((build) => build);
    for (const replica of this.#runners)
      if (random.chance(soon))
        timeline.after(random.between(0, soonMs), () => {
          // No instance goes back to what is not announced any more.
          if (this.announced === database && this.#program === program) this.#install(replica, what);
        });
  }

  /** An instance reads its database and its scanner when it starts. */
  #install({ name, process }: Replica, what: Partial<Installation>): void {
    const before = this.of(name);
    const { database, build } = { ...before, ...what };
    if (before.database === database && before.build === build) return;
    this.#installed.set(name, { database, build });
    this.world.note(name, `has database ${database}, build ${build}`);
    process?.end();
  }
}
