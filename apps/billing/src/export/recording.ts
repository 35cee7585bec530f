import { randomUUID } from 'node:crypto';
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
  readonly marks: OrderMarks;
}

/**
 * Records an export in the audit trail (`operator.acted`), before the caller has its bytes: what is not recorded is not
 * sent. Each has an id of its own, so that no caller can hide one export behind another by the id of its request.
 * @throws ArmError 503 if the log refuses it
 */
export const recordExport = async (
  log: EventLog,
  { period, by, why, format, profile, charges, total, marks }: ExportRecord,
): Promise<void> => {
  const target = `charges/${period ?? 'all'}`;
  await appended(log, { ...marks, id: randomUUID() }, 'operator.acted', target, {
    command: 'export',
    target,
    by,
    why,
    outcome: 'exported',
    details: { format, profile, charges, total, request: marks.id },
  });
};
