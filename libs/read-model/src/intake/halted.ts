import { flow, targetIn, type AssayEvent } from '@assay/events';
import type { Cell, RunQuery } from '../store/duckdb.ts';

/**
 * A partition of a service at a standstill, since the log differs from what the service read. Kept after it is resumed.
 */
export interface HaltedPartition {
  /** `<service>/<topic>/<partition>/<offset>`: the topic and the offset up to which the service had read. */
  readonly target: string;
  /** Id of the event that reported the standstill; an order to resume names it as its cause. */
  readonly emittedIn: string;
  /** `code: message` */
  readonly why: string;
  readonly since: string;
  readonly outcome: 'halted' | 'resumed';
  /** Id of the order to resume. Undefined if the service resumed by itself, or is still halted. */
  readonly answers: string | undefined;
}

type Acted = AssayEvent<'operator.acted'>;

/** Standstills as stored in the view. */
export class HaltedPartitions {
  readonly #byTarget = new Map<string, HaltedPartition>();

  static async stored(query: RunQuery): Promise<HaltedPartitions> {
    const all = new HaltedPartitions();
    const rows = await query<Record<keyof HaltedPartition, string | null>>(
      'select target, said_in as "emittedIn", why, since, outcome, answers from halted',
    );
    all.take(rows.map(({ answers, ...row }) => ({ ...row, answers: answers ?? undefined }) as HaltedPartition));
    return all;
  }

  take(changes: Iterable<HaltedPartition>): void {
    for (const one of changes) this.#byTarget.set(one.target, one);
  }

  get(target: string): HaltedPartition | undefined {
    return this.#byTarget.get(target);
  }

  /** Partitions that are halted now. */
  all(): readonly HaltedPartition[] {
    return [...this.#byTarget.values()].filter(({ outcome }) => outcome === 'halted');
  }
}

/** Changes of standstills by a batch. */
export class HaltedChanges {
  readonly #changed = new Map<string, HaltedPartition>();

  constructor(private readonly known: Pick<HaltedPartitions, 'get'>) {}

  take({ data: { target, command, outcome, why }, id, time, causationid }: Acted): void {
    const service = targetIn(target)?.app;
    if (!flow.some(({ app }) => app === service)) return;
    const before = this.#changed.get(target) ?? this.known.get(target);
    // An owner that lost the partition may append its earlier report late.
    if (command === 'halt' && before?.emittedIn !== id)
      this.#changed.set(target, { target, emittedIn: id, why, since: time, outcome: 'halted', answers: undefined });
    if (command === 'resume' && outcome === 'resumed' && before)
      this.#changed.set(target, { ...before, outcome, answers: causationid });
  }

  get changed(): readonly HaltedPartition[] {
    return [...this.#changed.values()];
  }

  get rows(): Map<string, readonly Cell[]> {
    return new Map(
      this.changed.map(({ target, emittedIn, why, since, outcome, answers }) => [
        target,
        [target, emittedIn, why, since, outcome, answers],
      ]),
    );
  }
}
