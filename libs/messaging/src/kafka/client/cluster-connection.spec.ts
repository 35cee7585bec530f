import { describe, expect, it } from 'vitest';
import { failureOf } from './failure.ts';
import { createErrorFromCode, type Cluster } from './internals.ts';
import { ClusterConnection } from './cluster-connection.ts';

const unknownTopic = 3;
const stale = (): Error => createErrorFromCode(unknownTopic);

/** A wire that counts its connections, their refreshes and their closing. */
const counted = (refresh: () => Promise<void> = () => Promise.resolve()) => {
  const counts = { made: 0, refreshed: 0, closed: 0 };
  const make = (): Cluster => {
    counts.made += 1;
    let isNew = true;
    return {
      connect: () => Promise.resolve(),
      disconnect: () => {
        counts.closed += 1;
        return Promise.resolve();
      },
      refreshMetadata: () => {
        if (isNew) {
          isNew = false;
          return Promise.resolve();
        }
        counts.refreshed += 1;
        return refresh();
      },
    } as unknown as Cluster;
  };
  return { counts, wire: new ClusterConnection(make, (error) => failureOf(error, ['broker'])) };
};

/** Fails the work of many callers at once, all over the same connections. */
const failing = async (wire: ClusterConnection, count: number, error: () => Error): Promise<void> => {
  await wire.cluster();
  const results = await Promise.allSettled(
    Array.from({ length: count }, () => wire.attempt(() => Promise.reject(error()))),
  );
  expect(results.map(({ status }) => status)).toEqual(Array.from({ length: count }, () => 'rejected'));
};

describe('connections whose callers fail together', () => {
  it('refresh their metadata once', async () => {
    const { counts, wire } = counted();
    await failing(wire, 50, stale);
    expect(counts).toEqual({ made: 1, refreshed: 1, closed: 0 });
  });

  it('are kept where a topic is not known yet', async () => {
    const { counts, wire } = counted(() => Promise.reject(stale()));
    await failing(wire, 50, stale);
    await wire.cluster();
    expect(counts).toEqual({ made: 1, refreshed: 1, closed: 0 });
  });

  it('are replaced, once, where they broke', async () => {
    const { counts, wire } = counted();
    await failing(wire, 50, () => Object.assign(new Error('closed'), { name: 'KafkaJSConnectionClosedError' }));
    await wire.cluster();
    expect(counts).toEqual({ made: 2, refreshed: 0, closed: 1 });
  });
});
