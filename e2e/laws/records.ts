/** A record of the log, as any consumer reads it. */
export interface ReadRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly value: string;
}

export const fence = 'assay.fence.v1';
export const mark = 'assay.mark.v1';

/** The name of the event in its type: `scan.reassessed` travels on the topic `scan.completed`. */
export const kindOf = ({ headers: { ce_type: type = '' } }: Pick<ReadRecord, 'headers'>): string =>
  /^assay\.(.+)\.v\d+$/.exec(type)?.[1] ?? '';

/** Drops what is not above the highest sequence of its partition: repeats, and late records of a fenced owner. */
export class SequenceRule {
  readonly #highest = new Map<string, readonly [bigint, bigint]>();

  /** @returns whether the record counts */
  accepts({ topic, partition, headers: { ce_sequence: sequence } }: ReadRecord): boolean {
    if (sequence === undefined) return true;
    const [epoch = '0', number = '0'] = sequence.split('.');
    const next = [BigInt(epoch), BigInt(number)] as const;
    const highest = this.#highest.get(`${topic}/${partition}`);
    if (highest && (next[0] < highest[0] || (next[0] === highest[0] && next[1] <= highest[1]))) return false;
    this.#highest.set(`${topic}/${partition}`, next);
    return true;
  }
}
