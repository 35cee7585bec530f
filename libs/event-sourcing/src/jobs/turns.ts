import type { ClaimOptions } from '../stores/store.ts';
import { laneOf } from './lane.ts';

/** Names whose last turns are remembered. A forgotten name has its turn first. */
const mostRemembered = 10_000;

/** Names that share the lane, from the widest: `s`, `s/r` and `s/r/p` for the names s, r and p. */
const sharersOf = (lane: string): readonly string[] => {
  const shared = lane.slice(laneOf(lane).length + 1);
  const [first = '', second = ''] = shared.split('/', 2);
  return [first, `${first}/${second}`, shared];
};

/**
 * The order in which names get slots of one process: first those with the fewest slots, of these the one whose turn is
 * longest ago. Decided for the first name, then for the second, then for the rest. One that waits alone has all slots.
 */
export class SlotTurns {
  readonly #slots = new Map<string, number>();
  /** Number of the last turn, in the order of these numbers. */
  readonly #last = new Map<string, number>();
  #turn = 0;

  /** A job of this lane takes a slot. */
  take(lane: string): void {
    this.#turn += 1;
    for (const name of sharersOf(lane)) {
      this.#slots.set(name, this.#slotsOf(name) + 1);
      this.#last.delete(name);
      this.#last.set(name, this.#turn);
    }
    for (const name of this.#last.keys()) {
      if (this.#last.size <= mostRemembered) break;
      this.#last.delete(name);
    }
  }

  release(lane: string): void {
    for (const name of sharersOf(lane)) {
      const left = this.#slotsOf(name) - 1;
      if (left > 0) this.#slots.set(name, left);
      else this.#slots.delete(name);
    }
  }

  /** True if the first two names of the lane, as a registry, have no slot. */
  hasNone(lane: string): boolean {
    return this.#slotsOf(sharersOf(lane)[1] ?? '') === 0;
  }

  /** Lanes in the order in which they have their turn. */
  sorted(lanes: readonly string[]): readonly string[] {
    const ranked = lanes.map((lane) => ({
      lane,
      rank: sharersOf(lane).flatMap((name) => [this.#slotsOf(name), this.#last.get(name) ?? 0]),
    }));
    return ranked.toSorted((a, b) => compared(a.rank, b.rank) || (a.lane < b.lane ? -1 : 1)).map(({ lane }) => lane);
  }

  /**
   * The lanes to claim from: each of them by itself, and then by those who share it.
   * @param counts number of jobs by lane and state, as the store has them
   */
  shared(lanes: ClaimOptions['lanes'], counts: Readonly<Record<string, number>>): ClaimOptions['lanes'] {
    const known = Object.entries(counts).map(([name, jobs]) => {
      const end = name.lastIndexOf('/');
      return { lane: name.slice(0, end), state: name.slice(end + 1), jobs };
    });
    return lanes.flatMap(({ lane, most }) => {
      const inLane = known.filter((each) => laneOf(each.lane) === lane);
      const leased = inLane.reduce((sum, { state, jobs }) => sum + (state === 'leased' ? jobs : 0), 0);
      if (leased >= most) return [];
      const waiting = inLane.filter((each) => each.state === 'queued' && each.lane !== lane);
      return [lane, ...this.sorted(waiting.map((each) => each.lane))].map((each) => ({ lane: each, most: Infinity }));
    });
  }

  #slotsOf(name: string): number {
    return this.#slots.get(name) ?? 0;
  }
}

const compared = (a: readonly number[], b: readonly number[]): number => {
  const at = a.findIndex((number, index) => number !== b[index]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
};

/** A slot or an amount that is waited for. */
interface Waiting {
  readonly lane: string;
  readonly amount: number;
  readonly admit: () => void;
}

/** Limits what jobs use at once: slots, or bytes. Those that wait are admitted in turn, pushes before others. */
export class Gate {
  readonly #turns = new SlotTurns();
  readonly #waiting = new Set<Waiting>();
  #used = 0;

  /** @param most the sum at once. An amount above it is admitted alone. */
  constructor(private readonly most: number) {}

  get used(): number {
    return this.#used;
  }

  /**
   * Waits until the amount is free.
   * @returns releases it
   * @throws the reason of the signal
   */
  async take(lane: string, signal: AbortSignal, amount = 1): Promise<() => void> {
    signal.throwIfAborted();
    const admitted = Promise.withResolvers<undefined>();
    const waiting = { lane, amount, admit: () => admitted.resolve(undefined) };
    const leave = (): void => {
      this.#waiting.delete(waiting);
      admitted.reject(signal.reason);
    };
    signal.addEventListener('abort', leave, { once: true });
    this.#waiting.add(waiting);
    this.#next();
    await admitted.promise.finally(() => signal.removeEventListener('abort', leave));
    return () => {
      this.#used -= amount;
      this.#turns.release(lane);
      this.#next();
    };
  }

  /** Runs work within the limit. */
  async run<Result>(lane: string, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    const release = await this.take(lane, signal);
    return work().finally(release);
  }

  /** An amount that is too large at the moment lets others pass. */
  #next(): void {
    for (;;) {
      const fitting = [...this.#waiting].filter(({ amount }) => this.#used === 0 || this.#used + amount <= this.most);
      const pushes = fitting.filter(({ lane }) => laneOf(lane) === 'push');
      const candidates = pushes.length > 0 ? pushes : fitting;
      const [first] = this.#turns.sorted(candidates.map(({ lane }) => lane));
      const next = candidates.find(({ lane }) => lane === first);
      if (!next) return;
      this.#waiting.delete(next);
      this.#used += next.amount;
      this.#turns.take(next.lane);
      next.admit();
    }
  }
}
