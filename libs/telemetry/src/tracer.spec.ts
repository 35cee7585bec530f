import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { describe, expect, it } from 'vitest';
import { startTelemetry } from './start.ts';
import { traceIdOf } from './tracer.ts';

const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('a span', () => {
  it('is a child of its parent where it is collected', async () => {
    const exporter = new InMemorySpanExporter();
    const tracer = (
      await startTelemetry({ version: '1', env: {}, spanProcessors: [new SimpleSpanProcessor({ exporter })] })
    ).tracer('toy');
    const span = tracer.start('work', { parent, attributes: { 'messaging.system': 'assay' } });
    span.end();
    expect(traceIdOf(span.traceparent)).toBe(traceIdOf(parent));
    expect(span.traceparent).not.toBe(parent);
    expect(exporter.getFinishedSpans()).toMatchObject([
      { name: 'work', attributes: { 'messaging.system': 'assay' }, parentSpanContext: { spanId: 'b7ad6b7169203331' } },
    ]);
  });

  it('passes its parent on where it is not collected, and makes a trace id without one', async () => {
    const tracer = (await startTelemetry({ version: '1', env: {} })).tracer('toy');
    expect(tracer.start('work', { parent }).traceparent).toBe(parent);
    expect(tracer.start('work').traceparent).toMatch(/^00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  });

  it('is nothing at all where telemetry is turned off', async () => {
    const tracer = (await startTelemetry({ version: '1', env: { OTEL_SDK_DISABLED: 'true' } })).tracer('toy');
    expect(tracer.start('work', { parent }).traceparent).toBe(parent);
    expect(tracer.start('work').traceparent).toBeUndefined();
  });
});
