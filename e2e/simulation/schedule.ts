import { configTopics, isConfigTopic, keyedTopics, type App } from '@assay/events';
import { BlobFailure, Fenced, StoreIncomplete, StandsStill } from '@assay/event-sourcing';
import { LogChanged, type LogRecord } from '@assay/messaging';
import { Discoveries, RegistryError } from '@assay/registry';
import { laws } from '../laws/judge.ts';
import { kindOf } from '../laws/records.ts';
import { Faults } from './faults/faults.ts';
import { isScannable } from './invariants/databases.ts';
import { factsOf, judged } from './invariants/invariants.ts';
import { SimulatedBroker } from './log/log.ts';
import { SimulatedRecords } from './log/records.ts';
import type { Mutant, Stretch } from './mutants/mutants.ts';
import { changed } from './mutants/wrapped.ts';
import { cloudSubscriptions, discoveryName, SimulatedCloud } from './outside/cloud.ts';
import { closesBy, comparisonOf } from './outside/comparison.ts';
import { databaseOfDay, days, foundBy, isUncovered, systemBy } from './outside/databases.ts';
import { SimulatedCluster } from './services/cluster.ts';
import type { GivenDiscovery, GivenSealing } from './services/composing.ts';
import { apps } from './services/services.ts';
import { StoreServer } from './store/memory.ts';
import { CloudStory } from './story/cloud.ts';
import { Commands } from './story/commands.ts';
import { SimulatedKeeper } from './story/keeper.ts';
import { drawnScene } from './story/drawn.ts';
import { SimulatedOperator } from './story/operator.ts';
import { Pods } from './story/pods.ts';
import { BillReaders } from './story/readers.ts';
import { SimulatedSender } from './story/sender.ts';
import { Rollout } from './story/rollout.ts';
import { Story, type StoryPush } from './story/story.ts';
import type { Broken } from './truth/broken.ts';
import { DiscoveryJudge, discoveryLaws, undiscovered } from './truth/discovery.ts';
import { TruthLedger } from './truth/ledger.ts';
import { unfinished, type Everything } from './truth/quiet.ts';
import { comparedWithRebuilt } from './truth/rebuilt.ts';
import { SealJudge, sealLaws } from './truth/seals.ts';
import { unswept } from './truth/sweeps.ts';
import { traceLine } from './truth/trace-line.ts';
import { Unreachable } from './world/process.ts';
import { Random } from './world/random.ts';
import { FaultTally } from './world/tally.ts';
import { settling } from './world/timeline.ts';
import { calm, drawnWeather, rarely } from './world/weather.ts';
import { World } from './world/world.ts';

export interface ScheduleOutcome {
  readonly seed: number;
  readonly broken: readonly Broken[];
  readonly counts: Readonly<Record<string, number>>;
  readonly steps: number;
  /**
   * Virtual time at its end, in ms since the epoch: the same for every run of a seed, and rarely the same for two
   * seeds.
   */
  readonly endedAt: number;
}

export interface ScheduleOptions {
  readonly seed: number;
  readonly mutant?: Mutant | undefined;
  /** Receives a line for everything that happens. */
  readonly line?: ((text: string) => void) | undefined;
}

/** A read model that cannot be written for a quarter of an hour takes 300,000: each process starts again and again. */
const mostSteps = 3_000_000;
const mostAfterHealingMs = 45 * 60_000;
const lookEveryMs = 500;
/** Share of schedules in which a service is down from the beginning until pushes are overdue. */
const silenceShare = 0.02;
const silenceMs = 20 * 60_000;
/** Share of schedules after which nothing happens for so long that healthy images become stale. */
const monthShare = 0.05;
/**
 * Share of schedules in which a topic loses its end or all of it. Then an operator resumes the partitions that stand
 * still, or only looks at them.
 */
