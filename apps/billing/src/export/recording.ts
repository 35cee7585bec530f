import { hash, randomUUID } from 'node:crypto';
import type { EventLog } from '@assay/messaging';
import { appended, type OrderMarks } from '../ordering.ts';

/** An export that a caller is about to receive. */
export interface ExportRecord {
  /** A calendar month; undefined for all months. */
  readonly period: string | undefined;
  readonly by: string;
  readonly why: string;
  readonly format: string;
  readonly profile: string;
  /** Number of lines, and their totals by currency. */
  readonly charges: number;
  readonly total: string;
  /** The file. */
  readonly text: string;
  readonly marks: OrderMarks;
}

const dayMs = 24 * 60 * 60_000;
/** Records of a day that are remembered; after more of them, equal exports are recorded again. */
const mostKnown = 10_000;

/**
 * Records exports in the audit trail (`operator.acted`), before the caller has the bytes: what is not recorded is not
 * sent. Exports that are equal in all but the request are recorded once a day of UTC by each instance, since scripts
 * ask every few seconds, and the log keeps all for ever. Each record has an id of its own, so that no caller can hide
 * one export behind another by the id of its request.
 */
export class ExportRecords {
  #day = 0;
  readonly #known = new Map<string, Promise<unknown>>();

  /** @param now ms since the epoch */
  constructor(
    private readonly log: EventLog,
    private readonly now: () => number = Date.now,
  ) {}

  /** @throws ArmError 503 if the log refuses it */
  async record({ marks, text, ...shown }: ExportRecord): Promise<void> {
    const day = Math.floor(this.now() / dayMs);
    if (day !== this.#day || this.#known.size >= mostKnown) this.#known.clear();
    this.#day = day;
    const { period = null, by, why, format, profile, charges, total } = shown;
    const name = JSON.stringify([period, by, why, format, profile, charges, total, hash('sha256', text)]);
    const known = this.#known.get(name) ?? this.#append(shown, marks);
    this.#known.set(name, known);
    try {
      await known;
    } catch (error) {
      if (this.#known.get(name) === known) this.#known.delete(name);
      throw error;
    }
  }

  #append(
    { period, by, why, format, profile, charges, total }: Omit<ExportRecord, 'marks' | 'text'>,
    marks: OrderMarks,
  ): Promise<number> {
    const target = `charges/${period ?? 'all'}`;
    return appended(this.log, { ...marks, id: randomUUID() }, 'operator.acted', target, {
      command: 'export',
      target,
      by,
      why,
      outcome: 'exported',
      details: { format, profile, charges, total, request: marks.id },
    });
  }
}
