import { at } from '@assay/events';
import { readMark, type EventLog, type NewRecord, type ReadMark } from '@assay/messaging';

/**
 * Appends the events of one owner, and detects appends by other processes in its partition. Only owners append there,
 * so a foreign append shows that there is, or was, another owner.
 */
export class ForeignAppendDetector implements Pick<EventLog, 'append'> {
  /** Offset of the next record of each own topic, if no other process appends. */
  readonly #next = new Map<string, number>();
  readonly #marks: Record<string, ReadMark> = {};

  /** @param interrupted called with true if the topic was cut: the offset of the append is below an earlier offset */
  constructor(
    private readonly log: Pick<EventLog, 'append'>,
    private readonly partition: number,
    private readonly interrupted: (isCut: boolean) => void,
  ) {}

  /** The last append to each own topic. */
  get marks(): Readonly<Record<string, ReadMark>> {
    return this.#marks;
  }

  /** Begins the detection, after records that the owner appended itself. */
  begin(records: readonly NewRecord[], offsets: readonly number[]): void {
    for (const [index, record] of records.entries()) this.#isAt(record, at(offsets, index));
  }

  async append(records: readonly NewRecord[]): Promise<readonly number[]> {
    const offsets = await this.log.append(records);
    let [alone, isCut] = [true, false];
    for (const [index, record] of records.entries()) {
      const { topic, partition } = record;
      const [next, offset] = [partition === this.partition ? this.#next.get(topic) : undefined, at(offsets, index)];
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
