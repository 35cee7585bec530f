import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { encode, type AnyEvent, type FindingClassified } from '@assay/events';
import { pushLayout } from '@assay/local-registry';
import { kafkaSettings, openKafkaLog, partitionOf, type EventLog } from '@assay/messaging';
import { eventually } from '@assay/testing';
import { settled, startDistributed, temporaryFolder, type Distributed } from './distributed.ts';
import { Api } from '../../apps/assay/src/client/api.ts';
import { images } from './suite.ts';

const run = promisify(execFile);
const partitions = 4;
/** One broker keeps the only copy. */
const single = { ASSAY_KAFKA_REPLICATION: '1', ASSAY_KAFKA_MIN_INSYNC: '1' };
const program = fileURLToPath(new URL('../../docs/examples/findings.py', import.meta.url));
const venv = fileURLToPath(new URL('../../node_modules/.cache/assay/findings-consumer', import.meta.url));

beforeAll(async () => {
  if (existsSync(join(venv, 'ready'))) return;
  await run('python3', ['-m', 'venv', venv]);
  await run(join(venv, 'bin/pip'), ['install', '--quiet', 'confluent-kafka==2.12.2']);
  await run('touch', [join(venv, 'ready')]);
});

interface Kept {
  readonly digest: string;
  readonly status: string;
  readonly database: { readonly digest: string };
  readonly set: { readonly count: number };
  readonly findings: readonly { readonly vulnerability: string; readonly package: string; readonly state: string }[];
}

/** Makes the file of the consumer of an export. */
const fromExport = (from: string, file: string) =>
  run(join(venv, 'bin/python'), [join(dirname(program), 'export.py'), from, file]);

/** Runs the consumer of the documentation to the end of the topic, from its file or the beginning on. */
const consumed = async ({ kafka }: Distributed, file: string) => {
  const { stdout } = await run(join(venv, 'bin/python'), [program, '--bootstrap', kafka.url, '--file', file]);
  const partitions = JSON.parse(readFileSync(file, 'utf8')) as Record<string, { images: Record<string, Kept> }>;
  return {
    stdout,
    images: Object.assign({}, ...Object.values(partitions).map((each) => each.images)) as Record<string, Kept>,
  };
};

/** Active findings of an image as the API answers them, one line each. */
const answered = async ({ suite }: Distributed, digest: string): Promise<string[]> => {
  const { url, token } = suite.endpoint;
  const report = (await new Api(url, token).report(digest, 'cyclonedx')) as {
    readonly vulnerabilities: readonly { readonly id: string; readonly affects: readonly object[] }[];
  };
  return report.vulnerabilities.flatMap(({ id, affects }) => affects.map(() => id)).toSorted();
};

const linesOf = (image: Kept | undefined): string[] =>
  (image?.findings ?? []).map(({ vulnerability }) => vulnerability).toSorted();

const digestOf = (layout: string): string =>
  (JSON.parse(readFileSync(join(images, layout, 'index.json'), 'utf8')) as { manifests: [{ digest: string }] })
    .manifests[0].digest;

