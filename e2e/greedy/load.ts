// The greedy callers, in a process of their own: what they read must not hold up the measurement.
import { setPriority } from 'node:os';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { ask, type GreedyAnswer } from './ask.ts';
import type { Request } from './routes.ts';

/** The way of a caller with its answers. */
export type Manner = 'repeats' | 'does not read' | 'hangs up';

/** An order to the process. */
export interface GreedyAttack {
  readonly callers: readonly {
    readonly name: string;
    readonly token: string;
    readonly manner: Manner;
    /** Requests at once. */
    readonly lines: number;
    readonly requests: readonly Request[];
  }[];
  readonly ms: number;
}

/** Sends a request and reads nothing. A socket that nothing reads keeps its first, small receive buffer. */
const unread = ({ url, method, headers = {} }: Request, token: string, over: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const { hostname, port, pathname, search } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), signal: over });
    socket.pause();
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    const lines = Object.entries({ host: hostname, authorization: `Bearer ${token}`, ...headers });
    socket.write(`${method} ${pathname}${search} HTTP/1.1\r\n`);
    socket.write(`${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
    // Those with short answers make room for others.
    setTimeout(() => socket.destroy(), 5_000 + Math.random() * 25_000).unref();
  });

const attack = async ({ callers, ms }: GreedyAttack): Promise<void> => {
  // They would be on other machines.
  setPriority(5);
  const answers: GreedyAnswer[] = [];
  const over = AbortSignal.timeout(ms);
  const one = async (
    { manner, ...caller }: GreedyAttack['callers'][number],
    request: Request,
    nth: number,
  ): Promise<void> => {
    if (manner === 'does not read') return unread(request, caller.token, over);
    const isHasty = manner === 'hangs up';
    const signal = isHasty ? AbortSignal.any([over, AbortSignal.timeout(5 + (nth % 40) * 10)]) : over;
    const answer = await ask(request, caller, signal);
    if (!answer) return;
    const { text: _, ...counted } = answer;
    answers.push(counted);
    if (answer.status !== 200) await pause(20);
  };
  await Promise.all(
    callers.flatMap((caller) =>
      Array.from({ length: caller.lines }, async (_, line) => {
        const { requests, lines } = caller;
        for (let nth = Math.floor((line * requests.length) / lines); !over.aborted; nth += 1)
          await one(caller, requests[nth % requests.length]!, nth);
      }),
    ),
  );
  process.send?.(answers, () => process.exit());
};

process.once('message', (order: GreedyAttack) => void attack(order));
process.on('disconnect', () => process.exit());
