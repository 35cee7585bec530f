import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { expect, it } from 'vitest';
import { startTelemetry } from '@assay/telemetry';
import { eventually } from '@assay/testing';
import { partitionOfDigest } from '../../test/imports.ts';
import { append, classified, digestOf, emptyLog, emptyStore, running, toy } from '../../test/toy.ts';

const traceparentOf = (n: number): string => `00-${String(n).padStart(32, '1')}-b7ad6b7169203331-01`;

/** The spans of one kind that the toy's processors ended, as trace, name and the attributes of Assay. */
const collecting = async (decide = toy.decide) => {
  const exporter = new InMemorySpanExporter();
  const tracer = (
    await startTelemetry({ version: '1', env: {}, spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  ).tracer('billing');
  const log = emptyLog();
  await running(log, emptyStore(), { tracer }, decide);
  const ofAssay = (kind: string) =>
    exporter
      .getFinishedSpans()
      .filter(({ name }) => name.startsWith(`${kind} `))
      .map((span) => ({
        trace: span.spanContext().traceId.at(-1),
        name: span.name,
        error: span.status.message,
        ...Object.fromEntries(Object.entries(span.attributes).filter(([key]) => /^assay\.|batch/.test(key))),
      }));
  return { log, ofAssay };
};

it('names every parked event in its trace, also an unreadable one', async () => {
  const { log, ofAssay } = await collecting();
  const traced = (n: number, reason?: string) => ({
    ...classified(1, reason === undefined ? {} : { reason }),
    traceparent: traceparentOf(n),
  });
  await append(log, traced(1), traced(2, 'poison'), traced(3));
  await log.append([
    {
      topic: 'finding.classified',
      partition: 0,
      key: 'x',
      headers: { ce_id: 'x', ce_type: 'assay.finding.classified.v1', ce_traceparent: traceparentOf(4) },
      value: '{',
    },
  ]);
  await eventually(() => ofAssay('park').length === 3);
  expect(ofAssay('park').toSorted((a, b) => (a.trace! < b.trace! ? -1 : 1))).toEqual([
    {
      trace: '2',
      name: 'park finding.classified',
      error: 'this one cannot be handled',
      'assay.parked': 'handler-failed',
    },
    {
      trace: '3',
      name: 'park finding.classified',
      error: 'an earlier event of this image is parked',
      'assay.parked': 'key-halted',
    },
    { trace: '4', name: 'park finding.classified', error: expect.any(String), 'assay.parked': 'invalid-event' },
  ]);
});

it('names status, outcome and reason of what is sent', async () => {
  const { log, ofAssay } = await collecting((state, context) => {
    const decision = toy.decide(state, context);
    return {
      ...decision,
      events: decision.events.map((draft) => ({
        ...draft,
        data: { ...draft.data, status: 'undetermined', outcome: 'failed', reason: 'timeout' },
      })),
    };
  });
  await append(log, { ...classified(1), traceparent: traceparentOf(5) });
  await eventually(() => ofAssay('send').length === 1);
  expect(ofAssay('send')).toEqual([
    {
      trace: '5',
      name: 'send usage.charged',
      error: undefined,
      'assay.status': 'undetermined',
      'assay.outcome': 'failed',
      'assay.reason': 'timeout',
    },
  ]);
});

it('sends the events of one decision with one cause in one span, and those of another status in another', async () => {
  const { log, ofAssay } = await collecting((state, context) => {
    const decision = toy.decide(state, context);
    const statuses = ['healthy', 'healthy', 'unhealthy'];
    return {
      ...decision,
      events: decision.events.flatMap((draft) =>
        statuses.map((status, index) => ({ ...draft, idempotencyKey: `${index}`, data: { ...draft.data, status } })),
      ),
    };
  });
  await append(log, { ...classified(1), traceparent: traceparentOf(6) });
  await eventually(() => ofAssay('send').length === 2);
  expect(ofAssay('send')).toMatchObject([
    { trace: '6', 'assay.status': 'healthy', 'messaging.batch.message_count': 2 },
    { trace: '6', 'assay.status': 'unhealthy' },
  ]);
  expect(ofAssay('send')[1]).not.toHaveProperty(['messaging.batch.message_count']);
  const traceparents: string[] = [];
  for await (const { records } of log.read('usage.charged', partitionOfDigest(digestOf(1)), 0, 100))
    traceparents.push(...records.flatMap(({ headers }) => headers.ce_traceparent ?? []));
  expect(traceparents).toEqual(Array(3).fill(expect.stringMatching(`^${traceparentOf(6).slice(0, 36)}`)));
});
