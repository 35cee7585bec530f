import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { randomInt } from 'node:crypto';

export const host = '127.0.0.1';

/**
 * A free port below the range that the system gives to connections (Linux: from 32768). Otherwise, a client that
 * retries a server that is down could sooner or later be given the server's own port.
 */
export const freePort = async (from?: number, drawn = (): number => randomInt(20_000, 32_000)): Promise<number> => {
  if (from !== undefined) {
    for (let port = from; ; port += 1) if (await isFree(port)) return port;
  }
  for (let port = drawn(); ; port = drawn()) {
    // The caller that was given the port may not listen yet.
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
};

/** Ports that this process has given out. */
const given = new Set<number>();

export const isFree = async (port: number): Promise<boolean> => {
  const server = createServer().listen(port, host);
  try {
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
};

/** Sends some bytes and returns the answer once it is enough; undefined if nothing listens or answers. */
export const exchange = async (
  port: number,
  question: Buffer,
  enough: (answer: Buffer) => boolean,
): Promise<Buffer | undefined> => {
  const socket = connect(port, host);
  socket.setTimeout(2_000, () => socket.destroy());
  let answer = Buffer.alloc(0);
  try {
    socket.write(question);
    for await (const chunk of socket) {
      answer = Buffer.concat([answer, chunk as Buffer]);
      if (enough(answer)) return answer;
    }
  } catch {
    // Nothing listens yet, or the connection was closed: the waiting caller asks again.
  }
  return undefined;
};
