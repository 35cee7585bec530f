import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { decode, encode, encodeMark, type AnyEvent, type FindingClassified, type MarkData } from '@assay/events';
import { pushLayout } from '@assay/local-registry';
import { kafkaSettings, openKafkaLog, partitionOf, type EventLog } from '@assay/messaging';
import { eventually } from '@assay/testing';
import { settled, startDistributed, temporaryFolder, type Distributed } from './distributed.ts';
import { Api } from '../../apps/assay/src/client/api.ts';
import { mirror } from './mirror.ts';
import { images } from './suite.ts';

const run = promisify(execFile);
/** Between two looks at what came. */
const pauseMs = 250;
const partitions = 4;
/** One broker keeps the only copy. */
const single = { ASSAY_KAFKA_REPLICATION: '1', ASSAY_KAFKA_MIN_INSYNC: '1' };
const program = fileURLToPath(new URL('../../docs/examples/findings.py', import.meta.url));
const venv = fileURLToPath(new URL('../../node_modules/.cache/assay/findings-consumer', import.meta.url));

const goProgram = join(dirname(program), 'recommendations.go');
const goFolder = join(dirname(venv), 'recommendations-consumer');
const kgo = 'github.com/twmb/franz-go';

/** Builds the consumer in Go, as the documentation states. Modules come from the cache of Go after the first time. */
beforeAll(async () => {
  const go = (...args: readonly string[]) => run('go', args, { cwd: goFolder });
  await mkdir(goFolder, { recursive: true });
  await writeFile(join(goFolder, 'main.go'), await readFile(goProgram));
  if (!existsSync(join(goFolder, 'go.sum'))) {
    await go('mod', 'init', 'recommendations');
    await go('get', `${kgo}@v1.22.3`, `${kgo}/pkg/kadm@v1.20.0`);
  }
  await go('vet', '.');
  await go('build', '-o', 'recommendations', '.');
});

beforeAll(async () => {
  if (existsSync(join(venv, 'ready'))) return;
  await run('python3', ['-m', 'venv', venv]);
  await run(join(venv, 'bin/pip'), ['install', '--quiet', 'confluent-kafka==2.12.2']);
  await run('touch', [join(venv, 'ready')]);
});

interface Kept {
  readonly digest: string;
  readonly result: number | null;
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

/** Runs the consumer in Go to the end of its topic: the status of each image by its digest, and its output. */
const recommended = async ({ kafka }: Distributed, file: string) => {
  const { stdout } = await run(join(goFolder, 'recommendations'), ['--bootstrap', kafka.url, '--file', file]);
  const partitions = Object.values(JSON.parse(readFileSync(file, 'utf8')) as Record<string, { images: object }>);
  const images = partitions.flatMap((each) => Object.values(each.images) as { digest: string; status: string }[]);
  return { stdout, statuses: Object.fromEntries(images.map(({ digest, status }) => [digest, status])) };
};

const kept = ['id', 'verdict', 'classification', 'status', 'reason', 'database', 'scanner', 'result', 'set'] as const;

/** All images with findings, as an export of the API has them. The keys and fields are those of the consumer. */
const exported = async ({ suite }: Distributed): Promise<Record<string, Kept>> => {
  const { url, token } = suite.endpoint;
  let text = '';
  // The API makes one export at a time, and refuses another one.
  await eventually(async () => {
    const answer = await fetch(`${url}/assay/sets`, { headers: { authorization: `Bearer ${token}` } });
    text = await answer.text();
    return answer.ok;
  }, pauseMs);
  const lines = text.trimEnd().split('\n');
  const all: Record<string, Kept> = {};
  for (const { kind, classified, registryId, repository, digest } of lines.map((line) => JSON.parse(line) as Line))
    if (kind === 'image' && classified)
      all[[registryId.toLowerCase(), repository, digest].join('|')] = {
        digest,
        ...Object.fromEntries(kept.map((name) => [name, classified[name] ?? null])),
        findings: classified.findings,
      } as Kept;
  return all;
};

/** The part of a line that is read here. */
interface Line {
  readonly kind: string;
  readonly registryId: string;
  readonly repository: string;
  readonly digest: string;
  readonly classified?: Readonly<Record<string, unknown>>;
}

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
  await log.append([newerVersion(first, partition, 'finding.classified', 2)]);
  const { stdout } = await consumed(distributed, file);
  expect(stdout).toMatch(
    new RegExp(`^waits at ${partition}/\\d+ for a program that knows assay\\.finding\\.classified\\.v2$`, 'm'),
  );
});