it('a consumer in Python keeps what the API answers, from the published topic alone', async () => {
  const distributed = await startDistributed({ env: { ASSAY_PARTITIONS: String(partitions) } });
  const { suite, kafka } = distributed;
  const folder = await temporaryFolder();
  const file = join(folder, 'images.json');
  const registry = suite.endpoint.registries[0]!.loginServer;
  const push = async (layout: string, repository: string): Promise<string> => {
    await pushLayout(join(images, layout), { registry, repository, tag: 'v1', plainHttp: true });
    await settled(suite, digestOf(layout), repository);
    return digestOf(layout);
  };
  const first = await push('debian-13.0', 'team/web');
  await eventually(async () => linesOf(imageIn(await consumed(distributed, file), first)).length > 0);
  const before = await consumed(distributed, file);
  expect(linesOf(imageIn(before, first))).toEqual(await answered(distributed, first));
  expect(imageIn(before, first)).toMatchObject({ status: 'unhealthy', set: { count: 232 } });
  expect(before.stdout).toContain('unhealthy 232');

  const { url, token, registries } = suite.endpoint;
  const sets = await fetch(`${url}/assay/sets`, { headers: { authorization: `Bearer ${token}` } });
  const exported = await sets.text();
  writeFileSync(join(folder, 'export'), exported);

  // A rule changes states only: the change names positions.
  await new Api(url, token).setRule('accepted', {
    scope: `/subscriptions/${registries[0]!.subscriptionId}`,
    criteria: { severityBelow: 'High' },
    reason: 'accepted',
  });
  await eventually(async () => {
    const now = imageIn(await consumed(distributed, file), first);
    return now?.findings.some(({ state }) => state === 'exempt') ?? false;
  });
  const ruled = imageIn(await consumed(distributed, file), first)!;

  // A consumer that begins with the export has the same as one that read the whole topic.
  const second = await push('alpine-3.20.3', 'team/other');
  await eventually(async () => imageIn(await consumed(distributed, file), second) !== undefined);
  await fromExport(join(folder, 'export'), join(folder, 'joined'));
  const joined = await consumed(distributed, join(folder, 'joined'));
  expect(imageIn(joined, first)?.findings.some(({ state }) => state === 'exempt')).toBe(true);
  expect(joined.images).toEqual((await consumed(distributed, file)).images);
  // One that was cut off is no export.
  writeFileSync(join(folder, 'cut'), `${exported.trimEnd().split('\n').slice(0, -1).join('\n')}\n`);
  await expect(fromExport(join(folder, 'cut'), join(folder, 'none'))).rejects.toThrow('is cut');

  // A fenced owner appends late: its record has a lower sequence.
  const log = await openKafkaLog(kafkaSettings({ ...single, ASSAY_KAFKA_BROKERS: kafka.url }), {
    partitions,
    clientId: 'late',
  });
  onTestFinished(() => log.close());
  await appendLate(log, first);
  expect(imageIn(await consumed(distributed, file), first)).toEqual(ruled);

  // The file is lost.
  rmSync(file);
  expect(imageIn(await consumed(distributed, file), first)).toEqual(ruled);

  // A release that this program does not know writes a newer version.
  const partition = partitionOf(first, partitions);
  await log.append([newerVersion(first, partition)]);
  const { stdout } = await consumed(distributed, file);
  expect(stdout).toMatch(
    new RegExp(`^waits at ${partition}/\\d+ for a program that knows assay\\.finding\\.classified\\.v2$`, 'm'),
  );
});

const imageIn = ({ images: all }: { readonly images: Record<string, Kept> }, digest: string): Kept | undefined =>
  Object.values(all).find((image) => image.digest === digest);

/** The last classification of an image, appended again with an older sequence and no findings. */
const appendLate = async (log: EventLog, digest: string): Promise<void> => {
  const partition = partitionOf(digest, log.partitions);
  const events: AnyEvent[] = [];
  for await (const { records } of log.read(
    'finding.classified',
    partition,
    0,
    await log.end('finding.classified', partition),
  ))
    for (const { headers, value, key } of records)
      if (key === digest && headers.ce_type === 'assay.finding.classified.v1')
        events.push({
          id: 'late',
          source: '/assay/classifier',
          subject: digest,
          time: headers.ce_time!,
          sequence: '1.1',
          topic: 'finding.classified',
          data: { ...(JSON.parse(value) as FindingClassified), classification: 99, findings: [] },
        });
  await log.append([{ ...encode(events.at(-1)!), topic: 'finding.classified', partition }]);
};

const newerVersion = (digest: string, partition: number) => ({
  topic: 'finding.classified',
  partition,
  key: digest,
  value: '{}',
  headers: {
    ce_id: 'newer',
    ce_type: 'assay.finding.classified.v2',
    ce_source: '/assay/classifier',
    ce_specversion: '1.0',
    ce_subject: digest,
    ce_time: '2026-11-24T09:15:02.600Z',
    ce_sequence: '9999999999999.1',
    'content-type': 'application/json',
  },
});
