import {
  decode,
  derivedId,
  encodeMark,
  isoTime,
  markedTopicOf,
  markType,
  mostExceptions,
  present,
  topicsOfProcessor,
  type AnyEvent,
  type Mark,
} from '@assay/events';
import { newerAt, Waits, type Dispatch, type EventLog, type NewRecord } from '@assay/messaging';
import type { ServiceTracer } from '@assay/telemetry';
import { evaluate } from '../decider/evaluate.ts';
import { halting, parking, releasing, resuming } from '../parking/audit.ts';
import type { Clock } from '../clock.ts';
import { covers, type ConfigFollower } from '../config/config.ts';
import { fenceOf, lastEmitted, type LastEmitted } from '../checkpoint/restore.ts';
import { ParkedKeys, parkedRef } from '../parking/parked-keys.ts';
import type { HandledBatch } from './handle-batch.ts';
import { byRegistry, countOf } from '../marks/by-registry.ts';
import { dueMark, exceptionsOf } from '../marks/due-mark.ts';
import { FailingKeys } from '../marks/failing-keys.ts';
import { markAfter, type DueMark } from '../marks/partition-mark.ts';
import { restoreReason } from '../checkpoint/restore-reason.ts';
import type { Observer } from '../observer.ts';
import type { OperatorCommand } from '../parking/operator-commands.ts';
import type { Census, DecideContext, EventDraft, Decider } from '../decider/decider.ts';
import { Relay } from './relay.ts';
import type { Release } from '../parking/release.ts';
import { toEvent, type EventWriter, type OutgoingEvent } from '../decider/to-event.ts';
import { epochOf, numberAfter, sequence } from './sequence.ts';
import type { Standstill } from '../checkpoint/standstill.ts';
import {
  Fenced,
  checkpointAfter,
  type Changes,
  type PartitionClaim,
  type CheckpointChange,
  type LaneJob,
  type PartitionCheckpoint,
  type Store,
} from '../stores/store.ts';
import { UnitOfWork } from './unit-of-work.ts';
import { ForeignAppendDetector } from './foreign-append-detector.ts';

export interface ProcessorPorts<Received, Emitted, C> {
  readonly decider: Decider<Received, Emitted, C>;
  readonly log: EventLog;
  readonly store: Store;
  readonly config: ConfigFollower<C>;
  readonly dispatch: Dispatch;
  readonly tracer: ServiceTracer;
  readonly observer: Observer;
  readonly clock: Clock;
}

/** The events that were handled, and those that were parked. */
interface Handled extends Pick<HandledBatch, 'parked' | 'handling'>, Partial<Pick<Release, 'gone' | 'unpark'>> {
  readonly order?: OperatorCommand;
  /** Further audit records. */
  readonly audit?: readonly EventDraft[];
}

/**
 * True if there is nothing to write. Most keys evaluated again have the same decision, and a changed rule evaluates all
 * of them. Trimming alone can wait.
 */
const changesNothing = ({ checkpoint, states, outbox, jobs, park, unpark = [] }: Changes): boolean =>
  Object.keys(checkpoint).length === 0 &&
  [states, outbox, jobs.put, jobs.remove, park, unpark].every(({ length }) => length === 0);

const nothingHandled: Handled = { parked: [], handling: new Map() };

/** Events for which the processor of the partition must take a turn. */
interface PartitionStateEvents {
  readonly foreignAppend: (isCut: boolean) => void;
  readonly wakes: (at: number | undefined) => void;
  readonly lapses: (at: number | undefined) => void;
  /** A mark that is due may not have to wait any longer. */
  readonly mayMark: () => void;
}

/**
 * The state of one partition, and the only way to change it. A commit writes decisions together with all that they rest
 * on, and then relays their events. Callers take turns.
 */
export class PartitionState<Received, Emitted, C> {
  readonly #appends: ForeignAppendDetector;
  readonly #relay: Relay;
  #head!: PartitionCheckpoint;
  #failing = new FailingKeys();
  readonly parkedKeys = new ParkedKeys();
  /** True for a store that is restored beside the live one: it emits nothing. */
  mute = false;

  constructor(
    private readonly ports: ProcessorPorts<Received, Emitted, C>,
    private readonly partition: number,
    private readonly events: PartitionStateEvents,
  ) {
    this.#appends = new ForeignAppendDetector(ports.log, partition, events.foreignAppend);
    this.#relay = new Relay(this.#appends, ports.store, ports.clock, partition);
  }

