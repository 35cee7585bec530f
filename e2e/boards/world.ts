import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { zstdDecompressSync } from 'node:zlib';
import { pushLayout, startLocalRegistry, type LocalRegistry } from '@assay/local-registry';
import { kafkaSettings, openKafkaLog, partitionOf, type EventLog } from '@assay/messaging';
import { Api } from '../../apps/assay/dist/client/api.js';
import { demoRegistries } from '../../apps/assay/dist/demo/run.js';
import { localRegistryOf } from '../../apps/assay/dist/suite/local-registry.js';
import { freePort, startKafka, startRedis, type RunningServer } from '../../tools/services/index.ts';
import { DistributedSuite } from '../distributed/suite.ts';
import type { ServiceProcess } from '../distributed/service-process.ts';
import { home } from '../home.ts';
import { unhurried } from '../unhurried.ts';
import { datedDatabase } from '../../tools/dated-database.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const images = join(root, 'e2e/images');
const partitions = 12;

/** Seconds between two sweeps: sixty times shorter than the quarter of an hour of the default. */
const sweepSeconds = 15;

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

/** A registry of this machine, which can go away and come back. */
class Registry {
  readonly secret: string;
  #running: LocalRegistry | undefined;

  private constructor(
    readonly name: string,
    private readonly directory: string,
    private readonly webhookUrl: string,
  ) {
    this.secret = `secret-of-${name}`;
  }

  static async start(name: string, directory: string, webhookUrl: string): Promise<Registry> {
    const registry = new Registry(name, directory, webhookUrl);
    await registry.start();
    return registry;
  }

  #port = 0;

  async start(): Promise<void> {
    this.#running = await startLocalRegistry({
      directory: this.directory,
      host: '127.0.0.1',
      port: this.#port,
      webhook: { url: this.webhookUrl, headers: { authorization: `Bearer ${this.secret}` } },
    });
    this.#port = this.#running.port;
  }

  get loginServer(): string {
    return `127.0.0.1:${this.#port}`;
  }

  async stop(): Promise<void> {
    await this.#running?.close();
    this.#running = undefined;
  }

  /** Pushes an image that no webhook reports. */
  async pushUnseen(layout: string, repository: string, tag: string): Promise<string> {
    const silent = await startLocalRegistry({ directory: this.directory, host: '127.0.0.1', port: 0 });
    try {
      const to = { registry: silent.loginServer, repository, tag, plainHttp: true };
      return (await pushLayout(join(images, layout), to)).digest;
    } finally {
      await silent.close();
    }
  }
}

/** Six processes with Kafka, Redis and three registries, which send their metrics once a second. */
export class BoardsWorld {
  private constructor(
    private readonly folder: string,
    private readonly servers: readonly RunningServer[],
    readonly registries: readonly Registry[],
    readonly suite: DistributedSuite,
    readonly log: EventLog,
  ) {}

