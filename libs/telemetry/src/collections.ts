import type { CollectionResult, MetricReader } from '@opentelemetry/sdk-metrics';

/**
 * The collections of one reader, one at a time. A reader that forgets gauges gives each value to one collection only:
 * of two at the same time, one would lose gauges.
 */
export class Collections {
  #present: Promise<CollectionResult> | undefined;
  #isRead = false;

  /** @param gaugeMs a gauge that needs longer is left out */
  constructor(
    private readonly reader: Pick<MetricReader, 'collect'>,
    private readonly gaugeMs: number,
  ) {}

  /** Collects, or joins the collection that is under way. Rejects if the reader is bound to nothing, or closed. */
  read(): Promise<CollectionResult> {
    this.#isRead = true;
    return this.#collected();
  }

  /** Drops the values that have gathered for this reader, unless they were read since the last call. */
  async dropUnread(): Promise<void> {
    const isRead = this.#isRead;
    this.#isRead = false;
    if (!isRead) await this.#collected().catch(() => undefined);
  }

  #collected(): Promise<CollectionResult> {
    this.#present ??= this.reader.collect({ timeoutMillis: this.gaugeMs }).finally(() => {
      this.#present = undefined;
    });
    return this.#present;
  }
}
