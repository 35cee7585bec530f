/** Time and randomness as a port, so that a simulation can drive waiting and jitter. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** From 0 up to but not including 1. For jitter and leases, never for the content of events. */
  random(): number;
  /** Calls once after `ms` milliseconds. The returned function cancels the call. Keeps no process alive. */
  after(ms: number, call: () => void): () => void;
  /** Lets all other waiting work run first. */
  yield(): Promise<void>;
}

const longestTimerMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: Date.now,
  random: Math.random,
  after: (ms, call) => {
    const timer = setTimeout(call, Math.min(Math.max(0, ms), longestTimerMs));
    timer.unref();
    return () => clearTimeout(timer);
  },
  yield: () => new Promise(setImmediate),
};

/** Measures elapsed time, even if the machine's clock is set meanwhile. */
export const steadyClock: Clock = { ...systemClock, now: () => performance.now() };

export const sleep = (clock: Clock, ms: number): Promise<void> =>
  new Promise((resolve) => {
    clock.after(ms, resolve);
  });

/** Calls every `ms` milliseconds, until the returned function is called. */
export const every = (clock: Clock, ms: number, call: () => void): (() => void) => {
  let off: () => void;
  const arm = (): void => {
    off = clock.after(ms, () => {
      arm();
      call();
    });
  };
  arm();
  return () => off();
};