const cutShare = 0.04;
/** Share of cuts that take results away: later ones rest on them. */
const resultsCutShare = 0.3;
const monthMs = 31 * 24 * 60 * 60_000;
const noticeMs = 60_000;
/** Share of schedules with databases in which each newer one is offered, and perhaps held, before it is announced. */
const offersShare = 0.5;
/** Share of schedules that end with fourteen days, each with a database that has lost everything. */
const hollowDaysShare = 0.02;
const dayMs = 24 * 60 * 60_000;
/** Packages of images that may lose all of their advisories: most images here have one. */
const holdPackages = [0, 0, 1, 5] as const;
/** Share of schedules in which the clocks of two machines differ by more than a lease lasts. */
const skewShare = 0.1;
const skewMs = 90_000;
/** Chance that a handler fails at an event, for a mutant that needs it. */
const faultyOf = 0.1;
/** Chance that answers of two servers arrive together: no process has acted on the first when the second arrives. */
const atOnce = 0.1;
/** Share of schedules in which other advisory databases are announced, up to four times. */
const databasesShare = 0.35;
/** Share of schedules with other builds of the scanner: announced, installed by themselves, and recalled. */
const buildsShare = 0.2;
/** Share of schedules in which four registries have listings that do not end, and the first other one a long one. */
const endlessShare = 0.03;
/** Share of schedules with registries that are discovered. */
const discoveryShare = 0.15;
/** Share of them in which images of restricted registries are assessed. */
const assessedShare = 0.3;
/** Share of schedules in which the log is sealed. */
const sealsShare = 0.1;
/** Share of schedules with clusters that run images, tags that go silently, and forged notifications. */
const runningShare = 0.12;
/** Share of schedules that end with so many days that images without a tag are closed. */
const daysShare = 0.03;
const untaggedDays = 17;
/** Once all is well, the lister has another owner, has waited as it was asked to, and has listed twice within this. */
const discoveredWithinMs = 4 * 60_000;
/** Once all is well, sweeps have asked each registry and read on in each long listing within this time. */
const sweptWithinMs = 2 * 60_000;
/** Once all is well, another process seals, and an outside place has what was sealed, within this and two intervals. */
const sealedWithinMs = 3 * 60_000;
/** Kept low, because a rebuild takes about as long as everything else. */
const rebuiltShare = 0.05;
/** Share of schedules that last longer than a push may take. */
const longShare = 0.01;
const longMs = 17 * 60_000;

/** Runs one schedule from its seed: scene, story, faults and final checks. */
export const runSchedule = (options: ScheduleOptions): Promise<ScheduleOutcome> => new Schedule(options).run();

/** A name for records of sets and marks, for the report: laws about what never happens prove nothing. */
const toldBy = ({ headers, value }: Pick<LogRecord, 'headers' | 'value'>): string | undefined => {
  const kind = kindOf({ headers });
  if (kind === 'mark') return value.includes('"except":[]') ? 'mark' : 'mark with exceptions';
  if (kind === 'scan.reassessed') return 'reassessed';
  if (kind !== 'finding.classified') return undefined;
  if (value.includes('"advisoryRemoved":')) return 'kept without advisory';
  return value.includes('"content":"change"') ? 'classified as a change' : undefined;
};

class Schedule {
  readonly #random: Random;
  readonly #isLong: boolean;
  readonly #world: World;
  readonly #tally = new FaultTally();
  readonly #ledger: TruthLedger;
  readonly #scene: ReturnType<typeof drawnScene>;
  readonly #records: SimulatedRecords;
  readonly #stores: Readonly<Record<App, StoreServer>>;
  readonly #cluster: SimulatedCluster;
  readonly #faults: Faults;
  readonly #sender: SimulatedSender;
  readonly #commands: Commands;
  readonly #rollout: Rollout;
  readonly #keeper: SimulatedKeeper;
  readonly #story: Story;
  readonly #operator: SimulatedOperator;
  readonly #pods: Pods | undefined;
  readonly #cloud: SimulatedCloud | undefined;
  readonly #cloudStory: CloudStory | undefined;
  readonly #judge: DiscoveryJudge | undefined;
  readonly #sealing: GivenSealing | undefined;
  #healedAt = Infinity;
  #reachedAt = Infinity;
  #endBy = Infinity;
  readonly #silent: App | undefined;
  #isMonthAhead: boolean;
  /** Days that are ahead, each with a database that has lost everything. */
  #hollowDays: number;
  /** Days that are ahead, in which clusters report. */
  #untaggedDays: number;
  readonly #isToBeCut: boolean;
  readonly #isToResume: boolean;
  readonly #announcements: number;
  readonly #builds: number;
  #isOver = false;

