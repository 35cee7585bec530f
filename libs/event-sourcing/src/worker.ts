import { decode, saidByWorker, stepOf, type AnyEvent } from '@assay/events';
import type { Batch, Dispatch, EventLog, Offsets } from '@assay/messaging';
import type { ServiceTracer } from '@assay/telemetry';
import { ask } from './asking.ts';
import { parking, releasing } from './audit.ts';
import { every, sleep, type Clock } from './clock.ts';
import { covers, type Config } from './config.ts';
import { fenceOf, Filler, lastSaid } from './filling.ts';
import { Halted, waiting } from './halted.ts';
import { reading, takeIn, type Taken } from './intake.ts';
import type { Observer } from './observer.ts';
import type { Order } from './orders.ts';
import type { Program } from './program.ts';
import { Relay } from './relay.ts';
import { carryOut, type Release } from './releasing.ts';
import { speak, type Speaker, type Spoken } from './saying.ts';
import { beforeAll, isWhatWasSaid, sequence } from './sequence.ts';
import type { Changes, Claim, Parked, PartitionHead, Store, StoredState } from './store.ts';
import { Unit } from './unit.ts';
import { Voice } from './voice.ts';
import { Waker } from './waker.ts';

/** Somebody else owns the partition, or the batch does not begin where the store stands: all that was read is void. */
export class Fenced extends Error {
  readonly code = 'fenced';
}

export interface WorkerPorts<Heard, Said, C> {
  readonly program: Program<Heard, Said, C>;
  readonly log: EventLog;
  readonly store: Store;
  readonly config: Config<C>;
  readonly dispatch: Dispatch;
  readonly tracer: ServiceTracer;
  readonly observer: Observer;
  readonly clock: Clock;
}

type HeadChange = Partial<Omit<PartitionHead, 'epoch'>>;

/** What was handled, and what of it could not be. */
interface Handled extends Pick<Taken, 'parked' | 'handling'>, Partial<Pick<Release, 'gone' | 'unpark'>> {
  readonly order?: Order;
}

const nothingHandled: Handled = { parked: [], handling: new Map() };
/** How long it may take until an idle owner notices that its store was emptied, rolled back or claimed by somebody else. */
const lookEveryMs = 3000;
const pageKeys = 500;
const pageBytes = 4_000_000;

/**
 * Works on one partition number of one service: hears batches, asks the one question, and commits states, offsets
 * and what is said together. Batches, walks, timers and jobs take turns; what fails gives the partition up to be opened anew.
 */
export class PartitionWorker<Heard, Said, C> {
  readonly #voice: Voice;
  readonly #relay: Relay;
  readonly #waker: Waker;
  #head!: PartitionHead;
  readonly #halted = new Halted();
  #turns: Promise<unknown> = Promise.resolve();
  readonly #asking = new Set<string>();
  #walking = false;
  #obeying = false;
  #mute = false;
  #filler: Filler | undefined;
  #closed = false;
  readonly #ending = Promise.withResolvers<void>();
  #unwatch: (() => void)[] = [];

  constructor(private readonly ports: WorkerPorts<Heard, Said, C>, readonly partition: number, private readonly givenUp: () => void) {
    this.#voice = new Voice(ports.log, partition, () => void this.#inTurn(() => this.#heardAnother()));
    this.#relay = new Relay(this.#voice, ports.store, ports.clock, partition);
    this.#waker = new Waker(ports.clock, () => void this.#inTurn(() => this.#timesUp()));
  }

  /** Claims the partition, fills an empty or stale store from the log, and says from where to read. */
  open(): Promise<Offsets> {
    return this.#exclusively(() => this.#opened());
  }

