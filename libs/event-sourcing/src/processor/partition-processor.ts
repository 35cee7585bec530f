import { at, decode, derivedId, markType, stepOf, topicsOfProcessor, type AnyEvent, type Mark } from '@assay/events';
import { changeIn, notRead, readMark, type Batch, type Offsets, type ReadUpTo, type Wait } from '@assay/messaging';
import { placeOf, resuming } from '../parking/audit.ts';
import { every, sleep } from '../clock.ts';
import { covers } from '../config/config.ts';
import { censusOf, noCensus, type Census, type DecideContext } from '../decider/decider.ts';
import { changesByReceived, markedLane, registriesOfKeys, tooMany } from '../marks/due-mark.ts';
import { markAfter } from '../marks/partition-mark.ts';
import { Restorer, lastEmitted, type Restored } from '../checkpoint/restore.ts';
import { ParkedKeys, parkedRef } from '../parking/parked-keys.ts';
import { keysIn, decodeBatch, handleBatch, type HandledBatch } from './handle-batch.ts';
import { PartitionState, type ProcessorPorts } from './partition-state.ts';
import { isAbout } from '../parking/operator-commands.ts';
import { release } from '../parking/release.ts';
import { restoreReason } from '../checkpoint/restore-reason.ts';
import { beforeAll, sequence } from './sequence.ts';
import type { Standstill } from '../checkpoint/standstill.ts';
import {
  Fenced,
  statePageBytes,
  type CheckpointChange,
  type Job,
  type LaneJob,
  type Parked,
  type StoredState,
  type StoredSummary,
} from '../stores/store.ts';
import { UnitOfWork } from './unit-of-work.ts';
import { WakeTimer } from './wake-timer.ts';

/**
 * Most time in ms until an idle owner notices that its store was emptied, rolled back or claimed by another process.
 */
const checkOwnerEveryMs = 3000;
/** Pause in ms before a service that judges silence checks again whether everything was received. */
const receivedAgainMs = 1000;
/** Stands for a time that will not come. */
const never = Number.MAX_SAFE_INTEGER;
/** Pause in ms before a mark that is due is looked at, since it may not have to wait any longer. */
const markSoonMs = 1000;
/** Pause in ms before a mark that waits for jobs is looked at again, if no notification of a job came. */
const markAgainMs = 60_000;
/** Pause in ms before a log that seems to have lost records is asked again. */
const logAgainMs = 1000;
const pageKeys = 500;
/** Keys whose summaries are read at once, some hundred bytes each. */
const summaryKeys = 1000;
/** Keys that a walk opens in one turn. */
const openedAtOnce = 100;

/** Does a piece of work in turn with all other work. Returns false if it failed. */
type Turn = (work: () => Promise<void>) => Promise<boolean>;

type Lapse = Pick<DecideContext<never>, 'receivedUntil' | 'isSurveyed'>;

/** The end of each topic at a time. */
interface Goal {
  readonly at: number;
  readonly ends: Offsets;
}

/**
 * Processes one partition of one service: receives batches, evaluates keys, and commits states, offsets and emitted
 * events together. Batches, evaluations, timers and jobs take turns. After a failure, the partition is given up and
 * opened again.
 */
export class PartitionProcessor<Received, Emitted, C> {
  readonly #state: PartitionState<Received, Emitted, C>;
  readonly #wakeTimer: WakeTimer;
  readonly #lapseTimer: WakeTimer;
  readonly #markTimer: WakeTimer;
  #turns: Promise<unknown> = Promise.resolve();
  readonly #toEvaluateSoon = new Set<string>();
  #walking = false;
  #areCommandsScheduled = false;
  #lapsing = false;
  /** The earliest lapse of the decisions since the last evaluation of all keys began. */
  #lapsesAt = never;
  /** The end of the log when a key became due. Until everything up to there is received, an answer may still exist. */
  #goal: Goal | undefined;
  #restorer: Restorer | undefined;
  readonly #waits = new Map<string, Wait>();
  #closed = false;
  readonly #ending = Promise.withResolvers<void>();
  #unwatch: (() => void)[] = [];

