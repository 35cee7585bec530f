import type { AnyEvent } from '@assay/events';
import type { Program, State } from './program.ts';
import type { Job, StoredState } from './store.ts';

/** What handlers reach through Nest's context: one unit of work per batch, one commit. */
export interface UnitContext {
  readonly unit: Pick<Unit<never, never>, 'hear'>;
}

/** The states that one unit of work touches, as they change in memory until they are written together. */
export class Unit<Heard, Said> {
  /** As it was stored, until it changes. */
  readonly #texts = new Map<string, string>();
  readonly #states = new Map<string, State<Heard, Said>>();
  readonly #touched = new Set<string>();

  /** @param jobs of the keys that will be asked about, as they stand */
  constructor(private readonly program: Pick<Program<Heard, Said, never>, 'empty' | 'hear' | 'say'>, stored: Iterable<StoredState>, readonly jobs: readonly Job[] = []) {
    for (const { key, state } of stored) {
      this.#texts.set(key, state);
      this.#states.set(key, JSON.parse(state) as State<Heard, Said>);
    }
  }

  /** Folds an event that was heard into the state of its subject. */
  hear(event: AnyEvent): void {
    const { heard, said } = this.state(event.subject);
    this.#put(event.subject, { heard: this.program.hear(heard, event), said });
  }

  /** Folds an event that is being said, or was said before, into the state of a key. */
  say(key: string, event: AnyEvent): void {
    const { heard, said } = this.state(key);
    this.#put(key, { heard, said: this.program.say(said, event) });
  }

  state(key: string): State<Heard, Said> {
    return this.#states.get(key) ?? this.program.empty();
  }

  /** A state as it is now, to go back to. */
  snapshot(key: string): () => void {
    const [had, state, touched] = [this.#states.has(key), this.#states.get(key), this.#touched.has(key)];
    return () => {
      if (had) this.#states.set(key, state!); else this.#states.delete(key);
      if (!touched) this.#touched.delete(key);
    };
  }

  get touched(): readonly string[] {
    return [...this.#touched];
  }

  /** The states to be written. */
  changed(wakes: ReadonlyMap<string, number | undefined>): StoredState[] {
    const keys = new Set([...this.#touched, ...wakes.keys()]);
    return [...keys].filter((key) => this.#states.has(key)).map((key) => ({ key, state: this.#texts.get(key) ?? JSON.stringify(this.#states.get(key)), wakeAt: wakes.get(key) }));
  }

  #put(key: string, state: State<Heard, Said>): void {
    this.#texts.delete(key);
    this.#states.set(key, state);
    this.#touched.add(key);
  }
}