  async #opened(): Promise<Offsets> {
    const { store, config, clock } = this.ports;
    const { head, halted, working, said } = await this.#claim();
    if (halted.length > 0) this.#halted.add((await store.parked(this.partition)).map(waiting));
    if (!head.filled || !isWhatWasSaid(head.last, said)) {
      if (said !== beforeAll) this.ports.observer.filling(this.partition);
      await this.#fill(sequence(head.epoch, 0));
    }
    await this.#configured();
    await this.#obey();
    if (!this.#head.asked) await this.#askAll();
    this.#unwatch = [config.watch(() => void this.#walk()), config.orders.watch(({ partition }) => { if (partition === this.partition) this.#obeySoon(); }), store.watchJobs(({ partition, key, state }) => {
      if (partition === this.partition && state !== 'queued') this.#askSoon(key);
    }), every(clock, lookEveryMs, () => void this.#inTurn(() => this.#look()))];
    // What became of a job between the end of the last owner and now, nobody was told.
    for (const key of working) this.#askSoon(key);
    this.#obeySoon();
    await this.#arm();
    void this.#walk();
    return this.#head.offsets;
  }

  /**
   * Takes the partition under an epoch above all that spoke before. What the last owner left goes out first, then the
   * fence: only behind it is it known what was said, for a store may be rolled back while its owner is still sending.
   */
  async #claim(): Promise<Claim & { readonly said: string }> {
    const { program, log, store, clock } = this.ports;
    for (let floor = clock.now(); ;) {
      const claim = await store.claim(this.partition, floor);
      const { head, outbox } = claim;
      this.#head = head;
      if (outbox.length > 0) this.#relay.send(outbox, outbox.map(({ position }) => position));
      await this.#relay.drained();
      const fence = fenceOf(program.app, this.partition, head.epoch, new Date(clock.now()).toISOString());
      this.#voice.begin(fence, await log.append(fence));
      const { event, epoch } = await lastSaid(log, saidByWorker(program.app), this.partition);
      if (epoch <= head.epoch) return { ...claim, said: event };
      floor = epoch + 1;
    }
  }

  /**
   * Fills an empty store from the log and says nothing; what is open is decided after it has taken the live one's place.
   * Called again, it takes in what came since.
   */
  async fillMute(): Promise<void> {
    this.#mute = true;
    const last = (await lastSaid(this.ports.log, saidByWorker(this.ports.program.app), this.partition)).event;
    if (this.#filler) {
      await this.#fillOn(this.#filler, last);
    } else {
      this.#head = (await this.ports.store.claim(this.partition, 0)).head;
      await this.#fill(last);
    }
    await this.#obey();
  }

  /** Next offset to hear, by topic. */
  get offsets(): Offsets {
    return this.#head.offsets;
  }

  /** How many events are parked. */
  get parked(): number {
    return this.#halted.size;
  }

  /** When the first of what was said and is not in the log yet was said, ms since the epoch. */
  get unsentSince(): number | undefined {
    return this.#relay.waitingSince;
  }

  /** Hears one batch. Throws where the batch did not count. */
  hear(batch: Batch): Promise<void> {
    return this.#exclusively(async () => {
      if (batch.fetchedOffset !== (this.#head.offsets[batch.topic] ?? 0)) throw new Fenced(`${batch.topic}/${this.partition} was read from ${batch.fetchedOffset}`);
      await this.#take(batch, true);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#ending.resolve();
    for (const unwatch of this.#unwatch) unwatch();
    this.#waker.close();
    await this.#turns;
    await this.#relay.close();
  }

  async #take(batch: Batch, asks: boolean): Promise<void> {
    const { store, program, config, dispatch, tracer, observer, clock } = this.ports;
    const read = reading(batch);
    const unit = new Unit<Heard, Said>(program, (await store.read(this.partition, read.keys)).values());
    const taken = await takeIn(read, this.#head.marks[batch.topic], { app: program.app, unit: unit as never, halted: this.#halted, orders: config.orders, dispatch, tracer, observer, now: clock.now() });
    await this.#commit(unit, asks ? unit.touched : [], { offsets: { [batch.topic]: batch.nextOffset }, marks: { [batch.topic]: taken.mark } }, taken,
      { topic: batch.topic, offset: batch.fetchedOffset });
    observer.heard(batch.topic, batch.records.length);
    if (asks && taken.parked.length > 0) this.#obeySoon();
  }

  /** Carries out what operators ordered of parked events, each order in a transaction of its own, as they came. */
  async #obey(): Promise<void> {
    const { store, program, config, dispatch, tracer } = this.ports;
    const orders = [...this.#halted].flatMap((event) => config.orders.since(event)).toSorted((a, b) => a.at - b.at);
    if (orders.length === 0) return;
    const parked = new Halted(await store.parked(this.partition));
    for (const order of orders) {
      const line = parked.lineOf(order);
      if (line.length === 0 || this.#closed) continue;
      const states = await store.read(this.partition, keysOf(line));
      const unit = new Unit<Heard, Said>(program, states.values());
      const release = await carryOut(order, line, { app: program.app, unit: unit as never, halted: this.#halted, dispatch, tracer });
      for (const events of [parked, this.#halted] as Halted[]) { events.remove(release.unpark); events.add(release.parked); }
      // A store that was just filled is asked about as a whole.
      const asked = this.#head.asked && !this.#mute ? [...new Set([...states.keys(), ...unit.touched])] : [];
      await this.#commit(unit, asked, {}, { ...release, order });
    }
  }

  #obeySoon(): void {
    if (this.#obeying) return;
    this.#obeying = true;
    void this.#inTurn(() => { this.#obeying = false; return this.#obey(); });
  }

  /** Asks the question for some keys, and writes the answers with everything else that the unit holds. */
  async #commit(unit: Unit<Heard, Said>, keys: readonly string[], head: HeadChange = {}, handled = nothingHandled, expect?: Changes['expect']): Promise<void> {
    try {
      await this.#committed(unit, keys, head, handled, expect);
    } finally {
      for (const span of handled.handling.values()) span.end();
    }
  }

  async #committed(unit: Unit<Heard, Said>, keys: readonly string[], head: HeadChange, { parked, handling, gone = [], unpark, order }: Handled, expect: Changes['expect']): Promise<void> {
    const { store, program, config, clock, observer, tracer, log } = this.ports;
    const speaker: Speaker = { app: program.app, partition: this.partition, partitions: log.partitions, epoch: this.#head.epoch, now: clock.now(), tracer, handling };
    const asked = keys.filter((key) => !this.#halted.has(key));
    const { spoken: answers, jobs, wakes: asks } = ask({
      program, unit, keys: asked, config: config.value, jobs: program.hasJobs && asked.length > 0 ? await store.jobsOf(this.partition, asked) : [], speaker, lastSaid: this.#head.last, observer });
    // A halted key is not asked, so it must not go on waking us.
    const wakes = new Map([...keys.filter((key) => this.#halted.has(key)).map((key) => [key, undefined] as const), ...asks]);
    const audit = [...parked.map((event) => parking(program.app, event, order)), ...gone.map(({ event, outcome }) => releasing(program.app, event, outcome, order!))];
    const spoken = this.#mute ? [] : [...answers, ...audit.map((draft) => speak(draft, draft.key!, 0, speaker))];
    const last = answers.findLast(({ event }) => event.sequence !== undefined)?.event.sequence;
    const after: HeadChange = { ...(last === undefined ? {} : { last }), ...head };
    const trim = this.#relay.toTrim();
    const positions = await this.#write({ expect, head: after, states: unit.changed(wakes), outbox: spoken.map(({ record }) => record), jobs, park: parked, unpark, trim }, spoken);
    this.#relay.trimmed(trim);
    this.#head = { ...this.#head, ...after, offsets: { ...this.#head.offsets, ...head.offsets }, marks: { ...this.#head.marks, ...head.marks }, walked: { ...this.#head.walked, ...head.walked } };
    this.#halted.add(parked.map(waiting));
    if (jobs.put.length > 0) observer.queued(jobs.put.length);
    if (spoken.length > 0) this.#relay.send(spoken.map(({ record }) => record), positions, () => { for (const { span, event } of spoken) { span.end(); observer.said(event); } });
    for (const wakeAt of wakes.values()) this.#waker.at(wakeAt);
  }

  async #write(changes: Changes, spoken: readonly Spoken[]): Promise<readonly number[]> {
    try {
      const result = await this.ports.store.transact(this.partition, this.#head.epoch, changes);
      if (!result.committed) throw new Fenced(`partition ${this.partition} of ${this.ports.program.app} has another owner`);
      return result.positions;
    } catch (error) {
      for (const { span } of spoken) span.end(error);
      throw error;
    }
  }

  async #ask(stored: readonly StoredState[], head?: HeadChange): Promise<void> {
    await this.#commit(new Unit<Heard, Said>(this.ports.program, stored), stored.map(({ key }) => key), head);
  }

  async #askAbout(keys: readonly string[]): Promise<void> {
    for (let rest = [...(await this.ports.store.read(this.partition, keys)).values()]; rest.length > 0;) {
      const some = affordable(rest);
      await this.#ask(some);
      rest = rest.slice(some.length);
    }
  }

  /**
   * Somebody else speaks here. Where that was under a later epoch, nobody takes in what is said under this one, although
   * the store let it through: it was rolled back behind the claim of the other. It is filled anew, by whoever opens it.
   */
  async #heardAnother(): Promise<void> {
    const { program, log } = this.ports;
    const { epoch } = await lastSaid(log, saidByWorker(program.app), this.partition);
    if (epoch <= this.#head.epoch) return;
    await this.#commit(new Unit<Heard, Said>(program, []), [], { filled: false });
    throw new Fenced(`partition ${this.partition} of ${program.app} was claimed by another, and its store forgot it`);
  }

  async #look(): Promise<void> {
    if (await this.ports.store.epoch(this.partition) !== this.#head.epoch) throw new Fenced(`partition ${this.partition} of ${this.ports.program.app} is not as its owner left it`);
  }

  #askSoon(key: string): void {
    if (this.#asking.size === 0) void this.#inTurn(async () => {
      const keys = [...this.#asking];
      this.#asking.clear();
      await this.#askAbout(keys);
    });
    this.#asking.add(key);
  }

  async #timesUp(): Promise<void> {
    const { keys } = await this.ports.store.due(this.partition, this.ports.clock.now(), pageKeys);
    await this.#askAbout(keys);
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
    while (!this.#closed && !covers(this.#head.walked, this.ports.config.offsets)) {
      if (!await this.#inPages((page) => this.#inTurn(page))) break;
    }
    this.#walking = false;
  }

  async #askAll(): Promise<void> {
    await this.#inPages(async (page) => { await page(); return true; });
  }

  /** Asks about every key; the last page records the config that all were asked by. False when a page failed. */
  async #inPages(turn: (page: () => Promise<void>) => Promise<boolean>): Promise<boolean> {
    const goal = this.ports.config.offsets;
    for (let after: string | undefined, ended = false; !ended && !this.#closed;) {
      const went = await turn(async () => {
        const page = affordable(await this.ports.store.scan(this.partition, after, pageKeys));
        after = page.at(-1)?.key;
        ended = page.length === 0;
        await this.#ask(page, ended ? { walked: goal, asked: true } : undefined);
      });
      if (!went) return false;
      await this.ports.clock.yield();
    }
    return true;
  }

  async #fill(last: string): Promise<void> {
    const { program, log, store } = this.ports;
    if (!await store.clear(this.partition, this.#head.epoch)) throw new Fenced('cleared by another owner');
    this.#head = { epoch: this.#head.epoch, offsets: {}, marks: {}, walked: {}, last, filled: false, asked: false };
    this.#halted.clear();
    const filler = new Filler({
      log, program, partition: this.partition, hears: stepOf(program.app).hears,
      said: (events) => this.#remember(events), heard: (batch) => this.#take(batch, false),
    });
    await this.#fillOn(filler, last);
    if (this.#mute) this.#filler = filler;
  }

  async #fillOn(filler: Filler, last: string): Promise<void> {
    await filler.fill(last, this.#head.offsets);
    await this.#commit(new Unit<Heard, Said>(this.ports.program, []), [], { filled: true, last });
  }

  async #remember(events: readonly AnyEvent[]): Promise<void> {
    const unit = new Unit<Heard, Said>(this.ports.program, (await this.ports.store.read(this.partition, [...new Set(events.map(({ subject }) => subject))])).values());
    for (const event of events) unit.say(event.subject, event);
    await this.#commit(unit, []);
  }

  /**
   * An owner whose config is older than what the partition was judged by waits until it has caught up. Of a store that
   * was emptied nobody knows by what it was judged: at most by all that there is.
   */
  async #configured(): Promise<void> {
    if (!this.#head.asked) await Promise.race([this.ports.config.caughtUp(), this.#ending.promise]);
    while (!covers(this.ports.config.offsets, this.#head.walked) && !this.#closed) await sleep(this.ports.clock, 20);
  }

  /** Work that no batch waits for. A failure gives the partition up to be opened anew. */
  async #inTurn(work: () => Promise<void>): Promise<boolean> {
    try {
      await this.#exclusively(work);
      return true;
    } catch (error) {
      if (this.#closed) return false;
      if (!(error instanceof Fenced)) this.ports.observer.failed(this.ports.program.app, `partition ${this.partition}`, error);
      this.givenUp();
      return false;
    }
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turns.then(() => { if (this.#closed) throw new Fenced('closed'); return work(); });
    this.#turns = turn.catch(() => undefined);
    return turn;
  }
}

/** The keys that a line of parked events may be about: that of the record, and, where it can be read, that of the event. */
const keysOf = (line: readonly Parked[]): readonly string[] => [...new Set(line.flatMap((event) => {
  const it = decode(event.topic, event);
  return it.kind === 'event' ? [event.key, it.event.subject] : [event.key];
}))];

/** As many of a page's states as are worth loading at once; at least one. */
const affordable = (page: readonly StoredState[]): readonly StoredState[] => {
  let bytes = 0;
  const most = page.findIndex(({ state }) => (bytes += state.length) > pageBytes);
  return most < 0 ? page : page.slice(0, Math.max(1, most));
};
