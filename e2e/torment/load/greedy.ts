import { setTimeout as pause } from 'node:timers/promises';
import { queryGraph, bounded, greedy, modest } from '../../greedy/callers.ts';
import type { DistributedSuite } from '../../distributed/suite.ts';

type Graph = Pick<DistributedSuite, 'endpoint'>;

/** Concurrent callers. */
const callers = 2;
const giveUpMs = 60_000;
/** Possible answers while a service that a query needs is away or was killed. */
const away = /^(429|502|503)/;

/** Callers that send excessive queries to Resource Graph during the whole torment. */
export class Greedy {
  /** How often each answer came. */
  readonly answers = new Map<string, number>();

  readonly #suite: Graph;

  constructor(suite: Graph) {
    this.#suite = suite;
  }

  async run(over: AbortSignal): Promise<void> {
    await Promise.all(
      Array.from({ length: callers }, async (_, at) => {
        for (let nth = at; !over.aborted; nth += 1) {
          const answer = await queryGraph(
            this.#suite.endpoint,
            greedy[nth % greedy.length]!,
            AbortSignal.any([over, AbortSignal.timeout(giveUpMs)]),
          ).catch((error: unknown) => this.#unanswered(error));
          if (over.aborted) return;
          this.answers.set(answer, (this.answers.get(answer) ?? 0) + 1);
          // A refused connection fails at once, so pause before the next attempt.
          if (!bounded.test(answer)) await pause(500, undefined, { signal: over }).catch(() => undefined);
        }
      }),
    );
  }

  #unanswered(error: unknown): string {
    return error instanceof Error && error.name === 'TimeoutError' ? `no answer in ${giveUpMs / 1000} s` : 'no answer';
  }

  /** Faults: answers that no caller should ever get, or a modest query that fails after all is well. */
  async faults(patienceMs: number): Promise<readonly string[]> {
    const odd = [...this.answers]
      .filter(([answer]) => !bounded.test(answer) && !away.test(answer) && answer !== 'no answer')
      .map(([answer, times]) => `greedy queries were answered ${times} times: ${answer}`);
    let last = '';
    for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await pause(1000)) {
      last = await queryGraph(this.#suite.endpoint, modest, AbortSignal.timeout(giveUpMs)).catch(String);
      if (last === '200') return odd;
    }
    return [...odd, `after all is well, a modest query is answered: ${last}`];
  }
}
