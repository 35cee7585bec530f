const numbers = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;
type Signal = keyof typeof numbers;

/** npm, `timeout` and the terminal may each pass on the same Ctrl-C. */
const sameMs = 1_000;

/** Resolves at the first signal to end. A later signal ends the process at once. */
export const interrupted = (): { readonly signal: Promise<Signal>; stop(): void } => {
  let resolveSignal!: (signal: Signal) => void;
  const signal = new Promise<Signal>((resolve) => {
    resolveSignal = resolve;
  });
  let firstAt: number | undefined;
  const listener = (name: Signal): void => {
    const now = performance.now();
    if (firstAt !== undefined && now - firstAt > sameMs) process.exit(128 + numbers[name]);
    firstAt ??= now;
    resolveSignal(name);
  };
  for (const name of Object.keys(numbers)) process.on(name as Signal, listener);
  return {
    signal,
    stop: () => {
      for (const name of Object.keys(numbers)) process.off(name as Signal, listener);
    },
  };
};

/**
 * Runs the work until it is done or interrupted, then cleans up. After an interrupt the process exits with the code of
 * the signal.
 */
export const tidily = async <T>(work: () => Promise<T>, tidy: () => Promise<void>): Promise<T> => {
  const { signal, stop } = interrupted();
  try {
    const ended = await Promise.race([work().then((result) => ({ result })), signal.then((name) => ({ name }))]);
    await tidy();
    if ('name' in ended) process.exit(128 + numbers[ended.name]);
    return ended.result;
  } catch (error) {
    await tidy();
    throw error;
  } finally {
    stop();
  }
};
