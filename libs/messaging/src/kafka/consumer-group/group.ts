import type { Consumer, PartitionOwner } from '../../log.ts';
import type { Fetcher } from '../client/fetcher.ts';
import { Membership, type MembershipOptions } from './membership.ts';
import { OwnedPartition } from './owned-partition.ts';
import { closeQuietly } from '../client/cluster-connection.ts';

export interface GroupOptions extends Pick<
  MembershipOptions,
  'wire' | 'group' | 'partitions' | 'sessionMs' | 'instance' | 'report' | 'toFailure'
> {
  readonly topics: readonly string[];
  readonly nameOf: (topic: string) => string;
  readonly owner: PartitionOwner;
  readonly fetcher: Fetcher;
}

/** The partitions that a process owns as a member of one group. */
export class GroupConsumer implements Consumer {
  readonly #numbers = new Map<number, OwnedPartition>();
  /** A number that was given away and comes back is opened only after it was closed. */
  readonly #closing = new Map<number, Promise<void>>();
  readonly #membership: Membership;
  /** The partitions whose offsets are committed: those owned now, and at the end the last ones. */
  #committed: readonly OwnedPartition[] = [];
  #closed = false;

  constructor(private readonly options: GroupOptions) {
    this.#membership = new Membership({
      ...options,
      topics: options.topics.map(options.nameOf),
      assigned: (numbers) => this.#assigned(numbers),
      positions: () => this.#positions(),
    });
  }

  join(): Promise<void> {
    return this.#membership.join();
  }

  #assigned(numbers: readonly number[]): void {
    if (this.#closed) return;
    for (const number of this.owned()) if (!numbers.includes(number)) this.#close(number);
    const { topics, owner, fetcher } = this.options;
    for (const number of numbers) {
      if (!this.#numbers.has(number))
        this.#numbers.set(
          number,
          new OwnedPartition(number, topics, owner, fetcher, this.#closing.get(number) ?? Promise.resolve()),
        );
    }
    this.#committed = [...this.#numbers.values()];
  }

  #close(number: number): void {
    const owned = this.#numbers.get(number);
    if (!owned) return;
    this.#numbers.delete(number);
    const closing = owned.stop().catch((error: unknown) => this.options.report(`closing partition ${number}`, error));
    this.#closing.set(number, closing);
    void closing.then(() => {
      if (this.#closing.get(number) === closing) this.#closing.delete(number);
    });
  }

  #positions(): ReadonlyMap<string, ReadonlyMap<number, number>> {
    const { topics, nameOf } = this.options;
    return new Map(
      topics.map((topic) => [
        nameOf(topic),
        new Map(
          this.#committed.flatMap(({ partition, nextOffsets }) => {
            const offset = nextOffsets.get(topic);
            return offset === undefined ? [] : [[partition, offset] as const];
          }),
        ),
      ]),
    );
  }

  owned(): readonly number[] {
    return [...this.#numbers.keys()].toSorted((a, b) => a - b);
  }

  reopen(partition: number): void {
    this.#numbers.get(partition)?.reopen();
  }

  get name(): string {
    return this.options.group;
  }

  /** Time of the group's last heartbeat answer, ms since 1970; 0 before the first. */
  get lastAnswer(): number {
    return this.#membership.lastAnswer;
  }

  /** Closes all partitions before leaving, so that their next owners need not wait for us. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const number of this.owned()) this.#close(number);
    await Promise.all(this.#closing.values());
    await closeQuietly(this.#membership.leave());
  }
}
