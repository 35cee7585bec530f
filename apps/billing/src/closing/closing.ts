import { ArmError, unavailable } from '@assay/arm';
import {
  BlobFailure,
  isAllEmitted,
  lackingIn,
  StoreIncomplete,
  type BlobStore,
  type ConfigFollower as Followed,
  type PartitionCheckpoint,
  type Store,
} from '@assay/event-sourcing';
import { at, derivedId, present, type PeriodFile } from '@assay/events';
import type { EventLog } from '@assay/messaging';
import { stateVersion } from '../domain/decider.ts';
import type { Config, Period } from '../domain/config.ts';
import type { Lines } from '../export/lines.ts';
import { faultOf, sumsBySubscription } from '../export/tally.ts';
import type { Charges } from '../read-model/charges.ts';
import { monthOf } from '../read-model/period.ts';
import { totalsOf, totalText, type Total } from '../read-model/totals.ts';
import { appended, type OrderMarks } from '../ordering.ts';

export interface ClosingPorts {
  readonly log: EventLog;
  readonly store: Pick<Store, 'checkpoint'>;
  /** Only billing writes to it. */
  readonly blobs: Pick<BlobStore, 'put' | 'get'>;
  readonly config: Followed<Config>;
  readonly charges: Charges;
  readonly lines: Lines;
  /** ms since the epoch. */
  readonly now: () => number;
}

export interface CloseOrder extends OrderMarks {
  readonly by: string;
  readonly why: string;
  /** The sum that the caller has read, as `totalText` has it: another one is not closed. */
  readonly total?: string | undefined;
}

/** @throws ArmError 409 if the sum of a month is not the one that the caller has read */
const demandTotal = (period: string, { total }: CloseOrder, totals: readonly Total[]): void => {
  const parts = (text: string): string =>
    text
      .split(',')
      .map((part) => part.trim().replaceAll(/\s+/g, ' '))
      .toSorted()
      .join(', ');
  const found = totalText(totals);
  if (total === undefined || parts(total) === parts(found)) return;
  throw new ArmError(
    409,
    'TotalDiffers',
    `The sum of ${period} is ${found}, and not ${total}. Read the charges of the month again, then close it with ` +
      'their sum.',
    { target: 'total' },
  );
};

/** Longest wait of one request. It must be shorter than the timeouts of proxies in front of the service. */
const timeoutMs = 30_000;
const pollMs = 50;

/** A file store that does not answer, or refuses, proves nothing about a file. */
const rethrowBlobFailure = (error: unknown): never => {
  throw error instanceof BlobFailure
    ? unavailable(`The files of closed periods can be neither stored nor read: ${error.message}. Try again.`, 10)
    : error;
};

/**
 * Closes months and exports their files. It publishes `closing` (`period.changed`) first: every partition then
 * evaluates its keys again, so that late charges go into the next open month. From then on the charges of the month are
 * fixed, and its file is written (ADR 25).
 */
export class Closing {
  readonly #sums = new Map<string, ReturnType<typeof sumsBySubscription>>();

  constructor(private readonly ports: ClosingPorts) {}