  get isClaimed(): boolean {
    return this.#head !== undefined;
  }

  /** The checkpoint, present once the partition is claimed. */
  get checkpoint(): PartitionCheckpoint {
    return this.#head;
  }

  /** Why nothing is processed here. Absent before the claim. */
  get standstill(): Standstill | undefined {
    return (this.#head as PartitionCheckpoint | undefined)?.standstill;
  }

  /** When the oldest event that is not in the log yet was emitted, ms since the epoch. */
  get unsentSince(): number | undefined {
    return this.#relay.waitingSince;
  }

  /**
   * Claims the partition under an epoch above all epochs in its topics. The outbox of the last owner is appended first,
   * then the fence. Only behind the fence is it certain what was emitted: a store may be rolled back while its owner
   * still appends.
   * @throws Waits if a newer program has to go on here
   */
  async claim(): Promise<PartitionClaim & { readonly emitted: string }> {
    const { decider, log, store, clock } = this.ports;
    for (let floor = clock.now(); ;) {
      const claim = await store.claim(this.partition, floor);
      const { checkpoint, outbox } = claim;
      this.#head = checkpoint;
      this.#failing = new FailingKeys(checkpoint.failing);
      await this.#leaveToNewer();
      if (outbox.length > 0)
        this.#relay.send(
          outbox,
          outbox.map(({ position }) => position),
        );
      await this.#relay.drained();
      // If this cannot be read now, it cannot be read behind a fence either. Read it first, so that retries leave no
      // fences.
      const before = await lastEmitted(log, topicsOfProcessor(decider.app), this.partition);
      // A rolled-back store may give an epoch a second time if the clock is behind it. Another owner used that epoch.
      if (before.epoch >= checkpoint.epoch) {
        floor = before.epoch + 1;
        continue;
      }
      this.#refuseNewer(before);
      const fence = fenceOf(decider.app, this.partition, checkpoint.epoch, new Date(clock.now()).toISOString());
      const offsets = await log.append(fence);
      this.#appends.begin(fence, offsets);
      // If the fences are where the topics ended before, nothing was appended in between, and the first look is
      // complete.
      const isAsSeen = offsets.every((offset, index) => offset === before.ends[index]);
      const { event, epoch } = isAsSeen
        ? before
        : await lastEmitted(log, topicsOfProcessor(decider.app), this.partition);
      if (epoch <= checkpoint.epoch && epochOf(event) < checkpoint.epoch) return { ...claim, emitted: event };
      floor = epoch + 1;
    }
  }

