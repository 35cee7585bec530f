import { decode, derivedId, saidByWorker, stepOf, type AnyEvent } from '@assay/events';
import { changeIn, notRead, readMark, type Batch, type Offsets, type ReadUpTo, type Wait } from '@assay/messaging';
import { placeOf } from './audit.ts';
import { every, sleep } from './clock.ts';
import { covers } from './config.ts';
import { Filler, lastSaid } from './filling.ts';
import { Halted, waiting } from './halted.ts';
import { keysIn, reading, takeIn } from './intake.ts';
import { Ledger, type WorkerPorts } from './ledger.ts';
import { isAbout } from './orders.ts';
import { carryOut } from './releasing.ts';
import { lackIn } from './lack.ts';
import { beforeAll, sequence } from './sequence.ts';
import type { Standstill } from './standstill.ts';
import { Fenced, type HeadChange, type Job, type Parked, type StoredState } from './store.ts';
import { Unit } from './unit.ts';
import { Waker } from './waker.ts';

/** How long it may take until an idle owner notices that its store was emptied, rolled back or claimed by somebody else. */
const lookEveryMs = 3000;
/** How long who takes silence for an answer waits until it looks again whether all was heard. */
const heardAgainMs = 1000;
/** In place of a time that will not come. */
const never = Number.MAX_SAFE_INTEGER;
/** A log that seems to have lost something is asked once more after this long. */
const logAgainMs = 1000;
const pageKeys = 500;
const pageBytes = 4_000_000;

/** Where each topic ended at a time. */
interface Goal {
  readonly at: number;
  readonly ends: Offsets;
}

/**
 * Works on one partition number of one service: hears batches, asks the one question, and commits states, offsets
 * and what is said together. Batches, walks, timers and jobs take turns; what fails gives the partition up to be opened anew.
 */
export class PartitionWorker<Heard, Said, C> {
  readonly #ledger: Ledger<Heard, Said, C>;
  readonly #waker: Waker;
  readonly #lapser: Waker;
  #turns: Promise<unknown> = Promise.resolve();
  readonly #asking = new Set<string>();
  #walking = false;
  #obeying = false;
  #lapsing = false;
  /** When the first lapses of the answers since all keys began to be asked about. */
  #lapsesAt = never;
  /** Where the log ended when a key's time had come: until all that was heard, nobody knows that there is no answer. */
  #goal: Goal | undefined;
  #filler: Filler | undefined;
  readonly #waits = new Map<string, Wait>();
  #closed = false;
  readonly #ending = Promise.withResolvers<void>();
  #unwatch: (() => void)[] = [];

