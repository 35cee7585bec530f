import { sleep } from '@assay/event-sourcing';
import type { Topic } from '@assay/events';
import type { EventLog } from '@assay/messaging';
import { receivedIn, positionKey, type ReadPosition } from '@assay/read-model/intake/marks';
import { WriteQueue, type Slice } from '@assay/read-model/intake/write-queue';
import type { Process } from '../world/process.ts';

/** The topics of the read model that are about images. */
export const readTopics: readonly Topic[] = [
  'image.pushed',
  'image.deleted',
  'scan.approved',
  'scan.declined',
  'scan.started',
  'scan.completed',
  'finding.classified',
  'recommendation.changed',
  'usage.charged',
];

/** A transaction was rolled back. */
class RolledBack extends Error {}
/** The database gave up: the last write may be there, or not. */
class GaveUp extends Error {}

/** The content of one transaction: the accepted events, and the positions after them. */
export interface WrittenBatch {
  readonly ids: readonly string[];
  readonly positions: readonly ReadPosition[];
}

const writeMs = 5;

/** The file of one instance's read model, which outlives the process. */
export class ReadModelFile {
  readonly positions = new Map<string, ReadPosition>();
  /** How often each event was accepted. */
  readonly taken = new Map<string, number>();

  /** Writes everything at once, or fails with an unknown result. */
  async write(process: Process, written: WrittenBatch): Promise<void> {
    await this.transact(process, () => {
      this.take(written);
      this.stand(written);
    });
  }

  protected async transact(process: Process, effect: () => void): Promise<void> {
    const { world } = process;
    await sleep(process, world.random.between(0, writeMs));
    if (!world.random.chance(world.unwritable)) return effect();
    world.fault(process.name, 'read model not written');
    const fate = world.random.pick(['rolled back', 'gave up before', 'gave up after'] as const);
    if (fate === 'gave up after') effect();
    if (fate === 'rolled back') throw new RolledBack(fate);
    throw new GaveUp(fate);
  }

  protected take({ ids }: WrittenBatch): void {
    for (const id of ids) this.taken.set(id, (this.taken.get(id) ?? 0) + 1);
  }

  protected stand({ positions }: WrittenBatch): void {
    for (const position of positions) this.positions.set(positionKey(position), position);
  }
}

/**
 * Recommendation's read model without its database. The product's own code queues, writes and retries; this stand-in
 * writes only which events were accepted.
 */
export const openReadModel = async (
  log: EventLog,
  process: Process,
  file: ReadModelFile,
): Promise<{ close(): Promise<void> }> => {
  let positions = new Map(file.positions);
  const commit = async (slices: readonly Slice[]): Promise<void> => {
    const moved = new Map<string, ReadPosition>();
    const ids: string[] = [];
    for (const records of slices) {
      const { topic, partition } = records[0]!;
      const key = positionKey({ topic, partition });
      const { received, position } = receivedIn(
        records,
        moved.get(key) ?? positions.get(key) ?? { topic, partition, next: 0, mark: '0.0', read: undefined },
      );
      for (const one of received) if (one.kind === 'event') ids.push(one.event.id);
      moved.set(key, position);
    }
    await file.write(process, { ids, positions: [...moved.values()] });
    for (const [key, position] of moved) positions.set(key, position);
  };
  const queue = new WriteQueue({
    clock: process,
    commit,
    isFatal: (error) => error instanceof GaveUp,
    isUrgent: () => false,
    failed: () => undefined,
    gaveUp: () => process.end(),
    repair: () => {
      positions = new Map(file.positions);
      return Promise.resolve(true);
    },
  });
  const follower = await log.follow(readTopics, {
    from: (topic, partition) => file.positions.get(positionKey({ topic, partition }))?.next,
    onBatch: ({ records }) => queue.take(records),
  });
  return {
    close: async () => {
      const written = queue.close();
      await follower.close();
      await written;
    },
  };
};
