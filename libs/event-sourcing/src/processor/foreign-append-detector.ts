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
  /** Topics that were cut. */
  readonly #cut = new Set<string>();

  /** @param interrupted called with true if the topic was cut: the offset of the append is below an earlier offset */
  constructor(
    private readonly log: Pick<EventLog, 'append'>,
    private readonly partition: number,
    private readonly interrupted: (isCut: boolean) => void,
  ) {}

  /**
   * The last append to each own topic. Of a topic that was cut, the last append before the cut, so that the next owner
   * notices the cut if this one can no longer record it.
   */
  get marks(): Readonly<Record<string, ReadMark>> {
    return this.#marks;
  }

  /** Begins the detection, after records that the owner appended itself. */
  begin(records: readonly NewRecord[], offsets: readonly number[]): void {
    for (const [index, record] of records.entries()) this.#isAt(record, at(offsets, index));
  }

  async append(records: readonly NewRecord[]): Promise<readonly number[]> {
    const offsets = await this.log.append(records);
    let alone = true;
    for (const [index, record] of records.entries()) {
      const { topic, partition } = record;
      const [next, offset] = [partition === this.partition ? this.#next.get(topic) : undefined, at(offsets, index)];
      if (next === undefined) continue;
      if (offset !== next) alone = false;
      if (offset < next) this.#cut.add(topic);
      this.#isAt(record, offset);
    }
    if (!alone) this.interrupted(this.#cut.size > 0);
    return offsets;
  }

  #isAt(record: NewRecord, offset: number): void {
    this.#next.set(record.topic, offset + 1);
    if (!this.#cut.has(record.topic)) this.#marks[record.topic] = readMark({ ...record, offset });
  }
}
