import type { Batch, LogRecord, NewRecord } from '@assay/messaging';

type Watcher = () => void;

/** The records of a broker by topic and partition, kept for ever. */
export class SimulatedRecords {
  readonly #records = new Map<string, LogRecord[][]>();
  readonly #watchers = new Map<string, Set<Watcher>>();
  /** How often each partition was cut. */
  readonly #cuts = new Map<string, number>();
  /** Keys of the records that each partition lost, and the end that it had before. */
  readonly #lost = new Map<string, { readonly keys: ReadonlySet<string>; readonly end: number }[]>();
  /** Partitions whose first record behind a cut is behind the end of before: nothing shows what was lost. */
  readonly #hidden = new Map<string, Set<string>>();
  /** The number of records. */
  length = 0;

  /**
   * @param gap whether the next record leaves an offset out, like a record that a broker keeps for itself
   * @param appended is called with every record
   */
  constructor(
    readonly partitions: number,
    private readonly gap: () => boolean = () => false,
    private readonly appended: (record: LogRecord) => void = () => undefined,
  ) {}

  append(records: readonly NewRecord[]): number[] {
    const offsets = records.map((record) => {
      const offset = this.end(record.topic, record.partition) + Number(this.gap());
      this.#hide(`${record.topic}/${record.partition}`, offset);
      const kept = { ...record, offset };
      this.of(record.topic, record.partition).push(kept);
      this.length += 1;
      this.appended(kept);
      return offset;
    });
    for (const at of new Set(records.map(({ topic, partition }) => `${topic}/${partition}`)))
      for (const watcher of this.#watchers.get(at) ?? []) watcher();
    return offsets;
  }

  of(topic: string, partition: number): LogRecord[] {
    let partitions = this.#records.get(topic);
    if (!partitions) this.#records.set(topic, (partitions = Array.from({ length: this.partitions }, () => [])));
    return partitions[partition]!;
  }

  end(topic: string, partition: number): number {
    const records = this.of(topic, partition);
    return records.length === 0 ? 0 : records[records.length - 1]!.offset + 1;
  }

  /** Truncates the partition to its first records, or to none: later records get the offsets of the lost ones. */
  cut(topic: string, partition: number, kept: number): void {
    const at = `${topic}/${partition}`;
    const records = this.of(topic, partition);
    const lost = { keys: new Set(records.slice(kept).map(({ key }) => key)), end: this.end(topic, partition) };
    this.#lost.set(at, [...(this.#lost.get(at) ?? []), lost]);
    this.length -= records.length - kept;
    records.length = kept;
    this.#cuts.set(at, this.cuts(topic, partition) + 1);
    for (const watcher of this.#watchers.get(at) ?? []) watcher();
  }

  /** True if a record of the key was lost, and the offsets behind the cut do not show that. */
  hasHidden(topic: string, partition: number, key: string): boolean {
    return this.#hidden.get(`${topic}/${partition}`)?.has(key) ?? false;
  }

  #hide(at: string, offset: number): void {
    for (const { keys, end } of this.#lost.get(at) ?? [])
      if (offset >= end) this.#hidden.set(at, new Set([...(this.#hidden.get(at) ?? []), ...keys]));
    this.#lost.delete(at);
  }

  /** How often it was cut: a reader of the partition notices a change. */
  cuts(topic: string, partition: number): number {
    return this.#cuts.get(`${topic}/${partition}`) ?? 0;
  }

  get isCut(): boolean {
    return this.#cuts.size > 0;
  }

  /** All present records, by topic and partition. */
  *all(): Iterable<LogRecord> {
    for (const partitions of this.#records.values()) for (const records of partitions) yield* records;
  }

  /** A batch of at most `most` records; undefined if there is none yet. */
  batch(topic: string, partition: number, from: number, most: number, until = Infinity): Batch | undefined {
    const all = this.of(topic, partition);
    const first = all.findIndex(({ offset }) => offset >= from);
    if (first < 0 || all[first]!.offset >= until) return undefined;
    const records = all.slice(first, first + most).filter(({ offset }) => offset < until);
    return { topic, partition, records, fetchedOffset: from, nextOffset: records.at(-1)!.offset + 1 };
  }

  /** Calls the watcher when a partition has grown. */
  watch(parts: readonly { readonly topic: string; readonly partition: number }[], watcher: Watcher): () => void {
    for (const { topic, partition } of parts) {
      const at = `${topic}/${partition}`;
      const watchers = this.#watchers.get(at) ?? new Set();
      watchers.add(watcher);
      this.#watchers.set(at, watchers);
    }
    return () => {
      for (const { topic, partition } of parts) this.#watchers.get(`${topic}/${partition}`)?.delete(watcher);
    };
  }
}
