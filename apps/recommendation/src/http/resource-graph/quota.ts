export interface QuotaState {
  readonly isExceeded: boolean;
  readonly remaining: number;
  readonly resetsAfterMs: number;
}

const mostUsers = 10_000;

/** Limits the calls of each user within a time window. */
export class Quota {
  readonly #users = new Map<string, { begun: number; calls: number }>();

  constructor(
    private readonly calls: number,
    private readonly windowMs: number,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  take(user: string): QuotaState {
    const now = this.clock();
    let window = this.#users.get(user);
    if (!window || now - window.begun >= this.windowMs) {
      window = { begun: now, calls: 0 };
      this.#users.delete(user);
      this.#users.set(user, window);
      for (const one of this.#users.keys()) {
        if (this.#users.size <= mostUsers) break;
        this.#users.delete(one);
      }
    }
    window.calls += 1;
    return {
      isExceeded: window.calls > this.calls,
      remaining: Math.max(0, this.calls - window.calls),
      resetsAfterMs: Math.max(0, window.begun + this.windowMs - now),
    };
  }
}