  constructor(private readonly options: ScheduleOptions) {
    const { seed, mutant, line } = options;
    this.#random = new Random(seed);
    this.#isLong = this.#random.chance(longShare);
    const weather = drawnWeather(this.#random);
    const world = (this.#world = new World(this.#random, this.#tally, this.#isLong ? rarely(weather) : weather, line));
    const isDrawn = (stretch: Stretch, share: number): boolean =>
      this.#random.chance(share) || mutant?.shownBy?.includes(stretch) === true;
    const isRunning = isDrawn('running', runningShare);
    const scene = (this.#scene = drawnScene(this.#random, isDrawn('endless-listings', endlessShare), isRunning));
    const hold = {
      packages: this.#random.pick(holdPackages),
      findingsPercent: 10,
      healthyPercent: 5,
      weakenedPercent: 10,
    };
    const cloud = (this.#cloud = isDrawn('discovery', discoveryShare)
      ? new SimulatedCloud(this.#random, this.#random.chance(assessedShare))
      : undefined);
    const ledger = (this.#ledger = new TruthLedger(() => world.now, {
      hold,
      partitions: scene.partitions,
      lossesOf: (before, next) => {
        const comparison = comparisonOf(scene.all.values(), before, next);
        return { isNone: !comparison.isWorse, closes: closesBy(comparison) };
      },
      found: (digest, database, build) => foundBy(scene.all.get(digest)!, database, build),
      isEndOfLife: (digest, database) => systemBy(scene.all.get(digest)!, database).endOfLife,
      isUncovered: (digest, database) => isUncovered({ digest }, database),
    }));
    const judge = (this.#judge =
      cloud &&
      new DiscoveryJudge(
        cloud,
        () => this.#story.pushes,
        (law, detail) => ledger.fail(law, detail),
      ));
    const sealing = (this.#sealing = isDrawn('seals', sealsShare) ? this.#sealingBy(ledger) : undefined);
    this.#records = new SimulatedRecords(
      scene.partitions,
      () => this.#random.chance(world.weather.gaps),
      (record) => {
        ledger.appended(record);
        judge?.appended(record);
        if (!ledger.isCut) sealing?.judge.take(record, world.now);
        const told = toldBy(record);
        if (told) this.#tally.count(told);
        world.explain(() => traceLine(record));
      },
    );
    this.#stores = Object.fromEntries(
      apps.map((app) => [app, new (mutant?.server ?? StoreServer)(ledger.witness(app), () => Math.floor(world.now))]),
    ) as Record<App, StoreServer>;
    const broker = new SimulatedBroker(this.#records);
    let sightings = 0;
    this.#cluster = new SimulatedCluster(world, broker, this.#stores, {
      replicas: scene.replicas,
      installedAt: (replica) => this.#rollout.of(replica),
      wrap: mutant?.wrap,
      file: mutant?.file,
      failed: (name, activity, error) => this.#failed(name, activity, error),
      given: {
        registries: () => [...scene.registries, ...scene.endless, ...(cloud?.servers ?? [])],
        declared: [...scene.registries, ...scene.endless],
        discovery: cloud && judge && this.#discoveryOf(cloud, judge),
        sealing,
        nextSightingId: () => `seen-${(sightings += 1)}`,
        swept: (calls) => (mutant?.swept ? changed(calls, mutant.swept(calls)) : calls),
        image: (digest) => scene.all.get(digest)!,
        reports: ledger,
      },
    });
    this.#faults = new Faults(
      world,
      this.#cluster,
      broker,
      this.#stores,
      (id) => ledger.isEmitted(id),
      new BillReaders(world, this.#cluster, ledger, this.#records),
    );
    this.#sender = new SimulatedSender(world, () => this.#cluster.edges);
    this.#commands = new Commands(this.#records, () => world.now);
    this.#rollout = new Rollout(world, this.#commands, () => this.#cluster.replicas);
    this.#keeper = new SimulatedKeeper(world, this.#cluster, this.#rollout, this.#commands, {
      images: [...scene.all.values()],
      hold,
      failed: (name, activity, error) => this.#failed(name, activity, error),
      isWell: () => world.now > this.#healedAt,
      silent: (database, reasons) => {
        if (!this.#records.isCut)
          ledger.fail('every partition answers once all is well', `about ${database.slice(-4)}, ${reasons}`);
      },
    });
    this.#story = new Story(
      world,
      scene,
      this.#commands,
      this.#sender,
      this.#rollout,
      isDrawn('offers', offersShare) ? this.#keeper : undefined,
      cloud,
      isRunning,
    );
    this.#pods = isRunning
      ? new Pods(
          world,
          () => this.#cluster.edges,
          () => this.#story.pushes.map(({ image }) => image),
        )
      : undefined;
    this.#cloudStory =
      cloud &&
      new CloudStory(world, cloud, this.#commands, this.#records, (registry) => this.#story.pushInto(registry));
    this.#operator = new SimulatedOperator(world, this.#stores, this.#commands, scene.partitions);
    if (isDrawn('skew', skewShare)) world.weather = { ...world.weather, skewMs };
    if (isDrawn('faulty', 0)) world.weather = { ...world.weather, faulty: faultyOf };
    this.#silent = isDrawn('silence', silenceShare)
      ? this.#random.pick(['eligibility', 'sandbox-runner', 'classifier'])
      : undefined;
    this.#isMonthAhead = isDrawn('month', monthShare);
    this.#hollowDays = isDrawn('hollow-days', hollowDaysShare) ? days : 0;
    this.#untaggedDays = isDrawn('days', daysShare) && this.#hollowDays === 0 ? untaggedDays : 0;
    this.#isToBeCut = isDrawn('cut', cutShare);
    this.#isToResume = this.#random.chance(0.5);
    this.#announcements = isDrawn('databases', databasesShare) ? this.#random.whole(1, 4) : 0;
    this.#builds = isDrawn('builds', buildsShare) ? this.#random.whole(1, 4) : 0;
  }

  async run(): Promise<ScheduleOutcome> {
    const { timeline } = this.#world;
    this.#begin();
    await settling(() => {
      if (timeline.steps > mostSteps) this.#endless(`after ${mostSteps} steps`);
      // After the end no step may run: its late effects would reach no one.
      else
        do timeline.step();
        while (!this.#isOver && this.#random.chance(atOnce));
      return !this.#isOver && this.#ledger.broken.length === 0;
    });
    if (this.#isOver) this.#ledger.broken.push(...(await this.#judged()));
    const outcome = {
      seed: this.options.seed,
      broken: this.#ledger.broken,
      counts: { ...this.#tally.counts, calls: timeline.steps },
      steps: timeline.steps,
      endedAt: this.#world.now,
    };
    for (const { process } of this.#cluster.replicas) process?.end();
    return outcome;
  }

  #begin(): void {
    const { timeline } = this.#world;
    this.#story.begin();
    if (this.#silent) {
      this.#cluster.hold(this.#silent);
      this.#world.fault(this.#silent, 'is silent');
    }
    for (const replica of this.#cluster.replicas)
      timeline.after(this.#random.between(0, 300), () => this.#cluster.start(replica));
    const withinMs = this.#isLong ? longMs : 1000 * 30 ** this.#random.next();
    this.#story.unfold(withinMs, this.#announcements, this.#builds);
    this.#cloudStory?.unfold(withinMs);
    this.#pods?.unfold(withinMs);
    this.#faults.brew(withinMs, this.options.mutant?.shownBy);
    // Before all is well, orders often have no effect.
    timeline.after(this.#random.between(0, withinMs), () => this.#operator.act());
    if (this.#isToBeCut)
      for (let times = this.#random.whole(1, 2); times > 0; times -= 1)
        timeline.after(withinMs * this.#random.between(0.3, 1), () => this.#cut());
    timeline.after(withinMs * this.#random.between(1, 2), () => this.#heal());
  }

  /**
   * A backup is restored, or a broker that was behind becomes the leader: a partition has its first records only, or
   * none.
   */
  #cut(): void {
    const parts = [...keyedTopics, ...configTopics]
      .flatMap((topic) =>
        Array.from({ length: isConfigTopic(topic) ? 1 : this.#scene.partitions }, (_, partition) => ({
          topic,
          partition,
        })),
      )
      .filter(({ topic, partition }) => this.#records.of(topic, partition).length > 0);
    if (parts.length === 0) return;
    const results = parts.filter(({ topic }) => topic === 'scan.completed');
    const { topic, partition } = this.#random.pick(
      results.length > 0 && this.#random.chance(resultsCutShare) ? results : parts,
    );
    const kept = this.#random.chance(0.3) ? 0 : this.#random.whole(0, this.#records.of(topic, partition).length - 1);
    this.#world.fault('world', kept === 0 ? 'topic made anew' : 'topic cut');
    this.#world.note('world', `${topic}/${partition} keeps ${kept} records`);
    this.#ledger.isCut = true;
    this.#records.cut(topic, partition, kept);
  }

  /** Errors of services that the simulated world caused are not their fault. */
  #failed(name: string, activity: string, error: unknown): void {
    if (
      error instanceof StandsStill ||
      error instanceof LogChanged ||
      (error instanceof StoreIncomplete && error.needsOperator)
    ) {
      this.#world.tally.count('stands still');
      return;
    }
    for (let cause = error; cause instanceof Error; cause = cause.cause)
      if (
        // Once an offer is decided, its comparison is dropped, and a runner may not know that yet.
        (cause instanceof BlobFailure && cause.code === 'blob-unknown' && activity.startsWith('weighing')) ||
        // No log that was cut is sealed.
        (this.#records.isCut && /^(sealing the log|writing a seal)/.test(activity)) ||
        cause instanceof Unreachable ||
        cause instanceof Fenced ||
        // A right that is lost is reported each time.
        (cause instanceof RegistryError && (cause.retriable || /^(listing|sweeping) /.test(activity)))
      )
        return;
    this.#ledger.fail(
      'nothing throws',
      `${name}, ${activity}: ${error instanceof Error ? error.stack : String(error)}`,
    );
  }

  #heal(): void {
    const world = this.#world;
    world.note('world', 'healed');
    this.#healedAt = this.#reachedAt = world.now;
    this.#endBy = world.now + mostAfterHealingMs;
    world.weather = { ...calm, skewMs: world.weather.skewMs };
    // The producer for a topic that lost records notices it when it appends to the topic, or at its start.
    if (this.#records.isCut) for (const { process } of this.#cluster.live) process?.end();
    this.#faults.heal();
    this.#cloud?.heal();
    this.#rollout.settle(this.#records.cuts('advisories.updated', 0) > 0);
    const silent = this.#silent;
    if (silent) {
      this.#healedAt += silenceMs;
      world.timeline.after(silenceMs, () => {
        world.note(silent, 'is back');
        this.#cluster.letGo(silent);
      });
    }
    // Services that were just started need some time to find out what is lost.
    if (this.#records.isCut) world.timeline.after(noticeMs, () => this.#look());
    else this.#look();
  }

  /** Checks whether any work is left. */
  #look(): void {
    const { now, timeline } = this.#world;
    this.#operator.act();
    this.#cloudStory?.act();
    if (this.#isToResume) this.#operator.resume();
    if (now > this.#reachedAt + sweptWithinMs)
      for (const { law, detail } of this.#unswept) this.#ledger.fail(law, detail);
    if (now > Math.max(this.#reachedAt, this.#cloudStory?.changedAt ?? 0) + discoveredWithinMs)
      for (const detail of this.#undiscovered) this.#ledger.fail(discoveryLaws.found, detail);
    if (this.#sealing && now > Math.max(this.#reachedAt, this.#sealing.judge.lastAt) + this.#sealing.withinMs)
      for (const detail of this.#unsealed) this.#ledger.fail(sealLaws.sealed, detail);
    const isQuiet = this.#unfinished().next().done;
    if (isQuiet && this.#pods?.isReportAhead) {
      this.#pods.reportAll();
      timeline.after(lookEveryMs, () => this.#look());
    } else if (isQuiet && this.#cloudStory?.isRestrictedAhead && !this.#records.isCut) this.#pushIntoRestricted();
    else if (isQuiet && this.#hollowDays > 0) this.#passHollowDay();
    else if (isQuiet && this.#untaggedDays > 0) this.#passDay();
    else if (isQuiet && this.#isMonthAhead) this.#passMonth();
    else if (isQuiet) this.#isOver = true;
    else if (now > this.#endBy) this.#endless(`${mostAfterHealingMs / 60_000} minutes after all was well`);
    else timeline.after(lookEveryMs, () => this.#look());
  }

  #pushIntoRestricted(): void {
    this.#judge?.allKnown();
    this.#cloudStory?.pushIntoRestricted();
    this.#world.timeline.after(lookEveryMs, () => this.#look());
  }

  /** Lets a day pass, at whose end there is a database that has lost everything. */
  #passHollowDay(): void {
    const day = days - this.#hollowDays + 1;
    this.#hollowDays -= 1;
    this.#world.fault('world', 'a day passes');
    this.#world.timeline.jump(dayMs);
    // A scan that never ends is tried again by each database.
    this.#endBy += dayMs + mostAfterHealingMs;
    this.#keeper.take(databaseOfDay(day), 'nothing is released');
    this.#pods?.passDay();
    this.#world.timeline.after(noticeMs, () => this.#look());
  }

  #passDay(): void {
    this.#untaggedDays -= 1;
    this.#world.fault('world', 'a day passes');
    this.#world.timeline.jump(dayMs);
    this.#endBy += dayMs;
    this.#pods?.passDay();
    this.#world.timeline.after(noticeMs, () => this.#look());
  }

  /** Lets a month pass without events; afterwards, services have some time to notice it. */
  #passMonth(): void {
    this.#isMonthAhead = false;
    this.#world.fault('world', 'a month passes');
    this.#world.timeline.jump(monthMs);
    this.#endBy += monthMs;
    this.#world.timeline.after(noticeMs, () => this.#look());
  }

  *#unfinished(): Generator<string> {
    const { now } = this.#world;
    const outside = [this.#story, this.#rollout, this.#keeper, this.#cloudStory, this.#pods];
    if (this.#sender.waiting > 0 || outside.some((each) => (each?.unfinished ?? 0) > 0))
      yield 'something is under way outside';
    yield* unfinished(this.#everything);
    for (const { detail } of this.#unswept) yield detail;
    yield* this.#undiscovered;
    yield* this.#unsealed;
    if (this.#commands.expiries.some((at) => Math.abs(at - now) < this.#world.weather.skewMs))
      yield 'a rule ends, by the clock of one or another';
  }

  /** A cut may take registries away. */
  get #unswept(): ReturnType<typeof unswept> {
    const { registries, endless } = this.#scene;
    return endless.length === 0 || this.#records.isCut ? [] : unswept([...registries, ...endless], this.#reachedAt);
  }

  get #undiscovered(): string[] {
    return this.#cloud && !this.#records.isCut ? undiscovered(this.#records, this.#cloud) : [];
  }

  get #unsealed(): Iterable<string> {
    return this.#sealing && !this.#records.isCut ? this.#sealing.judge.unsealed() : [];
  }

  get #pushes(): readonly StoryPush[] {
    const away = this.#cloud?.away ?? [];
    return this.#story.pushes.filter(({ registry }) => !away.includes(registry));
  }

  #discoveryOf(cloud: SimulatedCloud, witness: DiscoveryJudge): GivenDiscovery {
    const { mutant } = this.options;
    const setting = {
      name: discoveryName,
      subscriptions: this.#random.pick(['all', cloudSubscriptions] as const),
      auth: { kind: 'managed-identity' },
      intervalSeconds: this.#random.whole(1, 4),
      ...(cloud.assesses ? { restricted: 'assess' } : {}),
    };
    const discoveries = new Discoveries(JSON.stringify([setting]));
    let events = 0;
    return {
      cloud,
      witness,
      discoveries: mutant?.discoveries ? changed(discoveries, mutant.discoveries(discoveries)) : discoveries,
      asked: (calls) => (mutant?.listed ? changed(calls, mutant.listed(calls)) : calls),
      nextId: () => `discovered-${(events += 1)}`,
    };
  }

  #sealingBy(ledger: TruthLedger): GivenSealing {
    const { mutant } = this.options;
    const everyMs = (this.#isLong ? 10_000 : 1000) * 10 ** this.#random.next();
    let events = 0;
    return {
      judge: new SealJudge((law, detail) => {
        if (!ledger.isCut) ledger.fail(law, detail);
      }),
      outside: [],
      everyMs,
      withinMs: sealedWithinMs + 2 * everyMs,
      mostRecords: this.#random.pick([3, 30, 300]),
      asked: (calls) => ({ ...calls, ...mutant?.sealing?.(calls) }),
      nextId: () => `sealed-${(events += 1)}`,
      ended: (name, notes) => {
        const fork = notes.find((note) => note.startsWith('fork'));
        if (fork !== undefined && !ledger.isCut) ledger.fail(sealLaws.outside, `${name} notes a ${fork}`);
      },
    };
  }

  #endless(when: string): void {
    for (const detail of this.#ledger.leftBehind(isScannable({ scene: this.#scene, pushes: this.#pushes })))
      this.#ledger.fail(laws.covered, detail);
    this.#ledger.fail('everything comes to an end', `${when}: ${[...this.#unfinished()].join('; ')}`);
  }

  async #judged(): Promise<Broken[]> {
    if (this.#sealing && !this.#records.isCut)
      for (const detail of this.#sealing.judge.misplaced()) this.#ledger.fail(sealLaws.outside, detail);
    const rebuilt =
      this.#random.chance(rebuiltShare) && !this.#records.isCut ? await comparedWithRebuilt(this.#everything) : [];
    return [
      ...rebuilt,
      ...judged(
        factsOf({
          ...this.#everything,
          scene: this.#scene,
          pods: this.#pods,
          healedAt: this.#healedAt,
          reachedAt: this.#reachedAt,
          skewMs: this.#world.weather.skewMs,
        }),
      ),
    ];
  }

  get #everything(): Everything {
    return {
      records: this.#records,
      stores: this.#stores,
      files: this.#cluster.files,
      ledger: this.#ledger,
      pushes: this.#pushes,
      away: this.#cloud?.away.map(({ loginServer }) => loginServer) ?? [],
      now: this.#world.now,
    };
  }
}
