import { decode, topicsOfProcessor } from '@assay/events';
import { newerAt, Waits, type Dispatch, type EventLog } from '@assay/messaging';
import type { ServiceTracer } from '@assay/telemetry';
import { evaluate } from './evaluate.ts';
import { halting, parking, releasing, resuming } from './audit.ts';
import type { Clock } from './clock.ts';
import { covers, type ConfigFollower } from './config.ts';
import { fenceOf, lastEmitted, type LastEmitted } from './restore.ts';
import { ParkedKeys, parkedRef } from './parked-keys.ts';
import type { HandledBatch } from './handle-batch.ts';
import { restoreReason } from './restore-reason.ts';
import type { Observer } from './observer.ts';
import type { OperatorCommand } from './operator-commands.ts';
import type { EventDraft, Decider } from './decider.ts';
import { Relay } from './relay.ts';
import type { Release } from './release.ts';
import { toEvent, type EventWriter, type OutgoingEvent } from './to-event.ts';
import { epochOf } from './sequence.ts';
import type { Standstill } from './standstill.ts';
import {
  Fenced,
  checkpointAfter,
  type Changes,
  type Claim,
  type CheckpointChange,
  type PartitionCheckpoint,
  type Store,
} from './store.ts';
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

/** What was handled, and what of it could not be. */
interface Handled extends Pick<HandledBatch, 'parked' | 'handling'>, Partial<Pick<Release, 'gone' | 'unpark'>> {
  readonly order?: OperatorCommand;
  /** What else the audit trail has to know. */
  readonly audit?: readonly EventDraft[];
}

/**
 * Most of those who are asked again have the same answer: with every change of a rule all are. What is trimmed can
 * wait.
 */
const changesNothing = ({ checkpoint, states, outbox, jobs, park, unpark = [] }: Changes): boolean =>
  Object.keys(checkpoint).length === 0 &&
  [states, outbox, jobs.put, jobs.remove, park, unpark].every(({ length }) => length === 0);

const nothingHandled: Handled = { parked: [], handling: new Map() };

/** Told of what its partition's worker must take its turn for. */
interface PartitionStateEvents {
  readonly foreignAppend: (isCut: boolean) => void;
  readonly wakes: (at: number | undefined) => void;
  readonly lapses: (at: number | undefined) => void;
}

/**
 * What is known of one partition, and the one way to change it: an answer to the one question, written together with
 * all that it rests on, and then relayed. Whoever calls takes turns.
 */
export class PartitionState<Received, Emitted, C> {
  readonly #appends: ForeignAppendDetector;
  readonly #relay: Relay;
  #head!: PartitionCheckpoint;
  readonly parkedKeys = new ParkedKeys();
  /** Of a store that is filled beside the live one: it says nothing. */
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

  /** Where the partition stands; there once it was claimed. */
  get checkpoint(): PartitionCheckpoint {
    return this.#head;
  }

  /** Why nothing is done here; nothing before it was claimed. */
  get standstill(): Standstill | undefined {
    return (this.#head as PartitionCheckpoint | undefined)?.standstill;
  }

  /** When the first of what was said and is not in the log yet was said, ms since the epoch. */
  get unsentSince(): number | undefined {
    return this.#relay.waitingSince;
  }

  /**
   * Takes the partition under an epoch above all that spoke before. What the last owner left goes out first, then the
   * fence: only behind it is it known what was said, for a store may be rolled back while its owner is still sending.
   *
   * @throws Waits where it is for a newer program to go on here
   */
  async claim(): Promise<Claim & { readonly emitted: string }> {
    const { decider, log, store, clock } = this.ports;
    for (let floor = clock.now(); ;) {
      const claim = await store.claim(this.partition, floor);
      const { checkpoint, outbox } = claim;
      this.#head = checkpoint;
      await this.#leaveToNewer();
      if (outbox.length > 0)
        this.#relay.send(
          outbox,
          outbox.map(({ position }) => position),
        );
      await this.#relay.drained();
      // Where it cannot be read now, it cannot be behind a fence: whoever tries again and again leaves none each time.
      const before = await lastEmitted(log, topicsOfProcessor(decider.app), this.partition);
      // A store that went back may give an epoch a second time, where the clock is behind it: who spoke under it was
      // somebody else.
      if (before.epoch >= checkpoint.epoch) {
        floor = before.epoch + 1;
        continue;
      }
      this.#refuseNewer(before);
      const fence = fenceOf(decider.app, this.partition, checkpoint.epoch, new Date(clock.now()).toISOString());
      const offsets = await log.append(fence);
      this.#appends.begin(fence, offsets);
      // A fence where the topic ended at the look: nobody spoke in between, and what was seen is all that there is.
      const isAsSeen = offsets.every((offset, index) => offset === before.ends[index]);
      const { event, epoch } = isAsSeen
        ? before
        : await lastEmitted(log, topicsOfProcessor(decider.app), this.partition);
      if (epoch <= checkpoint.epoch && epochOf(event) < checkpoint.epoch) return { ...claim, emitted: event };
      floor = epoch + 1;
    }
  }

