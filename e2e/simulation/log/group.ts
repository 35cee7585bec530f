import type { World } from '../world/world.ts';
import type { Member } from './member.ts';

const sessionMs = 10_000;
const rebalanceTimeoutMs = 60_000;

/** The broker's side of a consumer group: assigns partition numbers to members. */
export class SimulatedGroup {
  readonly #members: Member[] = [];
  readonly #owners: (Member | undefined)[];
  readonly #turns: number[];

  constructor(
    readonly name: string,
    partitions: number,
    private readonly world: World,
  ) {
    this.#owners = Array.from({ length: partitions });
    this.#turns = Array.from({ length: partitions }, () => 0);
  }

  join(member: Member): void {
    this.#members.push(member);
    // A join request sent before the process ended may arrive afterwards. The broker then finds out by the session
    // timeout.
    if (!member.process.alive) this.world.timeline.after(sessionMs, () => this.lost(member));
    this.rebalance();
  }

  /** Ends the membership, on request or after the session timeout. */
  async leave(member: Member): Promise<void> {
    const at = this.#members.indexOf(member);
    if (at >= 0) this.#members.splice(at, 1);
    await Promise.all(member.owned().map((partition) => member.end(partition)));
    for (const [partition, owner] of this.#owners.entries()) if (owner === member) this.#owners[partition] = undefined;
    this.rebalance();
  }

  /**
   * The session timed out: the member has ended, or is cut off. In the second case it learns late that others own its
   * partitions.
   */
  lost(member: Member): void {
    const at = this.#members.indexOf(member);
    if (at < 0) return;
    this.#members.splice(at, 1);
    for (const [partition, owner] of this.#owners.entries()) if (owner === member) this.#give(partition, undefined);
    if (member.process.alive)
      this.world.timeline.after(100 * 100 ** this.world.random.next(), () =>
        member.process.notify(() => {
          for (const partition of member.owned()) void this.#end(partition, member);
          this.join(member);
        }),
      );
    this.rebalance();
  }

  /** Assigns all partition numbers again. */
  rebalance(): void {
    const members = this.world.random.shuffled(this.#members);
    for (const partition of this.#owners.keys()) this.#move(partition, members[partition % members.length]);
  }

  #move(partition: number, to: Member | undefined): void {
    const from = this.#owners[partition];
    if (from === to) return;
    const turn = this.#give(partition, to);
    const isItsTurn = (): boolean => this.#turns[partition] === turn;
    const begin = (): void => {
      if (isItsTurn()) void to?.begin(partition, isItsTurn);
    };
    if (!from?.process.alive) return begin();
    const { random, timeline, weather } = this.world;
    if (random.chance(weather.zombie)) {
      this.world.fault(from.process.name, 'zombie');
      timeline.after(100 * 200 ** random.next(), () => from.process.notify(() => void this.#end(partition, from)));
      timeline.after(this.world.latency(), begin);
      return;
    }
    // A member that does not release the partition in time is removed, and may still go on for a while.
    timeline.after(rebalanceTimeoutMs, begin);
    from.process.notify(() => void this.#end(partition, from).then(() => timeline.after(this.world.latency(), begin)));
  }

  /** The number may belong to this member again by now. */
  async #end(partition: number, from: Member): Promise<void> {
    if (this.#owners[partition] !== from) await from.end(partition);
  }

  #give(partition: number, to: Member | undefined): number {
    this.#owners[partition] = to;
    return (this.#turns[partition]! += 1);
  }
}
