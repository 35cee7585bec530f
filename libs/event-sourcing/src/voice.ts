import type { EventLog, NewRecord } from '@assay/messaging';

/**
 * Appends what one owner says in its partition, and notices when somebody else speaks there, too: nobody but an owner
 * does, so there is another one, or was.
 */
export class Voice implements Pick<EventLog, 'append'> {
  /** Offset that the next record of each own topic will have, if nobody else appends. */
  readonly #next = new Map<string, number>();

  constructor(private readonly log: Pick<EventLog, 'append'>, private readonly partition: number, private readonly interrupted: () => void) {}

  /** Begins to listen: what was appended last is the owner's own. */
  begin(records: readonly NewRecord[], offsets: readonly number[]): void {
    for (const [index, { topic }] of records.entries()) this.#next.set(topic, offsets[index]! + 1);
  }

  async append(records: readonly NewRecord[]): Promise<readonly number[]> {
    const offsets = await this.log.append(records);
    let alone = true;
    for (const [index, { topic, partition }] of records.entries()) {
      const next = partition === this.partition ? this.#next.get(topic) : undefined;
      if (next === undefined) continue;
      if (offsets[index] !== next) alone = false;
      this.#next.set(topic, offsets[index]! + 1);
    }
    if (!alone) this.interrupted();
    return offsets;
  }
}
