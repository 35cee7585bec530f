import type { AnyEvent } from '@assay/events';
import type { Decider, SettledAt, State, Tallied } from '../decider/decider.ts';
import { maxSummaryBytes, type Job, type StoredState } from '../stores/store.ts';

/** Passed to handlers through Nest's context: one unit of work per batch, one commit. */
export interface HandlerContext {
  readonly unit: Pick<UnitOfWork<never, never>, 'receive'>;
}

type Program<Received, Emitted> = Pick<
  Decider<Received, Emitted, never>,
  'empty' | 'evolveReceived' | 'evolveDropped' | 'isWhole' | 'evolveEmitted' | 'compact' | 'summarise'
> & { readonly tallies?: Decider<Received, Emitted, never>['tallies'] | undefined };

/** Bounds the state of a key whose decision keeps failing. Older pushes are not counted. */
const mostHeld = 1000;

/** The states that one unit of work touches. They change in memory until they are written together. */
export class UnitOfWork<Received, Emitted> {
  /** States as stored, as long as they are unchanged. */
  readonly #stored = new Map<string, StoredState>();
  readonly #states = new Map<string, State<Received, Emitted>>();
  readonly #touched = new Set<string>();
  readonly #whole = new Set<string>();
  readonly #dropped = new Set<string>();
  readonly #events: AnyEvent[] = [];
  #settled: (readonly [key: string, push: SettledAt])[] = [];

  /** @param jobs present jobs of the keys that will be evaluated */
  constructor(
    private readonly program: Program<Received, Emitted>,
    stored: Iterable<StoredState>,
    readonly jobs: readonly Job[] = [],
  ) {
    for (const each of stored) {
      this.#stored.set(each.key, each);
      this.#states.set(each.key, JSON.parse(each.state) as State<Received, Emitted>);
    }
  }

  /** Folds a received event into the state of its subject. */
  receive(event: AnyEvent): void {
    const key = event.subject;
    const state = this.state(key);
    const received = this.program.evolveReceived(state.received, event);
    this.#put(key, { ...state, received });
    if (this.program.tallies) {
      this.#events.push(event);
      this.#tally(key, this.program.tallies.received(state, event, received));
    }
    if (this.program.isWhole && !this.program.isWhole(received, event)) return;
    this.#whole.add(key);
    this.#dropped.delete(key);
  }

  /** Notes that an event of a key was dropped, in its order among the events that are received. */
  drop(key: string, topic: string): void {
    this.#whole.delete(key);
    this.#dropped.add(key);
    const state = this.#states.get(key);
    const received = state && this.program.evolveDropped?.(state.received, topic);
    if (state && received && received !== state.received) this.#put(key, { ...state, received });
  }

  /** Settles the pushes of a key that have no answer although everything until then was received. */
  waited(key: string, receivedUntil: number): void {
    if (this.program.tallies && this.#states.has(key))
      this.#tally(key, this.program.tallies.waited(this.state(key), receivedUntil));
  }

  /** The events received, if pushes are settled here. */
  get events(): readonly AnyEvent[] {
    return this.#events;
  }

  /** The pushes that are settled once this is committed. */
  get settled(): readonly SettledAt[] {
    return this.#settled.map(([, push]) => push);
  }

  /**
   * Settles the pushes of keys about which a decision was made, also those that waited for it. Pushes of all other keys
   * wait with their state: nothing was published about them.
   */
  decided(keys: readonly string[]): void {
    const decided = new Set(keys);
    for (const [key, pushes] of Map.groupBy(this.#settled, ([key]) => key))
      if (!decided.has(key)) this.#hold(key, [...(this.state(key).undecided ?? []), ...pushes.map(([, push]) => push)]);
    this.#settled = this.#settled.filter(([key]) => decided.has(key));
    for (const key of decided) {
      const { undecided = [] } = this.state(key);
      if (undecided.length === 0) continue;
      this.#settled.push(...undecided.map((push) => [key, push] as const));
      this.#hold(key, []);
    }
  }

  #hold(key: string, pushes: readonly SettledAt[]): void {
    const { undecided: _, ...state } = this.state(key);
    this.#put(key, { ...state, ...(pushes.length > 0 ? { undecided: pushes.slice(-mostHeld) } : {}) });
  }

  #tally(key: string, { tally, settled }: Tallied): void {
    this.#settled.push(...settled.map((push) => [key, push] as const));
    const { tally: known, ...state } = this.state(key);
    if (JSON.stringify(tally) !== JSON.stringify(known))
      this.#put(key, { ...state, ...(tally === undefined ? {} : { tally }) });
  }

  /** Keys in whose state nothing is missing, as their last events show. */
  get whole(): readonly string[] {
    return [...this.#whole];
  }

  /** Keys of which an event was dropped, and that are not whole since. */
  get dropped(): readonly string[] {
    return [...this.#dropped];
  }

  /** Folds an event that is being emitted, or was emitted before, into the state of a key. */
  emit(key: string, event: AnyEvent): void {
    const state = this.state(key);
    this.#put(key, { ...state, emitted: this.program.evolveEmitted(state.emitted, event) });
  }

  /** Puts a note beside the two halves of a state, or removes it. */
  note(key: string, note: object | undefined): void {
    const { note: known, ...state } = this.state(key);
    if (note !== known && JSON.stringify(note) !== JSON.stringify(known))
      this.#put(key, { ...state, ...(note === undefined ? {} : { note }) });
  }

  state(key: string): State<Received, Emitted> {
    return this.#states.get(key) ?? this.program.empty();
  }

  /** Returns a function that restores the present state of a key. */
  snapshot(key: string): () => void {
    const [state, touched] = [this.#states.get(key), this.#touched.has(key)];
    const [events, settled] = [this.#events.length, this.#settled.length];
    return () => {
      this.#events.length = events;
      this.#settled.length = settled;
      if (state === undefined) this.#states.delete(key);
      else this.#states.set(key, state);
      if (!touched) this.#touched.delete(key);
    };
  }

  get touched(): readonly string[] {
    return [...this.#touched];
  }

  /** The states to write, compacted. Leaves out evaluated keys with an unchanged state and an unchanged wake. */
  changed(wakes: ReadonlyMap<string, number | undefined>): StoredState[] {
    return [...new Set([...this.#touched, ...wakes.keys()])].flatMap((key) => {
      const [state, stored, wakeAt] = [this.#states.get(key), this.#stored.get(key), wakes.get(key)];
      return state === undefined || (stored && stored.wakeAt === wakeAt) ? [] : [this.#toStore(key, state, wakeAt)];
    });
  }

  #toStore(key: string, state: State<Received, Emitted>, wakeAt: number | undefined): StoredState {
    const { compact, summarise } = this.program;
    // A note beside the two halves stays.
    const compacted = compact ? { ...state, ...compact(state) } : state;
    const summary = summarise?.(compacted);
    return {
      key,
      state: this.#stored.get(key)?.state ?? JSON.stringify(compacted),
      wakeAt,
      ...(summary !== undefined && Buffer.byteLength(summary) <= maxSummaryBytes ? { summary } : {}),
    };
  }

  #put(key: string, state: State<Received, Emitted>): void {
    this.#stored.delete(key);
    this.#states.set(key, state);
    this.#touched.add(key);
  }
}
