import DataLoader from 'dataloader';
import { readCommitted } from './connection.ts';
import { createErrorFromCode, endsFrom, leaderNotAvailable } from './internals.ts';
import type { Wire } from './wire.ts';

interface Place { readonly name: string; readonly partition: number; readonly node: string }

const textOf = ({ name, partition }: Omit<Place, 'node'>): string => `${name}/${partition}`;

/**
 * Asks where partitions end. Whoever wants to know how far a process is asks about all of its partitions:
 * what is asked in one go is one question to each broker, and an error of one partition is that partition's.
 */
export class Ends {
  readonly #loader = new DataLoader<Place, number>((places) => this.#ask(places), { cache: false });

  constructor(private readonly wire: Wire) {}

  /** The offset that the next record of a partition will have. */
  async of(name: string, partition: number): Promise<number> {
    const node = await this.wire.leader(name, partition);
    if (node === undefined) throw createErrorFromCode(leaderNotAvailable);
    return this.#loader.load({ name, partition, node });
  }

  async #ask(places: readonly Place[]): Promise<(number | Error)[]> {
    const answers = new Map((await Promise.all([...Map.groupBy(places, ({ node }) => node)].map(([node, its]) => this.#askOne(node, its)))).flat());
    return places.map((place) => answers.get(textOf(place)) ?? createErrorFromCode(leaderNotAvailable));
  }

  async #askOne(node: string, places: readonly Place[]): Promise<[string, number | Error][]> {
    try {
      const topics = await endsFrom(await this.wire.broker(node), {
        isolationLevel: readCommitted,
        topics: [...Map.groupBy(places, ({ name }) => name)].map(([topic, its]) => ({ topic, partitions: [...new Set(its.map(({ partition }) => partition))].map((partition) => ({ partition })) })),
      });
      return topics.flatMap(({ topic: name, partitions }) => partitions.map(({ partition, errorCode, offset }): [string, number | Error] =>
        [textOf({ name, partition }), errorCode === 0 ? Number(offset) : createErrorFromCode(errorCode)]));
    } catch (error) {
      return places.map((place) => [textOf(place), error as Error]);
    }
  }
}
