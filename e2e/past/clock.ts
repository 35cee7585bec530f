// Imported before everything else: modules keep the functions of time that they find when they are loaded.

/** Functions of time as the platform has them. */
const real = { Date, setTimeout, clearTimeout, setInterval, clearInterval };

interface Waiting {
  due: number;
  readonly everyMs: number | undefined;
  readonly waitMs: number;
  readonly call: () => void;
}

/** Timers with this wait are those of sweeps: the story orders sweeps, and time alone does not. */
export const sweepSeconds = 86_399;
/** Timers that wait for less only look again: a long jump calls each of them once, at its end. */
const pollMs = 10 * 60_000;
/** Timers that renew the lease of a job, which would run out in a long jump. */
const renewalMs = 5_000;
/** While time stands still, a short pause is only idle: it is made shorter by this factor. */
const [shortMs, hurry] = [200, 10];

let isSet = false;
let nowMs = real.Date.now();
const waiting = new Map<NodeJS.Timeout, Waiting>();

const now = (): number => (isSet ? Math.floor(nowMs) : real.Date.now());

globalThis.Date = new Proxy(real.Date, {
  get: (target, key, receiver) => (key === 'now' ? now : (Reflect.get(target, key, receiver) as unknown)),
  construct: (target, given: unknown[], made) =>
    Reflect.construct(target, given.length === 0 ? [now()] : given, made === globalThis.Date ? target : made) as Date,
  apply: () => new real.Date(now()).toString(),
});

const isSweep = (waitMs: number): boolean => waitMs === sweepSeconds * 1000;

const noted = (timer: NodeJS.Timeout, call: () => void, waitMs: number, everyMs?: number): NodeJS.Timeout => {
  waiting.set(timer, { due: now() + waitMs, call, waitMs, everyMs });
  return timer;
};

const inRealTime = (ms: number): number => (isSet && ms <= shortMs ? ms / hurry : ms);

globalThis.setTimeout = Object.assign((call: (...given: unknown[]) => void, ms = 0, ...given: unknown[]) => {
  const run = (): void => {
    waiting.delete(timer);
    call(...given);
  };
  const timer: NodeJS.Timeout = noted(real.setTimeout(run, inRealTime(ms)), run, Math.max(1, ms));
  return timer;
}, real.setTimeout) as typeof setTimeout;

globalThis.setInterval = Object.assign((call: (...given: unknown[]) => void, ms = 0, ...given: unknown[]) => {
  const run = (): void => call(...given);
  return noted(real.setInterval(run, ms), run, Math.max(1, ms), Math.max(1, ms));
}, real.setInterval) as typeof setInterval;

const cleared =
  (clear: (timer: NodeJS.Timeout | undefined) => void) =>
  (timer?: NodeJS.Timeout): void => {
    if (timer) waiting.delete(timer);
    clear(timer);
  };
globalThis.clearTimeout = cleared(real.clearTimeout) as typeof clearTimeout;
globalThis.clearInterval = cleared(real.clearInterval) as typeof clearInterval;

/** Lets everything go on that waits for no time. */
const turn = async (): Promise<void> => {
  for (let n = 0; n < 2; n += 1) await new Promise(setImmediate);
};

const fire = (timer: NodeJS.Timeout, { everyMs, call }: Waiting): void => {
  if (everyMs === undefined) real.clearTimeout(timer);
  else waiting.set(timer, { due: now() + everyMs, everyMs, waitMs: everyMs, call });
  call();
};

/** The timer that is due first, up to a time. */
const first = (until: number, isMeant: (one: Waiting) => boolean): [NodeJS.Timeout, Waiting] | undefined => {
  let found: [NodeJS.Timeout, Waiting] | undefined;
  for (const each of waiting)
    if (each[1].due <= until && isMeant(each[1]) && (!found || each[1].due < found[1].due)) found = each;
  return found;
};

/**
 * The time of this process, for all services in it. It stands still between two steps of the story, so the same story
 * has the same times. Timers go by it, and by real time as well: work that waits for a moment goes on meanwhile.
 */
export const clock = {
  now,

  /** Sets the time, ms since the epoch. From then on only the story moves it. */
  set(ms: number): void {
    isSet = true;
    nowMs = ms;
  },

  /** Lets time pass, ms. A call that becomes due is made at its own time; in a long jump, polls once at its end. */
  async pass(ms: number): Promise<void> {
    const until = nowMs + ms;
    const isLong = ms > pollMs;
    const own = ({ waitMs }: Waiting): boolean =>
      !isSweep(waitMs) && (!isLong || waitMs > pollMs || waitMs === renewalMs);
    for (let next = first(until, own); next; next = first(until, own)) {
      nowMs = Math.max(nowMs, next[1].due);
      fire(...next);
      await turn();
    }
    nowMs = Math.max(nowMs, until);
    if (isLong)
      for (const each of Array.from(waiting)) if (each[1].due <= nowMs && !isSweep(each[1].waitMs)) fire(...each);
    await turn();
  },

  /** True if something waits for this long at most, ms: it has begun and has not ended. */
  awaits(ms: number): boolean {
    return [...waiting.values()].some(({ waitMs }) => waitMs === ms);
  },

  /** Calls the timers of sweeps, as if their interval was over. */
  async sweep(): Promise<void> {
    for (const each of Array.from(waiting)) if (isSweep(each[1].waitMs)) fire(...each);
    await turn();
  },
};
