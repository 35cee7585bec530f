import { ArmError } from '@assay/arm';
import { derivedId, type ExportRecorded } from '@assay/events';
import type { EventLog } from '@assay/messaging';
import { appended, type OrderMarks } from '../ordering.ts';

/** An export that a caller is about to receive. */
export interface ExportRecord extends Omit<ExportRecorded, 'period' | 'request'> {
  /** A calendar month; undefined for all months. */
  readonly period: string | undefined;
  readonly marks: OrderMarks;
}

const dayMs = 24 * 60 * 60_000;
/** Records of a caller in a day: two profiles of all months of forty years. The log keeps them for ever. */
const mostOfADay = 1_000;

/**
 * Records exports in the audit trail (`export.recorded`), before the caller has the bytes: what is not recorded is not
 * sent. A day of UTC has one record of each caller, month, format and profile; another reason makes no other record.
 * Scripts ask every few seconds, and the log keeps all for ever.
 */
export class ExportRecords {
  #day = 0;
  /** The records of the day by their caller and id. */
  readonly #known = new Map<string, Map<string, Promise<unknown>>>();

  /** @param now ms since the epoch */
  constructor(
    private readonly log: EventLog,
    private readonly now: () => number = Date.now,
  ) {}

  /** @throws ArmError 503 if the log refuses it, 429 if the caller has too many records of this day */
  async record(record: ExportRecord): Promise<void> {
    const { by, period = 'all', format, profile } = record;
    const day = Math.floor(this.now() / dayMs);
    if (day !== this.#day) this.#known.clear();
    this.#day = day;
    const own = this.#known.get(by) ?? new Map<string, Promise<unknown>>();
    this.#known.set(by, own);
    const id = derivedId('export', day, period, by, format, profile);
    if (!own.has(id) && own.size >= mostOfADay) throw this.#tooMany();
    const known = own.get(id) ?? this.#append(id, record);
    own.set(id, known);
    try {
      await known;
    } catch (error) {
      if (own.get(id) === known) own.delete(id);
      throw error;
    }
  }

  #append(id: string, { marks, period, ...shown }: ExportRecord): Promise<number> {
    return appended(this.log, { ...marks, id }, 'export.recorded', `charges/${period ?? 'all'}`, {
      ...(period === undefined ? {} : { period }),
      ...shown,
      request: marks.id,
    });
  }

  #tooMany(): ArmError {
    return new ArmError(
      429,
      'TooManyRequests',
      `A caller may export ${mostOfADay} different months and profiles a day. Those that were exported today remain.`,
      { headers: { 'retry-after': String(Math.ceil((dayMs - (this.now() % dayMs)) / 1000)) } },
    );
  }
}
