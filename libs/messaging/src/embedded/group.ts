import { at } from '@assay/events';
import { setTimeout as pause } from 'node:timers/promises';
import { backoffMs, type Backoff } from '@assay/backoff';
import { notRead, type Batch, type Consumer, type PartitionOwner } from '../log.ts';
import { Waits } from '../waiting.ts';
import type { AppendSignal } from './append-signal.ts';

type Fetch = (topic: string, partition: number, from: number) => Batch | undefined;

interface Member {
  readonly topics: readonly string[];
  readonly owner: PartitionOwner;
  readonly loops: Map<number, Loop>;
}

/** Between attempts at the same batch. */
const batchBackoff: Backoff = { firstMs: 100, longestMs: 5000 };

/** The members of one group within this process, and their partition numbers. */
export class EmbeddedGroup {
  readonly #members: Member[] = [];
  #changes: Promise<void> = Promise.resolve();

  constructor(
    readonly partitions: number,
    readonly wakes: AppendSignal,
    readonly fetch: Fetch,
  ) {}

  async join(topics: readonly string[], owner: PartitionOwner): Promise<Consumer> {
    const member: Member = { topics, owner, loops: new Map() };
    this.#members.push(member);
    await this.#share();
    return {
      owned: () => [...member.loops.keys()].toSorted((a, b) => a - b),
      reopen: (partition) => member.loops.get(partition)?.reopen(),
      close: async () => {
        const at = this.#members.indexOf(member);
        if (at >= 0) this.#members.splice(at, 1);
        await Promise.all([...member.loops.values()].map((loop) => loop.stop()));
        member.loops.clear();
        await this.#share();
      },
    };
  }

  /** Assigns the numbers round robin. Old owners stop before new owners start. */
  #share(): Promise<void> {
    this.#changes = this.#changes.then(async () => {
      const members = [...this.#members];
      if (members.length === 0) return;
      const wanted = (partition: number): Member => at(members, partition % members.length);
      await Promise.all(
        members.flatMap((member) =>
          [...member.loops]
            .filter(([partition]) => wanted(partition) !== member)
            .map(([partition, loop]) => {
              member.loops.delete(partition);
              return loop.stop();
            }),
        ),
      );
      for (let partition = 0; partition < this.partitions; partition += 1) {
        const member = wanted(partition);
        if (!member.loops.has(partition))
          member.loops.set(partition, new Loop(partition, member.topics, member.owner, this.wakes, this.fetch));
      }
      await Promise.all(members.flatMap((member) => [...member.loops.values()].map((loop) => loop.started)));
    });
    return this.#changes;
  }

  async close(): Promise<void> {
    await this.#changes;
    await Promise.all(
      this.#members.splice(0).flatMap((member) => [...member.loops.values()].map((loop) => loop.stop())),
    );
  }
}

/** Reads one partition number's topics for its owner, one batch at a time. */
class Loop {
  readonly #abort = new AbortController();
  readonly #running: Promise<void>;
  #markStarted!: () => void;
  #reopen = false;
  /** Settles when the number is first opened, when its opening has to wait, or when the loop is stopped before. */
  readonly started = new Promise<void>((resolve) => {
    this.#markStarted = resolve;
  });

  constructor(
    readonly partition: number,
    readonly topics: readonly string[],
    readonly owner: PartitionOwner,
    readonly wakes: AppendSignal,
    readonly fetch: Fetch,
  ) {
    this.#running = this.#run();
  }

  reopen(): void {
    this.#reopen = true;
    this.wakes.wake(new Set([`reopen/${this.partition}`]));
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    for (let failures = 0; !signal.aborted;) {
      try {
        this.#reopen = false;
        const next: Record<string, number> = { ...(await this.owner.opened(this.partition)) };
        this.#markStarted();
        failures = 0;
        await this.#read(next);
      } catch (error) {
        if (error instanceof Waits) this.#markStarted();
        // The owner has reported the reason. Here the same batch only has to come again, with growing pauses.
        failures += 1;
        await pause(backoffMs(batchBackoff, failures - 1), undefined, {
          signal,
        }).catch(() => undefined);
      }
    }
    this.#markStarted();
  }

  async #read(next: Record<string, number>): Promise<void> {
    const names = [...this.topics.map((topic) => `${topic}/${this.partition}`), `reopen/${this.partition}`];
    const waiting = new Set<string>();
    while (!this.#abort.signal.aborted && !this.#reopen) {
      const wake = this.wakes.next(names, this.#abort.signal);
      let idle = true;
      for (const topic of this.topics) {
        if (next[topic] === notRead || waiting.has(topic)) continue;
        const batch = this.fetch(topic, this.partition, next[topic] ?? 0);
        if (!batch || this.#abort.signal.aborted || this.#reopen) continue;
        idle = false;
        if ((await this.owner.received(batch)) === 'waiting') waiting.add(topic);
        else next[topic] = batch.nextOffset;
      }
      if (idle) await wake;
    }
  }

  async stop(): Promise<void> {
    if (this.#abort.signal.aborted) return this.#running;
    this.#abort.abort();
    await this.#running;
    await this.owner.closed(this.partition);
  }
}
