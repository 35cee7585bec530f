/** Limits of queries. Provide it under this class; otherwise the defaults apply. */
export class GraphSettings {
  /** Time limit of a query. */
  readonly limitMs: number = 5_000;
  /** Calls of one user within `quotaWindowMs`. */
  readonly quota: number = 15;
  readonly quotaWindowMs: number = 5_000;
  readonly mostBytes: number = 16 << 20;
  /** Memory for all queries together, separate from the read model's. */
  readonly memoryMb: number = 400;

  constructor(emitted: Partial<GraphSettings> = {}) {
    Object.assign(this, emitted);
  }
}