it('a consumer in Go keeps the status of each image, and waits at a version that it does not know', async () => {
  const distributed = await startDistributed({ env: { ASSAY_PARTITIONS: String(partitions) } });
  const { suite, kafka } = distributed;
  const file = join(await temporaryFolder(), 'recommendations.json');
  const registry = suite.endpoint.registries[0]!.loginServer;
  const [sick, odd] = ['debian-13.0', 'windows'].map(digestOf) as [string, string];
  for (const layout of ['debian-13.0', 'windows']) {
    await pushLayout(join(images, layout), { registry, repository: 'team/web', tag: layout, plainHttp: true });
    await settled(suite, digestOf(layout), 'team/web');
  }
  await eventually(async () => Object.keys((await recommended(distributed, file)).statuses).length === 2);
  const { statuses, stdout } = await recommended(distributed, file);
  expect(statuses).toEqual({ [sick]: 'unhealthy', [odd]: 'not-applicable' });
  const lines = stdout.trim().split('\n');
  expect(lines.find((line) => line.includes(odd))).toContain(
    `${registry}/team/web@${odd} not-applicable windows-image`,
  );
  expect(lines.find((line) => line.includes(sick))).toMatch(/ unhealthy {2}map\[Critical:\d+ .*\], \d+ fixable$/);
  expect(lines).toHaveLength(2);

  const log = await openKafkaLog(kafkaSettings({ ...single, ASSAY_KAFKA_BROKERS: kafka.url }), {
    partitions,
    clientId: 'late',
  });
  onTestFinished(() => log.close());
  const partition = partitionOf(sick, partitions);
  await log.append([newerVersion(sick, partition, 'recommendation.changed', 3)]);
  const after = await recommended(distributed, file);
  expect(after.statuses).toEqual(statuses);
  expect(after.stdout).toMatch(new RegExp(`^waits at ${partition}/\\d+ for a program that knows more$`, 'm'));
});

it('a consumer in Python has the freshness of each image that the API answers, from marks', async () => {
  const { source, publish } = await mirror();
  await publish(await databaseOf('first', 2));
  const distributed = await startDistributed({
    env: { ASSAY_PARTITIONS: String(partitions), ASSAY_DATABASE_SOURCES: source },
  });
  const { suite, kafka } = distributed;
  const { url, token, registries } = suite.endpoint;
  const update = () => new Api(url, token).databaseOrder('update', {}, () => undefined);
  const file = join(await temporaryFolder(), 'images.json');
  /** The database of each image by its repository, as the API answers it. */
  const databases = async (): Promise<Record<string, string>> =>
    Object.fromEntries(
      Object.entries(await exported(distributed)).map(([key, { database }]) => [key.split('|')[1]!, database.digest]),
    );
  const answers = (expected: Record<string, string>) =>
    eventually(async () => {
      const now = await databases();
      return Object.entries(expected).every(([repository, digest]) => now[repository] === digest);
    }, pauseMs);
  const agree = async () => expect((await consumed(distributed, file)).images).toEqual(await exported(distributed));

  const { digest: first } = await update();
  const [demo, , hardened] = registries;
  for (const [layout, repository, { loginServer }] of [
    ['debian-13.0', 'web', demo!],
    ['debian-13.0', 'hardened', hardened!],
    ['debian-13.8', 'fresh', demo!],
    ['alpine-3.20.3', 'excepted', demo!],
  ] as const) {
    await pushLayout(join(images, layout), { registry: loginServer, repository, tag: 'v1', plainHttp: true });
    await settled(suite, digestOf(layout), repository);
  }
  await answers({ web: first, hardened: first, fresh: first, excepted: first });
  await agree();

  // The classifier parks this record, so its next mark does not cover the image.
  const log = await openKafkaLog(kafkaSettings({ ...single, ASSAY_KAFKA_BROKERS: kafka.url }), {
    partitions,
    clientId: 'marks',
  });
  onTestFinished(() => log.close());
  const excepted = digestOf('alpine-3.20.3');
  await log.append([invalidResult(excepted, partitionOf(excepted, partitions))]);
  await publish(await databaseOf('second', 1));
  const { digest: second } = await update();
  expect(second).not.toBe(first);
  await eventually(async () => (await marksOf(log, second)).length === partitions, 250);
  expect((await marksOf(log, second)).flatMap(({ except }) => except)).toContainEqual({
    digest: excepted,
    reason: 'invalid-event',
  });
  await answers({ web: second, hardened: second, fresh: second, excepted: first });
  await agree();

  // Marks of another scanner, and marks that except a registry. The sequences are above those of the classifier.
  const database = { builtAt: '2026-11-28T00:00:00.000Z', demonstration: false };
  const third = `sha256:${'3'.repeat(64)}`;
  const covering = { announced: 1000, except: [{ digest: excepted, reason: 'invalid-event' }] };
  for (const [at, data] of [
    { ...covering, scanner: 'another', database: { ...database, digest: `sha256:${'0'.repeat(64)}` } },
    {
      ...covering,
      scanner: 'trivy',
      database: { ...database, digest: third },
      registries: [{ registryId: hardened!.registryId.toLowerCase(), reason: 'unauthorized' }],
    },
  ].entries())
    await log.append(Array.from({ length: partitions }, (_, partition) => markRecord(partition, at + 1, data)));
  await answers({ web: third, hardened: second, fresh: third, excepted: first });
  await agree();
});

