import type { DatedMaking, GraphRow } from './rows.ts';

/**
 * A recommendation becomes stale by time alone, without any event. That takes days, so showing it this much later does
 * not matter.
 */
const believedMs = 10_000;
const mostKept = 20;

/** Keeps rows as long as the snapshot holds the same data. */
export class MadeRows {
  readonly #kept = new Map<string, { readonly version: string; readonly staleBefore: number; readonly text: string }>();

  async rows(
    name: string,
    making: DatedMaking,
    make: (making: DatedMaking) => Promise<readonly GraphRow[]>,
  ): Promise<string> {
    const { query, scope, staleBefore } = making;
    const key = JSON.stringify([name, scope]);
    const [{ version }] = (await query<{ version: string }>(
      'select coalesce(sum(next), 0)::varchar as version from positions',
    )) as [{ version: string }];
    const kept = this.#kept.get(key);
    if (kept?.version === version && Math.abs(kept.staleBefore - staleBefore) < believedMs) return kept.text;
    const text = JSON.stringify(await make(making));
    this.#kept.delete(key);
    this.#kept.set(key, { version, staleBefore, text });
    for (const one of this.#kept.keys()) {
      if (this.#kept.size <= mostKept) break;
      this.#kept.delete(one);
    }
    return text;
  }
}
