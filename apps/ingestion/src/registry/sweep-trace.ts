import type { Attributes } from '@opentelemetry/api';
import type { ServiceTracer, Traced } from '@assay/telemetry';

/**
 * The spans of one sweep: one for the registry, and below it one for each repository. They count the requests: a span
 * for each would be ten thousand for as many tags.
 */
export class SweepTrace {
  readonly #sweep: Traced;
  #requests = 0;

  constructor(
    private readonly tracer: ServiceTracer,
    registry: string,
  ) {
    this.#sweep = tracer.start(`sweep ${registry}`, { attributes: { 'assay.registry': registry } });
  }

  /** Counts a request to the registry. */
  readonly requested = (): void => {
    this.#requests += 1;
  };

  /** Runs a part of the sweep in a span. The work returns the error of what it could not read. */
  async part(name: string, attributes: Attributes, work: () => Promise<Error | undefined>): Promise<void> {
    const before = this.#requests;
    const span = this.tracer.start(name, { parent: this.#sweep.traceparent, attributes });
    let failure: unknown;
    try {
      failure = await work();
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      span.end(failure, { 'assay.requests': this.#requests - before });
    }
  }

  end(outcome: string, error: unknown, attributes: Attributes = {}): void {
    this.#sweep.end(error, { 'assay.outcome': outcome, 'assay.requests': this.#requests, ...attributes });
  }
}
