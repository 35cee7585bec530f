import { join } from 'node:path';
import { expect, it } from 'vitest';
import { flow } from '@assay/events';
import { pushLayout } from '@assay/local-registry';
import { eventually } from '@assay/testing';
import { collecting, textIn, type CollectedSpan } from './collector.ts';
import { startDistributed } from './distributed.ts';
import { images, terminal, type AnsweredPlacement } from './suite.ts';

const all = flow.map(({ app }) => `assay-${app}`).toSorted();
const callersTrace = '4bf92f3577b34da6a3ce929d0e0e4736';
const callersSpan = '00f067aa0ba902b7';

it('is one trace in a collector, from the webhook to recommendation and charge, across six processes', async () => {
  const collected = await collecting(100);
  const { suite, secrets } = await startDistributed({
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collected.url, OTEL_METRIC_EXPORT_INTERVAL: '100' },
  });
  const [registry] = suite.endpoint.registries;
  const push = (image: string, repository: string): Promise<{ digest: string }> =>
    pushLayout(join(images, image), { registry: registry!.loginServer, repository, tag: '1', plainHttp: true });
  const { digest } = await push('alpine-3.20.3', 'alpine');
  // The runner is busy for some seconds; its metrics are read during that time.
  for (const other of ['nginx-1.23.3', 'debian-13.0']) await push(other, other);
  const placed = async (): Promise<AnsweredPlacement | undefined> =>
    (
      await suite
        .get<{ placements: AnsweredPlacement[] }>(`/assay/images/${encodeURIComponent(digest)}`)
        .catch(() => undefined)
    )?.placements[0];
  await eventually(async () => {
    const placement = await placed();
    return placement !== undefined && terminal(placement.status) && Boolean(placement.charge);
  });
  const { traceId } = (await placed())!;

  const figures = ['assay.consumer.lag', 'assay.outbox.age', 'assay.events.parked.now'];
  const isExported = (name: string, service: string): boolean =>
    collected.gauges.some(
      (gauge) => gauge.name === name && `assay-${gauge.label}` === service && gauge.service === service,
    );
  await eventually(() => figures.every((name) => all.every((service) => isExported(name, service))));
  await eventually(() => isExported('assay.jobs.age', 'assay-sandbox-runner'));

  // This happens within a second of the end, so it reaches the collector only if SIGTERM flushes it.
  await fetch(`${suite.endpoint.url}/ingest/acr`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${secrets[registry!.name]}`,
      traceparent: `00-${callersTrace}-${callersSpan}-01`,
    },
    body: JSON.stringify({
      id: 'told-by-a-traced-sender',
      timestamp: new Date().toISOString(),
      action: 'push',
      request: { id: 'request', host: registry!.loginServer, method: 'PUT', useragent: 'test' },
      target: { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, repository: 'alpine', tag: 'again' },
    }),
  });
  await suite.close();

  const ofTrace = (wanted: string | undefined): CollectedSpan[] =>
    collected.spans.filter((span) => span.traceId === wanted);
  // The collector decides about a whole trace, some time after its first span.
  await eventually(() => ofTrace(callersTrace).length > 0);
  const spans = ofTrace(traceId);
  expect([...new Set(spans.map(({ service }) => service))].toSorted()).toEqual(all);
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
      'send recommendation.changed',
      'send usage.charged',
    ]),
  );
  expect(textIn(spans.find(({ name }) => name === 'send recommendation.changed')!.attributes, 'assay.status')).toBe(
    'unhealthy',
  );
  const ids = new Set(spans.map(({ spanId }) => spanId));
  expect(spans.filter(({ parentSpanId }) => !parentSpanId || !ids.has(parentSpanId)).map(({ name }) => name)).toEqual([
    'POST /ingest/acr',
  ]);
  expect(ofTrace(callersTrace)).toContainEqual(
    expect.objectContaining({ name: 'POST /ingest/acr', parentSpanId: callersSpan, service: 'assay-ingestion' }),
  );
});

it('keeps the traces of failed and parked pushes, a share of the others, and what shows a slow one', async () => {
  const [none, all] = [await collecting(0), await collecting(100)];
  const traces = {
    // First, so that it is decided first.
    late: {},
    healthy: { 'assay.status': 'healthy' },
    unhealthy: { 'assay.status': 'unhealthy' },
    undetermined: { 'assay.status': 'undetermined', 'assay.reason': 'operating-system-end-of-life' },
    failed: { 'assay.outcome': 'failed', 'assay.reason': 'crashed' },
    'timed-out': { 'assay.outcome': 'timed-out', 'assay.reason': 'timeout' },
    parked: { 'assay.parked': 'handler-failed' },
  };
  const idOf = (name: string): string => Buffer.from(name.padEnd(16, '.')).toString('hex');
  const send = async (
    to: string,
    trace: string,
    name: string,
    attributes: Readonly<Record<string, string>>,
    lastsMs = 0,
  ) => {
    const end = Date.now();
    const span = {
      traceId: idOf(trace),
      spanId: Buffer.from(name.padEnd(8, '.')).toString('hex'),
      name,
      startTimeUnixNano: `${end - lastsMs}000000`,
      endTimeUnixNano: `${end}000000`,
      attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: { stringValue: value } })),
    };
    const { status } = await fetch(`${to}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ resourceSpans: [{ resource: {}, scopeSpans: [{ scope: {}, spans: [span] }] }] }),
    });
    expect(status).toBe(200);
  };
  const kept = ({ spans }: typeof none) =>
    [...new Set(spans.map(({ traceId, name }) => `${name} ${traceId}`))]
      .map((each) => {
        const [name, id] = each.split(' ');
        return `${Object.keys(traces).find((trace) => idOf(trace) === id)} ${name}`;
      })
      .toSorted();
  for (const [trace, attributes] of Object.entries(traces))
    for (const { url } of [none, all]) {
      await send(url, trace, 'begin', {});
      await send(url, trace, 'end', attributes);
    }
  const failures = ['failed', 'parked', 'timed-out', 'undetermined'];
  const whole = (names: readonly string[]) => names.flatMap((name) => [`${name} begin`, `${name} end`]).toSorted();
  await eventually(() => kept(all).length === 2 * Object.keys(traces).length);
  await eventually(() => kept(none).filter((each) => each.endsWith('begin')).length === failures.length);
  expect(kept(none)).toEqual(whole(failures));
  // The others were dropped by now, and what fails later is kept by itself.
  await send(none.url, 'late', 'failure', { 'assay.outcome': 'failed' });
  await send(none.url, 'late', 'push', {}, 1_000);
  await send(none.url, 'healthy', 'push', {}, 60_000);
  const later = ['late failure', 'healthy push'];
  await eventually(() => later.every((each) => kept(none).includes(each)));
  expect(kept(none)).toEqual([...whole(failures), ...later].toSorted((one, other) => (one < other ? -1 : 1)));
});
