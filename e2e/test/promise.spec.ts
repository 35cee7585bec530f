import { metrics } from '@opentelemetry/api';
import { expect, it, onTestFinished } from 'vitest';
import { startTelemetry } from '@assay/telemetry';
import { patienceMs } from '@assay/testing';
import { parsed, type Sample } from '../../libs/telemetry/test/prometheus-text.ts';
import { terminal, TestSuite, type AnsweredPlacement } from './suite.ts';

/** The promise of a push that a registry reported, as the documents have it. */
const promiseMs = 15 * 60_000;

interface Written {
  readonly partition: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly data: {
    readonly pushId: string;
    readonly registryId: string;
    readonly repository: string;
    readonly digest: string;
    readonly receivedAt: string;
    readonly page?: number;
    readonly pages?: number;
    readonly facts?: { readonly kind: string; readonly children?: readonly { readonly kind: string }[] };
  };
}

/** The records of a topic as they are written, of any version. */
const recordsOf = async ({ log }: TestSuite['suite'], topic: string): Promise<Written[]> => {
  const all: Written[] = [];
  for (let partition = 0; partition < log.partitions; partition += 1)
    for await (const { records } of log.read(topic, partition, 0, await log.end(topic, partition)))
      for (const { headers, value } of records)
        if (headers.ce_type?.startsWith(`assay.${topic}.`))
          all.push({ partition, headers: headers as Written['headers'], data: JSON.parse(value) as Written['data'] });
  return all;
};

interface JudgedPush {
  readonly receivedAt: number;
  /** Time of the event that answers it, ms since the epoch. Absent without one. */
  readonly answeredAt?: number;
}

/**
 * The pushes and their first answers, by the records alone: no code of the product judges here. A push is answered by
 * the first verdict or classification about it, or about a later push of the image at its place.
 */
const judged = async (suite: TestSuite['suite']): Promise<readonly JudgedPush[]> => {
  const placeOf = ({ data: { registryId, repository, digest } }: Written): string =>
    `${registryId} ${repository} ${digest}`.toLowerCase();
  const answers = [
    ...(await recordsOf(suite, 'scan.declined')),
    ...(await recordsOf(suite, 'finding.classified')).filter(({ data }) => data.page === data.pages),
  ];
  const pushes = new Map<string, Written>();
  for (const each of await recordsOf(suite, 'image.pushed')) pushes.set(`${placeOf(each)} ${each.data.pushId}`, each);
  return [...pushes.values()]
    .filter(({ data: { facts } }) => !(facts?.kind === 'index' && facts.children?.some(({ kind }) => kind === 'image')))
    .map((push) => {
      const times = answers
        .filter((answer) => placeOf(answer) === placeOf(push))
        .filter(({ data }) => data.pushId === push.data.pushId || data.receivedAt > push.data.receivedAt)
        .map(({ headers }) => Date.parse(headers['ce_time']!));
      const receivedAt = Date.parse(push.data.receivedAt);
      return times.length > 0 ? { receivedAt, answeredAt: Math.min(...times) } : { receivedAt };
    });
};

const sumOf = (samples: readonly Sample[], name: string, labels: Readonly<Record<string, string>> = {}): number =>
  samples
    .filter((sample) => sample.name === name)
    .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
    .reduce((sum, { value }) => sum + value, 0);

/** The index of the bucket with the 99th percentile. */
const bucketOfP99 = (bounds: readonly number[], seconds: readonly number[]): number => {
  const at = seconds.toSorted((a, b) => a - b)[Math.ceil(seconds.length * 0.99) - 1]!;
  return bounds.findIndex((bound) => at <= bound);
};

