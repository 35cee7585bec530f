import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { randomInt } from 'node:crypto';

export const host = '127.0.0.1';

/**
 * A port that nobody has just now. It lies below those that the system gives to connections (Linux: from 32768): a
 * client that tries again and again to reach a server that is down would, sooner or later, be given the server's own port.
 */
export const freePort = async (from?: number): Promise<number> => {
  for (let port = from ?? randomInt(20_000, 32_000); ; port = from === undefined ? randomInt(20_000, 32_000) : port + 1) if (await isFree(port)) return port;
};

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

/** Sends some bytes and hands back what has come once it is enough; undefined when nobody listens or answers. */
export const asked = async (port: number, question: Buffer, enough: (answer: Buffer) => boolean): Promise<Buffer | undefined> => {
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
    // Nobody listens yet, or it hung up: asked again by who waits.
  }
  return undefined;
};
