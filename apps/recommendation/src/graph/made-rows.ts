import type { Making, Row } from './rows.ts';

/**
 * A recommendation becomes too old by the clock alone, without anything being heard; that takes days, and may be told
 * of so much later.
 */
const believedMs = 10_000;
const mostKept = 20;

/** Rows that were made of exactly what the snapshot holds are not made again. */
export class MadeRows {
  readonly #kept = new Map<string, { readonly version: string; readonly staleBefore: number; readonly text: string }>();

  async rows(name: string, making: Making, make: (making: Making) => Promise<readonly Row[]>): Promise<string> {
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