  /**
   * While programs of two versions work on one store, the older program leaves states of the newer one alone. Otherwise
   * both would restore them in turn. If no newer program is left, the service was rolled back, and the older program
   * goes on.
   */
  async #leaveToNewer(): Promise<void> {
    const {
      decider: { app, stateVersion },
      store,
    } = this.ports;
    const { stateVersion: stored = 0 } = this.#head;
    if (stored <= stateVersion || (await store.announce(stateVersion)) <= stateVersion) return;
    throw new Waits({
      partition: this.partition,
      code: 'newer-state',
      message:
        `the states of ${app} have version ${stored}, this process writes version ${stateVersion}, and a ` +
        'process of a newer version is running',
      remedy: 'upgrade this process, or end the newer ones',
    });
  }

  /** Events of a newer program cannot be read into an emptied store. Without them, they would be emitted again. */
  #refuseNewer({ event, records }: LastEmitted): void {
    if (!restoreReason(this.#head, event, this.ports.decider)) return;
    for (const record of records) {
      const decoded = decode(record.topic, record);
      if (decoded.kind === 'newer')
        throw new Waits(newerAt(record, `${decoded.message}, and ${this.ports.decider.app} published it`));
    }
  }

  /** Claims a partition of a store that is restored beside the live one. No owner is fenced, and nothing is emitted. */
  async claimReadOnly(): Promise<void> {
    this.#head = (await this.ports.store.claim(this.partition, 0)).checkpoint;
  }

  /** Empties the partition, to be restored from the log up to the event `last`. */
  async clear(last: string): Promise<void> {
    if (!(await this.ports.store.clear(this.partition, this.#head.epoch))) throw new Fenced('cleared by another owner');
    this.#head = {
      epoch: this.#head.epoch,
      offsets: {},
      read: {},
      lastSequences: {},
      configEvaluated: {},
      configUsed: {},
      lastEmitted: last,
      restored: false,
      evaluated: false,
    };
    this.#failing = new FailingKeys();
    this.parkedKeys.clear();
  }

  /**
   * Another process appends here. If its epoch is later, consumers drop all events of this epoch, although the store
   * accepted them: it was rolled back behind the other claim. The next owner restores it from the log. The same applies
   * if a topic lost emitted events: they are emitted again.
   */
  async onForeignAppend(isCut: boolean): Promise<void> {
    const { decider, log } = this.ports;
    const { epoch } = await lastEmitted(log, topicsOfProcessor(decider.app), this.partition);
    if (epoch <= this.#head.epoch && !isCut) return;
    await this.commit(new UnitOfWork<Received, Emitted>(decider, []), [], { restored: false });
    throw new Fenced(
      `partition ${this.partition} of ${decider.app} ` +
        (isCut ? 'emitted events that its topic lost' : 'was claimed by another, and its store forgot it'),
    );
  }

  /** Does nothing from here on, until an operator's order. The report is committed together with the standstill. */
  async standStill(standstill: Standstill): Promise<void> {
    await this.commit(
      new UnitOfWork<Received, Emitted>(this.ports.decider, []),
      [],
      { standstill },
      { ...nothingHandled, audit: [halting(this.ports.decider.app, this.partition, standstill)] },
    );
  }

  /**
   * Ends the standstill. The next owner restores the store from the log as it is. The report is in the outbox, which is
   * appended before the store is emptied.
   */
  async resume(target: string, because: Parameters<typeof resuming>[2]): Promise<void> {
    await this.commit(
      new UnitOfWork<Received, Emitted>(this.ports.decider, []),
      [],
      { standstill: undefined, restored: false },
      { ...nothingHandled, audit: [resuming(this.ports.decider.app, target, because)] },
    );
  }

  /** Appends an audit record that changes nothing here. */
  async report(record: EventDraft): Promise<void> {
    await this.commit(
      new UnitOfWork<Received, Emitted>(this.ports.decider, []),
      [],
      {},
      { ...nothingHandled, audit: [record] },
    );
  }

  /**
   * Evaluates some keys, and writes the decisions together with everything else in the unit of work.
   *
   * @returns the census of the decisions
   */
  async commit(
    unit: UnitOfWork<Received, Emitted>,
    keys: readonly string[],
    head: CheckpointChange = {},
    handled = nothingHandled,
    expect?: Changes['expect'],
    lapse: Pick<DecideContext<C>, 'receivedUntil' | 'isSurveyed'> = {},
  ): Promise<Census> {
    try {
      return await this.#committed(unit, keys, head, handled, expect, lapse);
    } finally {
      for (const span of handled.handling.values()) span.end();
    }
  }

  async #committed(
    unit: UnitOfWork<Received, Emitted>,
    keys: readonly string[],
    head: CheckpointChange,
    { parked, handling, gone = [], unpark, order, audit: more = [] }: Handled,
    expect: Changes['expect'],
    { receivedUntil, isSurveyed }: Pick<DecideContext<C>, 'receivedUntil' | 'isSurveyed'>,
  ): Promise<Census> {
    const { decider, config, clock, observer, tracer, log } = this.ports;
    const writer: EventWriter = {
      app: decider.app,
      partition: this.partition,
      partitions: log.partitions,
      epoch: this.#head.epoch,
      now: clock.now(),
      tracer,
      handling,
    };
    const evaluated = keys.filter((key) => !this.parkedKeys.has(key));
    if (receivedUntil !== undefined && !this.mute) for (const key of evaluated) unit.waited(key, receivedUntil);
    const next = checkpointAfter(this.#head, head);
    const {
      events: emitted,
      jobs,
      wakes: evaluatedWakes,
      lapsesAt,
      failed,
      awaitsMark,
      census,
    } = evaluate({
      decider,
      unit,
      keys: evaluated,
      config: config.value,
      writer,
      lastEmitted: this.#head.lastEmitted,
      observer,
      marks: next.marks ?? {},
      dropped: new Set([...(next.dropped ?? []), ...unit.dropped]),
      behindMark: new Set(next.behindMark),
      receivedUntil,
      isSurveyed,
    });
    unit.decided(evaluated.filter((key) => !failed.includes(key)));
    const failing = this.#failing.after(evaluated, failed);
    // `configUsed` is written with the first decisions by a new config, long before all keys are evaluated. If the
    // config topic was cut and read from scratch, there is less config than before. Decisions by it would overwrite the
    // marks of the lost config, and the loss would never be noticed.
    if (evaluated.length > 0 && !covers(config.offsets, this.#head.configEvaluated))
      throw new Fenced(`partition ${this.partition} of ${decider.app} was judged by config that is gone`);
    const used =
      evaluated.length === 0 || covers(this.#head.configUsed, config.offsets)
        ? {}
        : { configUsed: config.offsets, read: config.marks };
    // A halted key is not evaluated, so it must not wake the processor.
    const wakes = new Map([
      ...keys.filter((key) => this.parkedKeys.has(key)).map((key) => [key, undefined] as const),
      ...evaluatedWakes,
    ]);
    const audit = [
      ...parked.map((event) => parking(decider.app, event, order)),
      ...gone.map(({ event, outcome }) => releasing(decider.app, event, outcome, present(order, 'order'))),
      ...more,
    ];
    const outgoing = this.mute
      ? []
      : [...emitted, ...audit.map((draft) => toEvent(draft, present(draft.key, 'key'), 0, writer))];
    const last = emitted.findLast(({ event }) => event.sequence !== undefined)?.event.sequence;
    // Known once all keys were evaluated. After that it can only become earlier, until they are evaluated again.
    const lapses = lapsesAt !== undefined && lapsesAt < (this.#head.lapsesAt ?? 0) ? { lapsesAt } : {};
    const after: CheckpointChange = {
      ...(last === undefined ? {} : { lastEmitted: last }),
      ...used,
      ...lapses,
      ...(failing ? { failing } : {}),
      ...(awaitsMark && !this.#head.awaitsMark ? { awaitsMark } : {}),
      ...head,
      ...(used.read || head.read ? { read: { ...used.read, ...head.read } } : {}),
    };
    const trim = this.#relay.toTrim();
    const nothing: Changes = {
      expect,
      checkpoint: after,
      states: unit.changed(wakes),
      outbox: outgoing.map(({ record }) => record),
      jobs,
      park: parked,
      unpark,
      trim,
    };
    this.events.lapses(lapsesAt);
    if (changesNothing(nothing)) return census;
    await this.#write(nothing, outgoing, () => {
      for (const { span, event } of outgoing) {
        span.end();
        observer.emitted(event);
      }
    });
    this.#measure(
      unit,
      outgoing.map(({ event }) => event),
      writer.now,
    );
    this.parkedKeys.add(parked.map(parkedRef));
    if (jobs.put.length > 0) observer.queued(jobs.put.length);
    for (const wakeAt of wakes.values()) this.events.wakes(wakeAt);
    if (failing || [jobs.remove, parked, unpark].some((some) => some && some.length > 0)) this.events.mayMark();
    return census;
  }

  /** Reports what a committed unit of work settled, and the changes that no push asked for. */
  #measure({ settled, events }: UnitOfWork<Received, Emitted>, emitted: readonly AnyEvent[], now: number): void {
    const { observer, decider, tracer } = this.ports;
    for (const { receivedAt, deadline, ...push } of settled) {
      const inTime = now <= deadline;
      observer.settled({ ...push, inTime, seconds: Math.max(0, now - receivedAt) / 1000 });
      const { traceparent: parent, lane, outcome, reason } = push;
      const attributes = {
        'assay.lane': lane,
        'assay.status': outcome,
        'assay.reason': reason,
        'assay.in_time': inTime,
      };
      // A search for traces compares spans, not traces: so one of them lasts as long as the push.
      const span = tracer.start('push', { parent, startTime: receivedAt, attributes });
      span.end(outcome === 'undetermined' || outcome === 'overdue' ? (reason ?? outcome) : undefined);
    }
    for (const event of emitted) {
      const change = decider.tallies?.changed(event, events, settled);
      if (change) observer.changed(change.cause, Math.max(0, now - change.at) / 1000);
    }
  }

  /** True if more decisions may have failed than the store has kept. All keys must be evaluated to find them. */
  get areFailuresCut(): boolean {
    return this.#failing.isCut;
  }

  /** Called when every key was evaluated, before the last page of that is committed. */
  foundFailures(): void {
    this.#failing.found();
  }

  /** The mark that is due, whether or not it has to wait. */
  dueMark(): DueMark | undefined {
    const { decider, config } = this.ports;
    return this.mute ? undefined : dueMark(decider, config, this.#head);
  }

  /**
   * Emits the mark that is due, behind everything that was emitted before, in a transaction of its own.
   *
   * @param jobs of the marked lane, all or one more than a mark may except
   * @param registriesOf the registries of keys with such jobs, by key. They are excepted in place of too many keys
   * @returns `open` if the mark waits for jobs, `many` if all jobs and the registries of their keys are needed
   */
  async mark(
    jobs: readonly LaneJob[],
    registriesOf?: ReadonlyMap<string, readonly string[]>,
  ): Promise<'open' | 'many' | undefined> {
    const { decider, observer, clock } = this.ports;
    const [due, topic] = [this.dueMark(), markedTopicOf(decider.app, 'produces')];
    if (!due || !topic) return undefined;
    const answered = markedTopicOf(decider.app, 'consumes') && this.#head.marks?.received;
    const { troubled, open, ...all } = exceptionsOf({
      answered,
      parked: this.parkedKeys,
      failing: this.#failing,
      behind: this.#head.behindMark ?? [],
      dropped: this.#head.dropped ?? [],
      jobs,
    });
    if (open.length > 0) return 'open';
    const exceptions = byRegistry(all, new Map([...(registriesOf ?? [])].filter(([key]) => troubled.has(key))));
    const count = countOf(exceptions);
    // A record without a key could not be read at all: it may be about any image.
    // There may be more jobs, and an open one among them.
    if (!registriesOf && (count > mostExceptions || jobs.length > mostExceptions)) return 'many';
    if (count > mostExceptions || this.#failing.isCut || this.parkedKeys.has('')) {
      observer.unmarked(due, count);
      return undefined;
    }
    const { except, registries } = exceptions;
    const { database, announced } = due;
    const mark: Mark = {
      id: derivedId(answered?.id ?? `${database.digest}/${announced}`, markType, decider.app, this.partition),
      source: `/assay/${decider.app}`,
      time: isoTime(clock.now()),
      ...(answered ? { causationid: answered.id } : {}),
      sequence: sequence(this.#head.epoch, numberAfter(this.#head.lastEmitted, this.#head.epoch)),
      data: { ...due, except: [...except], ...(registries.length > 0 ? { registries: [...registries] } : {}) },
    };
    const record: NewRecord = { ...encodeMark(mark), topic, partition: this.partition };
    const changes: Changes = {
      checkpoint: {
        lastEmitted: mark.sequence,
        marks: { emitted: markAfter(this.#head.marks?.emitted, mark) },
        ...(this.#head.behindMark?.length ? { behindMark: [] } : {}),
      },
      states: [],
      outbox: [record],
      jobs: { put: [], remove: [] },
      park: [],
      trim: this.#relay.toTrim(),
    };
    await this.#write(changes, [{ record }], () => {
      observer.marked(mark.data, clock.now());
    });
    return undefined;
  }

  /** Writes changes, takes over what they mean here, and hands their records to the relay. */
  async #write(
    changes: Changes,
    outgoing: readonly Pick<OutgoingEvent, 'record'>[] & readonly Partial<OutgoingEvent>[],
    sent: () => void,
  ): Promise<void> {
    // The marks of the last appends are stored along with any other change.
    const own = this.mute ? {} : this.#appends.marks;
    const { checkpoint, trim } = changes;
    const all = Object.keys(own).every((topic) => this.#head.read[topic] === own[topic])
      ? changes
      : { ...changes, checkpoint: { ...checkpoint, read: { ...own, ...checkpoint.read } } };
    const positions = await this.#transact(all, outgoing);
    this.#relay.trimmed(trim);
    this.#head = checkpointAfter(this.#head, all.checkpoint);
    const records = outgoing.map(({ record }) => record);
    if (records.length > 0) this.#relay.send(records, positions, sent);
  }

  async #transact(changes: Changes, outgoing: readonly Partial<OutgoingEvent>[]): Promise<readonly number[]> {
    try {
      const result = await this.ports.store.transact(this.partition, this.#head.epoch, changes);
      if (!result.committed)
        throw new Fenced(`partition ${this.partition} of ${this.ports.decider.app} has another owner`);
      return result.positions;
    } catch (error) {
      for (const { span } of outgoing) span?.end(error);
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#relay.close();
  }
}
