import { resolve } from 'node:path';
import { exchange, freePort, host } from './ports.ts';
import { RunningServer } from './server.ts';

export interface RedisOptions {
  /** The folder of its append-only file; existing content is loaded. */
  readonly folder: string;
  /** Any free port if absent. */
  readonly port?: number;
  /**
   * Additional arguments of `redis-server`, as in `['--aclfile', path]`; they override ours. The plain port must stay.
   */
  readonly args?: readonly string[];
  readonly detached?: boolean;
}

/**
 * A Redis that persists a write before it acknowledges it: it must survive `kill -9` without a loss. With `everysec` it
 * may delay its writes by two seconds while the disk is busy.
 */
export const startRedis = async ({
  folder: at,
  port: given,
  args = [],
  detached = false,
}: RedisOptions): Promise<RunningServer> => {
  const folder = resolve(at);
  const port = given ?? (await freePort());
  return await RunningServer.start({
    name: 'redis',
    folder,
    port,
    url: `redis://${host}:${port}`,
    command: 'redis-server',
    detached,
    remedy: 'apt-get install redis-server',
    args: [
      '--port',
      String(port),
      '--bind',
      host,
      '--dir',
      folder,
      '--appendonly',
      'yes',
      '--appendfsync',
      'always',
      '--save',
      '',
      ...args,
    ],
    answers: redisAnswers,
  });
};

/** A Redis that requires a password counts as up; one that still loads its data does not. */
export const redisAnswers = async (port: number): Promise<boolean> =>
  /^(\+PONG|-NOAUTH)/.test(
    String((await exchange(port, Buffer.from('PING\r\n'), (answer) => answer.includes('\r\n'))) ?? ''),
  );
