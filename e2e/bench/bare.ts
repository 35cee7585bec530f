import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface BareCopy {
  close(): Promise<void>;
}

/** How long a process that is asked to end may take to leave its group on the broker. */
const farewellMs = 10_000;

const startScript = (name: string, ...args: readonly string[]) => {
  const child = spawn(
    process.execPath,
    ['--disable-warning=TimeoutNegativeWarning', fileURLToPath(new URL(name, import.meta.url)), ...args],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  // Writing to an ended process emits an error; the caller learns of the end from the process's output.
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

/** The baseline for the services: kafkajs alone, copying each record of a topic unchanged to another topic. */
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
   * Sends one record through the chain and returns how long it took, in ms.
   * @throws Error if the record does not arrive
   */
  once(): Promise<number>;
}

/**
 * The baseline for the latency of a push: a record of the size of most events passes from topic to topic. It goes
 * through as many processes as the push does, and they do nothing else.
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
