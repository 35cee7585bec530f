import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startJaeger, type Jaeger } from '../../tools/services/index.ts';
import { images, TestSuite } from '../test/suite.ts';
import { searchOf } from './panels.ts';

let [folder, jaeger] = ['', undefined as Jaeger | undefined];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-traces-'));
  jaeger = await startJaeger(join(folder, 'jaeger'));
});

afterAll(async () => {
  await jaeger?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** An image whose only layer is no archive, as a path from the other images. */
const brokenLayout = async (): Promise<string> => {
  const layout = join(folder, 'broken');
  await cp(join(images, 'alpine-3.20.3'), layout, { recursive: true });
  const written = async (bytes: string): Promise<{ digest: string; size: number }> => {
    const hash = createHash('sha256').update(bytes).digest('hex');
    await writeFile(join(layout, 'blobs/sha256', hash), bytes);
    return { digest: `sha256:${hash}`, size: bytes.length };
  };
  const index = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8')) as { manifests: { digest: string }[] };
  const [first] = index.manifests;
  const path = join(layout, 'blobs', first!.digest.replace(':', '/'));
  const manifest = JSON.parse(await readFile(path, 'utf8')) as { layers: object[] };
  manifest.layers = [{ ...manifest.layers[0], ...(await written('no archive')) }];
  Object.assign(first!, await written(JSON.stringify(manifest)));
  await writeFile(join(layout, 'index.json'), JSON.stringify(index));
  return relative(images, layout);
};

interface Trace {
  readonly traceID: string;
  readonly spans: readonly { readonly operationName: string }[];
}

/**
 * Asks Jaeger as the data source of Grafana does for a panel (`Search` in `pkg/tsdb/jaeger` of its sources).
 *
 * @param slow what the user entered at the head of the board, in place of its default
 */
const found = async (panel: string, slow?: string): Promise<readonly Trace[]> => {
  const { tags, ...search } = searchOf('promise', panel, slow);
  const pairs = tags?.split(' ').map((each) => each.split('='));
  const query = new URLSearchParams({
    ...search,
    ...(pairs ? { tags: JSON.stringify(Object.fromEntries(pairs)) } : {}),
  });
  const answer = await fetch(`${jaeger!.url}/api/traces?${query.toString()}`);
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { data: Trace[] }).data;
};

it('finds the traces of slow and of failed pushes in a real Jaeger, by the queries of the board', async () => {
  const exporter = new OTLPTraceExporter({ url: `${jaeger!.otlp}/v1/traces` });
  const suite = await TestSuite.start({
    spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis: 100 })],
  });
  const sound = await suite.settled(await suite.push('alpine-3.20.3', 'alpine', 'v1'), 'alpine');
  const broken = await suite.settled(await suite.push(await brokenLayout(), 'broken', 'v1'), 'broken');
  expect([sound.status, broken.status]).toEqual(['unhealthy', 'undetermined']);
  const ids = async (panel: string, slow?: string): Promise<readonly string[]> =>
    (await found(panel, slow)).map(({ traceID }) => traceID).toSorted();
  await expect.poll(() => ids('Slow pushes', '1ms')).toEqual([sound.traceId!, broken.traceId!].toSorted());
  expect(await ids('Failed pushes')).toEqual([broken.traceId]);
  expect(await ids('Slow pushes', '24h')).toEqual([]);
  // With the default of the board, those that took so long on this machine.
  expect([sound.traceId, broken.traceId]).toEqual(expect.arrayContaining([...(await ids('Slow pushes'))]));
  const [trace] = await found('Failed pushes');
  expect(trace!.spans.map(({ operationName }) => operationName)).toEqual(
    expect.arrayContaining(['POST /ingest/acr', 'pull', 'scan', 'push']),
  );
});