  constructor(
    private readonly ports: WorkerPorts<Heard, Said, C>,
    readonly partition: number,
    private readonly givenUp: () => void,
  ) {
    this.#waker = new Waker(ports.clock, () => void this.#inTurn(() => this.#timesUp()));
    this.#lapser = new Waker(ports.clock, () => void this.#lapse());
    this.#ledger = new Ledger(ports, partition, {
      otherVoice: (isCut) => void this.#inTurn(() => this.#ledger.heardAnother(isCut)),
      wakes: (at) => this.#waker.at(at),
      lapses: (at) => {
        this.#lapsesAt = Math.min(this.#lapsesAt, at ?? never);
        this.#lapser.at(at);
      },
    });
  }

  /** Claims the partition, fills an empty or stale store from the log, and says from where to read. */
  open(): Promise<Offsets> {
    return this.#exclusively(() => this.#opened());
  }

  async #opened(): Promise<Offsets> {
    const { store, config, clock } = this.ports;
    const { head, halted, working, said } = await this.#ledger.claim();
    if (!head.standstill && head.filled) await this.#compareWithLog(this.#readUpTo());
    if (this.#ledger.head.standstill)
      return this.#standStill(this.#ledger.head.standstill, head.standstill === undefined);
    if (halted.length > 0) this.#ledger.halted.add((await store.parked(this.partition, head.epoch)).map(waiting));
    const lack = lackIn(head, said, this.ports.program) ?? ((await this.#lacksWhatItSaid()) ? 'behind' : undefined);
    if (lack) {
      if (said !== beforeAll) this.ports.observer.filling(this.partition, lack);
      await this.#fill(sequence(head.epoch, 0));
    }
    await this.#configured();
    await this.#goOn();
    await this.#obey();
    if (!this.#ledger.head.asked) await this.#askAll();
    this.#unwatch = [
      config.watch(() => void this.#walk()),
      config.orders.watch(({ partition }) => {
        if (partition === this.partition) this.#obeySoon();
      }),
      store.watchJobs(({ partition, key, state }) => {
        if (partition === this.partition && state !== 'queued') this.#askSoon(key);
      }),
      every(clock, lookEveryMs, () => void this.#inTurn(() => this.#look())),
    ];
    // What became of a job between the end of the last owner and now, nobody was told.
    for (const key of working) this.#askSoon(key);
    this.#obeySoon();
    await this.#arm();
    // Where nobody knows what lapses when, it is found out; what did while nobody had the partition is noticed now.
    const { lapsesAt = 0 } = this.#ledger.head;
    if (this.ports.program.judgesSilence && lapsesAt < never) this.#lapser.at(lapsesAt);
    void this.#walk();
    return this.#ledger.head.offsets;
  }

  /**
   * Fills an empty store from the log and says nothing; what is open is decided after it has taken the live one's place.
   * Called again, it takes in what came since.
   */
  async fillMute(): Promise<void> {
    this.#ledger.mute = true;
    const last = (await lastSaid(this.ports.log, saidByWorker(this.ports.program.app), this.partition)).event;
    if (this.#filler) {
      await this.#fillOn(this.#filler, last);
    } else {
      await this.#ledger.claimMute();
      await this.#fill(last);
    }
    await this.#obey();
  }

  /** Next offset to hear, by topic; none before the partition was claimed. */
  get offsets(): Offsets {
    return this.#ledger.isClaimed ? this.#ledger.head.offsets : {};
  }

  /** By which the store knows its owner. */
  get #epoch(): number {
    return this.#ledger.head.epoch;
  }

  /** How many events are parked. */
  get parked(): number {
    return this.#ledger.halted.size;
  }

  /** When the first of what was said and is not in the log yet was said, ms since the epoch. */
  get unsentSince(): number | undefined {
    return this.#ledger.unsentSince;
  }

  /** Why some of what it hears is not read on. */
  get waits(): readonly Wait[] {
    return [...this.#waits.values()];
  }

  /** Hears one batch. Throws where the batch did not count. */
  hear(batch: Batch): Promise<void | 'waiting'> {
    return this.#exclusively(async () => {
      if (batch.fetchedOffset !== (this.#ledger.head.offsets[batch.topic] ?? 0))
        throw new Fenced(`${batch.topic}/${this.partition} was read from ${batch.fetchedOffset}`);
      if (batch.resumed && (await this.#compareWithLog(this.#heardUpTo([batch.topic]))))
        throw new Fenced(`partition ${this.partition} stands still`);
      return batch.nextOffset > batch.fetchedOffset ? this.#take(batch, true) : undefined;
    });
  }

  /** Why nothing is done here; undefined where all is. */
  get standstill(): Standstill | undefined {
    return this.#ledger.standstill;
  }

  #heardUpTo(topics: readonly string[]): ReadUpTo[] {
    const { offsets, read } = this.#ledger.head;
    return topics
      .filter((topic) => (offsets[topic] ?? 0) > 0)
      .map((topic) => ({ topic, partition: this.partition, next: offsets[topic]!, mark: read[topic] }));
  }

  /** What was read of the heard topics, and of config what nobody here has read, but whoever had the partition before. */
  #readUpTo(): ReadUpTo[] {
    const { hears, follows } = stepOf(this.ports.program.app);
    const { read } = this.#ledger.head;
    const unread = follows.filter(
      (topic) => read[topic] !== undefined && !this.ports.config.hasRead(topic, read[topic]),
    );
    return [
      ...this.#heardUpTo(hears),
      ...unread.map((topic) => ({
        topic,
        partition: 0,
        next: Number.parseInt(read[topic]!, 10) + 1,
        mark: read[topic],
      })),
    ];
  }

  /** Whether its own topics lost something of what it said before; what is at their end is compared by its sequence. */
  async #lacksWhatItSaid(): Promise<boolean> {
    const { program, log, clock } = this.ports;
    const { read } = this.#ledger.head;
    const changes = await Promise.all(
      saidByWorker(program.app)
        .filter((topic) => read[topic] !== undefined)
        .map((topic) =>
          changeIn(
            log,
            { topic, partition: this.partition, next: Number.parseInt(read[topic]!, 10) + 1, mark: read[topic] },
            () => sleep(clock, logAgainMs),
          ),
        ),
    );
    return changes.some((how) => how !== undefined);
  }

  /**
   * Sees whether the log is still the one that was read. Where it is not, something would be skipped by going on, and something
   * that is known here never was: the partition stands still. True where it does.
   */
  async #compareWithLog(all: readonly ReadUpTo[]): Promise<boolean> {
    const { log, clock, program } = this.ports;
    const changes = await Promise.all(
      all.map(async (read) => ({ ...read, how: await changeIn(log, read, () => sleep(clock, logAgainMs)) })),
    );
    const change = changes.find(({ how }) => how !== undefined);
    if (!change) return false;
    const { topic, partition, next: offset, how } = change;
    await this.#ledger.halt({
      code: 'log-changed',
      topic,
      offset,
      message: `${topic}/${partition} is not what was read of it: ${how}`,
      since: new Date(clock.now()).toISOString(),
      id: derivedId('halt', program.app, topic, this.partition, offset, this.#epoch),
    });
    return true;
  }

  /** Nothing is heard, asked or said; what an operator orders is waited for. */
  #standStill(standstill: Standstill, isNews: boolean): Offsets {
    const { program, config, clock } = this.ports;
    const target = placeOf(program.app, this.partition, standstill);
    const resume = async (): Promise<void> => {
      const order = config.orders.resumptionOf(standstill.id);
      if (!order) return;
      await this.#ledger.resume(target, order);
      this.givenUp();
    };
    this.#unwatch = [
      config.orders.watch(({ partition }) => {
        if (partition === this.partition) void this.#inTurn(resume);
      }),
      every(clock, lookEveryMs, () => void this.#inTurn(() => this.#look())),
    ];
    void this.#inTurn(async () => {
      if (!isNews) await this.#sayAgain(standstill);
      await resume();
    });
    return Object.fromEntries(stepOf(program.app).hears.map((topic) => [topic, notRead]));
  }

  /** What was said of it before, and sent by now, may be gone from the log as well, and nobody would know what to order. */
  async #sayAgain(standstill: Standstill): Promise<void> {
    const { config } = this.ports;
    await Promise.race([config.caughtUp(), this.#ending.promise]);
    const isKnown =
      config.orders.standing(this.partition)?.id === standstill.id ||
      config.orders.resumptionOf(standstill.id) !== undefined;
    if (!isKnown && !this.#closed) await this.#ledger.halt(standstill);
  }

  /** The store of a partition that stood still was emptied, or went back to before: it holds nothing that the log lacks. */
  async #goOn(): Promise<void> {
    const { orders } = this.ports.config;
    if (!orders.standing(this.partition)) return;
    // That it goes on may be said, and not be known here yet.
    await Promise.race([this.ports.config.caughtUp(), this.#ending.promise]);
    const standing = orders.standing(this.partition);
    if (standing && !this.#closed)
      await this.#ledger.goesOn(standing.target, {
        id: standing.id,
        why: 'its store was emptied or went back: it holds nothing that the log lacks',
      });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#ending.resolve();
    for (const unwatch of this.#unwatch) unwatch();
    this.#waker.close();
    this.#lapser.close();
    await this.#turns;
    await this.#ledger.close();
  }

  async #take(batch: Batch, asks: boolean): Promise<void | 'waiting'> {
    const { program, config, dispatch, tracer, observer, clock } = this.ports;
    const keys = keysIn(batch);
    const stored = Promise.all([this.#statesOf(keys), asks ? this.#jobsOf(keys) : []]);
    const read = reading(batch);
    const [states, jobs] = await stored;
    const unit = new Unit<Heard, Said>(program, states.values(), jobs);
    const taken = await takeIn(read, this.#ledger.head.marks[batch.topic], {
      app: program.app,
      partitions: this.ports.log.partitions,
      unit: unit as never,
      halted: this.#ledger.halted,
      orders: config.orders,
      dispatch,
      tracer,
      observer,
      now: clock.now(),
    });
    const { mark, wait } = taken;
    const nextOffset = wait?.offset ?? batch.nextOffset;
    const last = batch.records.findLast(({ offset }) => offset < nextOffset);
    await this.#ledger.commit(
      unit,
      asks ? unit.touched : [],
      {
        offsets: { [batch.topic]: nextOffset },
        marks: { [batch.topic]: mark },
        ...(last ? { read: { [batch.topic]: readMark(last) } } : {}),
        ...(wait ? { waits: { [batch.topic]: wait } } : {}),
      },
      taken,
      { topic: batch.topic, offset: batch.fetchedOffset },
    );
    observer.heard(batch.topic, batch.records.filter(({ offset }) => offset < nextOffset).length);
    if (asks && taken.parked.length > 0) this.#obeySoon();
    return wait && this.#wait(wait);
  }

  #wait(wait: Wait & { readonly topic: string }): 'waiting' {
    if (!this.#waits.has(wait.topic)) this.ports.observer.waiting(wait);
    this.#waits.set(wait.topic, wait);
    return 'waiting';
  }

  /** Carries out what operators ordered of parked events, each order in a transaction of its own, as they came. */
  async #obey(): Promise<void> {
    const { store, program, config, dispatch, tracer } = this.ports;
    const orders = [...this.#ledger.halted]
      .flatMap((event) => config.orders.since(event))
      .toSorted((a, b) => a.at - b.at);
    if (orders.length === 0) return;
    const parked = new Halted(await store.parked(this.partition, this.#epoch));
    for (const order of orders) {
      const line = parked.lineOf(order);
      if (
        line.length === 0 ||
        this.#closed ||
        !isAbout(
          order.event,
          line.find(({ offset }) => offset === order.offset)!,
        )
      )
        continue;
      const keys = keysOf(line);
      const states = await this.#statesOf(keys);
      const unit = new Unit<Heard, Said>(program, states.values(), await this.#jobsOf(keys));
      const release = await carryOut(order, line, {
        app: program.app,
        partitions: this.ports.log.partitions,
        unit: unit as never,
        halted: this.#ledger.halted,
        dispatch,
        tracer,
      });
      parked.remove(release.unpark);
      parked.add(release.parked);
      this.#ledger.halted.remove(release.unpark);
      this.#ledger.halted.add(release.parked.map(waiting));
      // A store that was just filled is asked about as a whole.
      const asked =
        this.#ledger.head.asked && !this.#ledger.mute ? [...new Set([...states.keys(), ...unit.touched])] : [];
      await this.#ledger.commit(unit, asked, {}, { ...release, order });
    }
  }

  #obeySoon(): void {
    if (this.#obeying) return;
    this.#obeying = true;
    void this.#inTurn(() => {
      this.#obeying = false;
      return this.#obey();
    });
  }

  async #ask(
    stored: readonly StoredState[],
    jobs: readonly Job[],
    { head, heardUntil }: { head?: HeadChange | undefined; heardUntil?: number | undefined } = {},
  ): Promise<void> {
    await this.#ledger.commit(
      new Unit<Heard, Said>(this.ports.program, stored, jobs),
      stored.map(({ key }) => key),
      head,
      undefined,
      undefined,
      heardUntil,
    );
  }

  async #askAbout(keys: readonly string[], heardUntil?: number): Promise<void> {
    const [states, jobs] = await Promise.all([this.#statesOf(keys), this.#jobsOf(keys)]);
    for (let rest = [...states.values()]; rest.length > 0;) {
      const some = affordable(rest);
      await this.#ask(some, jobs, { heardUntil });
      rest = rest.slice(some.length);
    }
  }

  /** Who asks for none, as for a batch that holds fences alone, need not wait: that nobody else writes here is seen when it is written down. */
  async #statesOf(keys: readonly string[]): Promise<ReadonlyMap<string, StoredState>> {
    return keys.length > 0 ? this.ports.store.read(this.partition, keys, this.#epoch) : new Map();
  }

  /** Beside the states, where they are wanted: neither waits for the other. */
  async #jobsOf(keys: readonly string[]): Promise<readonly Job[]> {
    return this.ports.program.hasJobs && keys.length > 0 ? this.ports.store.jobsOf(this.partition, keys) : [];
  }

  async #look(): Promise<void> {
    if ((await this.ports.store.epoch(this.partition)) !== this.#epoch)
      throw new Fenced(`partition ${this.partition} of ${this.ports.program.app} is not as its owner left it`);
  }

  #askSoon(key: string): void {
    if (this.#asking.size === 0)
      void this.#inTurn(async () => {
        const keys = [...this.#asking];
        this.#asking.clear();
        await this.#askAbout(keys);
      });
    this.#asking.add(key);
  }

  async #timesUp(): Promise<void> {
    const { program, store, clock } = this.ports;
    const goal = program.judgesSilence ? (this.#goal ??= await this.#end()) : undefined;
    if (program.judgesSilence && !this.#hasReached(goal)) return this.#waker.at(clock.now() + heardAgainMs);
    this.#goal = undefined;
    const { keys } = await store.due(this.partition, goal?.at ?? clock.now(), pageKeys);
    await this.#askAbout(keys, goal?.at);
    await this.#arm();
  }

  async #arm(): Promise<void> {
    const { keys, next } = await this.ports.store.due(this.partition, this.ports.clock.now(), 1);
    this.#waker.at(keys.length > 0 ? this.ports.clock.now() : next);
  }

  /** Config changed what the answers rest on: every key is asked about, page by page, behind fresh work. */
  async #walk(): Promise<void> {
    if (this.#walking) return;
    this.#walking = true;
    while (!this.#closed && !covers(this.#ledger.head.walked, this.ports.config.offsets)) {
      if (!(await this.#inPages((page) => this.#inTurn(page)))) break;
    }
    this.#walking = false;
  }

  /** Where the log ends now; nothing where nobody can say. */
  async #end(): Promise<Goal | undefined> {
    const { program, log, clock } = this.ports;
    const at = clock.now();
    try {
      return {
        at,
        ends: Object.fromEntries(
          await Promise.all(
            stepOf(program.app).hears.map(async (topic) => [topic, await log.end(topic, this.partition)] as const),
          ),
        ),
      };
    } catch {
      return undefined;
    }
  }

  #hasReached(goal: Goal | undefined): boolean {
    return goal !== undefined && covers(this.#ledger.head.offsets, goal.ends);
  }

  /** Some answer may hold no longer: every key is asked about, page by page, behind fresh work. What lapses next is known after it. */
  async #lapse(): Promise<void> {
    const { clock } = this.ports;
    if (this.#lapsing) return this.#lapser.at(clock.now() + heardAgainMs);
    this.#lapsing = true;
    let goal: Goal | undefined;
    while (!this.#closed) {
      if (
        !(await this.#inTurn(async () => {
          goal ??= await this.#end();
        }))
      )
        return;
      if (this.#hasReached(goal)) break;
      await sleep(clock, heardAgainMs);
    }
    await this.#inPages((page) => this.#inTurn(page), { isForLapses: true, heardUntil: goal?.at });
    this.#lapsing = false;
  }

  async #askAll(): Promise<void> {
    await this.#inPages(
      async (page) => {
        await page();
        return true;
      },
      { isForLapses: true },
    );
  }

  /** Asks about every key; the last page records the config that all were asked by. False when a page failed. */
  async #inPages(
    turn: (page: () => Promise<void>) => Promise<boolean>,
    { isForLapses = false, heardUntil }: { isForLapses?: boolean; heardUntil?: number | undefined } = {},
  ): Promise<boolean> {
    const renews = isForLapses && this.ports.program.judgesSilence === true;
    if (renews) this.#lapsesAt = never;
    const { offsets: goal, marks } = this.ports.config;
    for (let after: string | undefined, ended = false; !ended && !this.#closed;) {
      const went = await turn(async () => {
        const page = affordable(await this.ports.store.scan(this.partition, after, pageKeys, this.#epoch));
        after = page.at(-1)?.key;
        ended = page.length === 0;
        await this.#ask(page, await this.#jobsOf(page.map(({ key }) => key)), {
          heardUntil,
          head: ended
            ? { walked: goal, read: marks, asked: true, ...(renews ? { lapsesAt: this.#lapsesAt } : {}) }
            : undefined,
        });
      });
      if (!went) return false;
      await this.ports.clock.yield();
    }
    return true;
  }

  async #fill(last: string): Promise<void> {
    const { program, log } = this.ports;
    await this.#ledger.clear(last);
    const filler = new Filler({
      log,
      program,
      partition: this.partition,
      hears: stepOf(program.app).hears,
      said: (events) => this.#remember(events),
      heard: (batch) => this.#take(batch, false),
    });
    await this.#fillOn(filler, last);
    if (this.#ledger.mute) this.#filler = filler;
  }

  async #fillOn(filler: Filler, last: string): Promise<void> {
    await filler.fill(last, this.#ledger.head.offsets);
    await this.#ledger.commit(new Unit<Heard, Said>(this.ports.program, []), [], {
      filled: true,
      stateVersion: this.ports.program.stateVersion,
      last,
    });
  }

  async #remember(events: readonly AnyEvent[]): Promise<void> {
    const unit = new Unit<Heard, Said>(
      this.ports.program,
      (await this.#statesOf([...new Set(events.map(({ subject }) => subject))])).values(),
    );
    for (const event of events) unit.say(event.subject, event);
    await this.#ledger.commit(unit, []);
  }

  /**
   * An owner whose config is older than what the partition was judged by waits until it has caught up. Of a store that
   * was emptied nobody knows by what it was judged: at most by all that there is.
   */
  async #configured(): Promise<void> {
    if (!this.#ledger.head.asked) await Promise.race([this.ports.config.caughtUp(), this.#ending.promise]);
    const { walked, judgedBy } = this.#ledger.head;
    while (!(covers(this.ports.config.offsets, walked) && covers(this.ports.config.offsets, judgedBy)) && !this.#closed)
      await sleep(this.ports.clock, 20);
  }

  /** Work that no batch waits for. A failure gives the partition up to be opened anew. */
  async #inTurn(work: () => Promise<void>): Promise<boolean> {
    try {
      await this.#exclusively(work);
      return true;
    } catch (error) {
      if (this.#closed) return false;
      if (!(error instanceof Fenced))
        this.ports.observer.failed(this.ports.program.app, `partition ${this.partition}`, error);
      this.givenUp();
      return false;
    }
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turns.then(() => {
      if (this.#closed) throw new Fenced('closed');
      return work();
    });
    this.#turns = turn.catch(() => undefined);
    return turn;
  }
}

/** The keys that a line of parked events may be about: that of the record, and, where it can be read, that of the event. */
const keysOf = (line: readonly Parked[]): readonly string[] => [
  ...new Set(
    line.flatMap((event) => {
      const it = decode(event.topic, event);
      return it.kind === 'event' ? [event.key, it.event.subject] : [event.key];
    }),
  ),
];

/** As many of a page's states as are worth loading at once; at least one. */
const affordable = (page: readonly StoredState[]): readonly StoredState[] => {
  let bytes = 0;
  const most = page.findIndex(({ state }) => (bytes += state.length) > pageBytes);
  return most < 0 ? page : page.slice(0, Math.max(1, most));
};
