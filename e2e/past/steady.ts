import { setTimeout as pause } from 'node:timers/promises';
import { flow, keyedTopics, present, type Topic } from '@assay/events';
import { recommendation, View } from '@assay/recommendation';
import type { Suite } from '../../apps/assay/dist/suite/suite.js';

const lookMs = 3;
/** Looks in a row at which nothing changes. */
const steadyLooks = 3;
/** The services that have jobs. */
const working = ['ingestion', 'sandbox-runner'];

/** Sees whether anything goes on in a suite. It counts what is appended to its log. */
export class Watch {
  readonly #suite: Suite;
  #appended = 0;
  #started = 0;
  /** The digests that were published as pushed. */
  readonly pushed = new Set<string>();
  /** The count at which every service had consumed everything. */
  #consumedAt = -1;

  constructor(suite: Suite) {
    this.#suite = suite;
    const { log } = suite;
    const append = log.append.bind(log);
    log.append = (records) => {
      this.#appended += records.length;
      for (const { topic, key } of records) if (topic === 'image.pushed') this.pushed.add(key);
      this.#started += records.filter(({ topic }) => topic === 'scan.started').length;
      return append(records);
    };
  }

  /** Everything that was appended so far. */
  get appended(): number {
    return this.#appended;
  }

  /** How many scans began so far. */
  get started(): number {
    return this.#started;
  }

  /**
   * Waits until nothing goes on: everything in the log is consumed, no job is under way, and nothing is added.
   *
   * @param isWorking true while something goes on elsewhere
   * @param endless how many jobs never end
   */
  async steady(isWorking: () => boolean, endless: number): Promise<void> {
    let last = -1;
    for (let looks = 0; looks < steadyLooks; await pause(lookMs)) {
      const isSteady =
        last === this.#appended && !isWorking() && (await this.#busy()) <= endless && (await this.#isConsumed());
      looks = isSteady ? looks + 1 : 0;
      last = this.#appended;
    }
  }

  /** Waits until the read model has everything. */
  async shown(): Promise<void> {
    await this.#view.caughtUp();
  }

  get #view(): View {
    return present(this.#suite.running.get(recommendation.name), 'recommendation').app.get(View);
  }

  /** How many jobs are under way, or were done and not taken yet. */
  async #busy(): Promise<number> {
    let busy = 0;
    for (const app of working)
      for (const [name, count] of Object.entries((await this.#suite.stores.get(app)?.jobCounts()) ?? {}))
        if (!name.endsWith('/queued')) busy += count;
    return busy;
  }

  async #isConsumed(): Promise<boolean> {
    if (this.#consumedAt === this.#appended) return true;
    const count = this.#appended;
    const { log, stores } = this.#suite;
    for (let partition = 0; partition < log.partitions; partition += 1) {
      const ends = new Map<Topic, number>();
      for (const topic of keyedTopics) ends.set(topic, await log.end(topic, partition));
      for (const { app, consumes } of flow) {
        const offsets = (await stores.get(app)?.checkpoint(partition))?.offsets ?? {};
        if (consumes.some((topic) => (offsets[topic] ?? 0) < ends.get(topic)!)) return false;
      }
    }
    this.#consumedAt = count;
    return true;
  }
}
