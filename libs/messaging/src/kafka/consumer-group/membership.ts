import { present } from '@assay/events';
import { setTimeout as pause } from 'node:timers/promises';
import { backoffMs } from '@assay/backoff';
import { brokerBackoff } from '../../backoff.ts';
import { typeOf, type KafkaFailure } from '../client/failure.ts';
import { send, type Broker, type JoinedGroup } from '../client/internals.ts';
import { describeMember, numbersIn, protocolName, shareOut } from './member.ts';
import { quietFailures, type ClusterConnection } from '../client/cluster-connection.ts';

const heartbeatMs = 500;
/** Interval of offset commits. They only serve tools that watch the lag. */
const commitMs = 5000;

export interface MembershipOptions {
  readonly wire: ClusterConnection;
  readonly group: string;
  readonly topics: readonly string[];
  readonly partitions: number;
  readonly sessionMs: number;
  /**
   * A name that no other live process has. A process that dies and returns under its name gets its numbers back at
   * once.
   */
  readonly instance: string | undefined;
  readonly assigned: (numbers: readonly number[]) => void;
  /** Next offsets by topic (its name at the broker) and partition. */
  readonly positions: () => ReadonlyMap<string, ReadonlyMap<number, number>>;
  readonly report: (context: string, error: unknown) => void;
  readonly toFailure: (error: unknown) => KafkaFailure;
}

/**
 * Keeps a process in a group: joins, assigns the numbers if it leads, and sends heartbeats on a timer, independent of
 * the workers. It retries for ever. After a rebalance it joins again at once, with the numbers that it holds.
 */
export class Membership {
  readonly #abort = new AbortController();
  #member = '';
  #generation = -1;
  #numbers: readonly number[] = [];
  #coordinator: Broker | undefined;
  #committedAt = Date.now();
  #running: Promise<void> | undefined;
  readonly #joined = Promise.withResolvers<void>();
  lastAnswer = 0;

  constructor(private readonly options: MembershipOptions) {}

  /** Resolves when the group has assigned numbers to us, possibly none. */
  async join(): Promise<void> {
    this.#running ??= this.#run();
    await this.#joined.promise;
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#abort.signal.aborted;) {
      try {
        await this.options.wire.attempt(() => this.#joinOnce());
        failures = 0;
        this.#joined.resolve();
        await this.options.wire.attempt(() => this.#stay());
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        if (!(await this.#recovers(error, failures))) return;
        failures += 1;
      }
    }
  }

  /** False if no retry can help. */
  async #recovers(error: unknown, failures: number): Promise<boolean> {
    if (typeOf(error) === 'REBALANCE_IN_PROGRESS') return true;
    if (typeOf(error) === 'UNKNOWN_MEMBER_ID') this.#member = '';
    this.#coordinator = undefined;
    const { report, group, toFailure } = this.options;
    const failure = toFailure(error);
    if (failures > quietFailures || failure.isFinal) report(`the group ${group}`, failure);
    if (failure.isFinal) {
      this.#joined.reject(failure);
      return false;
    }
    await pause(backoffMs(brokerBackoff, failures), undefined, { signal: this.#abort.signal }).catch(() => undefined);
    return true;
  }

  async #joinOnce(): Promise<void> {
    const {
      wire,
      group: groupId,
      topics,
      partitions,
      sessionMs: sessionTimeout,
      instance: groupInstanceId,
    } = this.options;
    const coordinator = (this.#coordinator ??= await (await wire.cluster()).findGroupCoordinator({ groupId }));
    const protocols = [{ name: protocolName, metadata: describeMember(topics, this.#numbers, this.#generation) }];
    const join = (memberId: string) =>
      send<JoinedGroup>(coordinator, 'JoinGroup', {
        groupId,
        sessionTimeout,
        rebalanceTimeout: sessionTimeout,
        memberId,
        groupInstanceId,
        protocolType: 'consumer',
        groupProtocols: protocols,
      });
    const { generationId, memberId, leaderId, members } = await join(this.#member).catch((error: unknown) => {
      const { memberId: assignedId } = error as { memberId?: string };
      if (typeOf(error) === 'MEMBER_ID_REQUIRED' && assignedId) return join(assignedId);
      throw error;
    });
    this.#member = memberId;
    const groupAssignment = leaderId === memberId && members.length > 0 ? shareOut(members, topics, partitions) : [];
    const { memberAssignment } = await send<{ memberAssignment: Buffer }>(coordinator, 'SyncGroup', {
      groupId,
      generationId,
      memberId,
      groupInstanceId,
      groupAssignment,
    });
    if (this.#abort.signal.aborted) return;
    this.#generation = generationId;
    this.#numbers = numbersIn(memberAssignment, topics);
    this.options.assigned(this.#numbers);
  }

  /** Sends heartbeats until the group rebalances. */
  async #stay(): Promise<void> {
    const { group: groupId, instance: groupInstanceId } = this.options;
    const coordinator = present(this.#coordinator, 'coordinator');
    while (!this.#abort.signal.aborted) {
      await send(coordinator, 'Heartbeat', {
        groupId,
        groupGenerationId: this.#generation,
        memberId: this.#member,
        groupInstanceId,
      });
      this.lastAnswer = Date.now();
      if (this.lastAnswer - this.#committedAt > commitMs) await this.#commit(coordinator);
      await pause(heartbeatMs, undefined, { signal: this.#abort.signal }).catch(() => undefined);
    }
  }

  /** The store's offsets count. A commit only shows our progress to others, so it may fail. */
  async #commit(coordinator: Broker): Promise<void> {
    this.#committedAt = Date.now();
    const topics = [...this.options.positions()]
      .map(([topic, partitions]) => ({
        topic,
        partitions: [...partitions].map(([partition, offset]) => ({ partition, offset: String(offset) })),
      }))
      .filter(({ partitions }) => partitions.length > 0);
    if (topics.length === 0) return;
    await send(coordinator, 'OffsetCommit', {
      groupId: this.options.group,
      groupGenerationId: this.#generation,
      memberId: this.#member,
      topics,
    }).catch(() => undefined);
  }

  async leave(): Promise<void> {
    if (this.#abort.signal.aborted) return;
    this.#abort.abort();
    this.#joined.resolve();
    const coordinator = this.#coordinator;
    if (coordinator && this.#member) {
      await this.#commit(coordinator);
      await send(coordinator, 'LeaveGroup', {
        groupId: this.options.group,
        memberId: this.#member,
        groupInstanceId: this.options.instance,
      }).catch(() => undefined);
    }
    await this.options.wire.close();
    await this.#running;
  }
}
