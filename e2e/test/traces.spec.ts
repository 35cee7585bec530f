import { InMemorySpanExporter, SimpleSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace';
import { expect, it } from 'vitest';
import { flow } from '@assay/events';
import { eventually } from '@assay/testing';
import { TestSuite } from './suite.ts';

const servicesOf = (spans: readonly ReadableSpan[]): string[] =>
  [
    ...new Set(spans.map(({ resource }) => String(resource.attributes['service.name']).replace(/^assay-/, ''))),
  ].toSorted();

it('is one trace from the webhook to the recommendation and the charge, through every service', async () => {
  const exporter = new InMemorySpanExporter();
  const suite = await TestSuite.start({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const all = flow.map(({ app }) => app).toSorted();
  const ofTrace = (traceId: string | undefined): ReadableSpan[] =>
    exporter.getFinishedSpans().filter((span) => span.spanContext().traceId === traceId);

  const digest = await suite.push('alpine-3.20.3', 'alpine', '3.20.3');
  const charged = await suite.settled(digest, 'alpine');
  await eventually(
    () =>
      ofTrace(charged.traceId).some(({ name }) => name === 'send usage.charged') &&
      ofTrace(charged.traceId).some(({ name }) => name === 'push') &&
      ofTrace(charged.traceId).some(({ name }) => name === 'send recommendation.changed'),
  );
  const spans = ofTrace(charged.traceId);
  expect(servicesOf(spans)).toEqual(all);
  expect(spans.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'POST /ingest/acr',
      'inspect',
      'pull',
      'scan',
      'send image.pushed',
      'process image.pushed',
      'send scan.approved',
      'send scan.completed',
      'send finding.classified',
    ]),
  );
  // Every span but the first has its parent in the same trace.
  const ids = new Set(spans.map((span) => span.spanContext().spanId));
  expect(
    spans
      .filter(({ parentSpanContext }) => !parentSpanContext || !ids.has(parentSpanContext.spanId))
      .map(({ name }) => name),
  ).toEqual(['POST /ingest/acr']);
  expect(spans.find(({ name }) => name === 'send scan.completed')!.attributes).toMatchObject({
    'messaging.system': 'assay',
    'messaging.operation.type': 'send',
    'messaging.destination.name': 'scan.completed',
  });
  // The image has several new vulnerabilities: one span sends all of their descriptions.
  const descriptions = spans.filter(({ name }) => name === 'send vulnerability.described');
  expect(descriptions).toHaveLength(1);
  expect(descriptions[0]!.attributes['messaging.batch.message_count']).toBeGreaterThan(1);

  await suite.push('alpine-3.20.3', 'alpine', 'again');
  await eventually(() => exporter.getFinishedSpans().some(({ links }) => links.length > 0));
  const joined = exporter.getFinishedSpans().find(({ links }) => links.length > 0)!;
  expect(joined.name).toBe('send scan.completed');
  expect(joined.spanContext().traceId).not.toBe(charged.traceId);
  expect(joined.links[0]!.context.traceId).toBe(charged.traceId);

  const declined = await suite.settled(await suite.push('windows', 'windows', 'ltsc'), 'windows');
  await eventually(() => ofTrace(declined.traceId).some(({ name }) => name === 'send recommendation.changed'));
  expect(servicesOf(ofTrace(declined.traceId).filter(({ name }) => name.startsWith('send ')))).toEqual([
    'eligibility',
    'ingestion',
    'recommendation',
  ]);
  expect(ofTrace(declined.traceId).some(({ name }) => name === 'pull' || name === 'scan')).toBe(false);
});
