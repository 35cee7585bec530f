import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { context, metrics, trace } from '@opentelemetry/api';
import { expect, it, onTestFinished, vi } from 'vitest';
import { counter } from './metrics/instruments.ts';
import { startTelemetry } from './start.ts';
import { withoutRequestSpans } from './tracer.ts';

/** A collector that keeps the text in what it receives, and answers with a status. */
const collector = async (status: number) => {
  const received: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push(Buffer.concat(chunks).toString('latin1'));
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', endpoint);
  const telemetry = await startTelemetry({ version: '1', env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } });
  onTestFinished(async () => {
    await telemetry.shutdown();
    vi.unstubAllEnvs();
    for (const api of [context, metrics, trace]) api.disable();
    server.closeAllConnections();
    server.close();
  });
  return { telemetry, received, endpoint };
};

it('exports counters that are 0 at once if asked to, long before the first interval is over', async () => {
  const { telemetry, received } = await collector(200);
  counter('pushes', 'recommendation');
  await telemetry.flush();
  const begun = () => received.filter((text) => text.includes('assay.pushes') && text.includes('in_time'));
  // On a busy machine it may arrive after the flush has given up.
  await expect.poll(() => begun().length).toBe(1);
});

it('goes on without a collector that takes them', async () => {
  const { telemetry, received } = await collector(400);
  counter('pushes', 'recommendation');
  await telemetry.flush();
  await expect.poll(() => received.length).toBe(1);
});

it('exports a span for each request, and none within work that shows its requests itself', async () => {
  const { telemetry, received, endpoint } = await collector(200);
  await fetch(`${endpoint}/shown`);
  await withoutRequestSpans(async () => {
    await Promise.resolve();
    await fetch(`${endpoint}/hidden`);
  });
  await telemetry.shutdown();
  const text = () => received.join('');
  await expect.poll(text).toContain('/shown');
  expect(text()).not.toContain('/hidden');
});
