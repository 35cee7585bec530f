import DataLoader from 'dataloader';
import { readCommitted } from './connection.ts';
import { createErrorFromCode, endsFrom, leaderNotAvailable } from './internals.ts';
import type { ClusterConnection } from './cluster-connection.ts';

interface Place {
  readonly name: string;
  readonly partition: number;
}

const textOf = ({ name, partition }: Place): string => `${name}/${partition}`;

/**
 * Batches end-offset lookups into one ListOffsets request per broker. An error of one partition fails that lookup only,
 * and no lookup waits for another broker.
 */
export class EndOffsets {
  readonly #loaders = new Map<string, DataLoader<Place, number>>();

  constructor(private readonly wire: ClusterConnection) {}

  /** The offset that the next record of a partition will have. */
  async of(name: string, partition: number): Promise<number> {
    const node = await this.wire.leader(name, partition);
    if (node === undefined) throw createErrorFromCode(leaderNotAvailable);
    return this.#loaderOf(node).load({ name, partition });
  }

  #loaderOf(node: string): DataLoader<Place, number> {
    const loader =
      this.#loaders.get(node) ??
      new DataLoader((places: readonly Place[]) => this.#lookUp(node, places), { cache: false });
    this.#loaders.set(node, loader);
    return loader;
  }

  async #lookUp(node: string, places: readonly Place[]): Promise<(number | Error)[]> {
    const topics = await endsFrom(await this.wire.broker(node), {
      isolationLevel: readCommitted,
      // A broker refuses a request that names a partition twice.
      topics: [...Map.groupBy(places, ({ name }) => name)].map(([topic, ofTopic]) => ({
        topic,
        partitions: [...new Set(ofTopic.map(({ partition }) => partition))].map((partition) => ({ partition })),
      })),
    });
    const answers = new Map(
      topics.flatMap(({ topic: name, partitions }) =>
        partitions.map((answer) => [textOf({ name, partition: answer.partition }), answer]),
      ),
    );
    return places.map((place) => {
      const answer = answers.get(textOf(place));
      return answer?.errorCode === 0
        ? Number(answer.offset)
        : createErrorFromCode(answer?.errorCode ?? leaderNotAvailable);
    });
  }
}
