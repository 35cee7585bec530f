import type { MessagePort } from 'node:worker_threads';
import type {
  Batch,
  Consumer,
  EventLog,
  Follower,
  FollowOptions,
  NewRecord,
  Offsets,
  PartitionOwner,
} from '@assay/messaging';

type Handler = (...args: never[]) => unknown;
type Message =
  | { readonly call: number; readonly method: string; readonly args: readonly unknown[] }
  | { readonly answers: number; readonly value?: unknown; readonly error?: string };

/** Calls functions of another thread, and answers its calls. */
class Peer {
  readonly #port: MessagePort;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #called = 0;

  constructor(port: MessagePort, handlers: Readonly<Record<string, Handler>>) {
    this.#port = port;
    port.on('message', (message: Message) => void this.#take(message, handlers));
  }

  async #take(message: Message, handlers: Readonly<Record<string, Handler>>): Promise<void> {
    if ('answers' in message) {
      const waiting = this.#waiting.get(message.answers);
      this.#waiting.delete(message.answers);
      if (message.error === undefined) waiting?.resolve(message.value);
      else waiting?.reject(new Error(message.error));
      return;
    }
    const { call: answers, method, args } = message;
    try {
      this.#port.postMessage({ answers, value: await handlers[method]!(...(args as never[])) });
    } catch (error) {
      this.#port.postMessage({ answers, error: String(error) });
    }
  }

  call<Answer>(method: string, ...args: readonly unknown[]): Promise<Answer> {
    this.#called += 1;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(this.#called, waiting);
    this.#port.postMessage({ call: this.#called, method, args });
    return waiting.promise as Promise<Answer>;
  }
}

/** Gives another thread access to a log. */
export const serveLog = (log: EventLog, port: MessagePort): void => {
  const consumers = new Map<number, Consumer>();
  const followers = new Map<number, Follower>();
  const peer = new Peer(port, {
    append: (records: readonly NewRecord[]) => log.append(records),
    end: (topic: string, partition: number) => log.end(topic, partition),
    read: async (topic: string, partition: number, from: number, until: number) => {
      const batches: Batch[] = [];
      for await (const batch of log.read(topic, partition, from, until)) batches.push(batch);
      return batches;
    },
    consume: async (id: number, group: string, topics: readonly string[]) => {
      const owner: PartitionOwner = {
        opened: (partition) => peer.call<Offsets>('opened', id, partition),
        received: (batch) => peer.call<void | 'waiting'>('received', id, batch),
        closed: (partition) => peer.call<void>('closed', id, partition),
      };
      consumers.set(id, await log.consume(group, topics, owner));
    },
    reopen: (id: number, partition: number) => consumers.get(id)?.reopen(partition),
    closeConsumer: (id: number) => consumers.get(id)?.close(),
    follow: async (id: number, topics: readonly string[]) => {
      const onBatch = (batch: Batch): Promise<void> => peer.call('followed', id, batch);
      followers.set(id, await log.follow(topics, { onBatch }));
    },
    caughtUp: (id: number) => followers.get(id)?.caughtUp(),
    lag: (id: number) => followers.get(id)?.lag(),
    closeFollower: (id: number) => followers.get(id)?.close(),
  });
};

/** A log that another thread has open. */
export class RemoteLog implements EventLog {
  readonly partitions: number;
  readonly #peer: Peer;
  readonly #owners = new Map<number, PartitionOwner>();
  readonly #owned = new Map<number, Set<number>>();
  readonly #followers = new Map<number, FollowOptions['onBatch']>();
  #next = 0;

  constructor(partitions: number, port: MessagePort) {
    this.partitions = partitions;
    this.#peer = new Peer(port, {
      opened: async (id: number, partition: number) => {
        const offsets = await this.#owners.get(id)!.opened(partition);
        this.#owned.get(id)!.add(partition);
        return offsets;
      },
      received: (id: number, batch: Batch) => this.#owners.get(id)!.received(batch),
      closed: async (id: number, partition: number) => {
        this.#owned.get(id)!.delete(partition);
        await this.#owners.get(id)!.closed(partition);
      },
      followed: (id: number, batch: Batch) => this.#followers.get(id)!(batch),
    });
  }

  append(records: readonly NewRecord[]): Promise<readonly number[]> {
    return this.#peer.call('append', records);
  }

  end(topic: string, partition: number): Promise<number> {
    return this.#peer.call('end', topic, partition);
  }

  async *read(topic: string, partition: number, from: number, until: number): AsyncIterable<Batch> {
    yield* await this.#peer.call<Batch[]>('read', topic, partition, from, until);
  }

  async consume(group: string, topics: readonly string[], owner: PartitionOwner): Promise<Consumer> {
    const id = (this.#next += 1);
    const owned = new Set<number>();
    this.#owners.set(id, owner);
    this.#owned.set(id, owned);
    await this.#peer.call('consume', id, group, topics);
    return {
      owned: () => [...owned],
      reopen: (partition) => void this.#peer.call('reopen', id, partition),
      close: () => this.#peer.call('closeConsumer', id),
    };
  }

  /** Always from the beginning. */
  async follow(topics: readonly string[], { onBatch }: FollowOptions): Promise<Follower> {
    const id = (this.#next += 1);
    this.#followers.set(id, onBatch);
    await this.#peer.call('follow', id, topics);
    return {
      caughtUp: () => this.#peer.call('caughtUp', id),
      lag: () => this.#peer.call('lag', id),
      close: () => this.#peer.call('closeFollower', id),
    };
  }

  async close(): Promise<void> {
    // It belongs to the other thread.
  }
}
