import { laneOf, type Job } from '@assay/event-sourcing';

/** A job that waits, by its partition, key and id. */
export interface ReadyJob {
  readonly name: string;
  readonly lane: string;
}

/** The subscription of a job for a push. Undefined of any other job. */
const subscriptionOf = (lane: string): string | undefined =>
  laneOf(lane) === 'push' ? lane.split('|')[1]?.split('/')[0] : undefined;

/** Judges the jobs that one process takes: none has two subscriptions' turns while another one waits. */
export class TurnJudge {
  /** Jobs that waited when the process looked. */
  #seen = new Set<string>();
  /** Subscriptions of jobs that the process certainly has, and of those that it may have, by lease. */
  readonly #has = new Map<string, string>();
  readonly #mayHave = new Map<string, string>();

  looked(ready: readonly ReadyJob[]): void {
    this.#seen = new Set(ready.map(({ name }) => name));
  }

  /** @returns a subscription that waits, although the process had a job of the taken one and none of it */
  taken({ lane, lease = '' }: Job, ready: readonly ReadyJob[]): string | undefined {
    const own = subscriptionOf(lane);
    if (own === undefined) return undefined;
    const waiting = ready.filter(({ name }) => this.#seen.has(name)).flatMap((job) => subscriptionOf(job.lane) ?? []);
    const others = new Set(this.#mayHave.values());
    const passedOver = [...this.#has.values()].includes(own) ? waiting.find((each) => !others.has(each)) : undefined;
    this.#mayHave.set(lease, own);
    this.#has.set(lease, own);
    return passedOver === own ? undefined : passedOver;
  }

  finishes({ lease = '' }: Job): void {
    this.#has.delete(lease);
  }

  finished({ lease = '' }: Job): void {
    this.#mayHave.delete(lease);
  }
}
