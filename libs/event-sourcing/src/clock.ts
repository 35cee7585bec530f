/** Time and chance, as a port: what waits and what jitters can be driven by a simulation. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** From 0 up to but not including 1. For jitter and leases, never for what is said. */
  random(): number;
  /** Calls once after so many milliseconds, unless it is called off by what is returned. Keeps no process alive. */
  after(ms: number, call: () => void): () => void;
  /** Lets everything else that waits have its turn. */
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

/** Tells how long ago something was, also where somebody sets the machine's clock meanwhile. */
export const steadyClock: Clock = { ...systemClock, now: () => performance.now() };

/** Waits so many milliseconds. */
export const sleep = (clock: Clock, ms: number): Promise<void> =>
  new Promise((resolve) => {
    clock.after(ms, resolve);
  });

/** Calls again and again, each so many milliseconds after the last call, until it is called off. */
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
