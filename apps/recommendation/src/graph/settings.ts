/** What queries may cost. Provide it under this class; without one the defaults hold. */
export class GraphSettings {
  /** A query that takes longer is stopped. */
  readonly limitMs: number = 5_000;
  /** Calls of one user within `quotaWindowMs`. */
  readonly quota: number = 15;
  readonly quotaWindowMs: number = 5_000;
  readonly mostBytes: number = 16 << 20;

  constructor(said: Partial<GraphSettings> = {}) {
    Object.assign(this, said);
  }
}