/** A database with the advisories of the demonstration, built some days ago. Each has a digest of its own. */
const databaseOf = async (name: string, ageDays: number): Promise<string> => {
  const folder = await temporaryFolder();
  const from = join(images, 'advisories');
  const advisories = zstdDecompressSync(await readFile(join(from, 'trivy.db.zst')));
  await writeFile(join(folder, 'trivy.db.zst'), zstdCompressSync(Buffer.concat([advisories, Buffer.from(name)])));
  const metadata = JSON.parse(await readFile(join(from, 'metadata.json'), 'utf8')) as object;
  const built = new Date(Date.now() - ageDays * 86_400_000).toISOString();
  await writeFile(join(folder, 'metadata.json'), JSON.stringify({ ...metadata, UpdatedAt: built }));
  return folder;
};

/** The marks of finding.classified with a database. */
const marksOf = async (log: EventLog, database: string): Promise<readonly MarkData[]> => {
  const marks: MarkData[] = [];
  for (let partition = 0; partition < log.partitions; partition += 1)
    for await (const { records } of log.read(
      'finding.classified',
      partition,
      0,
      await log.end('finding.classified', partition),
    ))
      for (const record of records) {
        const decoded = decode(record.topic, record);
        if (decoded.kind === 'mark' && decoded.mark.data.database.digest === database) marks.push(decoded.mark.data);
      }
  return marks;
};

const markRecord = (partition: number, number: number, data: MarkData) => ({
  ...encodeMark({
    id: `mark ${number} of ${partition}`,
    source: '/assay/classifier',
    time: '2026-11-28T09:15:02.600Z',
    sequence: `9999999999999.${number}`,
    data,
  }),
  topic: 'finding.classified',
  partition,
});

/** A result of a scan whose data is not valid. */
const invalidResult = (digest: string, partition: number) => ({
  topic: 'scan.completed',
  partition,
  key: digest,
  value: '{}',
  headers: {
    ce_id: 'invalid',
    ce_type: 'assay.scan.completed.v1',
    ce_source: '/assay/sandbox-runner',
    ce_specversion: '1.0',
    ce_subject: digest,
    ce_time: '2026-11-28T09:15:02.600Z',
    'content-type': 'application/json',
  },
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

const newerVersion = (digest: string, partition: number, topic: string, version: number) => ({
  topic,
  partition,
  key: digest,
  value: '{}',
  headers: {
    ce_id: 'newer',
    ce_type: `assay.${topic}.v${version}`,
    ce_source: '/assay/classifier',
    ce_specversion: '1.0',
    ce_subject: digest,
    ce_time: '2026-11-24T09:15:02.600Z',
    ce_sequence: '9999999999999.1',
    'content-type': 'application/json',
  },
});
