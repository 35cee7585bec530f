import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface BareCopy {
  close(): Promise<void>;
}

/** How long one that is to end may take to say so to its broker. */
const farewellMs = 10_000;

const startScript = (name: string, ...args: readonly string[]) => {
  const child = spawn(
    process.execPath,
    ['--disable-warning=TimeoutNegativeWarning', fileURLToPath(new URL(name, import.meta.url)), ...args],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  // Whoever writes to one that has ended is told so by what he reads.
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'exit');
  const close = async (): Promise<void> => {
    child.stdin.end();
    const impatient = setTimeout(() => child.kill('SIGKILL'), farewellMs);
    await ended;
    clearTimeout(impatient);
  };
  return { child, close };
};

/** What the bench holds the services against: kafkajs by itself, copying each record of a topic to another as it is. */
export const startBareCopy = ({
  broker,
  group,
  from,
  to,
}: {
  readonly broker: string;
  readonly group: string;
  readonly from: string;
  readonly to: string;
}): BareCopy => {
  const { child, close } = startScript('bare-copy.ts', broker, group, from, to);
  child.stdout.resume();
  return { close };
};

export interface BareHops extends BareCopy {
  /**
   * Sends one record on its way, and says how long it took, ms.
   * @throws Error where it does not arrive
   */
  once(): Promise<number>;
}

/**
 * What the way of a push is held against: a record of the size of most events that goes from topic to topic, through as
 * many processes as have nothing else to do.
 */
export const startBareHops = (broker: string, topics: readonly string[]): BareHops => {
  const copies = topics.slice(1).map((to, at) => startBareCopy({ broker, group: `hop-${at}`, from: topics[at]!, to }));
  const { child, close } = startScript('bare-clock.ts', broker, topics[0]!, topics.at(-1)!);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let sent = 0;
  return {
    once: async () => {
      child.stdin.write(`${(sent += 1)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error('a record did not come through the bare hops, and the clock has ended');
      return Number(value);
    },
    close: async () => {
      await Promise.all([close(), ...copies.map((copy) => copy.close())]);
    },
  };
};
