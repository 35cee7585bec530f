import { compareSequences } from '@assay/event-sourcing';
import { fenceType, markType, type Topic } from '@assay/events';
import type { LogRecord } from '@assay/messaging';
import { poison } from '../story/commands.ts';

/** A record that a reader of the log accepts: repeats and late records of fenced owners are left out. */
export interface Received {
  readonly record: LogRecord;
  readonly topic: Topic;
  readonly id: string;
  readonly sequence: string | undefined;
  /** When it was appended, in virtual ms since the epoch. */
  readonly at: number;
}

/** A mark that a reader of the log accepts. */
export interface ReceivedMark extends Pick<Received, 'record' | 'at'> {
  readonly sequence: string;
}

/** Reads the log as it grows, by the rules of the contract and without any code under test. */
export class ContractReader {
  readonly received: Received[] = [];
  /** Marks that count, by id. */
  readonly marks = new Map<string, ReceivedMark>();
  readonly #marks = new Map<string, string>();
  readonly #unsequenced = new Set<string>();

  /** The event, if the record is a new event. */
  take(record: LogRecord, now: number): Received | undefined {
    const { ce_id: id, ce_sequence: sequence, ce_type: type, ce_source: source } = record.headers;
    if (sequence !== undefined && source !== poison) {
      const at = `${record.topic}/${record.partition}`;
      const mark = this.#marks.get(at);
      if (mark !== undefined && compareSequences(sequence, mark) <= 0) return undefined;
      this.#marks.set(at, sequence);
    }
    if (id === undefined || type === fenceType || source === poison) return undefined;
    if (type === markType) {
      this.marks.set(id, { record, sequence: sequence ?? '', at: now });
      return undefined;
    }
    if (sequence === undefined) {
      if (this.#unsequenced.has(id)) return undefined;
      this.#unsequenced.add(id);
    }
    const received = { record, topic: record.topic as Topic, id, sequence, at: now };
    this.received.push(received);
    return received;
  }
}