  /**
   * Writes and keeps the file of a month once. For a closed month, returns the record of its file. A repeated request
   * continues an interrupted closing.
   * @throws ArmError 409 if the month is not over, its sum is another one, or its file is gone or damaged
   * @throws ArmError 503 if an export would be refused, the file store fails, or the closing takes too long
   */
  async close(period: string, order: CloseOrder): Promise<Period> {
    const { charges, config, log, blobs, lines } = this.ports;
    const { end } = monthOf(`${period}-01`);
    if (this.ports.now() < Date.parse(end))
      throw new ArmError(409, 'PeriodNotOver', `The period ${period} is not over: it ends at ${end}.`, {
        target: 'period',
      });
    const known = this.of(period);
    if (known?.state === 'closed') {
      // The file is written only once, and its loss would be noticed only when it is needed. So check it for a caller
      // that closes the month again.
      await this.file(known);
      demandTotal(period, order, present(known.file, 'file of the closed period').totals);
      return known;
    }
    await charges.of(period);
    const until = performance.now() + timeoutMs;
    await this.#receivedAll(until);
    if (order.total !== undefined) demandTotal(period, order, totalsOf((await charges.of(period)).charges));
    if (!this.of(period))
      await appended(log, order, 'period.changed', period, { period, state: 'closing', by: order.by, why: order.why });
    await this.#holds(
      until,
      'The period is being closed, but not every instance has the closing yet.',
      async () => this.of(period) !== undefined,
    );
    const closingOffset = present(config.offsets['period.changed'], 'offset of the closing');
    await this.#everywhere(
      until,
      'The period is being closed: not every partition has evaluated its charges yet.',
      async (head) => (head.configEvaluated['period.changed'] ?? 0) >= closingOffset,
    );
    await this.#everywhere(
      until,
      'The period is being closed: not all of its charges are in the log yet.',
      (_, partition) => isAllEmitted({ app: 'billing', stateVersion, store: this.ports.store, log }, partition),
    );
    const bill = (await charges.of(period)).charges;
    const { dataref, sha256, bytes } = await blobs.put(Buffer.from(lines.csv(bill))).catch(rethrowBlobFailure);
    // The period may have been closed meanwhile: the file published first counts for all.
    const file = { dataref, sha256, bytes, charges: bill.length, totals: [...totalsOf(bill)] };
    await appended(log, { ...order, id: derivedId(order.id, 'closed') }, 'period.changed', period, {
      period,
      state: 'closed',
      by: order.by,
      why: order.why,
      file,
    });
    await this.#holds(
      until,
      'The period is closed, but this instance cannot read that yet.',
      async () => this.of(period)?.state === 'closed',
    );
    return present(this.of(period), 'closed period');
  }

  /** The state of a month, or undefined if it is open. */
  of(period: string): Period | undefined {
    return this.ports.config.value.periods.get(period);
  }

  /** The closed and closing months, in order. */
  all(): readonly (Period & { readonly period: string })[] {
    return [...this.ports.config.value.periods]
      .map(([period, state]) => ({ period, ...state }))
      .toSorted((a, b) => (a.period < b.period ? -1 : 1));
  }

  /**
   * Reads the file of a closed month and checks it against its record. There is no substitute for the file.
   * @throws ArmError 409 if the file is gone or damaged
   * @throws ArmError 503 if the file store fails
   */
  async file({ file }: Period): Promise<string> {
    const { dataref, sha256, bytes, charges, totals } = present(file, 'file of the closed period');
    const damaged = (fault: string): ArmError =>
      new ArmError(
        409,
        'ClosedFileDamaged',
        `The file of the closed period differs from the kept one: ${fault}. Restore the file with ${sha256} ` +
          'from a copy.',
      );
    const kept = await this.ports.blobs.get(dataref).catch((error: unknown) => {
      if (error instanceof BlobFailure && ['blob-unknown', 'blob-damaged'].includes(error.code))
        throw damaged(error.message);
      return rethrowBlobFailure(error);
    });
    const text = kept.toString();
    const fault =
      kept.length === bytes
        ? faultOf(text, { charges, total: totalText(totals) })
        : `it has ${kept.length} bytes instead of ${bytes}`;
    if (fault) throw damaged(fault);
    return text;
  }

  /**
   * Count and totals of a closed month for one subscription, from the lines of its file.
   * @throws ArmError as `file`
   */
  async sums(period: Period, subscriptionId: string): Promise<Pick<PeriodFile, 'charges' | 'totals'>> {
    const { sha256 } = present(period.file, 'file of the closed period');
    // The file of a month never changes.
    const known = this.#sums.get(sha256) ?? sumsBySubscription(await this.file(period));
    this.#sums.set(sha256, known);
    const totals = known.get(subscriptionId.toLowerCase()) ?? [];
    return { charges: totals.reduce((sum, { charges }) => sum + charges, 0), totals: [...totals] };
  }

  /** Waits until all earlier classifications were received, so that they go into the bill of their own month. */
  async #receivedAll(until: number): Promise<void> {
    const { log } = this.ports;
    const ends = await Promise.all(
      Array.from({ length: log.partitions }, (_, partition) => log.end('finding.classified', partition)),
    );
    await this.#everywhere(
      until,
      'Billing has not consumed all classifications yet.',
      async (head, partition) => (head.offsets['finding.classified'] ?? 0) >= at(ends, partition),
    );
  }

  async #everywhere(
    until: number,
    otherwise: string,
    holds: (head: PartitionCheckpoint, partition: number) => Promise<boolean>,
  ): Promise<void> {
    const { store, log } = this.ports;
    for (let partition = 0; partition < log.partitions; partition += 1) {
      await this.#holds(until, otherwise, async () => {
        const head = await store.checkpoint(partition);
        const lacking = lackingIn('billing', partition, head);
        if (lacking) throw new StoreIncomplete(lacking, true);
        return head !== undefined && head.restored && head.evaluated && holds(head, partition);
      });
    }
  }

  async #holds(until: number, otherwise: string, condition: () => Promise<boolean>): Promise<void> {
    while (!(await condition())) {
      if (performance.now() > until) throw unavailable(`${otherwise} Try again.`, 2);
      await new Promise((resolve) => {
        setTimeout(resolve, pollMs);
      });
    }
  }
}