  /** @param otlp where the metrics go */
  static async start(folder: string, otlp: string): Promise<BoardsWorld> {
    mkdirSync(folder, { recursive: true });
    const [kafka, redis, port] = await Promise.all([
      startKafka({ folder: join(folder, 'kafka') }),
      startRedis({ folder: join(folder, 'redis') }),
      freePort(),
    ]);
    const registries = await Promise.all(
      demoRegistries.map(({ name }) =>
        Registry.start(name, join(folder, 'registry', name), `http://127.0.0.1:${port}/ingest/acr`),
      ),
    );
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:ASSAY|OTEL)_/.test(name)));
    const brokers = { ASSAY_KAFKA_BROKERS: kafka.url, ASSAY_KAFKA_REPLICATION: '1' };
    const suite = await DistributedSuite.start({
      folder: join(folder, 'suite'),
      port,
      registries: demoRegistries.map((spec, index) => {
        const { name, loginServer, secret } = registries[index]!;
        const { subscriptionId, subscriptionName } = spec;
        return { ...localRegistryOf(spec, loginServer, secret), name, subscriptionId, subscriptionName, secret };
      }),
      env: {
        ...env,
        ...unhurried,
        ...brokers,
        ASSAY_HOME: home,
        ASSAY_REDIS_URL: redis.url,
        ASSAY_PARTITIONS: String(partitions),
        ASSAY_SWEEP_SECONDS: String(sweepSeconds),
        ASSAY_DATABASE_SOURCES: 'off',
        OTEL_EXPORTER_OTLP_ENDPOINT: otlp,
        OTEL_METRIC_EXPORT_INTERVAL: '1000',
      },
    });
    const log = await openKafkaLog(kafkaSettings(brokers), { partitions, clientId: 'boards' });
    for (const { plan, subscriptionId } of demoRegistries) if (plan) await suite.switchOn(subscriptionId, plan);
    return new BoardsWorld(folder, [kafka, redis], registries, suite, log);
  }

  get api(): Api {
    const { url, token } = this.suite.endpoint;
    return new Api(url, token);
  }

  process(service: string): ServiceProcess {
    return this.suite.of(service)[0]!;
  }

  /** Runs the command line against the suite, and returns what it prints. Its exit code does not matter. */
  async command(...args: readonly string[]): Promise<string> {
    const { url, token } = this.suite.endpoint;
    const env = {
      PATH: process.env['PATH'],
      ASSAY_URL: url,
      ASSAY_API_TOKEN: token,
      ASSAY_BLOBS: join(this.folder, 'suite', 'blobs'),
      ASSAY_HOME: home,
    };
    const { stdout } = await run(process.execPath, [join(root, 'apps/assay/bin/assay.js'), ...args], { env }).catch(
      (error: Error & { readonly stdout?: string; readonly stderr?: string }) => {
        if (error.stdout) return { stdout: error.stdout };
        throw new Error(`assay ${args.join(' ')}: ${error.stderr ?? error.message}`);
      },
    );
    return stdout;
  }

  /**
   * Imports a database as one that was built some time ago, also in place of a newer one, and waits until the runner
   * scans with it. The advisories are those of the demonstration, with content of that day.
   */
  async importDatabase(ageMs: number): Promise<void> {
    const folder = join(this.folder, 'database');
    await mkdir(folder, { recursive: true });
    const builtAt = new Date(Date.now() - ageMs).toISOString();
    const metadata = { Version: 2, NextUpdate: '2036-01-01T00:00:00Z', UpdatedAt: builtAt, DownloadedAt: builtAt };
    const advisories = zstdDecompressSync(readFileSync(join(images, 'advisories', 'trivy.db.zst')));
    writeFileSync(join(folder, 'trivy.db'), datedDatabase(advisories, builtAt));
    await writeFile(join(folder, 'metadata.json'), JSON.stringify(metadata));
    await this.command('database', 'import', folder, '--force');
    const inUse = async (): Promise<boolean> => {
      const { value } = await this.suite.get<{ value: readonly { database?: { builtAt: string } }[] }>(
        '/assay/runners',
      );
      return value.every(({ database }) => database?.builtAt === builtAt);
    };
    for (const deadline = Date.now() + 120_000; !(await inUse()); await pause(500))
      if (Date.now() > deadline) throw new Error(`the runner does not scan with the database of ${builtAt}`);
  }

  /** Pushes an image to the first registry, once for each repository. */
  async push(layout: string, repositories: readonly string[]): Promise<void> {
    const [{ loginServer } = { loginServer: '' }] = this.registries;
    for (const repository of repositories)
      await pushLayout(join(images, layout), { registry: loginServer, repository, tag: '1', plainHttp: true });
  }

  /** Waits until every image has a final status. */
  async settled(timeoutMs = 240_000): Promise<void> {
    for (const deadline = Date.now() + timeoutMs; ; await pause(1_000)) {
      const open = (await this.api.images()).filter(({ status }) => status === 'queued' || status === 'scanning');
      if (open.length === 0) return;
      if (Date.now() > deadline) throw new Error(`${open.length} images have no final status`);
    }
  }

  /**
   * Does as users do, so that the boards have something to show: asks the gate, fewer times than its alert looks at,
   * queries, and exports charges.
   */
  async use(): Promise<void> {
    const images = await this.api.images();
    for (const digest of [...images.slice(0, 5).map((image) => image.digest), `sha256:${'1'.repeat(64)}`])
      await this.suite.get(`/assay/images/${digest}/gate`).catch(() => undefined);
    await this.api.query('securityresources | summarize count() by tostring(properties.status.code)');
    await this.api.export('focus-csv');
  }

  /** Appends a record that no service can read, about an image that there is not. Returns its target for commands. */
  async poison(topic: string, service: string): Promise<string> {
    const key = `sha256:${'0'.repeat(64)}`;
    const partition = partitionOf(key, partitions);
    const headers = {
      ce_id: `poison-${Date.now()}`,
      ce_type: `assay.${topic}.v1`,
      ce_source: '/boards',
      ce_specversion: '1.0',
      'content-type': 'application/json',
    };
    const [offset] = await this.log.append([{ topic, partition, key, headers, value: '{"half":' }]);
    return `${service}/${topic}/${partition}/${offset}`;
  }

  async close(): Promise<void> {
    await this.suite.close();
    await this.log.close();
    for (const registry of this.registries) await registry.stop();
    for (const server of this.servers) await server.stop();
  }
}