  constructor(
    private readonly ports: ProcessorPorts<Received, Emitted, C>,
    readonly partition: number,
    private readonly givenUp: () => void,
  ) {
    this.#wakeTimer = new WakeTimer(ports.clock, () => void this.#inTurn(() => this.#evaluateDue()));
    this.#lapseTimer = new WakeTimer(ports.clock, () => void this.#lapse());
    this.#markTimer = new WakeTimer(ports.clock, () => void this.#inTurn(() => this.#mark()));
    this.#state = new PartitionState(ports, partition, {
      foreignAppend: (isCut) => void this.#inTurn(() => this.#state.onForeignAppend(isCut)),
      wakes: (at) => this.#wakeTimer.at(at),
      lapses: (at) => {
        this.#lapsesAt = Math.min(this.#lapsesAt, at ?? never);
        this.#lapseTimer.at(at);
      },
      mayMark: () => this.#markSoon(),
    });
  }

  /** Claims the partition, restores an empty or stale store from the log, and returns the offsets to read from. */
  open(): Promise<Offsets> {
    return this.#exclusively(() => this.#opened());
  }

  async #opened(): Promise<Offsets> {
    const { store, config, clock } = this.ports;
    const { checkpoint, parkedKeys, working, emitted } = await this.#state.claim();
    if (!checkpoint.standstill && checkpoint.restored) await this.#compareWithLog(this.#readUpTo());
    if (this.#state.checkpoint.standstill)
      return this.#standStill(this.#state.checkpoint.standstill, checkpoint.standstill === undefined);
    if (parkedKeys.length > 0)
      this.#state.parkedKeys.add((await store.parked(this.partition, checkpoint.epoch)).map(parkedRef));
    const lack =
      restoreReason(checkpoint, emitted, this.ports.decider) ??
      ((await this.#hasLostOwnEvents()) ? 'behind' : undefined);
    if (lack) {
      if (emitted !== beforeAll) this.ports.observer.restoring(this.partition, lack);
      await this.#restore(sequence(checkpoint.epoch, 0));
    }
    await this.#awaitConfig();
    await this.#reportResumption();
    await this.#carryOutCommands();
    if (!this.#state.checkpoint.evaluated) await this.#evaluateAll();
    this.#unwatch = [
      config.watch(() => void this.#evaluateConfigChange()),
      config.operatorCommands.watch(({ partition }) => {
        if (partition === this.partition) this.#carryOutCommandsSoon();
      }),
      store.watchJobs(({ partition, key, state }) => {
        if (partition !== this.partition || state === 'queued') return;
        this.#evaluateSoon(key);
        if (state === 'troubled') this.#markSoon();
      }),
      every(clock, checkOwnerEveryMs, () => void this.#inTurn(() => this.#checkOwner())),
    ];
    // No process was notified of the outcomes of jobs between the end of the last owner and now.
    for (const key of working) this.#evaluateSoon(key);
    this.#carryOutCommandsSoon();
    await this.#arm();
    // If the next lapse is unknown, evaluate to find it out. Lapses from the time without an owner are noticed now.
    const { lapsesAt = 0 } = this.#state.checkpoint;
    if (this.#lapses && lapsesAt < never) this.#lapseTimer.at(lapsesAt);
    void this.#evaluateConfigChange();
    // Before anything is received: a mark that was received and not answered is answered first.
    await this.#mark();
    return this.#state.checkpoint.offsets;
  }

  /**
   * Restores an empty store from the log and emits nothing. Open decisions are made after this store has replaced the
   * live one. Called again, it adds what came since.
   */
  async restoreReadOnly(): Promise<void> {
    this.#state.mute = true;
    const last = (await lastEmitted(this.ports.log, topicsOfProcessor(this.ports.decider.app), this.partition)).event;
    if (this.#restorer) {
      await this.#restoreOn(this.#restorer, last);
    } else {
      await this.#state.claimReadOnly();
      await this.#restore(last);
    }
    await this.#carryOutCommands();
  }

  /** Next offset to receive, by topic. Empty before the partition is claimed. */
  get offsets(): Offsets {
    return this.#state.isClaimed ? this.#state.checkpoint.offsets : {};
  }

  /** True if decisions may become invalid by time or by a mark alone. */
  get #lapses(): boolean {
    const { decidesByAbsence = false, markMatters } = this.ports.decider;
    return decidesByAbsence || markMatters !== undefined;
  }

  /** The epoch by which the store identifies its owner. */
  get #epoch(): number {
    return this.#state.checkpoint.epoch;
  }

  /** Number of parked events of a topic. */
  parkedIn(topic: string): number {
    return this.#state.parkedKeys.countIn(topic);
  }

  /** When the oldest event that is not in the log yet was emitted, ms since the epoch. */
  get unsentSince(): number | undefined {
    return this.#state.unsentSince;
  }

  /** Reasons why some consumed topics are not read any further. */
  get waits(): readonly Wait[] {
    return [...this.#waits.values()];
  }

  /** Processes one batch. Throws if the batch did not count. */
  receive(batch: Batch): Promise<void | 'waiting'> {
    return this.#exclusively(async () => {
      if (batch.fetchedOffset !== (this.#state.checkpoint.offsets[batch.topic] ?? 0))
        throw new Fenced(`${batch.topic}/${this.partition} was read from ${batch.fetchedOffset}`);
      if (batch.resumed && (await this.#compareWithLog(this.#receivedUpTo([batch.topic]))))
        throw new Fenced(`partition ${this.partition} stands still`);
      return batch.nextOffset > batch.fetchedOffset ? this.#take(batch, true) : undefined;
    });
  }

  /** Why nothing is processed here, or `undefined` if it is. */
  get standstill(): Standstill | undefined {
    return this.#state.standstill;
  }

  #receivedUpTo(topics: readonly string[]): ReadUpTo[] {
    const { offsets, read } = this.#state.checkpoint;
    return topics.flatMap((topic) => {
      const next = offsets[topic] ?? 0;
      return next > 0 ? { topic, partition: this.partition, next, mark: read[topic] } : [];
    });
  }

  /** The parts read of the consumed topics, and of the config that an earlier owner read, but not this process. */
  #readUpTo(): ReadUpTo[] {
    const { consumes, config } = stepOf(this.ports.decider.app);
    const { read } = this.#state.checkpoint;
    return [
      ...this.#receivedUpTo(consumes),
      ...config.flatMap((topic) => {
        const mark = read[topic];
        return mark === undefined || this.ports.config.hasRead(topic, mark)
          ? []
          : { topic, partition: 0, next: Number.parseInt(mark, 10) + 1, mark };
      }),
    ];
  }

  /** True if the service's own topics lost earlier events. Their last events are compared by sequence instead. */
  async #hasLostOwnEvents(): Promise<boolean> {
    const { decider, log, clock } = this.ports;
    const { read } = this.#state.checkpoint;
    const changes = await Promise.all(
      topicsOfProcessor(decider.app).map(async (topic) => {
        const mark = read[topic];
        if (mark === undefined) return undefined;
        const next = Number.parseInt(mark, 10) + 1;
        return changeIn(log, { topic, partition: this.partition, next, mark }, () => sleep(clock, logAgainMs));
      }),
    );
    return changes.some((how) => how !== undefined);
  }

  /**
   * Checks whether the log is still the one that was read. If not, going on would skip events, and the state holds
   * events that never were in this log. So the partition stands still, and the result is true.
   */
  async #compareWithLog(all: readonly ReadUpTo[]): Promise<boolean> {
    const { log, clock, decider } = this.ports;
    const changes = await Promise.all(
      all.map(async (read) => ({ ...read, how: await changeIn(log, read, () => sleep(clock, logAgainMs)) })),
    );
    const change = changes.find(({ how }) => how !== undefined);
    if (!change) return false;
    const { topic, partition, next: offset, how } = change;
    await this.#state.standStill({
      code: 'log-changed',
      topic,
      offset,
      message: `${topic}/${partition} differs from what was read of it: ${how}`,
      since: new Date(clock.now()).toISOString(),
      id: derivedId('halt', decider.app, topic, this.partition, offset, this.#epoch),
    });
    return true;
  }

  /** Receives, evaluates and emits nothing, and waits for an operator's order. */
  #standStill(standstill: Standstill, isNew: boolean): Offsets {
    const { decider, config, clock } = this.ports;
    const target = placeOf(decider.app, this.partition, standstill);
    const resume = async (): Promise<void> => {
      const order = config.operatorCommands.resumptionOf(standstill.id);
      if (!order) return;
      await this.#state.resume(target, order);
      this.givenUp();
    };
    this.#unwatch = [
      config.operatorCommands.watch(({ partition }) => {
        if (partition === this.partition) void this.#inTurn(resume);
      }),
      every(clock, checkOwnerEveryMs, () => void this.#inTurn(() => this.#checkOwner())),
    ];
    void this.#inTurn(async () => {
      if (!isNew) await this.#reportAgain(standstill);
      await resume();
    });
    return Object.fromEntries(stepOf(decider.app).consumes.map((topic) => [topic, notRead]));
  }

  /**
   * The earlier report, although appended by now, may be gone from the log as well. Without it, no operator would know
   * what to order.
   */
  async #reportAgain(standstill: Standstill): Promise<void> {
    const { config } = this.ports;
    await Promise.race([config.caughtUp(), this.#ending.promise]);
    const isKnown =
      config.operatorCommands.standing(this.partition)?.id === standstill.id ||
      config.operatorCommands.resumptionOf(standstill.id) !== undefined;
    if (!isKnown && !this.#closed) await this.#state.standStill(standstill);
  }

  /**
   * Reports that a partition goes on because its store was emptied or rolled back: it holds nothing that the log lacks.
   */
  async #reportResumption(): Promise<void> {
    const { operatorCommands } = this.ports.config;
    if (!operatorCommands.standing(this.partition)) return;
    // The report that it goes on may already exist, and not be known here yet.
    await Promise.race([this.ports.config.caughtUp(), this.#ending.promise]);
    const standing = operatorCommands.standing(this.partition);
    if (standing && !this.#closed)
      await this.#state.report(
        resuming(this.ports.decider.app, standing.target, {
          id: standing.id,
          why: 'its store was emptied or went back: it holds nothing that the log lacks',
        }),
      );
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#ending.resolve();
    for (const unwatch of this.#unwatch) unwatch();
    this.#wakeTimer.close();
    this.#lapseTimer.close();
    this.#markTimer.close();
    await this.#turns;
    await this.#state.close();
  }

  /** Processes a batch part by part. A part that ends with a mark is answered before the next one is read. */
  async #take(batch: Batch, evaluates: boolean): Promise<void | 'waiting'> {
    for (const part of cutBehindMarks(batch)) {
      if ((await this.#takePart(part, evaluates)) === 'waiting') return 'waiting';
      if (evaluates && part.records.at(-1)?.headers.ce_type === markType) await this.#mark();
    }
  }

  async #takePart(batch: Batch, evaluates: boolean): Promise<void | 'waiting'> {
    const { decider, config, dispatch, tracer, observer, clock } = this.ports;
    const keys = keysIn(batch);
    const stored = Promise.all([this.#statesOf(keys), evaluates ? this.#jobsOf(keys) : []]);
    const read = decodeBatch(batch);
    const [states, jobs] = await stored;
    // A restore reads pushes that were settled before, by the owner of the store that was lost.
    const program = evaluates ? decider : { ...decider, tallies: undefined };
    const unit = new UnitOfWork<Received, Emitted>(program, states.values(), jobs);
    const taken = await handleBatch(read, this.#state.checkpoint.lastSequences[batch.topic], {
      app: decider.app,
      partitions: this.ports.log.partitions,
      unit: unit as never,
      parkedKeys: this.#state.parkedKeys,
      commands: config.operatorCommands,
      dispatch,
      tracer,
      observer,
      now: clock.now(),
    });
    const { lastSequence, wait } = taken;
    const nextOffset = wait?.offset ?? batch.nextOffset;
    const last = batch.records.findLast(({ offset }) => offset < nextOffset);
    await this.#state.commit(
      unit,
      evaluates ? unit.touched : [],
      {
        offsets: { [batch.topic]: nextOffset },
        lastSequences: { [batch.topic]: lastSequence },
        ...this.#receivedBy(batch.topic, unit, taken.mark),
        ...(last ? { read: { [batch.topic]: readMark(last) } } : {}),
        ...(wait ? { waits: { [batch.topic]: wait } } : {}),
      },
      taken,
      { topic: batch.topic, offset: batch.fetchedOffset },
    );
    if (taken.mark && evaluates && this.#lapses && this.#state.checkpoint.lapsesAt === 0)
      this.#lapseTimer.at(clock.now());
    observer.received(batch.topic, batch.records.filter(({ offset }) => offset < nextOffset).length);
    if (evaluates && taken.parked.length > 0) this.#carryOutCommandsSoon();
    return wait && this.#wait(wait);
  }

  /** The changes of the checkpoint by what a unit of work received, apart from its place in the topic. */
  #receivedBy(
    topic: string,
    { touched: keys, whole, dropped }: UnitOfWork<Received, Emitted>,
    mark?: HandledBatch['mark'],
  ): CheckpointChange {
    const { decider, config } = this.ports;
    return changesByReceived(decider, config.value, this.#state.checkpoint, { topic, mark, keys, whole, dropped });
  }

  #markSoon(): void {
    if (this.ports.decider.mark && this.#state.dueMark()) this.#markTimer.at(this.ports.clock.now() + markSoonMs);
  }

  /** Emits the mark that is due, if it need not wait. Its jobs are only asked for while there is one. */
  async #mark(): Promise<void> {
    const { decider, store, clock } = this.ports;
    if (!decider.mark || !this.#state.dueMark()) return;
    const jobs = decider.hasJobs ? await store.jobsIn(this.partition, markedLane, tooMany) : [];
    let outcome = await this.#state.mark(jobs);
    if (outcome === 'many') {
      const all = decider.hasJobs ? await store.jobsIn(this.partition, markedLane, Number.MAX_SAFE_INTEGER) : [];
      outcome = await this.#state.mark(all, await this.#registriesOf(all));
    }
    if (outcome === 'open') this.#markTimer.at(clock.now() + markAgainMs);
  }

  /** The registries of the keys of jobs. Read only if too many of them are in trouble. */
  async #registriesOf(jobs: readonly LaneJob[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const { decider, store } = this.ports;
    const { registriesIn } = decider;
    const keys = registriesIn ? [...new Set(jobs.map(({ key }) => key))] : [];
    const found = new Map<string, readonly string[]>();
    for (let from = 0; registriesIn && from < keys.length; from += pageKeys) {
      const some = await store.jobsOf(this.partition, keys.slice(from, from + pageKeys));
      for (const [key, ids] of registriesOfKeys(some, registriesIn)) found.set(key, ids);
    }
    return found;
  }

  #wait(wait: Wait & { readonly topic: string }): 'waiting' {
    if (!this.#waits.has(wait.topic)) this.ports.observer.waiting(wait);
    this.#waits.set(wait.topic, wait);
    return 'waiting';
  }

  /** Carries out the orders about parked events, each in a transaction of its own, in their order. */
  async #carryOutCommands(): Promise<void> {
    const { store, decider, config, dispatch, tracer } = this.ports;
    const orders = [...this.#state.parkedKeys]
      .flatMap((event) => config.operatorCommands.since(event))
      .toSorted((a, b) => a.at - b.at);
    if (orders.length === 0) return;
    const parked = new ParkedKeys(await store.parked(this.partition, this.#epoch));
    for (const order of orders) {
      const queue = parked.queueFor(order);
      const ordered = queue.find(({ offset }) => offset === order.offset);
      if (!ordered || this.#closed || !isAbout(order.event, ordered)) continue;
      const keys = keysOf(queue);
      const states = await this.#statesOf(keys);
      const program = this.#state.mute ? { ...decider, tallies: undefined } : decider;
      const unit = new UnitOfWork<Received, Emitted>(program, states.values(), await this.#jobsOf(keys));
      const released = await release(order, queue, {
        app: decider.app,
        partitions: this.ports.log.partitions,
        unit: unit as never,
        parkedKeys: this.#state.parkedKeys,
        commands: config.operatorCommands,
        dispatch,
        tracer,
      });
      parked.remove(released.unpark);
      parked.add(released.parked);
      this.#state.parkedKeys.remove(released.unpark);
      this.#state.parkedKeys.add(released.parked.map(parkedRef));
      // A store that was just restored is evaluated as a whole.
      const toEvaluate =
        this.#state.checkpoint.evaluated && !this.#state.mute ? [...new Set([...states.keys(), ...unit.touched])] : [];
      const changes = this.#receivedBy(order.topic, unit);
      await this.#state.commit(unit, toEvaluate, changes, { ...released, order });
    }
  }

  #carryOutCommandsSoon(): void {
    if (this.#areCommandsScheduled) return;
    this.#areCommandsScheduled = true;
    void this.#inTurn(() => {
      this.#areCommandsScheduled = false;
      return this.#carryOutCommands();
    });
  }

  async #evaluateStored(
    stored: readonly StoredState[],
    jobs: readonly Job[],
    { head, ...lapse }: Lapse & { head?: CheckpointChange | undefined } = {},
  ): Promise<Census> {
    return this.#state.commit(
      new UnitOfWork<Received, Emitted>(this.ports.decider, stored, jobs),
      stored.map(({ key }) => key),
      head,
      undefined,
      undefined,
      lapse,
    );
  }

  async #evaluate(keys: readonly string[], receivedUntil?: number): Promise<void> {
    const [states, jobs] = await Promise.all([this.#statesOf(keys), this.#jobsOf(keys)]);
    for (let rest = [...states.values()]; rest.length > 0;) {
      const some = affordable(rest);
      await this.#evaluateStored(some, jobs, { receivedUntil });
      rest = rest.slice(some.length);
    }
  }

  /** Without keys, as for a batch of fences only, read nothing. The commit detects another owner anyway. */
  async #statesOf(keys: readonly string[]): Promise<ReadonlyMap<string, StoredState>> {
    return keys.length > 0 ? this.ports.store.read(this.partition, keys, this.#epoch) : new Map();
  }

  /** Read in parallel with the states, and only for a service with jobs. */
  async #jobsOf(keys: readonly string[]): Promise<readonly Job[]> {
    return this.ports.decider.hasJobs && keys.length > 0 ? this.ports.store.jobsOf(this.partition, keys) : [];
  }

  async #checkOwner(): Promise<void> {
    if ((await this.ports.store.epoch(this.partition)) !== this.#epoch)
      throw new Fenced(`partition ${this.partition} of ${this.ports.decider.app} is not as its owner left it`);
  }

  #evaluateSoon(key: string): void {
    if (this.#toEvaluateSoon.size === 0)
      void this.#inTurn(async () => {
        const keys = [...this.#toEvaluateSoon];
        this.#toEvaluateSoon.clear();
        await this.#evaluate(keys);
      });
    this.#toEvaluateSoon.add(key);
  }

  async #evaluateDue(): Promise<void> {
    const { decider, store, clock } = this.ports;
    const goal = decider.decidesByAbsence ? (this.#goal ??= await this.#end()) : undefined;
    if (decider.decidesByAbsence && !this.#hasReached(goal)) return this.#wakeTimer.at(clock.now() + receivedAgainMs);
    this.#goal = undefined;
    const { keys } = await store.due(this.partition, goal?.at ?? clock.now(), pageKeys);
    await this.#evaluate(keys, goal?.at);
    await this.#arm();
  }

  async #arm(): Promise<void> {
    const { keys, next } = await this.ports.store.due(this.partition, this.ports.clock.now(), 1);
    this.#wakeTimer.at(keys.length > 0 ? this.ports.clock.now() : next);
  }

  /** Evaluates every key that a change of config may concern, page by page, behind new work. */
  async #evaluateConfigChange(): Promise<void> {
    if (this.#walking) return;
    this.#walking = true;
    const { summarise, mayConcern } = this.ports.decider;
    const walk = summarise && mayConcern ? this.#bySummaries.bind(this) : this.#inPages.bind(this);
    while (!this.#closed && !covers(this.#state.checkpoint.configEvaluated, this.ports.config.offsets)) {
      if (!(await walk((page) => this.#inTurn(page)))) break;
      // It may have ordered what the survey held.
      if (this.ports.decider.survey) this.#lapseTimer.at(this.ports.clock.now());
    }
    if (this.#state.areFailuresCut && !this.#closed)
      await this.#inPages((page) => this.#inTurn(page), { isForLapses: true });
    this.#walking = false;
    this.#markSoon();
  }

  /** Like `#inPages`, but reads no state of a key that the change of config does not concern. */
  async #bySummaries(turn: Turn): Promise<boolean> {
    const { store, config, clock } = this.ports;
    const { offsets: goal, marks } = config;
    const since = this.#state.checkpoint.configEvaluated;
    for (let after: string | undefined, ended = false; !ended && !this.#closed;) {
      let concerned: readonly string[] = [];
      const went = await turn(async () => {
        const page = await store.summaries(this.partition, after, summaryKeys, this.#epoch);
        after = page.at(-1)?.key;
        ended = page.length === 0;
        concerned = page.filter((each) => this.#mayConcern(each, since)).map(({ key }) => key);
        if (ended)
          await this.#evaluateStored([], [], { head: { configEvaluated: goal, read: marks, evaluated: true } });
      });
      if (!went) return false;
      for (let from = 0; from < concerned.length && !this.#closed; from += openedAtOnce)
        if (!(await turn(() => this.#evaluate(concerned.slice(from, from + openedAtOnce))))) return false;
      await clock.yield();
    }
    return true;
  }

  /** In doubt, the key is opened. */
  #mayConcern({ key, summary }: StoredSummary, since: Offsets): boolean {
    const { decider, config, observer } = this.ports;
    if (summary === undefined || !decider.mayConcern) return true;
    try {
      return decider.mayConcern(summary, { config: config.value, since });
    } catch (error) {
      observer.failed(decider.app, key, error);
      return true;
    }
  }

  /** The present end of the log, or nothing if the log does not answer. */
  async #end(): Promise<Goal | undefined> {
    const { decider, log, clock } = this.ports;
    const at = clock.now();
    try {
      return {
        at,
        ends: Object.fromEntries(
          await Promise.all(
            stepOf(decider.app).consumes.map(async (topic) => [topic, await log.end(topic, this.partition)] as const),
          ),
        ),
      };
    } catch {
      return undefined;
    }
  }

  #hasReached(goal: Goal | undefined): boolean {
    return goal !== undefined && covers(this.#state.checkpoint.offsets, goal.ends);
  }

  /**
   * Evaluates every key because some decision may have lapsed, page by page, behind new work. This also finds the next
   * lapse.
   */
  async #lapse(): Promise<void> {
    const { clock } = this.ports;
    if (this.#lapsing) return this.#lapseTimer.at(clock.now() + receivedAgainMs);
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
      await sleep(clock, receivedAgainMs);
    }
    const turn: Turn = (page) => this.#inTurn(page);
    const lapse = { isForLapses: true, receivedUntil: goal?.at };
    const census = await this.#inPages(turn, lapse);
    if (census && (await this.#lets(census))) await this.#inPages(turn, { ...lapse, isSurveyed: true });
    this.#lapsing = false;
  }

  /** True if the survey lets end what is due. It is made again before each walk, so no restart passes over it. */
  async #lets(census: Census): Promise<boolean> {
    const { decider, config, clock } = this.ports;
    const { partition } = this;
    const { isLet, report } = decider.survey?.(census, { config: config.value, partition, now: clock.now() }) ?? {
      isLet: false,
    };
    if (report) await this.#inTurn(() => this.#state.report(report));
    return isLet;
  }

  async #evaluateAll(): Promise<void> {
    await this.#inPages(
      async (page) => {
        await page();
        return true;
      },
      { isForLapses: true },
    );
  }

  /**
   * Evaluates every key. The last page records the config of the evaluation.
   *
   * @returns the census of the partition, or false if a page failed
   */
  async #inPages(
    turn: Turn,
    { isForLapses = false, ...lapse }: Lapse & { isForLapses?: boolean } = {},
  ): Promise<Census | false> {
    let census = noCensus;
    const renews = isForLapses && this.#lapses;
    if (renews) this.#lapsesAt = never;
    const { offsets: goal, marks } = this.ports.config;
    const lastMark = (): string | undefined => this.#state.checkpoint.marks?.received?.sequence;
    const markBefore = lastMark();
    for (let after: string | undefined, ended = false; !ended && !this.#closed;) {
      const went = await turn(async () => {
        const page = affordable(await this.ports.store.scan(this.partition, after, pageKeys, this.#epoch));
        after = page.at(-1)?.key;
        ended = page.length === 0;
        if (ended && isForLapses) this.#state.foundFailures();
        const counted = await this.#evaluateStored(page, await this.#jobsOf(page.map(({ key }) => key)), {
          ...lapse,
          head: ended
            ? {
                configEvaluated: goal,
                read: marks,
                evaluated: true,
                ...(renews ? { lapsesAt: lastMark() === markBefore ? this.#lapsesAt : 0 } : {}),
              }
            : undefined,
        });
        census = censusOf(census, counted);
      });
      if (!went) return false;
      await this.ports.clock.yield();
    }
    return census;
  }

  async #restore(last: string): Promise<void> {
    const { decider, log } = this.ports;
    await this.#state.clear(last);
    const restorer = new Restorer({
      log,
      decider,
      partition: this.partition,
      consumes: stepOf(decider.app).consumes,
      emitted: (restored) => this.#restoreEmitted(restored),
      received: (batch) => this.#take(batch, false),
    });
    await this.#restoreOn(restorer, last);
    if (this.#state.mute) this.#restorer = restorer;
  }

  async #restoreOn(restorer: Restorer, last: string): Promise<void> {
    await restorer.restore(last, this.#state.checkpoint.offsets);
    await this.#state.commit(new UnitOfWork<Received, Emitted>(this.ports.decider, []), [], {
      restored: true,
      stateVersion: this.ports.decider.stateVersion,
      lastEmitted: last,
    });
  }

  async #restoreEmitted(restored: readonly Restored[]): Promise<void> {
    const events = restored.flatMap((each): readonly AnyEvent[] => ('topic' in each ? [each] : []));
    const marks = restored.flatMap((each): readonly Mark[] => ('topic' in each ? [] : [each]));
    const unit = new UnitOfWork<Received, Emitted>(
      this.ports.decider,
      (await this.#statesOf([...new Set(events.map(({ subject }) => subject))])).values(),
    );
    for (const event of events) unit.emit(event.subject, event);
    const emitted = marks.reduce(markAfter, this.#state.checkpoint.marks?.emitted);
    await this.#state.commit(unit, [], marks.length > 0 && emitted ? { marks: { emitted } } : {});
  }

  /**
   * An owner whose config is older than that of the last evaluation waits until it has caught up. For an emptied store
   * that config is unknown: at most all there is.
   */
  async #awaitConfig(): Promise<void> {
    if (!this.#state.checkpoint.evaluated) await Promise.race([this.ports.config.caughtUp(), this.#ending.promise]);
    const { configEvaluated, configUsed } = this.#state.checkpoint;
    while (
      !(covers(this.ports.config.offsets, configEvaluated) && covers(this.ports.config.offsets, configUsed)) &&
      !this.#closed
    )
      await sleep(this.ports.clock, 20);
  }

  /** Runs work that no batch waits for. After a failure, the partition is given up and opened again. */
  async #inTurn(work: () => Promise<void>): Promise<boolean> {
    try {
      await this.#exclusively(work);
      return true;
    } catch (error) {
      if (this.#closed) return false;
      if (!(error instanceof Fenced))
        this.ports.observer.failed(this.ports.decider.app, `partition ${this.partition}`, error);
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

/** The keys that a queue of parked events may be about: that of each record and, if readable, that of its event. */
const keysOf = (queue: readonly Parked[]): readonly string[] => [
  ...new Set(
    queue.flatMap((event) => {
      const decoded = decode(event.topic, event);
      return decoded.kind === 'event' ? [event.key, decoded.event.subject] : [event.key];
    }),
  ),
];

/** Cuts a batch behind each mark in it, so that each part has at most one, as its last record. */
const cutBehindMarks = (batch: Batch): readonly Batch[] => {
  const { records } = batch;
  const ends = records.flatMap(({ headers }, index) =>
    headers.ce_type === markType && index < records.length - 1 ? index + 1 : [],
  );
  const offsets = [batch.fetchedOffset, ...ends.map((end) => at(records, end - 1).offset + 1), batch.nextOffset];
  return [...ends, records.length].map((end, part) => ({
    ...batch,
    records: records.slice(ends[part - 1], end),
    fetchedOffset: at(offsets, part),
    nextOffset: at(offsets, part + 1),
  }));
};

/** Takes as many states of a page as may be loaded at once, at least one. */
const affordable = (page: readonly StoredState[]): readonly StoredState[] => {
  let bytes = 0;
  const end = page.findIndex(({ state }) => (bytes += state.length) > statePageBytes);
  return end < 0 ? page : page.slice(0, Math.max(1, end));
};