it('counts each push once, and those in time, as the events have them', async () => {
  const telemetry = await startTelemetry({ version: '1', env: {}, metrics: { host: '127.0.0.1', port: 0 } });
  onTestFinished(async () => {
    await telemetry.shutdown();
    metrics.disable();
  });
  const suite = await TestSuite.start();
  const samples = async (): Promise<readonly Sample[]> =>
    parsed(await (await fetch(telemetry.metricsUrl!)).text()).samples;
  const digest = await suite.push('alpine-3.20.3', 'alpine', 'v1');
  await suite.settled(digest, 'alpine');
  // The same image again, under further names and at another place; one that is refused; one that was late.
  for (const tag of ['v2', 'v3']) await suite.push('alpine-3.20.3', 'alpine', tag);
  await suite.push('alpine-3.20.3', 'other', 'v1');
  await suite.settled(await suite.push('windows', 'windows', 'v1'), 'windows');
  const [notification] = (await recordsOf(suite.suite, 'notification.received')).filter(
    ({ headers, data }) => headers['ce_subject'] === digest && data.repository === 'alpine',
  );
  const lateAt = new Date(Date.now() - 4 * promiseMs).toISOString();
  const late = { receivedAt: lateAt, occurredAt: lateAt, tag: 'late', senderEventId: 'a-late-one' };
  await suite.suite.log.append([
    {
      topic: 'notification.received',
      partition: notification!.partition,
      key: digest,
      headers: { ...notification!.headers, ce_id: 'a-late-one', ce_correlationid: 'a-late-one' },
      value: JSON.stringify({ ...notification!.data, ...late }),
    },
  ]);

  await expect
    .poll(async () => (await judged(suite.suite)).filter(({ answeredAt }) => answeredAt !== undefined).length, {
      timeout: patienceMs,
    })
    .toBe(6);
  await expect
    .poll(async () => sumOf(await samples(), 'assay_push_duration_seconds_count'), { timeout: patienceMs })
    .toBe(6);
  const seenAt = Date.now();
  const pushes = await judged(suite.suite);
  const inTime = pushes.filter(({ receivedAt, answeredAt = Infinity }) => answeredAt <= receivedAt + promiseMs);
  const all = await samples();
  expect(pushes).toHaveLength(6);
  expect(sumOf(all, 'assay_pushes_total')).toBe(pushes.length);
  expect(sumOf(all, 'assay_pushes_total', { in_time: 'true' })).toBe(inTime.length);
  expect(inTime).toHaveLength(5);
  expect(sumOf(all, 'assay_pushes_total', { outcome: 'declined', in_time: 'true' })).toBe(1);

  // A push ends with what recommendation makes of the answer: at the answer, or between it and now.
  const buckets = all.filter(
    ({ name, labels }) => name === 'assay_push_duration_seconds_bucket' && labels['lane'] === 'push',
  );
  const bounds = buckets.map(({ labels }) => (labels['le'] === '+Inf' ? Infinity : Number(labels['le'])));
  const p99 = buckets.findIndex(({ value }) => value >= Math.ceil(pushes.length * 0.99));
  const [least, most] = [
    pushes.map(({ receivedAt, answeredAt = 0 }) => (answeredAt - receivedAt) / 1000),
    pushes.map(({ receivedAt }) => (seenAt - receivedAt) / 1000),
  ];
  expect(p99).toBeGreaterThanOrEqual(bucketOfP99(bounds, least));
  expect(p99).toBeLessThanOrEqual(bucketOfP99(bounds, most));

  // Requests are by the template of their route: no digest stands in any label.
  const text = await (await fetch(telemetry.metricsUrl!)).text();
  expect(text).toContain('http_route="/assay/images/:digest"');
  expect(text).not.toMatch(/sha256|[0-9a-f]{64}/);
  const areTerminal = async (): Promise<boolean> => {
    const placed = await suite.get<{ placements: AnsweredPlacement[] }>(`/assay/images/${encodeURIComponent(digest)}`);
    return placed.placements.every(({ status }) => terminal(status));
  };
  // The read model may follow the metrics.
  await expect.poll(areTerminal, { timeout: patienceMs }).toBe(true);
});
