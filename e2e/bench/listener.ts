import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Batch } from '@assay/messaging';

interface Emitted {
  readonly digest: string;
  readonly repository: string;
  readonly receivedAt: string;
  readonly scannerMs?: number;
  readonly page?: number;
  readonly pages?: number;
}

/** Follows the events of the suite in the log, because polling the API would slow the suite down. */
export class Listener {
  readonly #waiting = new Map<string, (at: number) => void>();
  readonly scannerMs = new Map<string, number>();

  receive({ topic, records }: Batch): void {
    for (const { headers, value } of records) {
      if (headers.ce_type === 'assay.fence.v1' || headers.ce_type === 'assay.mark.v1') continue;
      const event = JSON.parse(value) as Emitted;
      const key = `${topic} ${event.repository} ${event.digest}`;
      if (topic === 'finding.classified') this.scannerMs.set(event.digest, event.scannerMs ?? 0);
      if (event.page !== undefined && event.page !== event.pages) continue;
      this.#waiting.get(key)?.(Date.parse(headers.ce_time!) - Date.parse(event.receivedAt));
      this.#waiting.delete(key);
    }
  }

  /** How long after the notification the event was published, in ms. */
  until(topic: string, repository: string, digest: string): Promise<number> {
    return new Promise((resolve) => {
      this.#waiting.set(`${topic} ${repository} ${digest}`, resolve);
    });
  }
}

/** The digest of the one image in a layout. */
export const digestOf = (layout: string): string =>
  (JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as { manifests: { digest: string }[] }).manifests[0]!
    .digest;
