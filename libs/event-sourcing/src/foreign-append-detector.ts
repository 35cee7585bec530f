import { readMark, type EventLog, type NewRecord, type ReadMark } from '@assay/messaging';

/**
 * Appends what one owner says in its partition, and notices when somebody else speaks there, too: nobody but an owner
 * does, so there is another one, or was.
 */
export class ForeignAppendDetector implements Pick<EventLog, 'append'> {
  /** Offset that the next record of each own topic will have, if nobody else appends. */
  readonly #next = new Map<string, number>();
  readonly #marks: Record<string, ReadMark> = {};

  /** @param interrupted is told whether the topic was cut: what was appended lies before what is there already */
  constructor(
    private readonly log: Pick<EventLog, 'append'>,
    private readonly partition: number,
    private readonly interrupted: (isCut: boolean) => void,
  ) {}

  /** What was appended last to each own topic. */
  get marks(): Readonly<Record<string, ReadMark>> {
    return this.#marks;
  }

  /** Begins to listen: what was appended last is the owner's own. */
  begin(records: readonly NewRecord[], offsets: readonly number[]): void {
    for (const [index, record] of records.entries()) this.#isAt(record, offsets[index]!);
  }

  async append(records: readonly NewRecord[]): Promise<readonly number[]> {
    const offsets = await this.log.append(records);
    let [alone, isCut] = [true, false];
    for (const [index, record] of records.entries()) {
      const { topic, partition } = record;
      const [next, offset] = [partition === this.partition ? this.#next.get(topic) : undefined, offsets[index]!];
      if (next === undefined) continue;
      if (offset !== next) alone = false;
      if (offset < next) isCut = true;
      this.#isAt(record, offset);
    }
    if (!alone) this.interrupted(isCut);
    return offsets;
  }

  #isAt(record: NewRecord, offset: number): void {
    this.#next.set(record.topic, offset + 1);
    this.#marks[record.topic] = readMark({ ...record, offset });
  }
}