  /**
   * While programs of two versions work on one store, the older one leaves alone what the newer one made: it would make
   * all of it anew, and the newer one again. Where none is left, the service was rolled back, and it does.
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
      message: `the states of ${app} have version ${stored}, this program makes ${stateVersion}, and a newer one is at work beside it`,
      remedy: 'upgrade this process, or end the newer ones',
    });
  }

  /**
   * What a newer program said here nobody can read into an emptied store, and to leave it out would be to say it twice.
   */
  #refuseNewer({ event, records }: LastEmitted): void {
    if (!restoreReason(this.#head, event, this.ports.decider)) return;
    for (const record of records) {
      const it = decode(record.topic, record);
      if (it.kind === 'newer') throw new Waits(newerAt(record, `${it.message}, and ${this.ports.decider.app} said it`));
    }
  }

  /** Takes a partition of a store that is filled beside the live one: nobody is shut out, and nothing is said. */
  async claimReadOnly(): Promise<void> {
    this.#head = (await this.ports.store.claim(this.partition, 0)).checkpoint;
  }

  /** Empties the partition, to be filled from the log up to the event `last`. */
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
    this.parkedKeys.clear();
  }

  /**
   * Somebody else speaks here. Where that was under a later epoch, nobody takes in what is said under this one,
   * although the store let it through: it was rolled back behind the claim of the other. It is filled anew, by whoever
   * opens it. So is one that said what its topic lost: what is missing is said again.
   */
  async onForeignAppend(isCut: boolean): Promise<void> {
    const { decider, log } = this.ports;
    const { epoch } = await lastEmitted(log, topicsOfProcessor(decider.app), this.partition);
    if (epoch <= this.#head.epoch && !isCut) return;
    await this.commit(new UnitOfWork<Received, Emitted>(decider, []), [], { restored: false });
    throw new Fenced(
      `partition ${this.partition} of ${decider.app} ${isCut ? 'said what its topic lost' : 'was claimed by another, and its store forgot it'}`,
    );
  }

  /** From here on nothing is done until an operator orders otherwise. Said together with its being written down. */
  async standStill(standstill: Standstill): Promise<void> {
    await this.commit(
      new UnitOfWork<Received, Emitted>(this.ports.decider, []),
      [],
      { standstill },
      { ...nothingHandled, audit: [halting(this.ports.decider.app, this.partition, standstill)] },
    );
  }

  /**
   * The standstill is over: the store is filled from the log as it is by whoever opens the partition. That it goes on
   * is in the outbox, which is sent before the store is emptied.
   */
  async resume(target: string, because: Parameters<typeof resuming>[2]): Promise<void> {
    await this.commit(
      new UnitOfWork<Received, Emitted>(this.ports.decider, []),
      [],
      { standstill: undefined, restored: false },
      { ...nothingHandled, audit: [resuming(this.ports.decider.app, target, because)] },
    );
  }

  /**
   * The log calls the partition one that stands still, and it does not: its store was emptied or went back. Whoever
   * looks is to know.
   */
  async goesOn(target: string, because: Parameters<typeof resuming>[2]): Promise<void> {
    await this.commit(
      new UnitOfWork<Received, Emitted>(this.ports.decider, []),
      [],
      {},
      { ...nothingHandled, audit: [resuming(this.ports.decider.app, target, because)] },
    );
  }

  /** Asks the question for some keys, and writes the answers with everything else that the unit holds. */
  async commit(
    unit: UnitOfWork<Received, Emitted>,
    keys: readonly string[],
    head: CheckpointChange = {},
    handled = nothingHandled,
    expect?: Changes['expect'],
    receivedUntil?: number,
  ): Promise<void> {
    try {
      await this.#committed(unit, keys, head, handled, expect, receivedUntil);
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
    receivedUntil: number | undefined,
  ): Promise<void> {
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
    const asked = keys.filter((key) => !this.parkedKeys.has(key));
    const {
      events: answers,
      jobs,
      wakes: asks,
      lapsesAt,
    } = evaluate({
      decider,
      unit,
      keys: asked,
      config: config.value,
      writer,
      lastEmitted: this.#head.lastEmitted,
      observer,
      receivedUntil,
    });
    // Written with the first answers by a new config, long before the walk over all keys has come to its end. Its topic
    // was cut, and it was read anew: judged by less than before, what was read of it before would be forgotten, and
    // never missed.
    if (asked.length > 0 && !covers(config.offsets, this.#head.configEvaluated))
      throw new Fenced(`partition ${this.partition} of ${decider.app} was judged by config that is gone`);
    const used =
      asked.length === 0 || covers(this.#head.configUsed, config.offsets)
        ? {}
        : { configUsed: config.offsets, read: config.marks };
    // A halted key is not asked, so it must not go on waking us.
    const wakes = new Map([
      ...keys.filter((key) => this.parkedKeys.has(key)).map((key) => [key, undefined] as const),
      ...asks,
    ]);
    const audit = [
      ...parked.map((event) => parking(decider.app, event, order)),
      ...gone.map(({ event, outcome }) => releasing(decider.app, event, outcome, order!)),
      ...more,
    ];
    const outgoing = this.mute ? [] : [...answers, ...audit.map((draft) => toEvent(draft, draft.key!, 0, writer))];
    const last = answers.findLast(({ event }) => event.sequence !== undefined)?.event.sequence;
    // Known once all keys were asked about: from then on it only comes nearer, until they are again.
    const lapses = lapsesAt !== undefined && lapsesAt < (this.#head.lapsesAt ?? 0) ? { lapsesAt } : {};
    const after: CheckpointChange = {
      ...(last === undefined ? {} : { lastEmitted: last }),
      ...used,
      ...lapses,
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
    if (changesNothing(nothing)) return;
    // What was appended since the last time is known along with whatever is written.
    const own = this.mute ? {} : this.#appends.marks;
    const changes = Object.keys(own).every((topic) => this.#head.read[topic] === own[topic])
      ? nothing
      : { ...nothing, checkpoint: { ...after, read: { ...own, ...after.read } } };
    const positions = await this.#write(changes, outgoing);
    this.#relay.trimmed(trim);
    this.#head = checkpointAfter(this.#head, changes.checkpoint);
    this.parkedKeys.add(parked.map(parkedRef));
    if (jobs.put.length > 0) observer.queued(jobs.put.length);
    if (outgoing.length > 0)
      this.#relay.send(
        outgoing.map(({ record }) => record),
        positions,
        () => {
          for (const { span, event } of outgoing) {
            span.end();
            observer.emitted(event);
          }
        },
      );
    for (const wakeAt of wakes.values()) this.events.wakes(wakeAt);
  }

  async #write(changes: Changes, outgoing: readonly OutgoingEvent[]): Promise<readonly number[]> {
    try {
      const result = await this.ports.store.transact(this.partition, this.#head.epoch, changes);
      if (!result.committed)
        throw new Fenced(`partition ${this.partition} of ${this.ports.decider.app} has another owner`);
      return result.positions;
    } catch (error) {
      for (const { span } of outgoing) span.end(error);
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#relay.close();
  }
}
