import {
  context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Link,
  type Span,
  type SpanKind,
  type Tracer,
} from '@opentelemetry/api';
import { suppressTracing, W3CTraceContextPropagator } from '@opentelemetry/core';

const w3c = new W3CTraceContextPropagator();

/** Returns the context named by a `traceparent` header; the root context for a malformed one. */
export const contextOf = (traceparent: string | undefined): Context =>
  traceparent ? w3c.extract(ROOT_CONTEXT, { traceparent }, defaultTextMapGetter) : ROOT_CONTEXT;

/** The syntax of W3C Trace Context, of its first version and later ones. */
const traceparentPattern = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(?:-[\x21-\x7e]{0,100})?$/;

/** Returns the `traceparent` of a span, for the next hop; `undefined` if nothing is traced. */
export const traceparentOf = (span: Span): string | undefined => {
  const carrier: { traceparent?: string } = {};
  w3c.inject(trace.setSpan(ROOT_CONTEXT, span), carrier, defaultTextMapSetter);
  return carrier.traceparent;
};

/** The trace id inside a `traceparent`. */
export const traceIdOf = (traceparent: string | undefined): string | undefined => traceparent?.split('-')[1];

/** Returns the `traceparent` of the active span around the caller, for example of an HTTP request. */
export const activeTraceparent = (): string | undefined => {
  const span = trace.getSpan(context.active());
  return span ? traceparentOf(span) : undefined;
};

/** Runs work whose HTTP requests get no spans. Spans that a `ServiceTracer` starts are not affected. */
export const withoutRequestSpans = <Result>(work: () => Result): Result =>
  context.with(suppressTracing(context.active()), work);

export interface SpanOptions {
  readonly kind?: SpanKind;
  /** `traceparent` of the cause. */
  readonly parent?: string | undefined;
  /** `traceparent`s of related work that is not the cause. */
  readonly links?: readonly (string | undefined)[];
  readonly attributes?: Attributes;
  /** Start, milliseconds since the epoch. */
  readonly startTime?: number;
}

/** A span whose context is passed on as text. */
export interface Traced {
  readonly traceparent: string | undefined;
  /** Only the first call counts. */
  end(error?: unknown, attributes?: Attributes): void;
}

/** Starts spans for one service. */
export class ServiceTracer {
  /** @param recorded whether the spans are collected; if not, they are ids and nothing else */
  constructor(
    private readonly tracer: Tracer,
    private readonly recorded = true,
  ) {}

  start(name: string, { kind, parent: header, links, attributes, startTime }: SpanOptions = {}): Traced {
    // Header values are untrusted: drop malformed ones, so that no event carries them.
    const parent = header !== undefined && traceparentPattern.test(header) ? header : undefined;
    // A tracer that records nothing passes its parent on, as W3C Trace Context asks, and makes a trace id if there is
    // none.
    if (!this.recorded)
      return parent ? { traceparent: parent, end: () => undefined } : traced(this.tracer.startSpan(name), parent);
    const linked = (links ?? [])
      .map((link): Link | undefined => {
        const linkedContext = trace.getSpanContext(contextOf(link));
        return linkedContext && { context: linkedContext };
      })
      .filter((link): link is Link => link !== undefined);
    const span = this.tracer.startSpan(
      name,
      {
        ...(kind === undefined ? {} : { kind }),
        links: linked,
        ...(attributes ? { attributes } : {}),
        ...(startTime === undefined ? {} : { startTime }),
      },
      contextOf(parent),
    );
    return traced(span, parent);
  }
}

const noTrace = '0'.repeat(32);

const traced = (span: Span, parent: string | undefined): Traced => ({
  traceparent: span.spanContext().traceId === noTrace ? parent : traceparentOf(span),
  end: (error, attributes = {}) => {
    if (!span.isRecording()) return;
    span.setAttributes(attributes);
    if (error !== undefined)
      span.setStatus({
        code: SpanStatusCode.ERROR,
        message: error instanceof Error ? error.message : `${error as string}`,
      });
    span.end();
  },
});
